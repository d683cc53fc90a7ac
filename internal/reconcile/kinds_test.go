package reconcile_test

import (
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
)

// kindOf gives the planned kind of change for a code, other than retire.
func kindOf(res reconcile.Result, m listing.Market, code string) listing.Change {
	for _, c := range res.Plans[m].Changes {
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

// TestAwaitingPerson: what was handed to a person is not handed over again, and
// is adopted once the market shows it.
func TestAwaitingPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likeVoso)
	s := w.shop("voso")
	handed := 0
	s.tap.before = func(op string) error { return nil }
	s.tap.outcomes = func(orders []listing.Order, out []listing.Outcome) {
		for i := range orders {
			if orders[i].Kind == listing.Create {
				handed++
				s.Delete(orders[i].SKU)
				out[i] = listing.Outcome{Status: listing.Waiting}
			}
		}
	}
	for range 3 {
		w.clean(w.verify())
		w.clean(w.sync())
		w.clock.pass(time.Hour)
	}
	if handed != 2 {
		t.Errorf("2 products were handed to a person %d times", handed)
	}
	if why := w.reason("voso", "68-001"); why != ocop.AwaitingPerson {
		t.Errorf("stated %q, want %q", why, ocop.AwaitingPerson)
	}
	// The person does it.
	for i := range w.src.all {
		g := &w.src.all[i]
		s.AddForeign(listing.Listing{SKU: g.sku(), Title: g.name, Description: g.text, Category: "1001", Price: ocop.VND(g.price), Unit: g.unit, Pictures: []string{g.picture}})
	}
	w.clean(w.verify())
	for i := range w.src.all {
		s.only(t, w.src.all[i].sku())
		if why := w.reason("voso", w.src.all[i].code); why != "" {
			t.Errorf("%s: stated %q although it is on sale", w.src.all[i].code, why)
		}
	}
	w.quiet()
}

// TestRetire: of two listings of ours the one that we know stays.
func TestRetire(t *testing.T) {
	t.Parallel()
	w := settled(t, 2, likeVoso)
	s := w.shop("voso")
	kept := s.only(t, "OCOP-68-001")
	g := &w.src.all[0]
	s.AddForeign(listing.Listing{SKU: g.sku(), Title: g.name, Category: "1001", Price: 5000})
	res := w.verify()
	w.clean(res)
	if got := s.only(t, "OCOP-68-001"); got.ID != kept.ID {
		t.Errorf("%s was kept, ours is %s", got.ID, kept.ID)
	}
	w.quiet()
	if s.Calls(markettest.OpUnlist) != 1 {
		t.Errorf("%d calls took the duplicate off sale, want 1", s.Calls(markettest.OpUnlist))
	}
}

// TestGone: only the second complete observation without a listing lets it be
// made again.
func TestGone(t *testing.T) {
	t.Parallel()
	w := settled(t, 3, likePostmart, likeVoso, likeLamdong)
	for _, s := range w.markets {
		s.Delete("OCOP-68-002")
	}
	w.clean(w.verify())
	w.clean(w.sync())
	for _, s := range w.markets {
		if s.Calls(markettest.OpCreate) != 0 {
			t.Errorf("%s: created after one observation without it", s.Name())
		}
		if why := w.reason(s.Name(), "68-002"); why != ocop.AwaitingObservation {
			t.Errorf("%s: stated %q", s.Name(), why)
		}
	}
	w.clean(w.verify())
	w.decide()
	w.clean(w.sync())
	for _, s := range w.markets {
		s.only(t, "OCOP-68-002")
	}
	w.quiet()
}

// TestRefusedContent: what a market refuses is not sent again until it changes
// or a person asks for the very product.
func TestRefusedContent(t *testing.T) {
	t.Parallel()
	for _, kind := range []markettest.ModelOptions{likePostmart, likeVoso, likeLamdong} {
		t.Run(string(kind.Name), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, embedded(t), goodOnes(2), kind)
			s := w.markets[0]
			refuse := markettest.Fault{Op: markettest.OpCreate, SKU: "OCOP-68-001", Error: market.Error{Kind: market.Invalid, Words: "Ảnh mờ",
				Problems: []listing.Problem{{Reason: ocop.BadImage}}}}
			s.SetFault(refuse)
			w.verify()
			w.sync()
			w.verify()
			if n := s.Calls(markettest.OpCreate); n != 2 {
				t.Errorf("%d creating calls for a refused product and another, want 2", n)
			}
			if why := w.reason(s.Name(), "68-001"); why != ocop.BadImage {
				t.Errorf("stated %q, want the market's objection", why)
			}
			w.run(reconcile.Request{Mode: reconcile.Sync, Codes: []ocop.Code{"68-001"}})
			if n := s.Calls(markettest.OpCreate); n != 3 {
				t.Errorf("%d creating calls after a person asked for it, want 3", n)
			}
			s.ClearFaults()
			w.edit("68-001", func(g *goods) { g.picture = "https://anh.example/ro-net.jpg" })
			w.clean(w.sync())
			w.decide()
			w.clean(w.sync())
			s.only(t, "OCOP-68-001")
			w.quiet()
		})
	}
}

