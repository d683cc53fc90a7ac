package reconcile_test

import (
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
)

// kindOf gives the planned kind of change for a code, other than retire.
func kindOf(res reconcile.Result, m listing.Market, code string) listing.Change {
	for c := range res.Plans[m].All() {
		if c.Code == ocop.Code(code) && c.Kind != listing.Retire {
			return c
		}
	}
	return listing.Change{}
}

// settled gives a world in which everything is on sale.
func settled(t *testing.T, n int, kinds ...markettest.ModelOptions) *world {
	t.Helper()
	w := newWorld(t, embedded(t), goodOnes(n), kinds...)
	w.settle()
	return w
}

// settle brings everything on sale: reviews are decided and seen.
func (w *world) settle() {
	w.t.Helper()
	w.clean(w.verify())
	w.decide()
	w.clean(w.sync())
	for _, s := range w.markets {
		s.ResetCounts()
	}
}

func (w *world) decide() {
	for _, s := range w.markets {
		s.Decide()
	}
}

// only wants exactly one listing of a SKU on sale, and gives it.
func (s *shop) only(t *testing.T, sku listing.SKU) listing.Remote {
	t.Helper()
	var found []listing.Remote
	for _, r := range s.Remotes() {
		if r.SKU == sku && r.State == listing.OnSale {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s: %d listings of %s on sale, want 1", s.Name(), len(found), sku)
	}
	return found[0]
}

func TestFirstRunPutsEverythingOnSale(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(12), likePostmart, likeVoso, likeLamdong)
	w.clean(w.run(reconcile.Request{Mode: reconcile.Sync})) // a market's first run is a verify, whatever is asked
	if r := w.record("postmart", "68-001"); r == nil || r.State != listing.InReview || r.Submission == "" {
		t.Errorf("a submitted create left the record %+v", r)
	}
	if why := w.reason("postmart", "68-001"); why != ocop.AwaitingReview {
		t.Errorf("stated reason of a submitted listing: %q", why)
	}
	w.decide()
	w.clean(w.sync())
	for _, s := range w.markets {
		for i := range w.src.all {
			got := s.only(t, w.src.all[i].sku())
			if r := w.record(s.Name(), w.src.all[i].code); r.ID != got.ID || !r.Seen || r.State != listing.OnSale || r.Stored.IsZero() {
				t.Errorf("%s %s: recorded %+v, the market shows %s", s.Name(), r.Code, r, got.ID)
			}
		}
	}
	w.quiet()
}

// TestEachFieldIsWrittenOnce changes one field after the other in the sources:
// each market gets one writing call with that field, and the next verify none.
func TestEachFieldIsWrittenOnce(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*goods)
		fields listing.Fields
	}{
		"price":       {func(g *goods) { g.price += 5000 }, listing.FieldPrice},
		"stock":       {func(g *goods) { g.stock = 3 }, listing.FieldStock},
		"unit":        {func(g *goods) { g.unit = "hộp 40 túi" }, listing.FieldUnit},
		"title":       {func(g *goods) { g.name = "Trà atisô đặc biệt" }, listing.FieldTitle},
		"description": {func(g *goods) { g.text = "<p>Sao thủ công.</p>" }, listing.FieldDescription},
		"category":    {func(g *goods) { g.group = "do-uong" }, listing.FieldCategory},
		"pictures":    {func(g *goods) { g.picture = "https://anh.example/moi.jpg" }, listing.FieldPictures},
		"attributes":  {func(g *goods) { g.stars = 5 }, listing.FieldAttributes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := settled(t, 3, likePostmart, likeVoso, likeLamdong)
			w.edit("68-002", tt.change)
			res := w.sync()
			w.clean(res)
			for _, s := range w.markets {
				c := kindOf(res, s.Name(), "68-002")
				if c.Kind != listing.Update || c.Fields != tt.fields {
					t.Errorf("%s: planned %s of %v, want an update of %v", s.Name(), c.Kind, c.Fields.Names(), tt.fields.Names())
				}
				if s.Writes() != 1 {
					t.Errorf("%s: %d writing calls, want 1", s.Name(), s.Writes())
				}
			}
			w.decide()
			w.clean(w.sync())
			w.quiet()
		})
	}
}

