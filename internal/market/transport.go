package market

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

var (
	errCallTimeout  = errors.New("no answer in time")
	errBodyTooLarge = errors.New("the answer is longer than allowed")
)

// A callError tells TransportError what the transport knows of a failed attempt.
type callError struct {
	left      bool // the request may have left this machine
	timedOut  bool // by our own bound on one call
	cancelled bool // by the caller's context
	elsewhere bool // not the transport's error at all
	err       error
}

func (e *callError) Error() string { return e.err.Error() }
func (e *callError) Unwrap() error { return e.err }

// transport paces, bounds and reports every attempt.
type transport struct {
	base    *http.Transport
	options ClientOptions
	timeout time.Duration
	maxBody int64
}

func newTransport(o ClientOptions) *transport {
	t := &transport{base: baseTransport(o), options: o, timeout: o.Timeout, maxBody: o.MaxBody}
	if t.timeout <= 0 {
		t.timeout = DefaultTimeout
	}
	if t.maxBody <= 0 {
		t.maxBody = DefaultMaxBody
	}
	return t
}

// CloseIdleConnections lets http.Client.CloseIdleConnections reach the base.
func (t *transport) CloseIdleConnections() { t.base.CloseIdleConnections() }

// RoundTrip waits for its turn, then makes one attempt. The time allowed for a
// call runs from its turn on, so that a long queue is no timeout.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	asked := time.Now()
	if err := t.wait(req.Context()); err != nil {
		closeBody(req)
		return nil, t.report(req, nil, &callError{cancelled: req.Context().Err() != nil, err: err}, asked, time.Now())
	}
	turn := time.Now()
	ctx, cancel := context.WithTimeoutCause(req.Context(), t.timeout, errCallTimeout)
	a := &attempt{transport: t, ctx: ctx}
	a.trace.GotConn = a.gotConn
	out := req.WithContext(httptrace.WithClientTrace(ctx, &a.trace))
	if req.Body != nil && req.Body != http.NoBody {
		// net/http repeats a request with a body and an Idempotency-Key by
		// itself when a kept connection breaks. Without GetBody it does not:
		// only the Retry wrapper repeats.
		out.GetBody = nil
	}
	resp, err := t.base.RoundTrip(out)
	if err != nil {
		failed := a.failed(err)
		cancel()
		return nil, t.report(req, nil, failed, asked, turn)
	}
	if t.options.Pacer != nil {
		t.options.Pacer.Learn(resp.StatusCode, resp.Header)
	}
	resp.Body = &boundedBody{body: resp.Body, ctx: ctx, cancel: cancel, left: t.maxBody}
	return resp, t.report(req, resp, nil, asked, turn)
}

func (t *transport) wait(ctx context.Context) error {
	if t.options.Pacer != nil {
		if err := t.options.Pacer.Wait(ctx); err != nil {
			return err
		}
	}
	return ctx.Err() // looked at again right before the request is written
}

func (t *transport) report(req *http.Request, resp *http.Response, failed *callError, asked, turn time.Time) error {
	if t.options.OnCall != nil {
		c := Call{
			Market: t.options.Market, Method: req.Method, Path: req.URL.Path,
			Waited: turn.Sub(asked), Took: time.Since(turn),
		}
		if resp != nil {
			c.Status = resp.StatusCode
			c.Date, _ = http.ParseTime(resp.Header.Get("Date")) // zero where it can't be read
		}
		if failed != nil {
			c.Err = redacted(failed)
		}
		t.options.OnCall(c)
	}
	if failed == nil {
		return nil
	}
	return failed
}

// An attempt watches one request on its way.
type attempt struct {
	transport *transport
	ctx       context.Context
	trace     httptrace.ClientTrace
	connected bool // written and read on the goroutine of RoundTrip only
}

// gotConn is called each time that a connection is there and the request is
// about to be written to it. net/http starts over by itself where a kept
// connection turns out to be closed: such a second attempt waits for its turn
// like any other.
func (a *attempt) gotConn(httptrace.GotConnInfo) {
	if a.connected {
		_ = a.transport.wait(a.ctx) // an ended context ends the attempt itself
	}
	a.connected = true
}

func (a *attempt) failed(err error) *callError {
	timedOut, cancelled := whyEnded(a.ctx)
	return &callError{left: a.connected, timedOut: timedOut, cancelled: cancelled, err: err}
}

// whyEnded tells our own bound on one call from the caller's context.
func whyEnded(ctx context.Context) (timedOut, cancelled bool) {
	if ctx.Err() == nil {
		return false, false
	}
	timedOut = errors.Is(context.Cause(ctx), errCallTimeout)
	return timedOut, !timedOut
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// boundedBody ends the call's time with the body and bounds its length.
type boundedBody struct {
	body   io.ReadCloser
	ctx    context.Context
	cancel context.CancelFunc
	left   int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	// One byte more than allowed is asked for, to tell "just as long" from "too long".
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return 0, &callError{left: true, err: fmt.Errorf("reading the answer: %w", errBodyTooLarge)}
	}
	if err != nil && err != io.EOF {
		timedOut, cancelled := whyEnded(b.ctx)
		err = &callError{left: true, timedOut: timedOut, cancelled: cancelled, err: fmt.Errorf("reading the answer: %w", err)}
	}
	return n, err
}

func (b *boundedBody) Close() error {
	b.cancel()
	return b.body.Close()
}
