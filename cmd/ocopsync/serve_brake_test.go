package main

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"ocopsync/internal/sandbox"
)

// A brake stands before a market's door: it lets some writing calls through and
// holds those that follow, until it is let go or the caller has gone, who then
// was not heard.
type brake struct {
	market string
	url    string // of the door
	lets   int64
	writes atomic.Int64
	first  sync.Once
	held   chan struct{} // closed when the first call is held
	gone   chan struct{} // closed by release
	ends   sync.Once
}

// brakeAt puts a brake before a market's door. The configuration must be told.
func (f *fleet) brakeAt(market string, lets int64) *brake {
	f.t.Helper()
	b := &brake{market: market, lets: lets, held: make(chan struct{}), gone: make(chan struct{})}
	b.url = f.mount(market, b.before)
	f.t.Cleanup(b.release) // before the door is closed, which waits for those held
	return b
}

// configured is the edit that puts the daemons before the brake.
func (b *brake) configured(box *sandbox.Sandbox) edit { return with(box.URL(b.market), b.url) }

func (b *brake) before(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isWrite(r) {
			h.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body) // only then is the caller's going noticed
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if b.writes.Add(1) > b.lets {
			b.first.Do(func() { close(b.held) })
			select {
			case <-b.gone:
			case <-r.Context().Done():
				panic(http.ErrAbortHandler)
			}
		}
		h.ServeHTTP(w, r)
	})
}

// release lets everything through from now on.
func (b *brake) release() { b.ends.Do(func() { close(b.gone) }) }

// await waits until a call is held: the market is in the middle of a run.
func (b *brake) await(f *fleet) {
	f.t.Helper()
	until(f.t, soon, b.market+" is being written to", func() bool {
		select {
		case <-b.held:
			return true
		default:
			return false
		}
	})
}
