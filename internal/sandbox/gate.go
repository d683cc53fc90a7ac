package sandbox

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxBody is the longest request that any door reads.
const maxBody = 8 << 20

// call is what the gate and a handler tell each other about one request.
type call struct {
	sku  string // set by the handler where it is known
	code string // the market's own word for a refusal, set by the handler
	// status is the answer's, 0 before there is one.
	status int
	twist  string // a fault that only the handler can play, "" for none
	work   func() // waits as the market works; nil for at once
}

type callKey struct{}

// callOf gives the call that a request belongs to, never nil.
func callOf(r *http.Request) *call {
	if c, ok := r.Context().Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// refuser answers 429 in the words of a door.
type refuser func(w http.ResponseWriter, wait time.Duration)

// gate stands before a door: it counts, paces, delays and breaks calls.
type gate struct {
	name    string
	sandbox *Sandbox
	mux     *http.ServeMux
	bucket  *bucket
	refuse  refuser
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.sandbox.calls.add(1)
	defer g.sandbox.calls.add(-1)
	c := &call{}
	_, pattern := g.mux.Handler(r)
	kind := pattern
	if kind == "" || kind == "/" {
		kind = r.Method + " (no such door)"
	}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	at := g.sandbox.now()
	// A call is in the ledger before its answer goes out: whoever has the answer
	// and looks at the counts finds it there.
	count := sync.OnceFunc(func() {
		g.sandbox.ledger.called(Call{
			Market: g.name, Kind: kind, Method: r.Method, Path: r.URL.Path, Status: c.status,
			Code: c.code, At: at, SKU: c.sku, Write: isWrite(g.name, r.Method, kind),
		})
	})
	defer count() // also when the connection is cut by a panic
	seen := &statusWriter{ResponseWriter: w, answering: func(status int) {
		c.status = status
		count()
	}}
	r.Body = http.MaxBytesReader(seen, r.Body, maxBody)
	wait, allowed := g.bucket.take(at)
	if g.name == Postmart {
		g.bucket.announce(seen.Header(), at)
	}
	if !allowed {
		g.refuse(seen, wait)
		return
	}
	if g.name != Media && !g.sandbox.pause(r.Context(), g.sandbox.latency) {
		return
	}
	g.play(seen, r, c)
}

// pause waits for d, and reports false when the client went or the sandbox closes.
func (s *Sandbox) pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-s.closing:
	}
	return false
}

// isWrite tells the calls that change a shop; getting a token does not, nor
// does looking, at whatever door.
func isWrite(market, method, kind string) bool {
	reads := method == http.MethodGet || method == http.MethodHead
	switch market {
	case Postmart:
		return !reads && kind != "POST /oauth/token"
	case Voso:
		return !reads && (strings.HasSuffix(kind, "/create") || strings.HasSuffix(kind, "/update") || strings.HasSuffix(kind, "/status"))
	case Lamdong:
		return !reads
	}
	return false
}

// statusWriter tells the status of an answer before anything of it goes out.
type statusWriter struct {
	http.ResponseWriter
	answering func(status int) // called once
	begun     bool
}

func (w *statusWriter) WriteHeader(status int) {
	w.begin(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	w.begin(http.StatusOK)
	return w.ResponseWriter.Write(p)
}

func (w *statusWriter) begin(status int) {
	if !w.begun {
		w.begun = true
		w.answering(status)
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
