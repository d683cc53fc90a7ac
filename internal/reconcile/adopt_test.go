package reconcile_test

import (
	"context"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// onMarket is a product as somebody put it up under our SKU.
func onMarket(g *goods) listing.Listing {
	return listing.Listing{
		SKU: g.sku(), Title: g.name, Description: g.text, Category: "1001", Price: ocop.VND(g.price), Stock: 7,
		Unit: g.unit, Pictures: []string{g.picture},
	}
}

// TestAdopt: a listing under our SKU that we do not remember becomes ours, and
// only what differs is written.
func TestAdopt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*listing.Listing)
		hand   func(*shop)
		fields listing.Fields
	}{
		"as wanted":   {fields: 0},
		"other price": {change: func(l *listing.Listing) { l.Price = 95_000 }, fields: listing.FieldPrice},
		"other title": {change: func(l *listing.Listing) { l.Title = "Tên khác hẳn" }, fields: listing.FieldTitle},
		"off sale": {
			hand:   func(s *shop) { s.Edit("OCOP-68-001", func(r *listing.Remote) { r.State = listing.OffSale }) },
			fields: listing.FieldState,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, embedded(t), goodOnes(2), likePostmart, likeVoso, likeLamdong)
			ids := make(map[listing.Market]string)
			for _, s := range w.markets {
				l := onMarket(&w.src.all[0])
				if tt.change != nil {
					tt.change(&l)
				}
				ids[s.Name()] = s.AddForeign(l)
				if tt.hand != nil {
					tt.hand(s)
				}
				s.ResetCounts()
			}
			res := w.verify()
			w.clean(res)
			for _, s := range w.markets {
				if c := kindOf(res, s.Name(), "68-001"); c.Kind != listing.Adopt || c.Fields != tt.fields {
					t.Errorf("%s: planned %s of %v, want an adoption of %v", s.Name(), c.Kind, c.Fields.Names(), tt.fields.Names())
				}
			}
			w.decide()
			w.clean(w.sync())
			for _, s := range w.markets {
				if got := s.only(t, "OCOP-68-001"); got.ID != ids[s.Name()] || got.Price != 101_000 || got.Stock != 7 || got.Title != w.src.all[0].name {
					t.Errorf("%s: %+v is not the adopted listing as wanted", s.Name(), got)
				}
			}
			w.quiet()
		})
	}
}

// TestAdoptWhatCantBeWritten: what was locked or taken down when it was found
// is put right once that ends, and not taken for what we sent.
func TestAdoptWhatCantBeWritten(t *testing.T) {
	t.Parallel()
	for _, state := range []listing.State{listing.Locked, listing.TakenDown} {
		w := settled(t, 2, likePostmart, likeVoso, likeLamdong)
		w.forget()
		w.edit("68-001", func(g *goods) { g.price += 1000 })
		for _, s := range w.markets {
			s.Edit("OCOP-68-001", func(r *listing.Remote) { r.State = state })
		}
		w.verify()
		w.decide()
		w.verify()
		for _, s := range w.markets {
			s.Unlock("OCOP-68-001")
		}
		w.clean(w.verify())
		for _, s := range w.markets {
			if got := s.only(t, "OCOP-68-001"); got.Price != 102_000 {
				t.Errorf("%s: after %s it is on sale at %s", s.Name(), state, got.Price)
			}
		}
		w.quiet()
	}
}

// TestForgottenMemory: with an emptied Redis everything is found again, and
// nothing is written but what differs.
func TestForgottenMemory(t *testing.T) {
	t.Parallel()
	w := settled(t, 12, likePostmart, likeVoso, likeLamdong)
	w.forget()
	w.clean(w.sync()) // a sync looks at all of the market before it makes anything
	w.quiet()
	w.edit("68-004", func(g *goods) { g.status = "revoked" })
	w.clean(w.sync())
	for _, s := range w.markets {
		if s.Writes() != 1 || s.OnSale("OCOP-68-004") != 0 {
			t.Errorf("%s: %d writes, %d on sale of the revoked one", s.Name(), s.Writes(), s.OnSale("OCOP-68-004"))
		}
	}
	w.quiet()
}

