package reconcile_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
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
		"other price": {change: func(l *listing.Listing) { l.Price = 5000 }, fields: listing.FieldPrice},
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
			w := settled(t, 20, likeVoso, likeLamdong)
			w.guard.MaxShrinkPercent = shrink
			w.forget()
			for i := range 11 {
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

// TestOpenIntentFound: a create whose answer was lost is found by the next
// run's look and never made again.
func TestOpenIntentFound(t *testing.T) {
	t.Parallel()
	for _, kind := range []markettest.ModelOptions{likePostmart, likeVoso, likeLamdong} {
		t.Run(string(kind.Name), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, embedded(t), goodOnes(3), kind)
			s := w.markets[0]
			s.LoseAnswers(2)
			res := w.verify()
			if p := res.Run.Parts[s.Name()]; p.State != state.Partial || len(p.Failures) != 1 || p.Failures[0].Count != 2 {
				t.Errorf("two lost answers ended the part as %+v", p)
			}
			if n := len(w.intents()); n != 2 {
				t.Errorf("%d open intents after two lost answers", n)
			}
			if why := w.reason(s.Name(), "68-001"); why != ocop.OpenIntent {
				t.Errorf("stated %q", why)
			}
			w.clean(w.sync())
			w.decide()
			w.clean(w.sync())
			if n := s.Calls(markettest.OpCreate); n != 3 {
				t.Errorf("%d creating calls for 3 products", n)
			}
			if n := len(w.intents()); n != 0 {
				t.Errorf("%d intents are still open", n)
			}
			for i := range w.src.all {
				s.only(t, w.src.all[i].sku())
			}
			w.quiet()
		})
	}
}

// intents are the open ones of the first market.
func (w *world) intents() map[ocop.Code]listing.Intent {
	w.t.Helper()
	open, err := w.store.Intents(context.Background(), w.markets[0].Name())
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	return open
}

// TestOpenIntentOfAnotherProduct: a run for some products leaves the intents of
// the others to a run that can adopt what is found.
func TestOpenIntentOfAnotherProduct(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(3), likeVoso)
	s := w.markets[0]
	s.LoseAnswers(1)
	w.verify()
	w.run(reconcile.Request{Mode: reconcile.Sync, Codes: []ocop.Code{"68-003"}})
	w.sync()
	w.sync()
	if twice := s.TwiceOnSale(); len(twice) > 0 {
		t.Errorf("P1: twice on sale: %v", twice)
	}
	w.quiet()
}

// TestOpenIntentNotFound: where the SKU is unique one look lets it be made
// again; elsewhere the deadline, the late effects and a second look.
func TestOpenIntentNotFound(t *testing.T) {
	t.Parallel()
	cut := markettest.Fault{Op: markettest.OpCreate, Count: 1, Error: market.Error{Kind: market.Timeout, MaybeDone: true}}
	t.Run("unique", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, embedded(t), goodOnes(2), likeLamdong)
		s := w.markets[0]
		s.SetFault(cut)
		w.verify()
		w.clean(w.sync())
		s.only(t, "OCOP-68-001")
	})
	t.Run("not unique", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, embedded(t), goodOnes(2), likeVoso)
		s := w.markets[0]
		s.SetFault(cut)
		w.verify()
		for _, d := range []time.Duration{time.Second, time.Minute} { // too early for any look to count
			w.clock.pass(d)
			w.sync()
		}
		if n := s.Calls(markettest.OpCreate); n != 2 {
			t.Fatalf("made again before the first call's effect was certain: %d calls", n)
		}
		w.clock.pass(10 * time.Minute)
		w.sync()
		if why := w.reason("voso", "68-001"); why != ocop.OpenIntent || s.Calls(markettest.OpCreate) != 2 {
			t.Errorf("one look must not be enough: stated %q after %d calls", why, s.Calls(markettest.OpCreate))
		}
		w.clock.pass(time.Minute)
		s.Fail(markettest.OpFind, 1, market.Error{Kind: market.Unavailable})
		if res := w.sync(); res.Run.State != state.Failed || s.Calls(markettest.OpCreate) != 2 {
			t.Errorf("a look that fails resolved something: %s", res.Run.State)
		}
		w.clean(w.sync())
		s.only(t, "OCOP-68-001")
		w.quiet()
	})
}