// TestRefusedRelist: a listing that the market will not put back is not tried
// for ever.
func TestRefusedRelist(t *testing.T) {
	t.Parallel()
	w := settled(t, 2, likeLamdong)
	s := w.markets[0]
	s.Edit("OCOP-68-001", func(r *listing.Remote) { r.State = listing.OffSale })
	s.SetFault(markettest.Fault{Op: markettest.OpRelist, Error: market.Error{Kind: market.Invalid, Words: "Chưa xác minh"}})
	for range 3 {
		w.verify()
	}
	n := s.Writes()
	w.verify()
	if s.Writes() != n {
		t.Errorf("P6: the refused relist was sent again, %d times in all", s.Writes())
	}
	if why := w.reason(s.Name(), "68-001"); why != ocop.RejectedByMarket {
		t.Errorf("stated %q", why)
	}
	s.ClearFaults()
	w.clean(w.run(reconcile.Request{Mode: reconcile.Sync, Codes: []ocop.Code{"68-001"}}))
	s.only(t, "OCOP-68-001")
	w.quiet()
}

// TestTrash: a listing in the bin is reported and never made again while it
// lies there; once the bin is emptied it is made.
func TestTrash(t *testing.T) {
	t.Parallel()
	w := settled(t, 2, likeLamdong)
	s := w.markets[0]
	s.Trash("OCOP-68-001")
	for range 3 {
		w.clean(w.verify())
	}
	if why := w.reason(s.Name(), "68-001"); why != ocop.InTrash || s.Writes() != 0 {
		t.Errorf("stated %q after %d writes", why, s.Writes())
	}
	s.Delete("OCOP-68-001")
	for range 3 {
		w.clean(w.verify())
	}
	s.only(t, "OCOP-68-001")
	w.quiet()
}

// TestTrashUnknown: the same where we learn of it by a refusal only.
func TestTrashUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likeLamdong)
	s := w.markets[0]
	s.SetFault(markettest.Fault{Op: markettest.OpCreate, SKU: "OCOP-68-001", Count: 1, Error: market.Error{Kind: market.Duplicate}})
	w.verify()
	if why := w.reason(s.Name(), "68-001"); why != ocop.InTrash {
		t.Errorf("stated %q", why)
	}
	w.sync()
	if n := s.Calls(markettest.OpCreate); n != 2 {
		t.Errorf("a sync tried again what the bin holds: %d creating calls", n)
	}
	// The bin was emptied: a complete look shows nothing in it.
	w.clean(w.verify())
	s.only(t, "OCOP-68-001")
	w.quiet()
}

// TestForeignListingsAreLeftAlone: P4.
func TestForeignListingsAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(3), likePostmart, likeVoso, likeLamdong)
	before := make(map[listing.Market]listing.Remote)
	for _, s := range w.markets {
		for _, sku := range []listing.SKU{"", "HTX-1"} {
			id := s.AddForeign(listing.Listing{SKU: sku, Title: w.src.all[0].name, Price: 1})
			for _, r := range s.Remotes() {
				if r.ID == id {
					before[s.Name()+listing.Market(sku)] = r
				}
			}
		}
	}
	w.settle()
	w.verify()
	for _, s := range w.markets {
		for _, r := range s.Remotes() {
			if r.SKU != "" && r.SKU != "HTX-1" {
				continue
			}
			if was := before[s.Name()+listing.Market(r.SKU)]; was.UpdatedAt != r.UpdatedAt || was.State != r.State || was.Price != r.Price {
				t.Errorf("P4: %s changed the foreign listing %q: %+v", s.Name(), r.SKU, r)
			}
		}
	}
}

// TestLocked: a listing that turns out to be locked is not written to again
// and again, and is not said to be on sale.
func TestLocked(t *testing.T) {
	t.Parallel()
	w := settled(t, 2, likePostmart, likeVoso, likeLamdong)
	for _, s := range w.markets {
		s.Lock("OCOP-68-001", "Khóa gian hàng")
	}
	w.edit("68-001", func(g *goods) { g.price += 1000 })
	w.sync()
	w.sync()
	w.sync()
	for _, s := range w.markets {
		if n := s.Writes(); n != 1 {
			t.Errorf("%s: %d writes to a locked listing, want 1", s.Name(), n)
		}
		if r := w.record(s.Name(), "68-001"); r.State != listing.Locked || w.reason(s.Name(), "68-001") != ocop.LockedByMarket {
			t.Errorf("%s: recorded as %s, stated %q", s.Name(), r.State, w.reason(s.Name(), "68-001"))
		}
		s.Unlock("OCOP-68-001")
	}
	w.clean(w.verify())
	for _, s := range w.markets {
		if got := s.only(t, "OCOP-68-001"); got.Price != ocop.VND(w.src.all[0].price) {
			t.Errorf("%s: the price was not written after the lock: %s", s.Name(), got.Price)
		}
	}
	w.quiet()
}
