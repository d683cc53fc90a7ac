package reconcile_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// queued records a run as whoever accepts it does, before it is queued.
func (w *world) queued(id string, mode reconcile.Mode, codes ...ocop.Code) state.Run {
	w.t.Helper()
	run := state.Run{
		ID: id, Mode: string(mode), Trigger: "request", By: "officer", Codes: codes, CreatedAt: w.clock.now(), State: state.Queued,
		Parts: make(map[listing.Market]state.Part),
	}
	for _, s := range w.markets {
		run.Markets = append(run.Markets, s.Name())
		run.Parts[s.Name()] = state.Part{State: state.Queued}
	}
	if err := w.store.CreateRun(context.Background(), run); err != nil {
		w.t.Fatalf("record run %s: %v", id, err)
	}
	return run
}

func (w *world) recorded(id string) state.Run {
	w.t.Helper()
	run, err := w.store.Run(context.Background(), id)
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	return run
}

// work works one part and wants it to end.
func (w *world) work(id string, m listing.Market) {
	w.t.Helper()
	if err := w.engine.Work(context.Background(), id, m); err != nil {
		w.t.Fatalf("work %s of %s: %v", m, id, err)
	}
}

// TestWorkByParts: the parts of a recorded run, worked side by side, read the
// sources once and end the run with the last of them.
func TestWorkByParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, realRedis(t), goodOnes(5), likePostmart, likeVoso, likeLamdong)
	w.queued("r1", reconcile.Verify)
	var wg sync.WaitGroup
	for _, s := range w.markets {
		wg.Go(func() { w.work("r1", s.Name()) })
	}
	wg.Wait()
	run := w.recorded("r1")
	if run.State != state.Succeeded || run.EndedAt.IsZero() || run.Source.Total != 5 || run.Source.Eligible != 5 {
		t.Errorf("the run ended as %+v", run)
	}
	for _, s := range w.markets {
		if s.Calls(markettest.OpCreate) != 5 {
			t.Errorf("%s: %d creating calls for 5 products", s.Name(), s.Calls(markettest.OpCreate))
		}
	}
	if n := w.reads.Load(); n != 1 {
		t.Errorf("the registry was read %d times for one run, want once", n)
	}
	w.work("r1", "voso") // brought a second time
	if again := w.recorded("r1"); !again.EndedAt.Equal(run.EndedAt) || again.Parts["voso"].Fence != run.Parts["voso"].Fence {
		t.Errorf("an ended part was worked again: %+v", again)
	}
	if err := w.engine.Work(t.Context(), "no such run", "voso"); err != nil {
		t.Errorf("a run that is no longer kept: %v, want it dropped", err)
	}
}

// TestReadingServesTicks: what was read after a run was asked for serves it; what
// was read before does not.
func TestReadingServesTicks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(3), likeVoso, likeLamdong)
	w.verify()
	w.reads.Store(0)
	reads := func(want int64, when string) {
		t.Helper()
		if n := w.reads.Load(); n != want {
			t.Errorf("%s: the registry was read %d times, want %d", when, n, want)
		}
	}
	w.queued("r1", reconcile.Sync)
	w.clock.pass(time.Second)
	w.work("r1", "voso")
	reads(1, "first part")
	w.work("r1", "lamdong")
	reads(1, "second part")
	w.queued("r2", reconcile.Sync) // asked for at the moment of the reading, so perhaps after it
	w.work("r2", "voso")
	reads(2, "a run that was asked for no sooner than the last reading")
	w.queued("r3", reconcile.Verify)
	w.clock.pass(time.Second)
	w.queued("r4", reconcile.Sync)
	w.clock.pass(time.Second)
	w.work("r3", "voso")
	reads(3, "a verify reads in full")
	w.work("r4", "voso")
	reads(3, "which serves a sync that was asked for before")
	w.queued("r5", reconcile.Sync)
	w.clock.pass(time.Second)
	w.work("r4", "lamdong")
	w.edit(good(1).code, func(g *goods) { g.price += 5000 })
	w.clock.pass(time.Hour) // the file has settled; the reading is old
	w.work("r5", "lamdong")
	reads(4, "an hour later")
	w.queued("r6", reconcile.Verify)
	w.clock.pass(time.Second)
	w.work("r6", "voso")
	reads(5, "a verify is not served by a sync's reading")
	for range 2 {
		if err := w.engine.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	reads(7, "who wants to see what another has seen is not served by what was read before")
}