// TestForgottenMemoryInReview: what waits for its review is found as well.
func TestForgottenMemoryInReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likePostmart)
	w.clean(w.verify())
	w.forget()
	w.clean(w.verify())
	s := w.markets[0]
	if n := s.Calls(markettest.OpCreate); n != 2 {
		t.Errorf("%d creating calls for 2 products", n)
	}
	w.decide()
	w.clean(w.sync())
	w.quiet()
	for i := range w.src.all {
		s.only(t, w.src.all[i].sku())
	}
}

// TestForgottenMemoryAndFailure: an observation whose findings were not
// recorded must not let the next run make anything (promise P1).
func TestForgottenMemoryAndFailure(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(w *world) reconcile.Request{
		"the part is held": func(w *world) reconcile.Request {
			for i := range 6 {
				w.src.all[i].status = "revoked"
			}
			w.save()
			return reconcile.Request{Mode: reconcile.Verify}
		},
		"only some products were asked for": func(*world) reconcile.Request {
			return reconcile.Request{Mode: reconcile.Verify, Codes: []ocop.Code{"68-012"}}
		},
		"Redis fails before the record": func(w *world) reconcile.Request {
			w.end()
			w.hooks = append(w.hooks, &cut{when: func(cmd string) bool { return cmd == "write" }})
			w.begin()
			return reconcile.Request{Mode: reconcile.Verify}
		},
		"the run is cancelled": func(w *world) reconcile.Request {
			return reconcile.Request{Mode: reconcile.Verify, By: "cancelled"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := settled(t, 12, likeVoso)
			w.guard.MaxShrinkPercent = 100
			s := w.markets[0]
			w.forget()
			req := spoil(w)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s.tap.after = func(op string) error {
				if op == "list" && req.By == "cancelled" {
					cancel()
				}
				return nil
			}
			_, err := w.engine.Run(ctx, req)
			t.Logf("the spoiled run: %v", err)
			s.tap.after = nil
			w.restart()
			w.clock.pass(time.Minute)
			w.sync()
			w.sync()
			if twice := s.TwiceOnSale(); len(twice) > 0 {
				t.Errorf("P1: twice on sale: %v", twice)
			}
			if n := s.Calls(markettest.OpCreate); n != 0 {
				t.Errorf("%d creating calls, everything was there", n)
			}
		})
	}
}

// TestSeenIsRemembered: what a complete look showed of a product that nothing
// was done about (it may not be sold, and only others were asked for, or the
// part was held) is remembered when the product may be sold again.
func TestSeenIsRemembered(t *testing.T) {
	t.Parallel()
	for name, held := range map[string]bool{"only others were asked for": false, "held": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := settled(t, 12, likeVoso)
			w.guard.MaxShrinkPercent = 100
			s := w.markets[0]
			w.forget()
			for i := range 5 {
				w.src.all[i].status = "revoked"
			}
			w.save()
			req := reconcile.Request{Mode: reconcile.Verify}
			if !held {
				req.Codes = []ocop.Code{"68-012"}
			}
			if res := w.run(req); (res.Run.State == state.Held) != held {
				t.Errorf("the run ended %s", res.Run.State)
			}
			for i := range 5 {
				w.src.all[i].status = "recognized"
			}
			w.save()
			w.clean(w.sync())
			if twice := s.TwiceOnSale(); len(twice) > 0 {
				t.Errorf("P1: twice on sale: %v", twice)
			}
			w.quiet()
		})
	}
}

// TestForgottenMemoryAndShortRegistry: the guards count what is held on disk and
// what the market shows, not only what Redis remembers (promise P3).
func TestForgottenMemoryAndShortRegistry(t *testing.T) {
	t.Parallel()
	for name, shrink := range map[string]int{"by the source": 20, "by the part": 100} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := settled(t, 12, likeVoso, likeLamdong)
			w.guard.MaxShrinkPercent = shrink
			w.forget()
			for i := range 6 {
				w.src.all[i].gone = true
			}
			w.save()
			res := w.verify()
			if res.Run.State != state.Held || (res.Run.Source.Held != "") != (shrink == 20) {
				t.Errorf("the run ended %s, its source held by %q", res.Run.State, res.Run.Source.Held)
			}
			for _, s := range w.markets {
				for i := range w.src.all {
					s.only(t, w.src.all[i].sku())
				}
			}
		})
	}
}
