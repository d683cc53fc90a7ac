package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// waiting is what is held on a market; it fails where nothing is.
func (w *world) waiting(m listing.Market) state.HeldPlan {
	w.t.Helper()
	got, err := w.store.Waiting(context.Background(), m)
	if err != nil || got[m].Plan == nil {
		w.t.Fatalf("nothing is held on %s: %v", m, err)
	}
	return *got[m].Plan
}

func (w *world) nothingWaits(m listing.Market) {
	w.t.Helper()
	if got, err := w.store.Waiting(context.Background(), m); err != nil || got[m].Plan != nil {
		w.t.Errorf("%s: %+v waits: %v", m, got[m].Plan, err)
	}
}

// word is an officer's: for a run, or "" to refuse.
func (w *world) word(m listing.Market, checksum, run string) error {
	return w.store.DecideHeld(context.Background(), m, state.HeldDecision{
		Checksum: checksum, Approved: run != "", Run: run, By: "officer", At: w.clock.now(), Reason: "để sau",
	}, func(run string) (bool, error) {
		r, err := w.store.Run(context.Background(), run)
		if errors.Is(err, state.ErrNotFound) {
			return true, nil
		}
		return state.Ended(r.State), err
	})
}

// approve approves what waits on a market and does the run.
func (w *world) approve(m listing.Market, run string) state.Part {
	w.t.Helper()
	if err := w.word(m, w.waiting(m).Checksum, run); err != nil {
		w.t.Fatalf("approve: %v", err)
	}
	return w.run(reconcile.Request{ID: run, Mode: reconcile.Sync, Markets: []listing.Market{m}}).Run.Parts[m]
}

// crowd is a world in which 4 of 12 listings on each market would leave the sale.
func crowd(t *testing.T) *world {
	t.Helper()
	w := settled(t, 12, likePostmart, likeVoso, likeLamdong)
	w.guard.MaxShrinkPercent = 100
	w.restart()
	for i := range 4 {
		w.src.all[i].status = "revoked"
	}
	w.save()
	if res := w.sync(); res.Run.State != state.Held || w.writes() != 0 {
		t.Fatalf("%s after %d writes", res.Run.State, w.writes())
	}
	return w
}

// TestApprove: an approval lets exactly the held changes go, in its own run, once.
func TestApprove(t *testing.T) {
	t.Parallel()
	w := crowd(t)
	for _, s := range w.markets {
		m := s.Name()
		plan := w.waiting(m)
		if plan.Total != 4 || plan.Counts[listing.Unlist] != 4 || len(plan.Shown) != 4 || !strings.Contains(plan.Why, "4 of 12 listings would leave the sale") {
			t.Fatalf("%s: kept %+v", m, plan)
		}
		if c := plan.Shown[0]; c.Held != listing.Unlist || c.From != "on_sale" || c.To != "off_sale" || c.Reasons.First() != ocop.Revoked {
			t.Errorf("%s: kept %+v", m, c)
		}
		if err := w.word(m, "another", "approval-0"); !errors.Is(err, state.ErrStale) {
			t.Errorf("another checksum: %v, want it stale", err)
		}
		if err := w.word(m, plan.Checksum, "approval-"+string(m)); err != nil {
			t.Fatal(err)
		}
	}
	// Meanwhile the world goes on: a fifth is revoked, and a price moves a little.
	w.edit("68-005", func(g *goods) { g.status = "revoked" })
	w.edit("68-012", func(g *goods) { g.price += 1000 })
	for _, s := range w.markets {
		m := s.Name()
		approved := "approval-" + string(m)
		old := w.waiting(m).Checksum
		if p := w.sync().Run.Parts[m]; p.State != state.Held || s.OnSale("OCOP-68-001") != 1 {
			t.Errorf("%s: the approval was carried out by another run: %+v", m, p)
		}
		p := w.run(reconcile.Request{ID: approved, Mode: reconcile.Sync, Markets: []listing.Market{m}}).Run.Parts[m]
		for n := 1; n <= 12; n++ {
			if on := s.OnSale(listing.SKU(fmt.Sprintf("OCOP-68-%03d", n))); (on == 0) != (n <= 4) {
				t.Errorf("%s: number %d is on sale %d times", m, n, on)
			}
		}
		if p.State != state.Held || p.Counts["unlist_done"] != 4 || p.Counts["held_unlist"] != 1 {
			t.Errorf("%s: %+v, want the fifth held anew", m, p)
		}
		if left := w.waiting(m); left.Total != 1 || left.Checksum == old || left.Shown[0].Code != "68-005" || left.Run != approved {
			t.Errorf("%s: waits %+v", m, left)
		}
		if err := w.word(m, old, "again"); !errors.Is(err, state.ErrStale) && !errors.Is(err, state.ErrDecided) {
			t.Errorf("%s: approved a second time: %v", m, err)
		}
	}
	w.clean(w.sync()) // one alone of 8 is no crowd
	for _, s := range w.markets {
		w.nothingWaits(s.Name())
		if s.OnSale("OCOP-68-005") != 0 {
			t.Errorf("%s: what was left did not follow", s.Name())
		}
	}
	w.quiet()
}

