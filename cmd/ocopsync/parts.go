package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/queue"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// parts is what the queue needs of the engine and of the recorded runs.
type parts struct {
	engine *reconcile.Engine
	store  *state.Store
	now    func() time.Time
	log    *zap.Logger
	// lost is told when Redis is no longer the memory that this process opened:
	// the daemon must begin anew.
	lost func(error)
}

// Work works one part; see queue.Handler.
func (p *parts) Work(ctx context.Context, t queue.Task) error {
	err := p.engine.Work(ctx, t.Run, t.Market)
	var paused *reconcile.PausedError
	switch {
	case errors.Is(err, state.ErrBusy), errors.As(err, &paused):
		p.log.Debug("a part waits", zap.String("run", t.Run), zap.String("market", string(t.Market)), zap.Error(err))
		return fmt.Errorf("%w: %w", queue.ErrBusy, err)
	case errors.Is(err, state.ErrMemoryLost):
		p.lost(err)
	}
	return err
}

// foregroundLost is how long a foreground run may read its sources before it is
// taken for dead: it holds no lease by which it could be seen to live.
const foregroundLost = time.Hour

// Unfinished gives the parts that are the queue's to work; see queue.Runs. A
// foreground run whose process is gone is ended here, since nobody else will.
func (p *parts) Unfinished(ctx context.Context) ([]queue.Part, error) {
	runs, err := p.store.Unfinished(ctx)
	if err != nil || len(runs) == 0 {
		return nil, err
	}
	fences, err := p.store.Fences(ctx, marketsOf(runs))
	if err != nil {
		return nil, err
	}
	var out []queue.Part
	for _, r := range runs {
		for m, part := range r.Parts {
			alive := part.Fence > 0 && fences[m] == part.Fence
			switch {
			case state.Ended(part.State):
			case r.Trigger == triggerSchedule || r.Trigger == triggerRequest:
				out = append(out, queue.Part{Run: r.ID, Market: m, Urgent: r.Trigger == triggerRequest, Alive: alive})
			case !alive && (part.State == state.Running && part.Fence > 0 || p.now().Sub(r.CreatedAt) > foregroundLost):
				if err := p.Abandon(ctx, r.ID, m, "its process ended without a word"); err != nil {
					return nil, err
				}
			}
		}
	}
	return out, nil
}

func marketsOf(runs []state.Run) []listing.Market {
	seen := make(map[listing.Market]bool)
	for _, r := range runs {
		for m := range r.Parts {
			seen[m] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Abandon records that a part failed for good; see queue.Runs.
func (p *parts) Abandon(ctx context.Context, run string, m listing.Market, why string) error {
	return p.engine.Abandon(ctx, run, m, why)
}

// What asks for a run.
const (
	triggerSchedule   = "schedule"
	triggerRequest    = "request"    // a person, through the admin API
	triggerForeground = "foreground" // a command that works the run itself
)

// RecordTick records a tick's run; see queue.Recorder. A paused market gets none.
func (p *parts) RecordTick(ctx context.Context, t queue.Tick) (bool, error) {
	said, err := p.store.Orders(ctx, t.Run(), t.Market)
	if err != nil {
		return false, err
	}
	if said.Pause != nil {
		return false, queue.ErrSkip
	}
	err = p.store.CreateRun(ctx, state.Run{
		ID: t.Run(), Mode: string(t.Mode), Trigger: triggerSchedule, By: "schedule", CreatedAt: p.now().UTC(), State: state.Queued,
		Markets: []listing.Market{t.Market}, Parts: map[listing.Market]state.Part{t.Market: {State: state.Queued}},
	})
	if errors.Is(err, state.ErrExists) {
		return false, nil
	}
	return err == nil, err
}
