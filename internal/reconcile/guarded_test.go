package reconcile_test

import (
	"strings"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// heldKinds are what waits on a market after a run.
func heldKinds(res reconcile.Result, m listing.Market) map[listing.Kind]int {
	n := make(map[listing.Kind]int)
	for c := range res.Plans[m].All() {
		if c.Kind == listing.Hold {
			n[c.Held]++
		}
	}
	return n
}

// TestPriceJump: a price that jumps waits alone, and stays as it is on sale.
func TestPriceJump(t *testing.T) {
	t.Parallel()
	w := settled(t, 4, likePostmart, likeVoso, likeLamdong)
	w.src.all[0].price = 300_000
	w.src.all[1].price += 1000
	w.src.all = append(w.src.all, good(5))
	w.save()
	for _, mode := range []reconcile.Mode{reconcile.Sync, reconcile.Verify, reconcile.Sync} {
		res := w.run(reconcile.Request{Mode: mode})
		w.clean(res)
		for _, s := range w.markets {
			if n := heldKinds(res, s.Name()); len(n) != 1 || n[listing.Update] != 1 {
				t.Errorf("%s %s: held %v, want the one price", s.Name(), mode, n)
			}
			if p := res.Run.Parts[s.Name()]; p.Counts["held_update"] != 1 || p.Checksum == "" {
				t.Errorf("%s %s: %+v", s.Name(), mode, p)
			}
			if c := kindOf(res, s.Name(), "68-001"); c.From != "price 101.000đ" || c.To != "price 300.000đ" || c.Reasons.First() != ocop.PriceJump {
				t.Errorf("%s: %+v", s.Name(), c)
			}
			if why := w.reason(s.Name(), "68-001"); why != ocop.PriceJump || s.only(t, "OCOP-68-001").Price != 101_000 {
				t.Errorf("%s: stated %q for %s", s.Name(), why, s.only(t, "OCOP-68-001").Price)
			}
		}
		w.decide()
	}
	for _, s := range w.markets {
		s.only(t, "OCOP-68-005")
		if s.only(t, "OCOP-68-002").Price != 103_000 {
			t.Errorf("%s: the small change did not go on", s.Name())
		}
	}
	w.edit("68-001", func(g *goods) { g.price = 101_000 })
	w.quiet()
	if why := w.reason("voso", "68-001"); why != "" {
		t.Errorf("once it is put right it still says %q", why)
	}
}

// TestFirstRun: a shop that holds listings of others is not worked before a
// person has said so; whatever mode, restart or product is asked for.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(3), likePostmart, likeVoso, likeLamdong)
	busy := []*shop{w.shop("voso"), w.shop("postmart")}
	for _, s := range busy {
		s.AddForeign(listing.Listing{Title: w.src.all[0].name, Price: 90_000})
		s.AddForeign(listing.Listing{SKU: "HTX-1", Title: "Cà phê", Price: 90_000})
	}
	for i, req := range []reconcile.Request{
		{Mode: reconcile.Verify}, {Mode: reconcile.Sync}, {Mode: reconcile.Sync, Codes: []ocop.Code{"68-001"}}, {Mode: reconcile.Verify}, {Mode: reconcile.Plan},
	} {
		res := w.run(req)
		for _, s := range busy {
			p := res.Run.Parts[s.Name()]
			if p.State != state.Held || !strings.Contains(p.Held, "first run on a shop that already holds 2 listings, none of them ours") || s.Writes() != 0 {
				t.Fatalf("%d: %s is %s %q after %d writes", i, s.Name(), p.State, p.Held, s.Writes())
			}
		}
		if i == 2 {
			w.restart()
		}
	}
	if why := w.reason("voso", "68-001"); why != ocop.AwaitingApproval {
		t.Errorf("stated %q, want %q", why, ocop.AwaitingApproval)
	}
	if n := w.shop("lamdong").Calls(markettest.OpCreate); n != 3 {
		t.Errorf("the empty shop got %d listings, want 3", n)
	}
	// The journal knows that it was let go before this Redis was emptied.
	w.known = []listing.Market{"voso"}
	w.restart()
	res := w.verify()
	if a, b := res.Run.Parts["voso"].State, res.Run.Parts["postmart"].State; a != state.Succeeded || b != state.Held {
		t.Errorf("voso %s, postmart %s", a, b)
	}
	// What shows listings of ours was let go before, whatever Redis has forgotten.
	w.known = nil
	w.forget()
	if p := w.verify().Run.Parts["voso"]; p.State != state.Succeeded {
		t.Errorf("after the wipe: %s %q", p.State, p.Held)
	}
	// Emptied by hand, the shop is as any other.
	for _, r := range w.shop("postmart").Remotes() {
		w.shop("postmart").Delete(r.SKU)
	}
	w.clean(w.verify())
	w.quiet()
}

// TestHoldAll: everything waits where a guard holds anything.
func TestHoldAll(t *testing.T) {
	t.Parallel()
	w := settled(t, 12, likeVoso)
	w.guard.MaxShrinkPercent, w.guard.HoldAll = 100, true
	w.restart()
	for i := range 4 {
		w.src.all[i].status = "revoked"
	}
	w.src.all = append(w.src.all, good(13))
	w.edit("68-012", func(g *goods) { g.price += 1000 })
	for range 2 {
		res := w.sync()
		n := heldKinds(res, "voso")
		if n[listing.Unlist] != 4 || n[listing.Update] != 1 || n[listing.Create] != 1 || w.writes() != 0 {
			t.Errorf("held %v after %d writes", n, w.writes())
		}
	}
	if why := w.reason("voso", "68-013"); why != ocop.GuardHold {
		t.Errorf("stated %q", why)
	}
	w.src.all[0].status = "recognized"
	w.save()
	w.clean(w.sync())
	w.quiet()
}

// TestManyUpdates: a change of more than half of the listings waits.
func TestManyUpdates(t *testing.T) {
	t.Parallel()
	w := settled(t, 12, likeLamdong)
	for i := range 7 {
		w.src.all[i].price += 1000
	}
	w.src.all = append(w.src.all, good(13))
	w.save()
	res := w.sync()
	if p := res.Run.Parts["lamdong"]; p.State != state.Held || !strings.Contains(p.Held, "7 of 12 listings would be changed, more than 50 %") || w.writes() != 1 {
		t.Errorf("%s %q after %d writes, want the one new listing alone", p.State, p.Held, w.writes())
	}
	w.edit("68-007", func(g *goods) { g.price -= 1000 })
	w.clean(w.sync()) // 6 of 13
	w.quiet()
}