// TestWorkBusy: while another works the market nothing is recorded.
func TestWorkBusy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likeVoso)
	lease, err := w.store.Acquire(t.Context(), "voso", "another machine", 15*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	before := w.queued("r1", reconcile.Sync)
	if err := w.engine.Work(t.Context(), "r1", "voso"); !errors.Is(err, state.ErrBusy) {
		t.Errorf("work a market that another works: %v, want ErrBusy", err)
	}
	if run := w.recorded("r1"); run.State != before.State || run.Parts["voso"].State != state.Queued {
		t.Errorf("recorded %+v", run)
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.work("r1", "voso")
	if run := w.recorded("r1"); run.State != state.Succeeded {
		t.Errorf("ended %s", run.State)
	}
}

// TestWorkStopped: a process that stops leaves its part to the next attempt,
// which makes what is left, each product once.
func TestWorkStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(9), likeVoso)
	s := w.markets[0]
	stopping := errors.New("this process is stopping")
	ctx, stop := context.WithCancelCause(t.Context())
	n := 0
	s.tap.after = func(op string) error {
		if op == "create" {
			if n++; n == 4 {
				stop(stopping)
			}
		}
		return nil
	}
	w.queued("r1", reconcile.Sync)
	if err := w.engine.Work(ctx, "r1", "voso"); err == nil {
		t.Error("a part that was cut off ended")
	}
	if run := w.recorded("r1"); state.Ended(run.State) || run.Parts["voso"].State != state.Queued || s.Writes() != 4 {
		t.Errorf("after %d writes the run is %s, its part %+v; want it waiting after 4", s.Writes(), run.State, run.Parts["voso"])
	}
	s.tap.after = nil
	w.restart()
	w.work("r1", "voso")
	run := w.recorded("r1")
	if run.State != state.Succeeded || s.Calls(markettest.OpCreate) != 9 || run.Parts["voso"].Counts["writes"] != 9 {
		t.Errorf("%d creating calls for 9 products; the part ended as %+v", s.Calls(markettest.OpCreate), run.Parts["voso"])
	}
}

// TestWorkCancelled: a cancelled run writes no more and says so.
func TestWorkCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(9), likeVoso, likeLamdong)
	s := w.shop("voso")
	w.heed = 2 * time.Millisecond
	w.restart()
	w.queued("r1", reconcile.Sync)
	n := 0
	s.tap.hold = func(ctx context.Context, op string) {
		if n++; n == 3 {
			if _, err := w.store.Cancel(context.WithoutCancel(t.Context()), "r1"); err != nil {
				t.Error(err)
			}
			<-ctx.Done()
		}
	}
	w.work("r1", "voso")
	run := w.recorded("r1")
	if run.Parts["voso"].State != state.Cancelled || run.Parts["lamdong"].State != state.Cancelled || run.State != state.Cancelled {
		t.Errorf("the run ended as %+v", run)
	}
	if s.Writes() > 6 { // the batch under way, and none after it
		t.Errorf("%d writes after the run was cancelled at the third", s.Writes())
	}
	w.work("r1", "lamdong")
	if w.shop("lamdong").Writes() != 0 {
		t.Error("a cancelled run wrote")
	}
	s.tap.hold = nil
	w.clock.pass(5 * time.Minute)
	w.verify()
	w.clock.pass(5 * time.Minute)
	w.clean(w.verify())
	w.quiet()
	if twice := s.TwiceOnSale(); len(twice) > 0 {
		t.Errorf("P1: twice on sale: %v", twice)
	}
}

