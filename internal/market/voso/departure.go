package voso

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"
)

// errTooLate says that a request was held back because its deadline had passed.
var errTooLate = errors.New("its deadline passed before it was written")

// departure tells for sure whether a request can have left this machine. The
// mall makes two products of one create sent twice, so "surely not sent" is
// worth knowing, and what was given up must not leave afterwards.
type departure struct{ state atomic.Int32 }

const (
	here int32 = iota
	left
	kept
)

// leave lets the request go, unless it was kept.
func (d *departure) leave() bool { return d.state.CompareAndSwap(here, left) }

// keep keeps the request if it has not left, and reports whether it could.
func (d *departure) keep() bool {
	return d.state.CompareAndSwap(here, kept) || d.state.Load() == kept
}

type departureKey struct{}

func withDeparture(ctx context.Context, d *departure) context.Context {
	return context.WithValue(ctx, departureKey{}, d)
}

// lookBeforeWriting is the hook that puts a last look between the pacer's wait
// and the dial on one side and the first byte on the other (design decision 8).
// net/http asks for the body while the head still lies in its buffer, so a body
// that fails at once lets nothing out over HTTP/1.1; over HTTP/2 it resets the
// stream, and the mall sees half a request.
func lookBeforeWriting(_ *resty.Client, r *http.Request) error {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	ctx := r.Context()
	d, ok := ctx.Value(departureKey{}).(*departure)
	if !ok {
		return nil
	}
	r.Body = &watched{ReadCloser: r.Body, look: func() error {
		if late(ctx) || !d.leave() {
			return errTooLate
		}
		return nil
	}}
	r.GetBody = nil // nothing writes a request twice by itself
	return nil
}

// late reports whether ctx has ended, by its own timer or by the wall clock: a
// timer stands still with a machine that was suspended, the wall clock does
// not. Deadlines of contexts are on the machine's clock, whatever clock the
// market was given.
func late(ctx context.Context) bool {
	if ctx.Err() != nil {
		return true
	}
	deadline, ok := ctx.Deadline()
	return ok && !time.Now().Round(0).Before(deadline.Round(0))
}

// watched is a body that looks once before it is read.
type watched struct {
	io.ReadCloser
	look func() error
	seen bool
}

func (w *watched) Read(p []byte) (int, error) {
	if !w.seen {
		if err := w.look(); err != nil {
			return 0, err
		}
		w.seen = true
	}
	return w.ReadCloser.Read(p)
}
