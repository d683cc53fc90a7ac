package queue

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
)

// Outcome is what became of a tick.
type Outcome string

// The outcomes.
const (
	TickQueued   Outcome = "queued"
	TickExists   Outcome = "exists"         // a replica, or this process before, made it
	TickOutside  Outcome = "outside_window" // the market may not be worked then
	TickUnderWay Outcome = "under_way"      // an earlier one waits or is worked
	TickSkipped  Outcome = "skipped"        // the Recorder wanted no run
	TickFailed   Outcome = "failed"         // Redis could not be reached until the next tick
)

// A Count is how many ticks of a market had an outcome, in this process.
type Count struct {
	Market  listing.Market
	Mode    Mode
	Outcome Outcome
	N       int
}

// Counts gives what became of the ticks so far, sorted.
func (s *Schedule) Counts() []Count {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Count, 0, len(s.counts))
	for c, n := range s.counts {
		c.N = n
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Count) int {
		return cmp.Or(cmp.Compare(a.Market, b.Market), cmp.Compare(a.Mode, b.Mode), cmp.Compare(a.Outcome, b.Outcome))
	})
	return all
}

// tick makes the entry's last tick, and tries again until the next one is due.
func (s *Schedule) tick(e *entry) {
	now := s.o.Now().In(s.o.Location)
	at, ok := lastTick(e.spec, now)
	if !ok {
		return
	}
	t := e.tickAt(at)
	log := s.log.With(zap.String("run", t.Run()), zap.String("market", string(t.Market)))
	next := e.spec.Next(at)
	wait := time.NewTimer(retryTick)
	defer wait.Stop()
	for {
		did, err := s.fire(s.ctx, e, t)
		if s.ctx.Err() != nil {
			return
		}
		if err != nil && !next.IsZero() && !s.o.Now().Add(retryTick).Before(next) {
			log.Error("a tick could not be made and is given up: the next one is due", zap.Error(err))
			did, err = TickFailed, nil
		}
		if err == nil {
			s.count(t, did)
			log.Info("tick", zap.String("outcome", string(did)))
			return
		}
		log.Warn("a tick could not be made and is tried again", zap.Error(err))
		wait.Reset(retryTick)
		select {
		case <-s.ctx.Done():
			return
		case <-wait.C:
		}
	}
}

// fire makes one tick: it is recorded, then queued for its due time.
func (s *Schedule) fire(ctx context.Context, e *entry, t Tick) (Outcome, error) {
	due := s.due(e, t)
	if now := s.o.Now().In(s.o.Location); due.Before(now) {
		due = now // it was missed
	}
	if !e.windows.Open(due) {
		return TickOutside, nil
	}
	covered, err := s.ticks.underWay(ctx, t)
	if err != nil {
		return "", err
	}
	if covered {
		return TickUnderWay, nil
	}
	recorded, err := s.o.Recorder.RecordTick(ctx, t)
	switch {
	case errors.Is(err, ErrSkip):
		return TickSkipped, nil
	case err != nil:
		return "", err
	case !recorded:
		// Whoever recorded it queues it, or the sweeper does.
		return TickExists, nil
	}
	return TickQueued, s.ticks.enqueueTick(ctx, t, due)
}

// due is when a tick's part is to be worked.
func (s *Schedule) due(e *entry, t Tick) time.Time {
	at := t.At.In(s.o.Location)
	return at.Add(jitter(s.o.Tenant, t, e.spec.Next(at), s.o.Jitter))
}

func (e *entry) tickAt(at time.Time) Tick { return Tick{Market: e.market, Mode: e.mode, At: at.UTC()} }

func (s *Schedule) count(t Tick, o Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[Count{Market: t.Market, Mode: t.Mode, Outcome: o}]++
}
