package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/admin"
	"ocopsync/internal/listing"
	"ocopsync/internal/state"
	"ocopsync/internal/state/redistest"
)

// An office is a daemon at work: the real admin server, on a real Redis, before
// a made-up daemon. The command is called on it as a person would, and no call
// may ever print a token.
type office struct {
	t      *testing.T
	keeper *keeper
	store  *state.Store
	url    string
	tokens map[state.Role]string
	ids    map[state.Role]string
	server atomic.Pointer[admin.Server]
	// front, where there is one, answers in place of the server: true says that
	// it has.
	front atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := newOfficeOn(t, redistest.Start(t), "da-lat")
	for _, role := range []state.Role{state.Viewer, state.Operator, state.Admin} {
		token, secret, err := o.store.CreateToken(t.Context(), state.NewToken{Name: "person-" + string(role), Role: role, By: "test"})
		must(t, err)
		o.tokens[role], o.ids[role] = secret, token.ID
	}
	return o
}

// newOfficeOn opens an office without tokens on a Redis.
func newOfficeOn(t *testing.T, redis, tenant string) *office {
	t.Helper()
	o := &office{
		t: t, keeper: &keeper{now: monday, pauses: make(map[listing.Market]state.Pause)},
		tokens: make(map[state.Role]string), ids: make(map[state.Role]string),
	}
	client, err := state.Dial(state.Config{Addresses: []string{redis}})
	must(t, err)
	t.Cleanup(func() { _ = client.Close() })
	o.store, err = state.Open(t.Context(), state.Options{Client: client, Tenant: tenant, Now: func() time.Time { return monday }})
	must(t, err)
	o.restart()
	door := httptest.NewServer(o)
	t.Cleanup(func() {
		o.server.Load().Close()
		door.Close()
	})
	o.url = door.URL
	return o
}

// restart ends the server with its streams, and begins another.
func (o *office) restart() {
	o.t.Helper()
	s, err := admin.New(admin.Options{
		Store: o.store, Model: o.keeper, Work: o.keeper, History: o.keeper, Log: zap.NewNop(),
		Now: func() time.Time { return monday }, Poll: time.Millisecond,
	})
	must(o.t, err)
	if before := o.server.Swap(s); before != nil {
		before.Close()
	}
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f := o.front.Load(); f != nil && (*f)(w, r) {
		return
	}
	o.server.Load().ServeHTTP(w, r)
}

// before sets who answers in place of the server.
func (o *office) before(front func(http.ResponseWriter, *http.Request) bool) { o.front.Store(&front) }

// as calls the command with a role's token.
func (o *office) as(role state.Role, args ...string) said {
	o.t.Helper()
	return o.with(o.t.Context(), map[string]string{envToken: o.tokens[role]}, args...)
}

// with calls the command in an environment, which knows the office's address,
// and looks for tokens in what it says.
func (o *office) with(ctx context.Context, env map[string]string, args ...string) said {
	o.t.Helper()
	var out, errs bytes.Buffer
	code := o.app(&out, &errs, env).run(ctx, args)
	got := said{code, out.String(), errs.String()}
	for role, secret := range o.tokens {
		if strings.Contains(got.out+got.err, secretOf(secret)) {
			o.t.Errorf("%v prints the token of %s", args, role)
		}
	}
	return got
}

func (o *office) app(out, errs io.Writer, env map[string]string) *app {
	a := newApp(out, errs)
	a.now = func() time.Time { return monday }
	a.getenv = func(name string) (string, bool) {
		if v, is := env[name]; is {
			return v, true
		}
		return o.url, name == addressVariable
	}
	return a
}

// secretOf is a token without its mark and id, which are no secret.
func secretOf(token string) string { return token[strings.LastIndex(token, "_")+1:] }

// want calls the command and wants an exit code.
func (o *office) want(code int, role state.Role, args ...string) said {
	o.t.Helper()
	got := o.as(role, args...)
	if got.code != code {
		o.t.Fatalf("%v: expected exit %d\n%s", args, code, got)
	}
	return got
}

// client is a daemon's client that neither rests nor waits.
func (o *office) client(role state.Role, errs io.Writer) *client {
	o.t.Helper()
	d, err := o.app(io.Discard, errs, map[string]string{envToken: o.tokens[role]}).client(reach{})
	must(o.t, err)
	d.again, d.rest = []time.Duration{0, 0, 0}, 0
	return d
}

// raw asks the API itself.
func (o *office) raw(role state.Role, path string) string {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, o.url+path, nil)
	must(o.t, err)
	req.Header.Set("Authorization", "Bearer "+o.tokens[role])
	resp, err := http.DefaultTransport.RoundTrip(req)
	must(o.t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	must(o.t, err)
	return string(body)
}
