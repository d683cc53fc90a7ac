package reconcile_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// exempt decides on a product on a market, "" for all, until so many days from now.
func (w *world) exempt(code string, m listing.Market, days int) {
	w.t.Helper()
	err := w.store.SetExemption(context.Background(), state.Exemption{
		Code: ocop.Code(code), Market: m, Reason: "đang kiện", By: "officer", At: w.clock.now(),
		Until: ocop.DayOf(w.clock.now(), time.UTC).AddDays(days),
	})
	if err != nil {
		w.t.Fatalf("%v", err)
	}
}

func (w *world) endExemption(code string, m listing.Market) {
	w.t.Helper()
	if err := w.store.EndExemption(context.Background(), ocop.Code(code), m); err != nil {
		w.t.Fatalf("%v", err)
	}
}

// on gives how a product stands on a market.
func (w *world) on(m listing.Market, code string) (coverage.Product, coverage.Standing) {
	w.t.Helper()
	markets, products := w.figures()
	for _, p := range products {
		if p.Code == ocop.Code(code) {
			return p, p.On[slices.Index(markets, m)]
		}
	}
	w.t.Fatalf("the engine knows no product %s", code)
	return coverage.Product{}, coverage.Standing{}
}

// TestExempt: nothing of an exempt pair is written, whatever there is to do; the
// others are worked. When it ends, by its date or by a person, all of it is work
// again at the next sync.
func TestExempt(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world){
		"by its date": func(w *world) { w.clock.pass(8 * 24 * time.Hour) },
		"by a person": func(w *world) {
			for _, code := range []string{"68-001", "68-002", "68-003", "68-021"} {
				w.endExemption(code, "")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := settled(t, 20, likePostmart, likeVoso, likeLamdong)
			w.sync() // settled: only what changes is gone through
			w.src.all = append(w.src.all, good(21))
			w.src.all[0].price += 1000
			w.src.all[1].status = "revoked"
			w.src.all[2].price += 1000
			w.src.all[3].price += 1000
			for _, code := range []string{"68-001", "68-002", "68-003", "68-021"} {
				w.exempt(code, "", 7)
			}
			for _, s := range w.markets {
				s.Edit("OCOP-68-003", func(r *listing.Remote) { r.State = listing.OffSale })
			}
			w.save()
			for _, mode := range []reconcile.Mode{reconcile.Sync, reconcile.Verify, reconcile.Sync} {
				w.clean(w.run(reconcile.Request{Mode: mode}))
				w.decide()
			}
			w.clean(w.run(reconcile.Request{Mode: reconcile.Sync, Codes: []ocop.Code{"68-001", "68-021"}}))
			for _, s := range w.markets {
				if n := s.Writes(); n != 1 {
					t.Errorf("%s: %d writing calls, want the one of 68-004", s.Name(), n)
				}
				for code, want := range map[string]ocop.Reasons{
					"68-001": {ocop.Exempt}, "68-002": {ocop.Revoked, ocop.Exempt}, "68-003": {ocop.Exempt}, "68-021": {ocop.Exempt},
				} {
					if _, on := w.on(s.Name(), code); !slices.Equal(on.Reasons, want) {
						t.Errorf("%s on %s: %v, want %v", code, s.Name(), on.Reasons, want)
					}
				}
			}
			markets, products := w.figures()
			for _, m := range coverage.Compute(markets, products).Markets {
				if m.Eligible != 20 || m.Exempt != 3 || m.Counted != 17 || m.OnSale != 17 || m.Kept != 1 {
					t.Errorf("the figures of %s are %+v; want 17 of 17, 3 exempt, 1 kept without its right", m.Market, m)
				}
			}

			end(w)
			for _, s := range w.markets {
				s.ResetCounts()
				if _, on := w.on(s.Name(), "68-001"); slices.Contains(on.Reasons, ocop.Exempt) {
					t.Errorf("68-001 on %s is still told to be exempt", s.Name())
				}
			}
			w.clean(w.sync())
			w.decide()
			w.clean(w.sync())
			for _, s := range w.markets {
				if got := s.only(t, "OCOP-68-001"); got.Price != 102_000 {
					t.Errorf("%s: 68-001 costs %s", s.Name(), got.Price)
				}
				s.only(t, "OCOP-68-003")
				s.only(t, "OCOP-68-021")
				if s.OnSale("OCOP-68-002") != 0 {
					t.Errorf("%s: 68-002 has no right and is on sale", s.Name())
				}
			}
			w.quiet()
		})
	}
}

