package reconcile_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// TestBadReadingsTakeNothingOffSale: promise P3, for everything that can be
// wrong with the sources as a whole.
func TestBadReadingsTakeNothingOffSale(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, w *world)
		state string
		says  string
	}{
		"empty registry": {func(_ *testing.T, w *world) {
			for i := range w.src.all {
				w.src.all[i].gone = true
			}
			w.save()
		}, state.Held, "the registry's reading is empty"},
		"shrunken registry": {func(_ *testing.T, w *world) {
			for i := range 3 {
				w.src.all[i].gone = true
			}
			w.save()
		}, state.Held, "eligible products fell from 12 to 9, more than 20 %"},
		"many revoked at once": {func(_ *testing.T, w *world) {
			for i := range 3 {
				w.src.all[i].status = "revoked"
			}
			w.save()
		}, state.Held, "eligible products fell from 12 to 9, more than 20 %"},
		"prices in thousands": {func(_ *testing.T, w *world) {
			for i := range w.src.all {
				w.src.all[i].price *= 1000
			}
			w.save()
		}, state.Held, "the median price moved from 107.000đ to 107.000.000đ"},
		"prices lost": {func(_ *testing.T, w *world) {
			for i := range 3 {
				w.src.all[i].price = 0
			}
			w.save()
		}, state.Held, "prices in the price list fell from 12 to 9, more than 20 %"},
		"cut registry": {func(t *testing.T, w *world) {
			b, err := os.ReadFile(w.src.registry())
			if err == nil {
				err = w.src.save(w.src.registry(), b[:len(b)/2])
			}
			if err != nil {
				t.Fatal(err)
			}
		}, state.Failed, "the file ends in the middle"},
		"no registry": {func(t *testing.T, w *world) {
			if err := os.Remove(w.src.registry()); err != nil {
				t.Fatal(err)
			}
		}, state.Failed, "products.json"},
		"no price list": {func(t *testing.T, w *world) {
			if err := os.Remove(w.src.prices()); err != nil {
				t.Fatal(err)
			}
		}, state.Failed, "price list"},
		"something else as price list": {func(t *testing.T, w *world) {
			if err := w.src.save(w.src.prices(), []byte("Kính gửi quý vị;\n")); err != nil {
				t.Fatal(err)
			}
		}, state.Failed, "price list"},
	} {
		for _, mode := range []reconcile.Mode{reconcile.Sync, reconcile.Verify} {
			t.Run(name+" "+string(mode), func(t *testing.T) {
				t.Parallel()
				w := settled(t, 12, likeVoso, likeLamdong)
				tt.spoil(t, w)
				res, err := w.engine.Run(t.Context(), reconcile.Request{Mode: mode})
				if (err != nil) != (tt.state == state.Failed) || res.Run.State != tt.state {
					t.Fatalf("the run ended %s: %v, want %s", res.Run.State, err, tt.state)
				}
				kept, serr := w.store.Run(t.Context(), res.Run.ID)
				if serr != nil {
					t.Fatal(serr)
				}
				for _, s := range w.markets {
					part := kept.Parts[s.Name()]
					words := part.Held
					for _, f := range part.Failures {
						words += f.Words
					}
					if part.State != tt.state || !strings.Contains(words, tt.says) {
						t.Errorf("%s: the run's record says %s %q, want %s and %q", s.Name(), part.State, words, tt.state, tt.says)
					}
					if s.Writes() != 0 {
						t.Errorf("P3: %s: %d writes on a bad reading", s.Name(), s.Writes())
					}
				}
				if n := len(w.held.Entries()); n != 12 {
					t.Errorf("the held reading has %d products, want the 12 of before", n)
				}
				if _, products := w.figures(); len(products) != 12 {
					t.Errorf("the figures are of %d products", len(products))
				}
				// Once it is put right everything goes on.
				for i := range w.src.all {
					w.src.all[i].gone, w.src.all[i].status, w.src.all[i].price = false, "recognized", good(i+1).price
				}
				w.save()
				w.quiet()
			})
		}
	}
}

// TestPartGuard: what would take more than 30 % off sale waits; what is harmless
// goes on, and what was found is remembered.
func TestPartGuard(t *testing.T) {
	t.Parallel()
	w := settled(t, 12, likeVoso, likeLamdong)
	w.guard.MaxShrinkPercent = 100
	w.restart()
	for i := range 4 {
		w.src.all[i].status = "revoked"
	}
	w.edit("68-012", func(g *goods) { g.price += 1000 })
	for _, mode := range []reconcile.Mode{reconcile.Sync, reconcile.Verify, reconcile.Sync} {
		res := w.run(reconcile.Request{Mode: mode})
		for _, s := range w.markets {
			if p := res.Run.Parts[s.Name()]; p.State != state.Held || !strings.Contains(p.Held, "4 of 12 listings would leave the sale") || p.Checksum == "" || s.Writes() != 1 || s.only(t, "OCOP-68-012").Price != 113_000 {
				t.Errorf("%s %s: %+v after %d writes", mode, s.Name(), p, s.Writes())
			}
			if r := w.record(s.Name(), "68-001"); r.Reasons.First() != ocop.GuardHold && !slices.Contains(r.Reasons, ocop.GuardHold) {
				t.Errorf("%s: the held product says %v", s.Name(), r.Reasons)
			}
		}
	}
	w.src.all[0].status = "recognized"
	w.save()
	w.clean(w.verify())
	for _, s := range w.markets {
		if s.OnSale("OCOP-68-001") != 1 || s.OnSale("OCOP-68-002") != 0 || s.only(t, "OCOP-68-012").Price != 113_000 {
			t.Errorf("%s: what was released was not carried out", s.Name())
		}
	}
	w.quiet()
}

// TestEmptiedShop: a market that suddenly shows next to nothing is not filled a
// second time.
func TestEmptiedShop(t *testing.T) {
	t.Parallel()
	w := settled(t, 12, likeVoso)
	s := w.markets[0]
	hidden := s.Model
	s.tap.Model = markettest.NewModel(markettest.ModelOptions{Name: "voso", Limits: limits(), Now: w.clock.now})
	for range 3 {
		res := w.verify()
		if p := res.Run.Parts["voso"]; p.State != state.Held || !strings.Contains(p.Held, "none of our 12 listings") {
			t.Errorf("the part ended %s %q", p.State, p.Held)
		}
	}
	if n := s.tap.Writes(); n != 0 {
		t.Errorf("%d writes into a shop that showed nothing", n)
	}
	s.tap.Model = hidden
	w.quiet()
}
