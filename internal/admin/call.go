package admin

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"ocopsync/internal/state"
)

// A call is one request on its way through: what came, who it is from, and what
// will be answered. A handler either leaves its answer with json or send, or
// writes to w itself, as streams do.
type call struct {
	w    *answer
	r    *http.Request
	id   string     // of the request, in the answer, the log and the audit log
	addr netip.Addr // of the caller, through trusted proxies
	lang lang
	who  state.Token // zero: nobody has signed in
	// What the audit log says of the call beside its route.
	target, detail string

	status int    // of the answer that is left to be sent; 0: none
	body   []byte // of it
}

// answer counts what is sent.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// serve takes one request from its first header to the log.
func (s *Server) serve(rt *route, w http.ResponseWriter, r *http.Request) {
	began := s.o.Now()
	c := &call{w: &answer{ResponseWriter: w}, r: r, id: requestID(r), addr: s.address(r)}
	c.lang = askedLang(r.Header.Get("Accept-Language"), en)
	if rt.page {
		c.lang = pageLang(r)
	}
	s.guardHeaders(rt, c)
	ctx := r.Context()
	if !rt.long {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, callTime)
		defer cancel()
	}
	c.r = r.WithContext(ctx)
	err := s.run(rt, c)
	s.audit(rt, c, err)
	switch {
	case err == nil:
		c.flush()
	case c.w.status != 0: // a stream broke off: nothing can be told any more
	case rt.page:
		s.failPage(c, asError(err))
	default:
		c.fail(asError(err))
	}
	s.logCall(rt, c, began, err)
}

// run does what the route does, if the caller may; a panic becomes an error.
func (s *Server) run(rt *route, c *call) (err error) {
	defer func() {
		p := recover()
		switch {
		case p == nil:
		case p == http.ErrAbortHandler: //nolint:errorlint // a value to be passed on as it is
			panic(p)
		default:
			err = errInternal(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
	}()
	if !rt.page { // pages ask for a cookie, not for a bearer token
		if err := s.admit(rt, c); err != nil {
			return err
		}
	}
	return rt.do(c)
}

// json leaves v to be answered, once the call is in the audit log.
func (c *call) json(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	c.send(status, "application/json", append(body, '\n'))
	return nil
}

func (c *call) send(status int, kind string, body []byte) {
	if kind != "" {
		c.w.Header().Set("Content-Type", kind)
	}
	c.status, c.body = status, body
}

func (c *call) flush() {
	if c.status == 0 {
		return
	}
	c.w.WriteHeader(c.status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(c.body)
	}
}

// guardHeaders sets what every answer carries.
func (s *Server) guardHeaders(rt *route, c *call) {
	h := c.w.Header()
	h.Set("X-Request-Id", c.id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if s.o.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	policy := "default-src 'none'; frame-ancestors 'none'"
	if rt.page {
		policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	}
	h.Set("Content-Security-Policy", policy)
}

// requestID takes the caller's id where it is a plain one, else makes one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if len(id) < 1 || len(id) > 64 {
		return rand.Text()[:16]
	}
	for i := range len(id) {
		c := id[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '.' {
			return rand.Text()[:16]
		}
	}
	return id
}

// logCall writes one line. Paths are logged as their routes, without what stands
// in them or behind a question mark, for that can be a secret in a wrong place.
func (s *Server) logCall(rt *route, c *call, began time.Time, err error) {
	took := s.o.Now().Sub(began)
	s.o.Metrics.request(rt, c, took)
	level := zapcore.DebugLevel // reading that went well
	switch {
	case c.w.status >= http.StatusInternalServerError:
		level = zapcore.ErrorLevel
	case rt.probe && err == nil:
	case c.w.status >= http.StatusBadRequest || rt.audit != "":
		level = zapcore.InfoLevel
	}
	if errors.Is(c.r.Context().Err(), context.Canceled) {
		level = zapcore.DebugLevel // the caller has gone
	}
	line := s.o.Log.Check(level, "request")
	if line == nil {
		return
	}
	fields := []zap.Field{
		zap.String("request", c.id), zap.String("method", knownMethod(c.r.Method)), zap.String("route", rt.path), zap.Int("status", c.w.status),
		zap.Int64("bytes", c.w.bytes), zap.Duration("took", took), zap.Stringer("from", c.addr),
	}
	if c.who.ID != "" {
		fields = append(fields, zap.String("token", c.who.ID), zap.String("who", c.who.Name))
	}
	if err != nil {
		fields = append(fields, zap.Error(err))
	}
	line.Write(fields...)
}

// knownMethod keeps a caller from writing what he likes into logs and metrics.
func knownMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}
