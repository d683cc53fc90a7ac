package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"time"
)

// play lets a call through to its handler, with a fault if one is due.
func (g *gate) play(w http.ResponseWriter, r *http.Request, c *call) {
	f, ok := g.sandbox.faults.pick(g.name, r)
	if !ok {
		g.mux.ServeHTTP(w, r)
		return
	}
	switch f.Kind {
	case FaultLatency:
		if g.sandbox.pause(r.Context(), f.Delay) {
			g.mux.ServeHTTP(w, r)
		}
	case Fault429:
		wait := max(f.Delay, time.Second)
		if g.name == Voso {
			g.bucket.lockFor(g.sandbox.now(), wait)
		}
		g.refuse(w, wait)
	case Fault5xx:
		if f.Effect {
			g.mux.ServeHTTP(newRecording(), r)
		}
		writeHTML(w, cmp.Or(f.Status, http.StatusBadGateway))
	case FaultLostAnswer:
		g.mux.ServeHTTP(newRecording(), r)
		panic(http.ErrAbortHandler)
	case FaultLateEffect:
		g.playLate(r, f.Delay)
	case FaultCut:
		panic(http.ErrAbortHandler)
	case FaultHang:
		keepBody(r) // the server notices that a client went only once the body is read
		select {
		case <-r.Context().Done():
		case <-g.sandbox.closing:
		}
		panic(http.ErrAbortHandler)
	case FaultEndless:
		g.playEndless(w, r)
	case FaultMalformed, FaultTruncated, FaultSlowBody:
		g.playBody(w, r, f)
	case FaultSlowWork:
		keepBody(r)
		work := func() { g.sandbox.pause(context.Background(), f.Delay) }
		if g.name == Postmart { // which has something to show for it meanwhile
			c.work = work
		} else {
			work()
		}
		g.mux.ServeHTTP(w, r)
	default:
		c.twist = f.Kind
		g.mux.ServeHTTP(w, r)
	}
}

// playLate cuts the connection and lets the effect happen after the delay.
func (g *gate) playLate(r *http.Request, delay time.Duration) {
	keepBody(r)
	later := r.Clone(context.WithValue(context.WithoutCancel(r.Context()), callKey{}, &call{})) // the gate writes its own down now
	g.sandbox.late.add(1)
	go func() {
		defer g.sandbox.late.add(-1)
		if g.sandbox.pause(context.Background(), delay) {
			g.mux.ServeHTTP(newRecording(), later)
		}
	}()
	panic(http.ErrAbortHandler)
}

// playBody lets the effect happen and spoils the answer.
func (g *gate) playBody(w http.ResponseWriter, r *http.Request, f Fault) {
	answer := newRecording()
	g.mux.ServeHTTP(answer, r)
	for name, values := range answer.header {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	body := answer.body.Bytes()
	switch f.Kind {
	case FaultMalformed:
		body = append(bytes.Clone(body[:len(body)/3]), []byte("}}\x00,,<?")...)
	case FaultTruncated:
		body = body[:len(body)/2]
	}
	w.WriteHeader(answer.status)
	if f.Kind != FaultSlowBody {
		_, _ = w.Write(body)
		return
	}
	const slices = 10
	flush := http.NewResponseController(w)
	for i := range slices {
		_, _ = w.Write(body[len(body)*i/slices : len(body)*(i+1)/slices])
		_ = flush.Flush() // not every recorder of a test can
		if !g.sandbox.pause(r.Context(), f.Delay/slices) {
			panic(http.ErrAbortHandler)
		}
	}
}

// playEndless answers without end, at about 30 MB a second.
func (g *gate) playEndless(w http.ResponseWriter, r *http.Request) {
	keepBody(r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	_, err := io.WriteString(w, `{"items":[`)
	chunk := bytes.Repeat([]byte(`{"filler":"0123456789"},`), 1300)
	for err == nil && g.sandbox.pause(r.Context(), time.Millisecond) {
		_, err = w.Write(chunk)
	}
	panic(http.ErrAbortHandler)
}

// keepBody reads the request's body so that it can be used after the connection.
func keepBody(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
}

// recording holds an answer back.
type recording struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newRecording() *recording {
	return &recording{header: make(http.Header), status: http.StatusOK}
}

func (a *recording) Header() http.Header         { return a.header }
func (a *recording) WriteHeader(status int)      { a.status = status }
func (a *recording) Write(p []byte) (int, error) { return a.body.Write(p) }
