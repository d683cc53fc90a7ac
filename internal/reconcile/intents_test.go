package reconcile_test

import (
	"context"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

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
