package main

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"ocopsync/internal/admin"
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

// Decide takes a person's word on what is held. The run of an approval is made
// known before the word and recorded after it: a word whose run was never
// recorded can be given again.
func (r *requests) Decide(ctx context.Context, w admin.Word) error {
	defer r.changed()
	if w.Reading {
		return r.acceptReading(ctx, w)
	}
	if err := r.store.DecideHeld(ctx, w.Market, w.Decision, func(run string) (bool, error) { return r.runEnded(ctx, run) }); err != nil {
		return err
	}
	if !w.Decision.Approved {
		return nil
	}
	return r.Submit(ctx, w.Run)
}

// acceptReading lets the run take over the reading that is held now.
func (r *requests) acceptReading(ctx context.Context, w admin.Word) error {
	last, err := r.store.LastSource(ctx)
	if err != nil {
		return err
	}
	if last.Checksum != w.Decision.Checksum {
		return state.ErrStale
	}
	d := w.Decision
	if err := r.store.AcceptReading(ctx, state.Accepted{Checksum: d.Checksum, Run: d.Run, By: d.By, At: d.At}); err != nil {
		return err
	}
	return r.Submit(ctx, w.Run)
}

// runEnded says whether nothing more will happen in a run.
func (r *requests) runEnded(ctx context.Context, run string) (bool, error) {
	found, err := r.store.Run(ctx, run)
	if errors.Is(err, state.ErrNotFound) {
		return true, nil
	}
	return state.Ended(found.State), err
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