// TestApprovalIsOfOneRun: while its run is not done nothing else can be decided;
// a run that ended without using it leaves room for another.
func TestApprovalIsOfOneRun(t *testing.T) {
	t.Parallel()
	w := crowd(t)
	sum := w.waiting("voso").Checksum
	w.queued("first", reconcile.Sync)
	if err := w.word("voso", sum, "first"); err != nil {
		t.Fatal(err)
	}
	var decided *state.DecidedError
	if err := w.word("voso", sum, "second"); !errors.As(err, &decided) || decided.Decision.Run != "first" {
		t.Errorf("a second approval: %v", err)
	}
	if err := w.word("voso", sum, ""); !errors.Is(err, state.ErrDecided) {
		t.Errorf("refused what is approved: %v", err)
	}
	for _, s := range w.markets {
		if err := w.engine.Abandon(t.Context(), "first", s.Name(), "its process ended"); err != nil {
			t.Fatal(err)
		}
	}
	if p := w.approve("voso", "second"); p.State != state.Succeeded || p.Counts["unlist_done"] != 4 {
		t.Errorf("%+v", p)
	}
	if err := w.word("voso", sum, "third"); !errors.Is(err, state.ErrDecided) {
		t.Errorf("used a second time: %v", err)
	}
	// The same crowd once more is another matter.
	for _, status := range []string{"recognized", "revoked"} {
		for i := range 4 {
			w.src.all[i].status = status
		}
		w.save()
		w.run(reconcile.Request{Mode: reconcile.Sync, Markets: []listing.Market{"voso"}})
	}
	if again := w.waiting("voso"); again.Checksum != sum {
		t.Errorf("checksum %s, want %s as before", again.Checksum, sum)
	}
	if p := w.approve("voso", "fourth"); p.State != state.Succeeded {
		t.Errorf("%+v", p)
	}
}

// TestKilledApproval: the run of an approval goes on with it wherever it is taken up.
func TestKilledApproval(t *testing.T) {
	t.Parallel()
	w := crowd(t)
	s := w.shop("voso")
	w.queued("approval", reconcile.Sync)
	if err := w.word("voso", w.waiting("voso").Checksum, "approval"); err != nil {
		t.Fatal(err)
	}
	ctx, kill := context.WithCancel(t.Context())
	s.tap.before = func(op string) error {
		if op == "unlist" {
			kill()
			return ctx.Err()
		}
		return nil
	}
	if err := w.engine.Work(ctx, "approval", "voso"); err == nil {
		t.Fatal("the part ended")
	}
	s.tap.before = nil
	w.restart()
	w.work("approval", "voso")
	if p := w.recorded("approval").Parts["voso"]; p.State != state.Succeeded || s.OnSale("OCOP-68-001") != 0 {
		t.Errorf("taken up: %+v", p)
	}
}

