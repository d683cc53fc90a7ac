package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/admin"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// Promise P3 from the outside: what a guard holds, and what a person's word does.

// held waits until the status shows that something waits on a market.
func (r *replica) held(market string) admin.Held {
	r.t.Helper()
	var held admin.Held
	untilSaid(r.t, soon, "something waits on "+market, func() string {
		for _, m := range r.markets() {
			if string(m.Market) == market && m.Held != nil {
				held = *m.Held
				return ""
			}
		}
		return "nothing waits"
	})
	return held
}

func (r *replica) markets() []admin.MarketStatus {
	r.t.Helper()
	var st struct{ Markets []admin.MarketStatus }
	r.read("/api/v1/status", &st)
	return st.Markets
}

// approve approves what waits on a market and gives its run once that has ended.
func (r *replica) approve(market string, h admin.Held) state.Run {
	r.t.Helper()
	got := r.as(state.Operator, http.StatusAccepted, http.MethodPost, heldPath([]string{h.Run, market}, "approve"), fmt.Sprintf(`{"checksum":%q}`, h.Checksum))
	var run state.Run
	must(r.t, got.json(&run))
	return r.awaitEnd(run.ID, soon)
}

// refusedTo approves in vain.
func (r *replica) refusedTo(market, run, checksum, code string) {
	r.t.Helper()
	got := r.as(state.Operator, http.StatusConflict, http.MethodPost, heldPath([]string{run, market}, "approve"), fmt.Sprintf(`{"checksum":%q}`, checksum))
	if !strings.Contains(got.body, "urn:ocopsync:problem:"+code) {
		r.t.Errorf("approving %s of %s: %s, expected %s", checksum, run, got.body, code)
	}
}

func TestGuardHoldsPricesInAnotherUnit(t *testing.T) {
	t.Parallel()
	s := newSmallStage(t, with("price_jump_percent: 0", "price_jump_percent: 60"))
	s.settle()
	before := make(map[string]ocop.VND)
	for _, code := range s.everywhere() {
		before[code] = s.listed(sandbox.Voso, code).Price
	}
	for code, price := range before {
		must(t, s.box.SetPrice(code, int64(price)*1000))
	}
	s.settled(s.prices)
	s.box.ResetCounts()
	for _, args := range [][]string{{"sync"}, {"sync", "--verify"}, {"plan"}} {
		got := s.call(args...)
		if got.code != exitHeld || !strings.Contains(got.out, "tenfold or more, as with a wrong unit") {
			t.Errorf("%v: expected exit %d and words on the prices\n%s", args, exitHeld, got)
		}
	}
	s.wantWrites(0)
	// One price that jumps waits alone, from what to what.
	codes := s.everywhere()
	for code, price := range before {
		must(t, s.box.SetPrice(code, int64(price)))
	}
	must(t, s.box.SetPrice(codes[0], int64(before[codes[0]])*1000))
	must(t, s.box.SetPrice(codes[1], int64(before[codes[1]])+1000))
	s.settled(s.prices)
	got := s.call("sync")
	if got.code != exitOK || strings.Count(got.out, "HELD: prices that jump wait for an officer, item by item") != 3 {
		t.Errorf("expected exit %d and one price held on each market\n%s", exitOK, got)
	}
	s.wantWrites(1)
	for _, m := range sandbox.Markets() {
		if a, b := s.listed(m, codes[0]).Price, s.listed(m, codes[1]).Price; a != before[codes[0]] || b != before[codes[1]]+1000 {
			t.Errorf("%s shows %s and %s", m, a, b)
		}
	}
}

