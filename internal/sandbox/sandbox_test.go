package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 9, 0, 0, 0, vietnam)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func start(t testing.TB, o Options) *Sandbox {
	t.Helper()
	if o.Now == nil {
		o.Now = newClock().now
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// reply is an answer with its body read.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (a reply) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v in %.300s", err, a.body)
	}
}

func (a reply) object(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	a.into(t, &v)
	return v
}

// client calls one door and checks every answer against its OpenAPI document.
type client struct {
	t      testing.TB
	base   string
	header http.Header
	router routers.Router // nil: nothing to check against
}

func newClient(t testing.TB, s *Sandbox, name string) *client {
	t.Helper()
	c := &client{t: t, base: s.URL(name), header: make(http.Header)}
	if name == Lamdong || name == Control {
		return c
	}
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join("testdata", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil
	if c.router, err = gorillamux.NewRouter(doc); err != nil {
		t.Fatal(err)
	}
	return c
}

// send gives the error of a cut connection; do fails the test for one.
func (c *client) send(method, path string, body any, header ...string) (reply, error) {
	c.t.Helper()
	var reader io.Reader
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	case form:
		reader, kind = bytes.NewReader(b.body), b.kind
	default:
		reader = bytes.NewReader(encode(b))
	}
	req, err := http.NewRequestWithContext(context.Background(), method, c.base+path, reader)
	if err != nil {
		c.t.Fatal(err)
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	if reader != nil {
		req.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	return reply{resp.StatusCode, resp.Header, content}, c.conform(req, resp, content)
}

func (c *client) do(method, path string, body any, header ...string) reply {
	c.t.Helper()
	a, err := c.send(method, path, body, header...)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

// conform checks an answer against the contract; gateways' and foreign paths' are left.
func (c *client) conform(req *http.Request, resp *http.Response, body []byte) error {
	if c.router == nil || strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	route, params, err := c.router.FindRoute(req)
	if err != nil {
		return nil //nolint:nilerr // pictures and the national dialect are in no document
	}
	in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: resp.StatusCode, Header: resp.Header}
	out.SetBodyBytes(body)
	return openapi3filter.ValidateResponse(context.Background(), out)
}

// form is a body with its own content type.
type form struct {
	kind string
	body []byte
}

func TestDoorsOpenAndClose(t *testing.T) {
	s := start(t, Options{})
	for _, name := range []string{Registry, Postmart, Voso, Lamdong, Control} {
		if !strings.HasPrefix(s.URL(name), "http://127.0.0.1:") || s.Handler(name) == nil {
			t.Errorf("%s: %q", name, s.URL(name))
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if resp, err := http.Get(s.URL(Registry) + "/media/pictures/a.jpg"); err == nil {
		_ = resp.Body.Close()
		t.Error("a closed door answers")
	}
}

func TestTakenPortIsAnError(t *testing.T) {
	s := start(t, Options{})
	port := 0
	if _, after, ok := strings.Cut(strings.TrimPrefix(s.URL(Voso), "http://"), ":"); ok {
		port = atoiOr(after, 0)
	}
	if other, err := New(Options{Ports: Ports{Voso: port}}); err == nil {
		_ = other.Close()
		t.Error("two sandboxes on one port")
	}
}