// TestRunForSomeProducts does what is due for them, and leaves what is due for
// the others to the next run.
func TestRunForSomeProducts(t *testing.T) {
	t.Parallel()
	for _, mode := range []reconcile.Mode{reconcile.Sync, reconcile.Verify} {
		w := settled(t, 4, likePostmart, likeVoso, likeLamdong)
		w.clean(w.sync()) // everything is known to be settled
		w.src.all[0].price += 1000
		w.src.all[1].price += 1000
		w.src.all[2].status = "revoked"
		w.save()
		w.clean(w.run(reconcile.Request{Mode: mode, Codes: []ocop.Code{"68-002"}}))
		for _, s := range w.markets {
			if s.Writes() != 1 || s.only(t, "OCOP-68-002").Price != 103_000 {
				t.Errorf("%s %s: %d writes for one product", mode, s.Name(), s.Writes())
			}
		}
		w.clean(w.sync())
		for _, s := range w.markets {
			if s.only(t, "OCOP-68-001").Price != 102_000 || s.OnSale("OCOP-68-003") != 0 {
				t.Errorf("%s %s: what was due for the other products was forgotten", mode, s.Name())
			}
		}
		w.quiet()
	}
}

func TestUnlistAndRelist(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*goods){
		"revoked":           func(g *goods) { g.status = "revoked" },
		"expired by date":   func(g *goods) { g.expires = "2040-02-29" },
		"too few stars":     func(g *goods) { g.stars = 2 },
		"left the registry": func(g *goods) { g.gone = true },
		"not sellable here": func(g *goods) { g.group = "du-lich" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := settled(t, 5, likePostmart, likeVoso, likeLamdong)
			was := w.src.all[2]
			w.edit("68-003", lose)
			w.clean(w.sync())
			for _, s := range w.markets {
				if n := s.OnSale("OCOP-68-003"); n != 0 || s.Writes() != 1 {
					t.Errorf("%s: still %d on sale after %d writes", s.Name(), n, s.Writes())
				}
			}
			w.quiet()
			w.edit("68-003", func(g *goods) { *g = was })
			w.clean(w.sync())
			for _, s := range w.markets {
				s.only(t, "OCOP-68-003")
				if s.Calls(markettest.OpCreate) != 0 {
					t.Errorf("%s: created anew instead of put back", s.Name())
				}
			}
			w.decide()
			w.clean(w.sync())
			w.quiet()
		})
	}
}

// TestIncompleteStaysOnSale: a price that is missing takes nothing off sale.
func TestIncompleteStaysOnSale(t *testing.T) {
	t.Parallel()
	w := settled(t, 3, likePostmart, likeVoso, likeLamdong)
	w.edit("68-001", func(g *goods) { g.price = 0 })
	w.src.all = append(w.src.all, good(4))
	w.edit("68-004", func(g *goods) { g.unit = "" })
	w.clean(w.sync())
	for _, s := range w.markets {
		s.only(t, "OCOP-68-001")
		if why := w.reason(s.Name(), "68-001"); why != ocop.MissingPrice {
			t.Errorf("%s: stated %q for the listing without a price", s.Name(), why)
		}
		if why := w.reason(s.Name(), "68-004"); why != ocop.MissingUnit || s.OnSale("OCOP-68-004") != 0 {
			t.Errorf("%s: stated %q for the product without a unit", s.Name(), why)
		}
	}
	w.quiet()
}

// TestDriftIsHealed: what somebody changes on the market is put right by a
// verify; stock is left to the orders.
func TestDriftIsHealed(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*listing.Remote){
		"price":       func(r *listing.Remote) { r.Price = 1 },
		"title":       func(r *listing.Remote) { r.Title = "Hàng giả" },
		"description": func(r *listing.Remote) { r.Description = "Gọi ngay!" },
		"category":    func(r *listing.Remote) { r.Category = "1002" },
		"pictures":    func(r *listing.Remote) { r.Pictures = nil },
		"off sale":    func(r *listing.Remote) { r.State = listing.OffSale },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := settled(t, 2, likePostmart, likeVoso, likeLamdong)
			w.quiet() // the baseline
			for _, s := range w.markets {
				s.Edit("OCOP-68-001", edit)
				s.Edit("OCOP-68-002", func(r *listing.Remote) { r.Stock = 1 })
			}
			w.clean(w.verify())
			w.decide()
			w.clean(w.sync())
			for _, s := range w.markets {
				got := s.only(t, "OCOP-68-001")
				if got.Price != ocop.VND(w.src.all[0].price) || got.Title != w.src.all[0].name || got.Category != "1001" ||
					got.Description != w.src.all[0].text || len(got.Pictures) != 1 {
					t.Errorf("%s: not healed: %+v", s.Name(), got)
				}
				if s.only(t, "OCOP-68-002").Stock != 1 {
					t.Errorf("%s: the stock was written although only orders changed it", s.Name())
				}
			}
			w.quiet()
		})
	}
}