// TestWorkPaused: a pause stops a part that is under way, holds what waits, and
// loses nothing.
func TestWorkPaused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(9), likeVoso)
	s := w.markets[0]
	w.heed = 2 * time.Millisecond
	w.restart()
	w.queued("r1", reconcile.Sync)
	pause := state.Pause{Reason: "Sàn bảo trì", By: "officer", At: w.clock.now()}
	n := 0
	s.tap.hold = func(ctx context.Context, op string) {
		if n++; n == 4 {
			if err := w.store.SetPause(context.WithoutCancel(t.Context()), "voso", pause); err != nil {
				t.Error(err)
			}
			<-ctx.Done()
		}
	}
	err := w.engine.Work(t.Context(), "r1", "voso")
	var paused *reconcile.PausedError
	if !errors.As(err, &paused) || !strings.Contains(err.Error(), "officer") || !strings.Contains(err.Error(), "Sàn bảo trì") {
		t.Fatalf("a paused market: %v, want who paused it and why", err)
	}
	made := s.Writes()
	if made >= 9 {
		t.Errorf("the pause did not stop the part: %d writes", made)
	}
	for range 2 {
		if err := w.engine.Work(t.Context(), "r1", "voso"); !errors.As(err, &paused) {
			t.Errorf("asked again while paused: %v", err)
		}
	}
	res, err := w.engine.Run(t.Context(), reconcile.Request{Mode: reconcile.Sync}) // the command line too
	if err != nil || res.Run.State != state.Held || !strings.Contains(res.Run.Parts["voso"].Held, "Sàn bảo trì") {
		t.Errorf("sync in the foreground: %v, %+v", err, res.Run.Parts)
	}
	if s.Writes() != made {
		t.Errorf("%d writes on a paused market", s.Writes()-made)
	}
	missing := 0
	_, products, err := w.engine.Standing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range products {
		if on := p.On[0]; on.State != listing.OnSale {
			missing++
			if on.Reasons.First() != ocop.MarketPaused {
				t.Errorf("%s is %s for %v, want market_paused first", p.Code, on.State, on.Reasons)
			}
		}
	}
	if missing == 0 {
		t.Error("nothing is missing although the pause came in between")
	}
	s.tap.hold = nil
	w.queued("r2", reconcile.Plan)
	w.work("r2", "voso")
	if run := w.recorded("r2"); run.State != state.Succeeded || s.Writes() != made {
		t.Errorf("a plan of a paused market ended %s: it changes nothing and need not wait", run.State)
	}
	if err := w.store.Resume(t.Context(), "voso"); err != nil {
		t.Fatal(err)
	}
	w.work("r1", "voso")
	run := w.recorded("r1")
	if run.State != state.Succeeded || s.Calls(markettest.OpCreate) != 9 {
		t.Errorf("%d creating calls for 9 products, the run ended %s", s.Calls(markettest.OpCreate), run.State)
	}
	if n := run.Parts["voso"].Counts["create_error"]; n != 0 {
		t.Errorf("%d of 9 products are told as failed, which the pause put off and which went through after it", n)
	}
}

// TestWorkPlan: a recorded plan says what a sync would do and does nothing.
func TestWorkPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(4), likeVoso)
	w.queued("r1", reconcile.Plan)
	w.work("r1", "voso")
	if run := w.recorded("r1"); run.State != state.Succeeded || run.Parts["voso"].Counts["planned_create"] != 4 {
		t.Errorf("the plan ended as %+v", run)
	}
	page, err := w.store.Items(t.Context(), "r1", "voso", "", 10)
	if err != nil || len(page.Items) != 4 || page.Items[0].Kind != listing.Create || page.Items[0].Outcome != "planned" {
		t.Errorf("items %+v: %v", page.Items, err)
	}
	if n := w.markets[0].Writes(); n != 0 {
		t.Errorf("a plan made %d writing calls", n)
	}
	if len(w.intents()) != 0 || len(w.records()) != 0 {
		t.Errorf("a plan left intents %v, records %v", w.intents(), w.records())
	}
	if last, err := w.store.LastParts(t.Context()); err != nil || len(last) != 0 {
		t.Errorf("a plan is taken for the market's last part: %v, %v", last, err)
	}
}

// TestWorkPlanCancelled: a plan that is under way stops as well.
func TestWorkPlanCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(4), likeVoso)
	w.heed = 2 * time.Millisecond
	w.restart()
	w.queued("r1", reconcile.Plan)
	w.markets[0].tap.wait = func(ctx context.Context) {
		if _, err := w.store.Cancel(context.WithoutCancel(t.Context()), "r1"); err != nil {
			t.Error(err)
		}
		select {
		case <-ctx.Done():
		case <-t.Context().Done():
		case <-time.After(10 * time.Second):
			t.Error("the plan goes on although it was cancelled")
		}
	}
	w.work("r1", "voso")
	if run := w.recorded("r1"); run.State != state.Cancelled {
		t.Errorf("a cancelled plan ended %s", run.State)
	}
}

// records gives the codes with a record on voso.
func (w *world) records() []ocop.Code {
	w.t.Helper()
	var codes []ocop.Code
	err := w.store.Records(context.Background(), "voso", func(r listing.Record) error {
		codes = append(codes, r.Code)
		return nil
	})
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	return codes
}
