package reconcile_test

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/market/markettest"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// Parts that end without having been walked through.

// TestWorkHeldSource: what the sources did is the part's end and calls no market.
func TestWorkHeldSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(12), likeVoso, likeLamdong)
	w.verify()
	calls := w.shop("voso").Calls(markettest.OpList)
	w.src.all = w.src.all[:3]
	w.save()
	w.clock.pass(time.Hour)
	w.queued("r1", reconcile.Verify)
	w.work("r1", "voso")
	w.work("r1", "lamdong")
	run := w.recorded("r1")
	if run.State != state.Held || run.Source.Held == "" || run.Parts["voso"].Held != run.Source.Held {
		t.Errorf("ended as %+v", run)
	}
	if w.shop("voso").Calls(markettest.OpList) != calls {
		t.Error("a market was called on a reading that is held")
	}
	w.queued("r2", reconcile.Sync, "no such code")
	w.src.all = goodOnes(12)
	w.save()
	w.clock.pass(time.Hour)
	w.work("r2", "voso")
	if p := w.recorded("r2").Parts["voso"]; p.State != state.Failed || len(p.Failures) != 1 || !strings.Contains(p.Failures[0].Words, "no such code") {
		t.Errorf("an unknown code ended as %+v", p)
	}
}

// TestWorkUnreadSource: what was read last stays known while nothing can be read.
func TestWorkUnreadSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(4), likeVoso)
	w.verify()
	before, err := w.store.LastSource(t.Context())
	if err != nil || before.Total != 4 {
		t.Fatalf("after a verify the last source is %+v: %v", before, err)
	}
	if err := os.WriteFile(w.src.registry(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(time.Hour)
	w.queued("r1", reconcile.Sync)
	w.work("r1", "voso")
	if run := w.recorded("r1"); run.State != state.Failed || run.Source.Total != 0 {
		t.Errorf("a run without a source ended %s, with %+v", run.State, run.Source)
	}
	if _, err := w.engine.Run(t.Context(), reconcile.Request{Mode: reconcile.Sync}); err == nil {
		t.Error("a run in the foreground was done without a source")
	}
	if now, err := w.store.LastSource(t.Context()); err != nil || !reflect.DeepEqual(now, before) {
		t.Errorf("the last source became %+v: %v", now, err)
	}
}

// TestWorkUnknownMarket: a part on a market that was taken out of the
// configuration ends at once and says so.
func TestWorkUnknownMarket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likeVoso, likeLamdong)
	w.queued("r1", reconcile.Verify)
	w.markets = w.markets[1:]
	w.restart()
	w.work("r1", "voso")
	w.work("r1", "lamdong")
	run := w.recorded("r1")
	if p := run.Parts["voso"]; run.State != state.Failed || len(p.Failures) != 1 || !strings.Contains(p.Failures[0].Words, "configuration") {
		t.Errorf("ended as %+v", run)
	}
	if p := run.Parts["lamdong"]; p.State != state.Succeeded {
		t.Errorf("the other market ended as %+v", p)
	}
}

// TestAbandon: a part that nobody can work is seen to fail, and ends its run.
func TestAbandon(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likeVoso)
	w.queued("r1", reconcile.Sync)
	for range 2 {
		if err := w.engine.Abandon(t.Context(), "r1", "voso", "its worker vanished each time"); err != nil {
			t.Fatal(err)
		}
	}
	run := w.recorded("r1")
	if p := run.Parts["voso"]; run.State != state.Failed || len(p.Failures) != 1 || p.Failures[0].Words != "its worker vanished each time" {
		t.Errorf("abandoned as %+v", run)
	}
	w.work("r1", "voso")
	if w.markets[0].Writes() != 0 {
		t.Error("an abandoned part was worked")
	}
	if err := w.engine.Abandon(t.Context(), "none", "voso", "x"); err != nil {
		t.Errorf("a run that is gone: %v", err)
	}
}
