package queue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
)

func TestTicksOutsideTheWindowAreSkippedAndCounted(t *testing.T) {
	inBubble(t, "21:01:00", func(t *testing.T) {
		l := newLedger()
		w, err := ParseWindow("22:00-05:30")
		must(t, err)
		s := scheduleOn(t, l, func(o *ScheduleOptions) {
			o.Plans = []Plan{{Market: postmart, Sync: "0 * * * *", Verify: "30 2 * * *", Windows: Windows{w}}}
		})
		s.Start()
		defer s.Stop()
		for _, u := range s.Upcoming() {
			if want := map[Mode]string{Sync: "23 22:00:00", Verify: "24 02:30:00"}[u.Mode]; u.At.Format("02 15:04:05") != want {
				t.Errorf("next %s at %s, expected %s", u.Mode, u.At, want)
			}
		}
		pass(24 * time.Hour)
		// 22, 23, 0, 1, 2, 3, 4, 5 h are within it.
		if got, want := counted(s), "postmart sync outside_window 16, postmart sync queued 8, postmart verify queued 1"; got != want {
			t.Errorf("counted %q, expected %q", got, want)
		}
		for run := range l.queued {
			tick, _ := tickOf(run)
			if !(Windows{w}).Open(tick.At.In(saigon(t))) {
				t.Errorf("%s was queued outside the window", run)
			}
		}
	})
}

func TestTicksThatAreNotMade(t *testing.T) {
	inBubble(t, "09:01:00", func(t *testing.T) {
		l := newLedger()
		l.busy = true
		s := scheduleOn(t, l, func(o *ScheduleOptions) { o.Plans[0].Verify = Off })
		s.Start()
		defer s.Stop()
		pass(15 * time.Minute)
		if got, want := counted(s), "postmart sync under_way 1"; got != want {
			t.Errorf("while an earlier one is under way: %q, expected %q", got, want)
		}
		l.mu.Lock()
		l.busy, l.record = false, func(Tick) error { return fmt.Errorf("postmart is paused: %w", ErrSkip) }
		l.mu.Unlock()
		pass(15 * time.Minute)
		if got, want := counted(s), "postmart sync skipped 1, postmart sync under_way 1"; got != want {
			t.Errorf("while paused: %q, expected %q", got, want)
		}
		if len(l.runs) != 0 {
			t.Errorf("runs were recorded: %v", l.runs)
		}
	})
}

func TestATickIsTriedAgainUntilTheNext(t *testing.T) {
	inBubble(t, "09:01:00", func(t *testing.T) {
		l := newLedger()
		tries := 0
		l.record = func(tick Tick) error {
			tries++
			if tick.At.Minute() == 15 && tries < 4 {
				return errors.New("no answer")
			}
			if tick.At.Minute() == 30 {
				return errors.New("no answer")
			}
			return nil
		}
		s := scheduleOn(t, l, func(o *ScheduleOptions) { o.Plans[0].Verify = Off })
		s.Start()
		defer s.Stop()
		pass(45 * time.Minute)
		if got, want := counted(s), "postmart sync failed 1, postmart sync queued 2"; got != want {
			t.Errorf("counted %q, expected %q: the second fails until the third comes", got, want)
		}
	})
}

func TestStopEndsATickThatIsTriedAgain(t *testing.T) {
	inBubble(t, "09:14:59", func(t *testing.T) {
		l := newLedger()
		l.record = func(Tick) error { return errors.New("no answer") }
		s := scheduleOn(t, l)
		s.Start()
		pass(2 * time.Second)
		asked := time.Now()
		s.Stop()
		if took := time.Since(asked); took != 0 {
			t.Errorf("Stop took %s", took)
		}
	})
}

func TestAPanicDoesNotEndTheSchedule(t *testing.T) {
	inBubble(t, "09:01:00", func(t *testing.T) {
		l := newLedger()
		s := scheduleOn(t, l, func(o *ScheduleOptions) {
			o.Plans[0].Verify = Off
			o.Recorder = panicOnce{l, new(sync.Once)}
		})
		s.Start()
		defer s.Stop()
		pass(45 * time.Minute)
		if got, want := counted(s), "postmart sync queued 2"; got != want {
			t.Errorf("counted %q, expected %q: all but the one that panicked", got, want)
		}
	})
}

