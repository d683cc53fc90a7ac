package queue

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// A sweeper queues again what is recorded, has not ended, and is lost: it neither
// waits in the queue nor is worked by a living worker. Every replica runs one.
type sweeper struct {
	queue *Queue
	runs  Runs
	most  int // attempts
	log   *zap.Logger
	// missed are the parts that the last sweep did not find. One look may miss
	// a part that ended or changed its place just then, so two must.
	missed map[part]bool
}

// keep sweeps until ctx ends.
func (s *sweeper) keep(ctx context.Context, step time.Duration) {
	every(ctx, step, func() {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("the sweep for lost parts failed; it is made again", zap.Error(err))
		}
	})
}

// sweep looks once. It goes through all parts even when one can't be queued, and
// returns the first error.
func (s *sweeper) sweep(ctx context.Context) error {
	before := s.missed
	s.missed = nil
	unfinished, err := s.runs.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("list unfinished parts: %w", err)
	}
	if len(unfinished) == 0 {
		return nil
	}
	found, err := s.queue.look(ctx)
	if err != nil {
		return err
	}
	s.missed = make(map[part]bool)
	var first error
	for _, p := range unfinished {
		name := part{p.Run, p.Market}
		switch {
		case p.Alive || found[name]:
		case !before[name]:
			s.missed[name] = true
		default:
			if err := s.revive(ctx, p); err != nil && first == nil {
				first = err
			}
		}
	}
	return first
}

// revive queues a lost part under the first attempt whose id is free, or abandons
// it when it has had as many as it may. Replicas that do it side by side choose
// the same id.
func (s *sweeper) revive(ctx context.Context, p Part) error {
	t := Task{Run: p.Run, Market: p.Market, Urgent: p.Urgent}
	attempts := make([]Task, s.most)
	for i := range attempts {
		attempts[i] = t
		attempts[i].Attempt = i
	}
	taken, err := s.queue.exist(ctx, attempts...)
	if err != nil {
		return fmt.Errorf("look for attempts at %s: %w", t.id(), err)
	}
	for i, is := range taken {
		if is {
			t.Attempt = i + 1
		}
	}
	log := s.log.With(zap.String("run", p.Run), zap.String("market", string(p.Market)), zap.Int("attempt", t.Attempt))
	if t.Attempt >= s.most {
		why := fmt.Sprintf("%d attempts at it ended without a word: its worker vanished each time", t.Attempt)
		if err := s.runs.Abandon(ctx, p.Run, p.Market, why); err != nil {
			return fmt.Errorf("abandon %s: %w", t.id(), err)
		}
		log.Error("a part was abandoned: its workers vanished")
		return nil
	}
	if err := s.queue.put(ctx, t, time.Time{}); err != nil {
		return err
	}
	log.Warn("a lost part was queued again")
	return nil
}