func TestGuardLetsExactlyGoWhatIsApproved(t *testing.T) {
	t.Parallel()
	f := newFleetOf(t, 0, with("max_shrink_percent: 20", "max_shrink_percent: 100"))
	r := f.serveHere()
	r.settle()
	codes := f.everywhere()
	off := codes[:len(codes)*2/5]
	for _, code := range off {
		must(t, f.box.Revoke(code))
	}
	f.box.ResetCounts()
	run := r.awaitEnd(r.resync(`{}`), soon)
	if run.State != state.Held {
		t.Fatalf("the run ended %s", run.State)
	}
	f.wantWrites(0)
	h := r.held(sandbox.Voso)
	if h.Counts[listing.Unlist] < len(off) || h.Total < len(off) || len(h.Changes) == 0 || !strings.Contains(h.Why, "listings would leave the sale, more than 30 %") ||
		h.Checksum != run.Parts[sandbox.Voso].Checksum || h.Ends.Sub(h.Since) != state.HeldFor {
		t.Errorf("the status says %+v", h)
	}
	if _, ready := r.health("/readyz?verbose"); !strings.Contains(ready, "plans") || !strings.Contains(ready, "held") {
		t.Errorf("/readyz?verbose says %s", ready)
	}
	r.refusedTo(sandbox.Voso, run.ID, "0123456789abcdef", "held_changed")
	r.as(state.Viewer, http.StatusForbidden, http.MethodPost, heldPath([]string{run.ID, sandbox.Voso}, "approve"), fmt.Sprintf(`{"checksum":%q}`, h.Checksum))

	// One more loses its right; what was shown is what goes.
	late := codes[len(codes)-1]
	must(t, f.box.Revoke(late))
	got := r.approve(sandbox.Voso, h)
	if part := got.Parts[sandbox.Voso]; len(got.Parts) != 1 || part.State != state.Held || part.Counts["unlist_done"] != h.Total || part.Counts["held_unlist"] != 1 {
		t.Errorf("the approved run came to %+v", part)
	}
	for _, code := range codes {
		on := f.onSale(code)
		if (on[sandbox.Voso] == 0) != slices.Contains(off, code) || on[sandbox.Postmart] == 0 || on[sandbox.Lamdong] == 0 {
			t.Errorf("%s is on sale on %v", code, on)
		}
	}
	r.refusedTo(sandbox.Voso, run.ID, h.Checksum, "already_decided")
	// What waits elsewhere is stale once it is planned anew.
	stale := r.held(sandbox.Lamdong)
	r.awaitEnd(r.resync(`{"markets":["lamdong"]}`), soon)
	r.refusedTo(sandbox.Lamdong, stale.Run, stale.Checksum, "held_changed")
	untilSaid(t, soon, "the new plan is shown", func() string {
		if r.held(sandbox.Lamdong).Checksum == stale.Checksum {
			return "the old one is"
		}
		return ""
	})
	if got := r.approve(sandbox.Lamdong, r.held(sandbox.Lamdong)); got.State != state.Succeeded {
		t.Errorf("lamdong ended %s", got.State)
	}
	if on := f.onSale(late); on[sandbox.Lamdong] != 0 || on[sandbox.Postmart] == 0 {
		t.Errorf("%s is on sale on %v", late, on)
	}
	r.stopped()
}

func TestGuardHoldsTheFirstRunOnAShopInUse(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	must(t, f.box.AddForeignListing(sandbox.Voso, sandbox.Foreign{SKU: "CUAHANG-1", Name: "Trà atisô", Price: 99_000}))
	before := f.foreign()
	r := f.serveHere()
	run := r.awaitEnd(r.resync(`{"mode":"verify"}`), soon)
	if p := run.Parts[sandbox.Voso]; p.State != state.Held || !strings.Contains(p.Held, "first run on a shop that already holds 1 listing, which is not ours") || f.box.Writes()[sandbox.Voso] != 0 {
		t.Fatalf("voso: %+v after %d writing calls", p, f.box.Writes()[sandbox.Voso])
	}
	if f.box.Writes()[sandbox.Lamdong] == 0 {
		t.Error("an empty shop waits too")
	}
	h := r.held(sandbox.Voso)
	got := r.approve(sandbox.Voso, h)
	if made := got.Parts[sandbox.Voso].Counts["create_done"] + got.Parts[sandbox.Voso].Counts["create_submitted"]; made == 0 || made > h.Counts[listing.Create] {
		t.Errorf("made %d of the %d that were approved: %+v", made, h.Counts[listing.Create], got.Parts[sandbox.Voso])
	}
	r.settle()
	r.judge()
	if after := f.foreign(); cmp.Diff(before, after) != "" {
		t.Errorf("the foreign listing was %+v, is %+v", before, after)
	}
	r.stopped()
}

