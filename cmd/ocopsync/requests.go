package main

import (
	"context"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/queue"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// requests does what people ask for through the admin API; see admin.Work.
type requests struct {
	store   *state.Store
	queue   *queue.Queue
	changed func()              // what the API shows has changed
	ended   func(reconcile.End) // told of parts that a cancelling ended before anybody began them
	log     *zap.Logger
}

// Submit records a run, then queues its parts. Once it is recorded it will
// happen: what could not be queued now, the sweeper queues.
func (r *requests) Submit(ctx context.Context, run state.Run) error {
	if err := r.store.CreateRun(ctx, run); err != nil {
		return err
	}
	for _, m := range run.Markets {
		if err := r.queue.Enqueue(ctx, run.ID, m, true); err != nil {
			r.log.Warn("a part could not be queued; the next sweep does", zap.String("run", run.ID), zap.String("market", string(m)), zap.Error(err))
		}
	}
	r.changed()
	return nil
}

// Cancel makes a run stop.
func (r *requests) Cancel(ctx context.Context, id string) error {
	defer r.changed()
	ended, err := r.store.Cancel(ctx, id)
	for _, p := range ended {
		r.ended(reconcile.End{Run: id, Market: p.Market, Part: p.Part, Last: p.Last})
	}
	return err
}

// Pause stops a market, or with "" everything.
func (r *requests) Pause(ctx context.Context, m listing.Market, p state.Pause) error {
	defer r.changed()
	return r.store.SetPause(ctx, m, p)
}

// Resume ends a pause.
func (r *requests) Resume(ctx context.Context, m listing.Market) error {
	defer r.changed()
	return r.store.Resume(ctx, m)
}