// TestRefuse: what was refused stays as it is and is asked again only once it differs.
func TestRefuse(t *testing.T) {
	t.Parallel()
	w := crowd(t)
	sum := w.waiting("voso").Checksum
	if err := w.word("voso", sum, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.word("voso", sum, ""); !errors.Is(err, state.ErrDecided) {
		t.Errorf("refused twice: %v", err)
	}
	only := reconcile.Request{Mode: reconcile.Sync, Markets: []listing.Market{"voso"}}
	for range 2 {
		w.clean(w.run(only))
		if r := w.record("voso", "68-001"); r.Reasons[len(r.Reasons)-1] != ocop.RefusedByOfficer || w.shop("voso").OnSale("OCOP-68-001") != 1 {
			t.Errorf("says %v", r.Reasons)
		}
		w.restart()
	}
	w.edit("68-005", func(g *goods) { g.status = "revoked" })
	if p := w.run(only).Run.Parts["voso"]; p.State != state.Held {
		t.Errorf("another crowd is not asked: %+v", p)
	}
	w.edit("68-005", func(g *goods) { g.status = "recognized" })
	w.clean(w.run(only))
	if p := w.approve("voso", "on-second-thought"); p.State != state.Succeeded || p.Counts["unlist_done"] != 4 {
		t.Errorf("%+v", p)
	}
}

// TestApprovePriceJump: approved, the price is written as it was shown.
func TestApprovePriceJump(t *testing.T) {
	t.Parallel()
	w := settled(t, 4, likePostmart, likeVoso, likeLamdong)
	w.edit("68-001", func(g *goods) { g.price = 300_000 })
	w.clean(w.sync())
	for _, s := range w.markets {
		if plan := w.waiting(s.Name()); plan.Why != "" || plan.Total != 1 {
			t.Errorf("%s: %+v", s.Name(), plan)
		}
		w.edit("68-001", func(g *goods) { g.price = 310_000 }) // the price that was approved is not this one
		if p := w.approve(s.Name(), "not-this-"+string(s.Name())); p.Counts["held_update"] != 1 || s.only(t, "OCOP-68-001").Price != 101_000 {
			t.Errorf("%s: %+v at %s", s.Name(), p, s.only(t, "OCOP-68-001").Price)
		}
		if p := w.approve(s.Name(), "this-"+string(s.Name())); p.State != state.Succeeded || s.only(t, "OCOP-68-001").Price != 310_000 {
			t.Errorf("%s: %+v at %s", s.Name(), p, s.only(t, "OCOP-68-001").Price)
		}
		w.edit("68-001", func(g *goods) { g.price = 300_000 })
		w.nothingWaits(s.Name())
	}
}

// TestApproveFirstRun: what was shown is made; from then on the shop is as any other.
func TestApproveFirstRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(3), likeLamdong)
	s := w.shop("lamdong")
	s.AddForeign(listing.Listing{Title: "Cà phê", Price: 90_000})
	w.verify()
	if plan := w.waiting("lamdong"); plan.First != 1 || plan.Counts[listing.Create] != 3 {
		t.Fatalf("%+v", plan)
	}
	w.src.all = append(w.src.all, good(4))
	w.save()
	if p := w.approve("lamdong", "approval"); p.State != state.Held || p.Counts["create_done"] != 3 || p.Counts["held_create"] != 1 {
		t.Errorf("%+v, want the fourth, which nobody saw, held", p)
	}
	w.clean(w.sync())
	s.only(t, "OCOP-68-004")
	w.nothingWaits("lamdong")
	w.restart()
	w.quiet()
}

// TestHeldEnds: after 7 days it can't be approved, and is asked anew.
func TestHeldEnds(t *testing.T) {
	t.Parallel()
	w := crowd(t)
	first := w.waiting("voso")
	for range 6 {
		w.clock.pass(24 * time.Hour)
		w.sync()
		if now := w.waiting("voso"); now.Run != first.Run || !now.Since.Equal(first.Since) || !now.Warned.Equal(w.clock.now()) {
			t.Errorf("day by day: %+v, want that of %+v, warned of today", now, first)
		}
	}
	w.clock.pass(24 * time.Hour)
	if err := w.word("voso", first.Checksum, "late"); !errors.Is(err, state.ErrLapsed) {
		t.Errorf("approved after 7 days: %v", err)
	}
	w.sync()
	if now := w.waiting("voso"); now.Run == first.Run || now.Checksum != first.Checksum || !now.Since.Equal(w.clock.now()) {
		t.Errorf("after 7 days: %+v, want it asked anew", now)
	}
	if p := w.approve("voso", "in-time"); p.State != state.Succeeded {
		t.Errorf("%+v", p)
	}
}

// TestAcceptedReading: a person says that a reading is right that a guard held.
func TestAcceptedReading(t *testing.T) {
	t.Parallel()
	w := settled(t, 20, likeLamdong)
	for i := range 5 {
		w.src.all[i].gone = true
	}
	w.save()
	run := w.sync().Run
	p := run.Parts["lamdong"]
	if run.State != state.Held || run.Source.Checksum == "" || p.Checksum != run.Source.Checksum {
		t.Fatalf("%+v, %+v", run.Source, p)
	}
	accept := state.Accepted{Checksum: run.Source.Checksum, By: "officer", At: w.clock.now()}
	if err := w.store.AcceptReading(t.Context(), accept); err != nil {
		t.Fatal(err)
	}
	w.src.all[5].gone = true // it is another reading now
	w.save()
	if run := w.sync().Run; run.State != state.Held || run.Source.Checksum == accept.Checksum {
		t.Errorf("%s: another reading was taken for the accepted one: %+v", run.State, run.Source)
	}
	w.src.all[5].gone = false
	w.save()
	for range 2 {
		w.clean(w.sync())
	}
	if got, err := w.store.AcceptedReading(t.Context()); err != nil || got.Checksum != "" {
		t.Errorf("the word was used and stays: %+v, %v", got, err)
	}
	if w.shop("lamdong").OnSale("OCOP-68-001") != 0 {
		t.Error("what the accepted reading lacks is still on sale")
	}
	// An empty reading is nobody's to accept.
	for i := range w.src.all {
		w.src.all[i].gone = true
	}
	w.save()
	if run := w.sync().Run; run.State != state.Held || run.Source.Checksum != "" {
		t.Errorf("%s: %+v", run.State, run.Source)
	}
}
