package reconcile_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
)

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
