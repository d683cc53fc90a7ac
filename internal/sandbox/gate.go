package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxBody is the longest request that any door reads.
const maxBody = 8 << 20

// call is what the gate and a handler tell each other about one request.
type call struct {
	sku   string // set by the handler where it is known
	code  string // the market's own word for a refusal, set by the handler
	twist string // a fault that only the handler can play, "" for none
	work  func() // waits as the market works; nil for at once
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
	c := &call{}
	_, pattern := g.mux.Handler(r)
	kind := pattern
	if kind == "" || kind == "/" {
		kind = r.Method + " (no such door)"
	}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	seen := &statusWriter{ResponseWriter: w}
	at := g.sandbox.now()
	defer func() { // also when the connection is cut by a panic
		g.sandbox.ledger.called(Call{
			Market: g.name, Kind: kind, Method: r.Method, Path: r.URL.Path, Status: seen.status,
			Code: c.code, At: at, SKU: c.sku, Write: isWrite(g.name, kind),
		})
	}()
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

// isWrite tells the calls that change a shop; getting a token does not.
func isWrite(market, kind string) bool {
	switch market {
	case Postmart:
		return !strings.HasPrefix(kind, "GET ") && kind != "POST /oauth/token"
	case Voso:
		return strings.HasSuffix(kind, "/create") || strings.HasSuffix(kind, "/update") || strings.HasSuffix(kind, "/status")
	case Lamdong:
		return !strings.HasPrefix(kind, "GET ")
	}
	return false
}

// statusWriter remembers the status; 0 means that nothing was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// bucket is a token bucket on the sandbox's clock, with voso's lock.
type bucket struct {
	mu     sync.Mutex
	quota  Quota
	tokens float64
	last   time.Time
	locked time.Time // until when
	lock   time.Duration
}

func newBucket(q Quota) *bucket {
	if q.Rate > 0 && q.Burst <= 0 {
		q.Burst = int(math.Ceil(q.Rate))
	}
	return &bucket{quota: q, tokens: float64(q.Burst), lock: q.Lock}
}

// take lets one call through, or says how long to wait. A call while locked
// starts the lock again, as voso's gateway does.
func (b *bucket) take(now time.Time) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Before(b.locked) {
		b.locked = now.Add(b.lock)
		return b.lock, false
	}
	if b.quota.Rate <= 0 {
		return 0, true
	}
	b.refill(now)
	if b.tokens >= 1 {
		b.tokens--
		return 0, true
	}
	if b.lock > 0 {
		b.locked = now.Add(b.lock)
		return b.lock, false
	}
	return time.Duration((1 - b.tokens) / b.quota.Rate * float64(time.Second)), false
}

func (b *bucket) refill(now time.Time) {
	if !b.last.IsZero() && now.After(b.last) {
		b.tokens = math.Min(float64(b.quota.Burst), b.tokens+now.Sub(b.last).Seconds()*b.quota.Rate)
	}
	if b.last.IsZero() || now.After(b.last) {
		b.last = now
	}
}

// lockFor locks as if the quota had been passed.
func (b *bucket) lockFor(now time.Time, d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lock, b.locked = d, now.Add(d)
}

// announce writes postmart's RateLimit headers.
func (b *bucket) announce(h http.Header, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.quota.Rate <= 0 {
		return
	}
	b.refill(now)
	window := max(1, int(math.Ceil(float64(b.quota.Burst)/b.quota.Rate)))
	h.Set("RateLimit-Policy", `"shop";q=`+strconv.Itoa(b.quota.Burst)+`;w=`+strconv.Itoa(window))
	h.Set("RateLimit", `"shop";r=`+strconv.Itoa(int(b.tokens))+`;t=`+strconv.Itoa(window))
}

func retryAfter(w http.ResponseWriter, wait time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(wait.Seconds())))))
}

func refuseAsProblem(w http.ResponseWriter, wait time.Duration) {
	retryAfter(w, wait)
	writeProblem(w, problem{Status: http.StatusTooManyRequests, Code: "rate_limited", Title: "Too many calls"})
}

func refuseAsGateway(w http.ResponseWriter, wait time.Duration) {
	retryAfter(w, wait)
	writeHTML(w, http.StatusTooManyRequests)
}

// writeHTML answers as a proxy in front of a market does.
func writeHTML(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	text := strconv.Itoa(status) + " " + http.StatusText(status)
	_, _ = io.WriteString(w, "<html>\r\n<head><title>"+text+"</title></head>\r\n<body><center><h1>"+text+"</h1></center><hr><center>gateway</center></body>\r\n</html>\r\n")
}

// problem is RFC 9457's, with postmart's additions.
type problem struct {
	Type      string       `json:"type,omitempty"`
	Code      string       `json:"code,omitempty"`
	Title     string       `json:"title,omitempty"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail,omitempty"`
	ProductID string       `json:"product_id,omitempty"`
	RequestID string       `json:"request_id,omitempty"`
	Errors    []fieldError `json:"errors,omitempty"`
}

type fieldError struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func writeProblem(w http.ResponseWriter, p problem) {
	writeBody(w, p.Status, "application/problem+json", encode(p))
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	writeBody(w, status, "application/json", encode(v))
}

func writeBody(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went is no concern of the market's
}

// encode writes JSON as the markets do: with < and & as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("sandbox: " + err.Error()) // only our own plain structs come here
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
