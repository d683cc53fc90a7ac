package main

import (
	"context"
	"sync"

	"ocopsync/internal/listing"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// live is how far the parts are that this process works, fresher than what is
// recorded of them. It is safe for concurrent use.
type live struct {
	mu  sync.Mutex
	far map[livePart]reconcile.Event
}

type livePart struct {
	run    string
	market listing.Market // "": the run's sources
}

func newLive() *live { return &live{far: make(map[livePart]reconcile.Event)} }

// show takes in a step of progress.
func (l *live) show(ev reconcile.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.far[livePart{ev.Run, ev.Market}] = ev
	if ev.Market != "" {
		delete(l.far, livePart{ev.Run, ""}) // the sources are read
	}
}

// forget lets go of a part that is not worked here any more.
func (l *live) forget(run string, m listing.Market) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.far, livePart{run, m})
	delete(l.far, livePart{run, ""})
}

// over lays what is known here over a part that is under way.
func (l *live) over(run string, m listing.Market, p state.Part) state.Part {
	if p.State != state.Running {
		return p
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	ev, known := l.far[livePart{run, m}]
	if !known {
		if ev, known = l.far[livePart{run, ""}]; !known {
			return p
		}
	}
	p.Phase, p.Done, p.Total = string(ev.Phase), ev.Done, ev.Total
	return p
}

// history is the recorded runs with what is known here of those under way; see
// admin.History.
type history struct {
	store *state.Store
	live  *live
}

// Run gives a run.
func (h history) Run(ctx context.Context, id string) (state.Run, error) {
	r, err := h.store.Run(ctx, id)
	return h.over(r), err
}

// Runs gives runs, newest first.
func (h history) Runs(ctx context.Context, before string, limit int) ([]state.Run, error) {
	runs, err := h.store.Runs(ctx, before, limit)
	for i := range runs {
		runs[i] = h.over(runs[i])
	}
	return runs, err
}

func (h history) over(r state.Run) state.Run {
	for m, p := range r.Parts {
		r.Parts[m] = h.live.over(r.ID, m, p)
	}
	return r
}