// TestLateCreate: a call that takes effect after everything is found at the
// next verify and taken off sale; where the SKU is unique it can't.
func TestLateCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likeVoso, likeLamdong)
	for _, s := range w.markets {
		s.LateCreates(1)
	}
	w.verify()
	for range 3 {
		w.clock.pass(10 * time.Minute)
		w.verify()
	}
	for _, s := range w.markets {
		s.only(t, "OCOP-68-001")
		s.Land()
	}
	w.clean(w.verify())
	for _, s := range w.markets {
		s.only(t, "OCOP-68-001")
	}
	if twice := w.shop("lamdong").TwiceOnSale(); len(twice) != 0 {
		t.Errorf("twice on sale where the SKU is unique: %v", twice)
	}
	w.quiet()
}

// TestListedInAnotherCase: the same of what a market shows.
func TestListedInAnotherCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likeVoso)
	s := w.markets[0]
	l := onMarket(&w.src.all[0])
	l.SKU = "ocop-68-001"
	s.AddForeign(l)
	w.clean(w.verify())
	w.clean(w.verify())
	if s.OnSale("OCOP-68-001") != 0 || s.OnSale("ocop-68-001") != 1 {
		t.Errorf("%d and %d on sale, want the one that was there", s.OnSale("OCOP-68-001"), s.OnSale("ocop-68-001"))
	}
	w.quiet()
	w.edit("68-001", func(g *goods) { g.status = "revoked" })
	w.clean(w.verify())
	if s.OnSale("ocop-68-001") != 0 {
		t.Error("P2: it stayed on sale")
	}
}

// TestAnotherPrefix: products keep the SKU that they were given first
// (decision 2), and whoever uses the one that they would get now is left alone.
func TestAnotherPrefix(t *testing.T) {
	t.Parallel()
	w := settled(t, 3, likeVoso, likeLamdong)
	w.prefix = "LD-"
	w.restart()
	w.src.all = append(w.src.all, good(4))
	w.src.all[1].price += 1000
	w.save()
	for _, s := range w.markets {
		s.AddForeign(listing.Listing{SKU: "LD-68-001", Title: "Của người khác", Price: 5000})
	}
	w.clean(w.verify())
	for _, s := range w.markets {
		s.only(t, "OCOP-68-001")
		s.only(t, "LD-68-001")
		s.only(t, "LD-68-004")
		if got := s.only(t, "OCOP-68-002"); got.Price != 103_000 || s.Writes() != 2 {
			t.Errorf("%s: %d writes, the price is %s", s.Name(), s.Writes(), got.Price)
		}
		if r := w.record(s.Name(), "68-001"); r.SKU != "OCOP-68-001" {
			t.Errorf("%s: the product's SKU is now %s", s.Name(), r.SKU)
		}
	}
	w.quiet()
}

// TestSKUInAnotherCase: SKUs are the same whatever their case (decision 2).
func TestSKUInAnotherCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), []goods{good(1), good(2)}, likeVoso)
	w.src.all[0].code = "68-abc"
	w.save()
	s := w.markets[0]
	w.settle()
	w.forget()
	// The registry loses the product and gets it back: what was kept under the
	// SKU alone meanwhile belongs to the product again.
	w.edit("68-abc", func(g *goods) { g.gone = true })
	w.verify()
	if s.OnSale("OCOP-68-ABC") != 0 {
		t.Error("the withdrawn product is still on sale")
	}
	w.edit("68-abc", func(g *goods) { g.gone = false })
	for range 3 {
		w.verify()
		s.only(t, "OCOP-68-ABC")
	}
	w.quiet()
}

var errCut = errors.New("connection to Redis cut")
