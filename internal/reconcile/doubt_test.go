package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// TestSlowShrinking: a registry that loses a little with every reading is held
// once it has lost too much within a day; the next day it may go on.
func TestSlowShrinking(t *testing.T) {
	t.Parallel()
	w := settled(t, 20, likeLamdong)
	left := 20
	lose := func(n int) state.Run {
		t.Helper()
		for range n {
			left--
			w.src.all[left].gone = true
		}
		w.save()
		w.clock.pass(time.Hour)
		return w.sync().Run
	}
	for range 2 {
		if run := lose(2); run.State != state.Succeeded {
			t.Fatalf("with %d of 20 left: %s %q", left, run.State, run.Source.Held)
		}
	}
	if run := lose(1); run.State != state.Held || !strings.Contains(run.Source.Held, "eligible products fell from 20 to 15 within a day, more than 20 %") {
		t.Fatalf("with 15 of 20 left: %s %q", run.State, run.Source.Held)
	}
	if n := w.shop("lamdong").OnSale("OCOP-68-016"); n != 1 {
		t.Errorf("the product that was held is on sale %d times", n)
	}
	w.clock.pass(22 * time.Hour) // the day of 20 is over, that of 18 is not
	if run := w.sync().Run; run.State != state.Succeeded {
		t.Fatalf("a day later: %s %q", run.State, run.Source.Held)
	}
}

// TestCanaries: a full reading without a product that must be there is held.
func TestCanaries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(12), likeLamdong)
	w.canaries = []ocop.Code{"68-003", "68-777"}
	w.restart()
	run := w.verify().Run
	if run.State != state.Held || !strings.Contains(run.Source.Held, "a full reading of 12 products lacks 68-777, which must always be there") || w.writes() != 0 {
		t.Fatalf("%s %q after %d writes", run.State, run.Source.Held, w.writes())
	}
	w.canaries = w.canaries[:1]
	w.restart()
	w.clean(w.verify())
	w.src.all[2].gone = true // one of 12 is no shrinking
	w.save()
	if run := w.verify().Run; run.State != state.Held || !strings.Contains(run.Source.Held, "lacks 68-003") {
		t.Fatalf("%s %q", run.State, run.Source.Held)
	}
	w.src.all[2].gone = false
	w.save()
	w.quiet()
}

// TestEndsAreForetold: certificates that end together are told 30 days before,
// and named when their end is held.
func TestEndsAreForetold(t *testing.T) {
	t.Parallel()
	all := goodOnes(20)
	for i := range 6 {
		all[i].expires = "2040-03-20"
	}
	all[6].expires = "2040-03-25" // one alone is no cohort
	w := newWorld(t, embedded(t), all, likeLamdong)
	res := w.verify()
	w.clean(res)
	want := state.Ending{Day: ocop.Day{Year: 2040, Month: 3, Dom: 20}, Count: 6}
	if got := res.Run.Source.Ending; len(got) != 1 || got[0] != want {
		t.Errorf("foretold %+v, want %+v", got, want)
	}
	w.clock.pass(20 * 24 * time.Hour)
	run := w.sync().Run
	if run.State != state.Held || !strings.Contains(run.Source.Held, "the certificates of 6 products ended on 2040-03-20, which is no fault of the data") {
		t.Errorf("%s %q", run.State, run.Source.Held)
	}
}
