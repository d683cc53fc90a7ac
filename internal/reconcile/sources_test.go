package reconcile_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/registry"
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
					w.src.all[i].gone, w.src.all[i].status = false, "recognized"
				}
				w.save()
				w.quiet()
			})
		}
	}
}

// TestPartGuard: a plan that would take more than 30 % off sale waits; what it
// found is remembered all the same.
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
			if p := res.Run.Parts[s.Name()]; p.State != state.Held || !strings.Contains(p.Held, "4 of 12 listings would leave the sale") || p.Checksum == "" || s.Writes() != 0 {
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
		if p := res.Run.Parts["voso"]; p.State != state.Held || !strings.Contains(p.Held, "0 of our listings") {
			t.Errorf("the part ended %s %q", p.State, p.Held)
		}
	}
	if n := s.tap.Writes(); n != 0 {
		t.Errorf("%d writes into a shop that showed nothing", n)
	}
	s.tap.Model = hidden
	w.quiet()
}

// TestAnotherProcess: a reading that another process took over is not missed by
// one that finds its source unchanged.
func TestAnotherProcess(t *testing.T) {
	t.Parallel()
	w := settled(t, 5, likeLamdong)
	other := *w
	other.begin()
	defer other.end()
	w.edit("68-001", func(g *goods) { g.status = "revoked" })
	s := w.markets[0]
	s.tap.before = func(string) error { return context.Canceled } // the other gets no further than the reading
	if _, err := other.engine.Run(t.Context(), reconcile.Request{Mode: reconcile.Sync}); err != nil {
		t.Fatal(err)
	}
	s.tap.before = nil
	w.clean(w.sync())
	if s.OnSale("OCOP-68-001") != 0 {
		t.Error("P2: the revoked product stayed on sale")
	}
}

// TestTwinRecords: two records of one code, of which one says something else,
// stop the product; its own record has not changed.
func TestTwinRecords(t *testing.T) {
	t.Parallel()
	w := settled(t, 6, likeLamdong)
	twin := w.src.all[0]
	twin.stars, twin.name = 2, "Trà atisô túi lọc khác"
	w.src.all = append(w.src.all, twin)
	w.save()
	w.clean(w.sync())
	if w.markets[0].OnSale("OCOP-68-001") != 0 {
		t.Error("P2: a product whose rating two records disagree on stayed on sale")
	}
	if why := w.reason("lamdong", "68-001"); why != ocop.RatingUnclear {
		t.Errorf("stated %q", why)
	}
	w.src.all = w.src.all[:6]
	w.save()
	w.clean(w.sync())
	w.markets[0].only(t, "OCOP-68-001")
	w.quiet()
}

// TestCodeInAnotherCase: a code that the registry writes anew in another case
// is the same product (decision 2).
func TestCodeInAnotherCase(t *testing.T) {
	t.Parallel()
	for _, mode := range []reconcile.Mode{reconcile.Sync, reconcile.Verify} {
		w := newWorld(t, embedded(t), goodOnes(3), likeVoso, likeLamdong)
		w.src.all[0].code = "68-abc"
		w.save()
		w.settle()
		w.edit("68-abc", func(g *goods) { g.code = "68-ABC" })
		w.clean(w.run(reconcile.Request{Mode: mode}))
		w.sync()
		for _, s := range w.markets {
			s.only(t, "OCOP-68-ABC")
			if s.Writes() != 0 {
				t.Errorf("%s %s: %d writes", mode, s.Name(), s.Writes())
			}
		}
		w.quiet()
	}
}

// TestUnmatchedPrices: a row of the price list that no product uses is reported,
// and one that names a product without its producer is used.
func TestUnmatchedPrices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likeLamdong)
	w.src.noFile = true
	csv := "Mã sản phẩm;Tên sản phẩm;Giá bán;Đơn vị tính;Số lượng;Hình ảnh\n" +
		";Trà atisô túi lọc số 1;90000;hộp;5;https://anh.example/1.jpg\n" +
		"68-002;;95000;hộp;5;https://anh.example/2.jpg\n" +
		"68-999;Không ai biết;1000;hộp;5;\n"
	if err := w.src.save(w.src.prices(), []byte(csv)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // also when nothing was read anew
		res := w.sync()
		w.clean(res)
		if !slices.ContainsFunc(res.Faults, func(f ocop.Fault) bool { return strings.Contains(f.Value, "68-999") }) || len(res.Faults) != 1 {
			t.Errorf("faults: %+v, want the unmatched row alone", res.Faults)
		}
	}
	if got := w.markets[0].only(t, "OCOP-68-001"); got.Price != 90_000 {
		t.Errorf("the row without a producer was not used: %s", got.Price)
	}
	// Another product of that name makes the row doubtful.
	twin := good(3)
	twin.name = w.src.all[0].name
	w.src.all = append(w.src.all, twin)
	w.save()
	res := w.sync()
	w.clean(res)
	w.markets[0].only(t, "OCOP-68-001")
	if why := w.reason("lamdong", "68-001"); why != ocop.MissingPrice || len(res.Faults) != 2 {
		t.Errorf("stated %q with %d faults, want %q and both rows reported", why, len(res.Faults), ocop.MissingPrice)
	}
}

// TestDryRunChangesNothing: neither markets nor Redis nor the held reading.
func TestDryRunChangesNothing(t *testing.T) {
	t.Parallel()
	w := settled(t, 4, likePostmart, likeVoso, likeLamdong)
	before := dump(t, w)
	w.src.all[0].status = "revoked"
	w.src.all[1].price += 1000
	w.src.all = append(w.src.all, good(5))
	w.save()
	for _, mode := range []reconcile.Mode{reconcile.Verify, reconcile.Sync} {
		res := w.run(reconcile.Request{Mode: mode, DryRun: true})
		for _, s := range w.markets {
			got := map[string]listing.Kind{}
			for _, code := range []string{"68-001", "68-002", "68-005"} {
				got[code] = kindOf(res, s.Name(), code).Kind
			}
			if got["68-001"] != listing.Unlist || got["68-002"] != listing.Update || got["68-005"] != listing.Create {
				t.Errorf("%s %s: planned %v", mode, s.Name(), got)
			}
		}
	}
	if w.writes() != 0 || dump(t, w) != before {
		t.Errorf("a dry run made %d writes, or changed Redis", w.writes())
	}
	if n := len(w.held.Entries()); n != 4 {
		t.Errorf("a dry run took its reading over: %d products held", n)
	}
	if _, products := w.figures(); len(products) != 4 {
		t.Errorf("the figures after a dry run are of %d products", len(products))
	}
	w.clean(w.sync())
	if w.writes() != 9 {
		t.Errorf("%d writes, want 3 on each market", w.writes())
	}
}

// dump is everything that Redis holds of the markets.
func dump(t *testing.T, w *world) string {
	t.Helper()
	var b strings.Builder
	for _, s := range w.markets {
		for _, what := range []string{"records", "intents"} {
			got, err := w.client.HGetAll(t.Context(), w.key(s.Name(), what)).Result()
			if err != nil {
				t.Fatal(err)
			}
			j, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(j)
		}
	}
	return b.String()
}

var _ registry.Source = (*registry.Workbook)(nil)