func TestGuardHoldsAll(t *testing.T) {
	t.Parallel()
	s := newStage(t, with("max_shrink_percent: 20", "max_shrink_percent: 100"), with("hold: unlist-only", "hold: all"))
	s.settle()
	codes := s.everywhere()
	for _, code := range codes[:len(codes)/2] {
		must(t, s.box.Revoke(code))
	}
	s.box.ResetCounts()
	s.setPrice(codes[len(codes)-1], 99_000)
	got := s.call("sync")
	if got.code != exitHeld || strings.Count(got.out, "1 would be updated; ") != 3 || strings.Count(got.out, "nothing was changed on this market") != 3 {
		t.Errorf("expected exit %d, with the price held too\n%s", exitHeld, got)
	}
	s.wantWrites(0)
}

// A registry that really has fallen is taken over once a person says so, by the
// command line.
func TestGuardTakesOverAnApprovedReading(t *testing.T) {
	t.Parallel()
	f := newFleetOf(t, 0)
	r := f.serveHere()
	r.settle()
	codes := f.everywhere()
	off := codes[:12] // of 57 eligible and at least 43 on sale: more than 20 %, less than 30 %
	for _, code := range off {
		must(t, f.box.Revoke(code))
	}
	run := r.awaitEnd(r.resync(`{}`), soon)
	if run.State != state.Held || !strings.Contains(run.Source.Held, "eligible products fell from") || run.Source.Checksum == "" {
		t.Fatalf("the run ended %s: %+v", run.State, run.Source)
	}
	untilSaid(t, soon, "the held reading is shown", func() string {
		if h := r.held(sandbox.Voso); !h.Reading || h.Checksum != run.Source.Checksum {
			return fmt.Sprintf("%+v", h)
		}
		return ""
	})
	h := r.held(sandbox.Voso)
	r.as(state.Operator, http.StatusUnprocessableEntity, http.MethodPost, heldPath([]string{h.Run, sandbox.Voso}, "refuse"),
		fmt.Sprintf(`{"checksum":%q,"reason":"x"}`, h.Checksum))
	if got := r.approve(sandbox.Voso, h); got.State != state.Succeeded || len(got.Parts) != 3 {
		t.Errorf("the approved run ended %s: %+v", got.State, got.Parts)
	}
	for _, code := range off {
		if on := f.onSale(code); len(on) > 0 {
			t.Errorf("%s is on sale on %v", code, on)
		}
	}
	if again := r.awaitEnd(r.resync(`{}`), soon); again.State != state.Succeeded {
		t.Errorf("the next run ended %s: %+v", again.State, again.Source)
	}
	r.stopped()
}

// A market that is only observed is never written to, not even a category, and
// every product says why.
func TestPolicyObserveWritesNothing(t *testing.T) {
	t.Parallel()
	s := newSmallStage(t, with("rate: 0", "rate: 0\n    policy: observe"))
	for _, args := range [][]string{{"--verify"}, {}, {"--verify"}} {
		r := s.sync(exitOK, args...)
		for _, m := range r.Coverage.Markets {
			left := 0
			for _, missing := range r.Missing {
				if missing.Market == m.Market && missing.Reason == ocop.LeftByPolicy {
					left++
				}
			}
			if m.OnSale != 0 || left == 0 {
				t.Errorf("%s: %d on sale, %d left by its policy", m.Market, m.OnSale, left)
			}
		}
	}
	s.wantWrites(0)
}
