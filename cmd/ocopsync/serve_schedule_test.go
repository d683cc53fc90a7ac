package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/queue"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// Every daemon ticks, and of all their ticks for one moment one run is made.

// ticked are the runs that the schedule made.
func (r *replica) ticked() []state.Run {
	r.t.Helper()
	var found []state.Run
	for _, run := range r.runs() {
		if run.Trigger == triggerSchedule {
			found = append(found, run)
		}
	}
	return found
}

// partsEnded sums what the daemons counted of a market's parts.
func partsEnded(market string, daemons ...*replica) int {
	n := 0
	for _, r := range daemons {
		for name, value := range r.metrics() {
			if strings.HasPrefix(name, "parts_total,market="+market+",") {
				n += int(value)
			}
		}
	}
	return n
}

// awaitTicks waits until each daemon has made n ticks or left them to another,
// and gives what became of them.
func awaitTicks(t *testing.T, n int, daemons ...*replica) map[string]int {
	t.Helper()
	outcomes := make(map[string]int)
	for _, r := range daemons {
		until(t, soon, fmt.Sprintf("%d ticks are told", n), func() bool { return len(r.lines("tick")) >= n })
		for _, l := range r.lines("tick") {
			outcomes[l.Outcome]++
		}
	}
	return outcomes
}

func TestServeMakesUpForAMissedTickOnce(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	must(t, err)
	missed := time.Now().In(zone).Add(-6 * time.Hour)
	f := newFleet(t, ticks("off", fmt.Sprintf("%d %d * * *", missed.Minute(), missed.Hour())))
	first, second := f.serve(), f.serve()
	markets := len(sandbox.Markets())
	done := awaitTicks(t, markets, first, second)
	if done[string(queue.TickQueued)] != markets || done[string(queue.TickExists)]+done[string(queue.TickUnderWay)] != markets {
		t.Errorf("ticks of two daemons for %d markets: %v", markets, done)
	}
	for _, run := range first.ticked() {
		run := first.awaitEnd(run.ID, soon)
		if want := missed.UTC().Format("20060102T1504") + "00Z"; !strings.Contains(run.ID, want) || run.Mode != "verify" {
			t.Errorf("run %s, a %s: expected the verify of %s", run.ID, run.Mode, want)
		}
	}
	if n := len(first.ticked()); n != markets {
		t.Errorf("%d runs were made of one missed tick on %d markets", n, markets)
	}
	until(t, soon, "each part is counted", func() bool {
		for _, m := range sandbox.Markets() {
			if partsEnded(m, first, second) == 0 {
				return false
			}
		}
		return true
	})
	for _, m := range sandbox.Markets() {
		if n := partsEnded(m, first, second); n != 1 {
			t.Errorf("the one part on %s was worked %d times", m, n)
		}
	}
	f.madeOnce()
	first.stopped()
	second.stopped()

	f.box.ResetCounts()
	again := f.serve()
	if done := awaitTicks(t, markets, again); done[string(queue.TickExists)] != markets {
		t.Errorf("the tick was made already, and the next start tells %v", done)
	}
	if n := len(again.ticked()); n != markets {
		t.Errorf("%d runs after another start, expected the %d as before", n, markets)
	}
	again.stopped()
}

func TestServeTicksOnTimeOnceWithTwoDaemons(t *testing.T) {
	t.Parallel()
	f := newFleet(t, ticks("* * * * *", "off"))
	first, second := f.serve(), f.serve()
	began := time.Now()
	next := began.Truncate(time.Minute).Add(time.Minute)
	markets := sandbox.Markets()
	ids := make([]string, len(markets))
	for i, m := range markets {
		ids[i] = (queue.Tick{Market: listing.Market(m), Mode: queue.Sync, At: next}).Run()
	}
	untilSaid(t, time.Until(next)+soon, "the next minute's runs end", func() string {
		ended := make(map[string]bool)
		for _, run := range second.ticked() {
			ended[run.ID] = state.Ended(run.State)
		}
		for _, id := range ids {
			if !ended[id] {
				return fmt.Sprintf("%s has not, of %v", id, ended)
			}
		}
		return ""
	})
	perTick := make(map[string]int)
	for _, run := range first.ticked() {
		perTick[run.ID]++
	}
	for i, id := range ids {
		run := first.run(id)
		if late := run.StartedAt.Sub(next); late < 0 || late > 20*time.Second {
			t.Errorf("the tick of %s on %s began %s after it", next.Format(time.TimeOnly), markets[i], late)
		}
		if run.State != state.Succeeded && run.State != state.Partial || perTick[id] != 1 {
			t.Errorf("%s is there %d times and %s", id, perTick[id], run.State)
		}
	}
	untilSaid(t, soon, "each run's part was worked once, by one of the two", func() string {
		ended := 0
		for _, run := range first.ticked() {
			if state.Ended(run.State) {
				ended++
			}
		}
		counted := 0
		for _, m := range markets {
			counted += partsEnded(m, first, second)
		}
		if counted != ended {
			return fmt.Sprintf("%d parts were worked for %d runs", counted, ended)
		}
		return ""
	})
	f.madeOnce()
	for _, v := range f.box.Judge(first.explained()).Violations {
		if v.Promise == "P1" {
			t.Errorf("%+v", v)
		}
	}
	first.stopped()
	second.stopped()
}