type panicOnce struct {
	*ledger
	once *sync.Once
}

func (p panicOnce) RecordTick(ctx context.Context, t Tick) (bool, error) {
	p.once.Do(func() { panic("no such map") })
	return p.ledger.RecordTick(ctx, t)
}

// everyTime is a Recorder that remembers nothing, so that the queue alone keeps
// one tick from making two runs.
type everyTime struct{}

func (everyTime) RecordTick(context.Context, Tick) (bool, error) { return true, nil }

func TestOneTickIsOneTaskOnOneRedis(t *testing.T) {
	onBoth(t, func(t *testing.T, q *Queue) {
		nominal := time.Now().In(saigon(t)).Truncate(15 * time.Minute)
		replica := func(behind time.Duration) *Schedule {
			s, err := NewSchedule(ScheduleOptions{
				Queue: q, Recorder: everyTime{}, Tenant: "da-lat", Location: saigon(t), Log: zap.NewNop(),
				Plans: []Plan{{Market: postmart, Verify: Off}, {Market: voso, Verify: Off}},
				Now:   func() time.Time { return nominal.Add(behind) },
			})
			must(t, err)
			return s
		}
		b, d := newBook(), &diary{}
		start(t, q, d, b)
		var both sync.WaitGroup
		for _, s := range []*Schedule{replica(0), replica(2 * time.Second)} {
			both.Go(func() {
				for _, e := range s.entries {
					s.tick(e)
				}
			})
		}
		both.Wait()
		until(t, "both markets are worked", func() bool { return len(d.worked()) == 2 && depth(t, q) == (Depth{}) })
		late := replica(4 * time.Minute) // its clock is behind, or it was slow
		for _, e := range late.entries {
			late.tick(e)
		}
		if got := depth(t, q); got != (Depth{}) || len(d.worked()) != 2 {
			t.Errorf("a late replica's tick made another task: %+v, worked %v", got, d.worked())
		}
		markets := make(map[listing.Market]int)
		for _, task := range d.worked() {
			markets[task.Market]++
		}
		if want := map[listing.Market]int{postmart: 1, voso: 1}; !maps.Equal(markets, want) {
			t.Errorf("worked %v, expected %v", markets, want)
		}
	})
}

func TestTicksUnderWay(t *testing.T) {
	onBoth(t, func(t *testing.T, q *Queue) {
		at := time.Date(2026, 11, 23, 2, 15, 0, 0, time.UTC)
		hour := at.Add(time.Hour)
		must(t, q.enqueueTick(t.Context(), Tick{postmart, Sync, at}, time.Now().Add(time.Hour)))
		must(t, q.enqueueTick(t.Context(), Tick{voso, Verify, at}, time.Time{}))
		must(t, q.Enqueue(t.Context(), "r1", "lamdong", true))
		for _, c := range []struct {
			tick Tick
			want bool
			why  string
		}{
			{Tick{postmart, Sync, at}, false, "it is the same tick"},
			{Tick{postmart, Sync, hour}, true, "a sync waits"},
			{Tick{postmart, Verify, hour}, false, "a sync does not look at all"},
			{Tick{voso, Sync, hour}, true, "a verify waits"},
			{Tick{voso, Sync, at}, true, "a verify of the same moment waits"},
			{Tick{voso, Verify, hour}, true, "a verify waits"},
			{Tick{voso, Sync, at.Add(-time.Hour)}, false, "what waits is later"},
			{Tick{"lamdong", Sync, hour}, false, "what waits is a person's"},
		} {
			got, err := q.underWay(t.Context(), c.tick)
			must(t, err)
			if got != c.want {
				t.Errorf("underWay(%s) = %t, expected %t: %s", c.tick.Run(), got, c.want, c.why)
			}
		}
	})
}
