package queue

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
)

// A ledger is Recorder and the queue of a Schedule, in memory.
type ledger struct {
	mu     sync.Mutex
	runs   map[string]bool
	queued map[string]time.Time // run: when it is due
	busy   bool                 // an earlier tick is under way
	record func(Tick) error     // nil: all is well
}

func newLedger() *ledger {
	return &ledger{runs: make(map[string]bool), queued: make(map[string]time.Time)}
}

func (l *ledger) RecordTick(ctx context.Context, t Tick) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.record != nil {
		if err := l.record(t); err != nil {
			return false, err
		}
	}
	before := l.runs[t.Run()]
	l.runs[t.Run()] = true
	return !before, ctx.Err()
}

func (l *ledger) underWay(context.Context, Tick) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy, nil
}

func (l *ledger) enqueueTick(_ context.Context, t Tick, due time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, twice := l.queued[t.Run()]; twice {
		return fmt.Errorf("%s is queued a second time", t.Run())
	}
	l.queued[t.Run()] = due
	return nil
}

func (l *ledger) runIDs() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.queued))
}

func scheduleOn(t *testing.T, l *ledger, changes ...func(*ScheduleOptions)) *Schedule {
	t.Helper()
	o := ScheduleOptions{
		Queue: &Queue{}, Recorder: l, Tenant: "da-lat", Location: saigon(t), NoCatchUp: true, Now: time.Now,
		Plans: []Plan{{Market: postmart}}, Log: zap.NewNop(),
	}
	for _, change := range changes {
		change(&o)
	}
	s, err := NewSchedule(o)
	must(t, err)
	s.ticks = l
	return s
}

// inBubble runs a test in fake time that begins at a time of day in Vietnam on
// Monday, 23 November 2026.
func inBubble(t *testing.T, clock string, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	loc := saigon(t)
	synctest.Test(t, func(t *testing.T) {
		at, err := time.ParseInLocation(time.DateTime, "2026-11-23 "+clock, loc)
		must(t, err)
		<-time.After(time.Until(at))
		test(t)
	})
}

// pass lets time pass.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func counted(s *Schedule) string {
	var all []string
	for _, c := range s.Counts() {
		all = append(all, fmt.Sprintf("%s %s %s %d", c.Market, c.Mode, c.Outcome, c.N))
	}
	return strings.Join(all, ", ")
}

func TestTicksComeOnTimeAndOnce(t *testing.T) {
	inBubble(t, "02:10:00", func(t *testing.T) {
		l := newLedger()
		// Two replicas, the clock of one 3 s behind.
		one := scheduleOn(t, l)
		two := scheduleOn(t, l)
		one.Start()
		pass(3 * time.Second)
		two.Start()
		pass(36 * time.Minute) // 02:46:03
		one.Stop()
		two.Stop()
		want := []string{ // UTC
			"sync.20261122T191500Z.postmart", "sync.20261122T193000Z.postmart", "sync.20261122T194500Z.postmart",
			"verify.20261122T193000Z.postmart",
		}
		if got := l.runIDs(); !slices.Equal(got, want) {
			t.Errorf("queued %v, expected %v", got, want)
		}
		for run, due := range l.queued {
			tick, _ := tickOf(run)
			if !due.Equal(tick.At) {
				t.Errorf("without jitter %s is due at %s", run, due)
			}
		}
		n := make(map[Outcome]int)
		for _, c := range append(one.Counts(), two.Counts()...) {
			n[c.Outcome] += c.N
		}
		if n[TickQueued] != 4 || n[TickExists] != 4 {
			t.Errorf("counted %v, expected 4 queued and 4 that the other had made", n)
		}
		pass(time.Hour)
		if got := len(l.runIDs()); got != 4 {
			t.Errorf("%d ticks after Stop", got-4)
		}
	})
}

func TestTicksAreDueWithinTheirJitter(t *testing.T) {
	inBubble(t, "09:00:01", func(t *testing.T) {
		l := newLedger()
		s := scheduleOn(t, l, func(o *ScheduleOptions) {
			o.Jitter = 30 * time.Second
			o.Plans = []Plan{{Market: postmart, Verify: Off}, {Market: voso, Verify: Off}}
		})
		s.Start()
		defer s.Stop()
		soon := s.Upcoming()
		pass(4 * time.Hour)
		if len(l.queued) != 32 {
			t.Fatalf("%d ticks, expected 16 of each market", len(l.queued))
		}
		distinct := make(map[time.Duration]bool)
		for run, due := range l.queued {
			tick, _ := tickOf(run)
			late := due.Sub(tick.At)
			distinct[late] = true
			if late < 0 || late >= 30*time.Second {
				t.Errorf("%s is due %s after its time", run, late)
			}
		}
		if len(distinct) < 30 {
			t.Errorf("32 ticks are put off by only %d different times", len(distinct))
		}
		first := Tick{postmart, Sync, time.Date(2026, 11, 23, 2, 15, 0, 0, time.UTC)}
		if got := soon[0]; got.Market != postmart || !got.At.Equal(l.queued[first.Run()]) {
			t.Errorf("Upcoming() said %+v, it was due at %s", got, l.queued[first.Run()])
		}
	})
}

func TestMissedTicksAreMadeUpForOnce(t *testing.T) {
	inBubble(t, "20:07:00", func(t *testing.T) {
		l := newLedger()
		catchUp := func(o *ScheduleOptions) { o.NoCatchUp = false }
		s := scheduleOn(t, l, catchUp)
		s.Start()
		synctest.Wait()
		want := []string{"sync.20261123T130000Z.postmart", "verify.20261122T193000Z.postmart"}
		if got := l.runIDs(); !slices.Equal(got, want) {
			t.Fatalf("at the start queued %v, expected the last tick of each %v", got, want)
		}
		for run, due := range l.queued {
			if !due.Equal(time.Now()) {
				t.Errorf("%s is due at %s, expected now", run, due)
			}
		}
		s.Stop()
		again := scheduleOn(t, l, catchUp)
		again.Start()
		synctest.Wait()
		again.Stop()
		if got := counted(again); got != "postmart sync exists 1, postmart verify exists 1" {
			t.Errorf("after another start: %s", got)
		}
	})
}

func TestScheduleNamesEveryFault(t *testing.T) {
	t.Parallel()
	_, err := NewSchedule(ScheduleOptions{
		Jitter: time.Hour,
		Plans:  []Plan{{Market: postmart, Sync: "every day"}, {Market: voso, Verify: "@every 1h"}},
	})
	for _, says := range []string{"are needed", "jitter 1h0m0s", "postmart, sync", "voso, verify"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("NewSchedule() = %v, expected %q in it", err, says)
		}
	}
}