// TestExemptOnOneMarket: the others are worked, and what stands for every market
// outlives what stood for one.
func TestExemptOnOneMarket(t *testing.T) {
	t.Parallel()
	w := settled(t, 3, likeVoso, likeLamdong)
	w.exempt("68-001", "voso", 7)
	w.edit("68-001", func(g *goods) { g.price += 1000 })
	w.clean(w.sync())
	wrote := func(voso, lamdong int) {
		t.Helper()
		if v, l := w.shop("voso").Writes(), w.shop("lamdong").Writes(); v != voso || l != lamdong {
			t.Errorf("%d writing calls on voso and %d on lamdong, want %d and %d", v, l, voso, lamdong)
		}
	}
	wrote(0, 1)
	w.exempt("68-001", "", 7)
	w.endExemption("68-001", "voso")
	w.edit("68-001", func(g *goods) { g.price += 1000 })
	w.clean(w.sync())
	wrote(0, 1)
	w.restart() // a process that knows of none from before
	w.clean(w.sync())
	wrote(0, 1)
	w.endExemption("68-001", "")
	w.clean(w.sync())
	wrote(1, 2)
}

// TestExemptIsLookedAt: what the market shows of an exempt pair is remembered
// without being written, so that nothing is made twice later, and its duplicates
// stay.
func TestExemptIsLookedAt(t *testing.T) {
	t.Parallel()
	w := settled(t, 3, likePostmart, likeVoso, likeLamdong)
	w.forget()
	for _, code := range []string{"68-001", "68-002"} {
		w.exempt(code, "", 7)
	}
	w.edit("68-001", func(g *goods) { g.price += 1000 })
	w.edit("68-002", func(g *goods) { g.gone = true })
	w.shop("voso").AddForeign(onMarket(&w.src.all[0]))
	for range 2 {
		w.clean(w.verify())
	}
	for _, s := range w.markets {
		if n := s.Writes(); n != 0 {
			t.Errorf("%s: %d writing calls", s.Name(), n)
		}
		for _, code := range []string{"68-001", "68-002"} {
			if r := w.record(s.Name(), code); r == nil || r.State != listing.OnSale || !slices.Contains(r.Reasons, ocop.Exempt) {
				t.Errorf("%s on %s is remembered as %+v, want on sale and exempt", code, s.Name(), r)
			}
		}
	}
	w.endExemption("68-001", "")
	w.endExemption("68-002", "")
	w.clean(w.verify())
	for _, s := range w.markets {
		if got := s.only(t, "OCOP-68-001"); got.Price != 102_000 {
			t.Errorf("%s: 68-001 costs %s", s.Name(), got.Price)
		}
		if s.OnSale("OCOP-68-002") != 0 {
			t.Errorf("%s: 68-002 left the registry and is on sale", s.Name())
		}
	}
	w.quiet()
}

// TestExemptedUnderWay: a part that is under way makes no further call for a
// product that is exempted meanwhile.
func TestExemptedUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(9), likeVoso)
	s := w.markets[0]
	w.heed = 2 * time.Millisecond
	w.end()
	var decided, read atomic.Bool
	taken := make(chan struct{})
	w.hooks = append(w.hooks, &cut{after: func(cmd string) bool {
		switch {
		case !decided.Load():
		case cmd == "hgetall":
			read.Store(true)
		case cmd == "hmget" && read.CompareAndSwap(true, false): // the look after the one that read them
			decided.Store(false)
			close(taken)
		}
		return false
	}})
	w.begin()
	n := 0
	s.tap.hold = func(ctx context.Context, _ string) {
		if n++; n != 4 {
			return
		}
		w.exempt("68-009", "voso", 7)
		decided.Store(true)
		select {
		case <-taken:
		case <-ctx.Done():
			t.Error("the part did not look at what was decided")
		}
	}
	w.clean(w.sync())
	if s.Calls(markettest.OpCreate) != 8 || s.OnSale("OCOP-68-009") != 0 {
		t.Errorf("%d creating calls, %d of the exempt product on sale; want the other 8", s.Calls(markettest.OpCreate), s.OnSale("OCOP-68-009"))
	}
	if open := w.intents(); len(open) > 0 {
		t.Errorf("intents are open: %v", open)
	}
	w.quiet()
	if why := w.reason("voso", "68-009"); why != ocop.Exempt {
		t.Errorf("68-009 is not on sale because of %q", why)
	}
}
