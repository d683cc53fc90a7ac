package market

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-resty/resty/v2"
)

// serve starts a server that ends with the test.
func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func client(t *testing.T, o ClientOptions) *resty.Client {
	t.Helper()
	o.Market = "test"
	c := NewClient(o)
	t.Cleanup(c.GetClient().CloseIdleConnections)
	return c
}

func cut(w http.ResponseWriter) {
	panic(http.ErrAbortHandler)
}

func TestClientFailures(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 4<<20))
	_ = z.Close()
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch r.URL.Path {
		case "/cut":
			cut(w)
		case "/hang":
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		case "/slow-body":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		case "/cut-body":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{")
			_ = http.NewResponseController(w).Flush()
			cut(w)
		case "/endless":
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat("x", 4096)); err != nil {
					return
				}
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		case "/bad-json":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"a":}`)
		case "/short-json":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"a":[1,2`)
		case "/other-json":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"a":"text"}`)
		}
	})
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	ended, cancel := context.WithCancel(t.Context())
	cancel()

	for name, c := range map[string]struct {
		ctx   context.Context
		url   string
		kind  Kind
		retry bool
		maybe bool
	}{
		"refused":            {url: gone.URL, kind: Unavailable, retry: true},
		"certificate":        {url: secure.URL, kind: Unavailable, retry: true},
		"no such name":       {url: "http://khong-co.invalid", kind: Unavailable, retry: true},
		"cut":                {url: server.URL + "/cut", kind: Unavailable, retry: true, maybe: true},
		"hang":               {url: server.URL + "/hang", kind: Timeout, retry: true, maybe: true},
		"slow body":          {url: server.URL + "/slow-body", kind: Timeout, retry: true, maybe: true},
		"cut body":           {url: server.URL + "/cut-body", kind: Unavailable, retry: true, maybe: true},
		"endless":            {url: server.URL + "/endless", kind: Protocol, maybe: true},
		"bomb":               {url: server.URL + "/bomb", kind: Protocol, maybe: true},
		"bad JSON":           {url: server.URL + "/bad-json", kind: Protocol, retry: true, maybe: true},
		"short JSON":         {url: server.URL + "/short-json", kind: Protocol, retry: true, maybe: true},
		"other JSON":         {url: server.URL + "/other-json", kind: Protocol, retry: true, maybe: true},
		"context had ended":  {ctx: ended, url: server.URL, kind: Cancelled},
		"context ends":       {url: server.URL + "/hang", kind: Cancelled, maybe: true},
		"context ends later": {url: server.URL + "/slow-body", kind: Cancelled, maybe: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ClientOptions{Timeout: time.Minute, MaxBody: 1 << 20}
			if c.kind == Timeout {
				o.Timeout = 200 * time.Millisecond
			}
			ctx := t.Context()
			if c.ctx != nil {
				ctx = c.ctx
			}
			if strings.HasPrefix(name, "context ends") {
				var stop context.CancelFunc
				ctx, stop = context.WithTimeout(ctx, 100*time.Millisecond)
				defer stop()
			}
			var into struct{ A []int }
			_, err := client(t, o).R().SetContext(ctx).SetBody("x").SetResult(&into).
				SetQueryParam("oauth_signature", "bi-mat").Post(c.url)
			if err == nil {
				t.Fatal("no failure")
			}
			e := TransportError("test", "create A", err)
			if e.Kind != c.kind || e.Retryable != c.retry || e.MaybeDone != c.maybe {
				t.Errorf("kind %s, retryable %v, maybe done %v; expected %s, %v, %v (%v)",
					e.Kind, e.Retryable, e.MaybeDone, c.kind, c.retry, c.maybe, e)
			}
			if e.Market != "test" || e.Op != "create A" || e.Err == nil {
				t.Errorf("incomplete: %+v", e)
			}
			if s := fmt.Sprintf("%v %+v", e, e.Err); strings.Contains(s, "bi-mat") || strings.Contains(s, "oauth_signature") {
				t.Errorf("the error holds the address's query: %s", s)
			}
		})
	}
}

func TestTransportErrorOfOthers(t *testing.T) {
	t.Parallel()
	if TransportError("test", "x", nil) != nil {
		t.Error("nil is a failure")
	}
	known := &Error{Kind: Duplicate}
	if got := TransportError("test", "x", fmt.Errorf("around: %w", known)); got != known {
		t.Errorf("a market error became %+v", got)
	}
	for err, want := range map[error]Kind{
		context.Canceled:         Cancelled,
		context.DeadlineExceeded: Cancelled,
		io.ErrUnexpectedEOF:      Protocol,
		errors.New("whatever"):   Unavailable,
	} {
		if got := TransportError("test", "x", err); got.Kind != want || !got.MaybeDone {
			t.Errorf("%v became %s, maybe done %v; expected %s, true", err, got.Kind, got.MaybeDone, want)
		}
	}
}

// TestClientRepeatsNothing sees that a writing call whose kept connection
// breaks is not sent again by net/http, which does so when a key is set.
func TestClientRepeatsNothing(t *testing.T) {
	t.Parallel()
	var posts atomic.Int32
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if posts.Add(1) == 2 {
			cut(w)
		}
	})
	c := client(t, ClientOptions{})
	post := func() error {
		_, err := c.R().SetHeader("Idempotency-Key", "k-1").SetBody("{}").Post(server.URL)
		return err
	}
	if err := post(); err != nil {
		t.Fatal(err)
	}
	if err := post(); err == nil || posts.Load() != 2 {
		t.Errorf("the cut call ended with %v after %d calls, expected a failure after 2", err, posts.Load())
	}
}

func TestClientCountsEveryAttempt(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/from" {
			http.Redirect(w, r, "/to", http.StatusFound)
			return
		}
		w.Header().Set("RateLimit-Policy", `"shop";q=10;w=1`)
		w.WriteHeader(http.StatusTeapot)
	})
	p := NewPacer(PacerOptions{Rate: 1000})
	var mu sync.Mutex
	var calls []Call
	c := client(t, ClientOptions{Pacer: p, OnCall: func(c Call) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, c)
	}})
	resp, err := c.R().SetQueryParam("token", "bi-mat").Get(server.URL + "/from")
	if err != nil || resp.StatusCode() != http.StatusTeapot {
		t.Fatalf("%v, %v", resp, err)
	}
	_, _ = c.R().Get("http://127.0.0.1:1/nobody?token=bi-mat")
	if n := p.Stats().Calls; n != 3 || len(calls) != 3 {
		t.Fatalf("%d turns, %d calls told, expected 3: %+v", n, len(calls), calls)
	}
	for i, want := range []Call{
		{Method: "GET", Path: "/from", Status: http.StatusFound},
		{Method: "GET", Path: "/to", Status: http.StatusTeapot},
		{Method: "GET", Path: "/nobody"},
	} {
		got := calls[i]
		if got.Market != "test" || got.Method != want.Method || got.Path != want.Path || got.Status != want.Status {
			t.Errorf("call %d is %+v, expected %+v", i, got, want)
		}
	}
	if err := calls[2].Err; err == nil || strings.Contains(err.Error(), "bi-mat") {
		t.Errorf("the failed call's error: %v", err)
	}
	if got := p.Rate(); got != 9.7 {
		t.Errorf("the pacer did not learn from the answer: rate %v", got)
	}
}

func TestClientRedirects(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	other := serve(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/write":
			http.Redirect(w, r, "/read", http.StatusSeeOther)
		case "/read":
			reached.Add(1)
		}
	})
	c := client(t, ClientOptions{})
	for path, method := range map[string]string{"/away": http.MethodGet, "/round": http.MethodGet, "/write": http.MethodPost} {
		resp, err := c.R().SetHeader("Authorization", "Bearer bi-mat").Execute(method, server.URL+path)
		if err != nil || resp.StatusCode() < 300 || resp.StatusCode() > 399 {
			t.Errorf("%s %s: %v, %v; expected the redirect itself", method, path, resp.Status(), err)
		}
	}
	if reached.Load() != 0 {
		t.Error("a redirect to another host, or of a writing call, was followed")
	}
}

// TestClientTimeIsTheCallsOwn sees that waiting for a turn is no timeout.
func TestClientTimeIsTheCallsOwn(t *testing.T) {
	t.Parallel()
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	const callTime = time.Second
	slept := 0
	p := NewPacer(PacerOptions{Rate: 0.001, Headroom: 1, Now: func() time.Time {
		return time.Unix(int64(slept)*1000, 0)
	}, Sleep: func(ctx context.Context, _ time.Duration) error {
		if slept++; slept > 1 { // the second wait lasts
			<-ctx.Done()
			return ctx.Err()
		}
		return Sleep(ctx, callTime+callTime/5)
	}})
	c := client(t, ClientOptions{Pacer: p, Timeout: callTime})
	for range 2 {
		if _, err := c.R().Get(server.URL); err != nil {
			t.Errorf("a call that waited longer than its timeout: %v", err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := c.R().SetContext(ctx).Get(server.URL)
	if e := TransportError("test", "x", err); e == nil || e.Kind != Cancelled || e.MaybeDone {
		t.Errorf("a context that ended in the line: %+v, expected cancelled, not done", e)
	}
}

func TestClientBodyAtTheLimit(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1000)) })
	for limit, fits := range map[int64]bool{1000: true, 999: false} {
		resp, err := client(t, ClientOptions{MaxBody: limit}).R().Get(server.URL)
		if fits != (err == nil) || fits && len(resp.Body()) != 1000 {
			t.Errorf("1000 bytes with a limit of %d: %v", limit, err)
		}
	}
}
