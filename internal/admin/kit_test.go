package admin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"ocopsync/internal/state"
	"ocopsync/internal/state/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var monday = time.Date(2026, 11, 23, 2, 31, 0, 0, time.UTC)

// What must never be seen where it does not belong.
const (
	phone = "0900 000 123"
	email = "htx-vi-du@example.vn"
)

// A kit is a server on real state with a made-up daemon behind it.
type kit struct {
	t      *testing.T
	redis  *redistest.Server
	store  *state.Store
	model  *fakeModel
	work   *fakeWork
	clock  *clock
	server *Server
	http   *httptest.Server
	client *http.Client
	logs   *observer.ObservedLogs
	level  zap.AtomicLevel
	tokens map[state.Role]string // secrets
	ids    map[state.Role]string
}

func newKit(t *testing.T, change ...func(*Options)) *kit {
	t.Helper()
	k := &kit{t: t, redis: redistest.New(t), clock: &clock{at: monday}, tokens: make(map[state.Role]string), ids: make(map[state.Role]string)}
	client, err := state.Dial(state.Config{Addresses: []string{k.redis.Addr}})
	k.must(err)
	t.Cleanup(func() { _ = client.Close() })
	k.store, err = state.Open(t.Context(), state.Options{Client: client, Tenant: "da-lat", Now: k.clock.now})
	k.must(err)
	for _, role := range []state.Role{state.Viewer, state.Operator, state.Admin} {
		token, secret, err := k.store.CreateToken(t.Context(), state.NewToken{Name: "person-" + string(role), Role: role, By: "test"})
		k.must(err)
		k.tokens[role], k.ids[role] = secret, token.ID
	}
	k.model, k.work = newModel(), &fakeWork{store: k.store}
	k.level = zap.NewAtomicLevelAt(zap.DebugLevel)
	var core zapcore.Core
	core, k.logs = observer.New(zap.DebugLevel)
	o := Options{
		Store: k.store, Model: k.model, Work: k.work, Now: k.clock.now, Log: zap.New(core), Level: &k.level, Poll: 5 * time.Millisecond,
	}
	for _, f := range change {
		f(&o)
	}
	k.server, err = New(o)
	k.must(err)
	k.http = httptest.NewServer(k.server)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	k.client = &http.Client{
		Transport:     &checked{t: t, base: transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(func() {
		k.server.Close()
		transport.CloseIdleConnections()
		k.http.Close()
		k.noSecretInLogs()
	})
	return k
}

func (k *kit) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// noSecretInLogs looks through every line that was logged.
func (k *kit) noSecretInLogs() {
	for _, line := range k.logs.All() {
		said := fmt.Sprint(line.Message, line.ContextMap())
		for what, secret := range k.secrets() {
			if strings.Contains(said, secret) {
				k.t.Errorf("a line of the log holds %s:\n%.400s", what, said)
			}
		}
	}
}

// secrets are the private halves of the tokens, and how to reach the producer.
func (k *kit) secrets() map[string]string {
	all := map[string]string{"a telephone number": phone, "an e-mail address": email}
	for role, secret := range k.tokens {
		all["the token of "+string(role)] = secret[strings.LastIndex(secret, "_")+1:]
	}
	return all
}

// A reply is an answer, read.
type reply struct {
	status int
	header http.Header
	body   string
}

// problem reads a problem; anything else has no code.
func (r reply) problem() (code, field, detail string) {
	var p problem
	_ = json.Unmarshal([]byte(r.body), &p)
	return strings.TrimPrefix(p.Type, problemType), p.Field, p.Detail
}

func (r reply) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.body), v); err != nil {
		t.Fatalf("read the answer %d %.300s: %v", r.status, r.body, err)
	}
}

// ask makes one call. who is a role or a bearer secret; headers come in pairs.
func (k *kit) ask(who any, method, path, body string, headers ...string) reply {
	k.t.Helper()
	req, err := http.NewRequestWithContext(k.t.Context(), method, k.http.URL+path, strings.NewReader(body))
	k.must(err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	switch w := who.(type) {
	case state.Role:
		req.Header.Set("Authorization", "Bearer "+k.tokens[w])
	case string:
		req.Header.Set("Authorization", "Bearer "+w)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return k.do(req)
}

func (k *kit) do(req *http.Request) reply {
	k.t.Helper()
	res, err := k.client.Do(req)
	k.must(err)
	defer func() { _ = res.Body.Close() }()
	out, err := io.ReadAll(res.Body)
	k.must(err)
	return reply{res.StatusCode, res.Header, string(out)}
}

// want asks and fails when the status is another.
func (k *kit) want(status int, who any, method, path, body string, headers ...string) reply {
	k.t.Helper()
	r := k.ask(who, method, path, body, headers...)
	if r.status != status {
		k.t.Fatalf("%s %s %.100s: answered %d, want %d: %.400s", method, path, body, r.status, status, r.body)
	}
	return r
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }
