package main

import (
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// What is known here of a part under way beats what is recorded of it, and only
// while it is under way.
func TestLiveLaysProgressOverTheRecord(t *testing.T) {
	t.Parallel()
	l := newLive()
	running := state.Part{State: state.Running, Phase: "apply", Done: 1, Total: 9}
	want := func(when string, market string, p state.Part, phase string, done, total int) {
		t.Helper()
		got := history{live: l}.over(state.Run{ID: "r1", Parts: map[listing.Market]state.Part{listing.Market(market): p}}).Parts[listing.Market(market)]
		if got.State != p.State || got.Phase != phase || got.Done != done || got.Total != total {
			t.Errorf("%s: %+v, expected phase %q with %d of %d", when, got, phase, done, total)
		}
	}
	want("nothing is known here", sandbox.Voso, running, "apply", 1, 9)
	l.show(reconcile.Event{Run: "r1", Phase: reconcile.PhaseSource, Done: 500, Total: 2000})
	want("the sources are read", sandbox.Voso, running, "source", 500, 2000)
	l.show(reconcile.Event{Run: "r1", Market: sandbox.Voso, Phase: reconcile.PhaseApply, Done: 4, Total: 9})
	want("it applies", sandbox.Voso, running, "apply", 4, 9)
	want("another market's part is worked elsewhere", sandbox.Lamdong, running, "apply", 1, 9)
	want("it waits again", sandbox.Voso, state.Part{State: state.Queued}, "", 0, 0)
	want("it has ended", sandbox.Voso, state.Part{State: state.Succeeded, Phase: "done"}, "done", 0, 0)
	l.show(reconcile.Event{Run: "r2", Market: sandbox.Lamdong, Phase: reconcile.PhaseApply, Done: 2, Total: 3})
	l.forget("r1", sandbox.Voso)
	want("another worked it on", sandbox.Voso, running, "apply", 1, 9)
	l.forget("r2", sandbox.Lamdong)
	if len(l.far) != 0 {
		t.Errorf("still kept: %v", l.far)
	}
}
