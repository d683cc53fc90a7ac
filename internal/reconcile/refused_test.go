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
	w.clock.pass(11 * time.Minute) // voso's lists may lag behind a write
	for _, s := range w.markets {
		s.Delete("OCOP-68-002")
	}
	w.clean(w.verify())
	w.clean(w.sync())
	w.holdsToCoverage()
	for _, s := range w.markets {
		if s.Calls(markettest.OpCreate) != 0 {
			t.Errorf("%s: created after one observation without it", s.Name())
		}
		if why := w.reason(s.Name(), "68-002"); why != ocop.AwaitingObservation {
			t.Errorf("%s: stated %q", s.Name(), why)
		}
	}
	w.clean(w.verify())
	if s := w.shop("voso"); s.Calls(markettest.OpCreate) != 0 {
		t.Error("voso: two looks in a row were taken for two observations; its lists may only lag")
	}
	w.clock.pass(11 * time.Minute)
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
	w.restart()
	for range 2 { // all products are gone through, and none is looked up
		w.clean(w.sync())
	}
	if why := w.reason(s.Name(), "68-001"); why != ocop.InTrash || s.Writes() != 0 {
		t.Errorf("after syncs: stated %q after %d writes", why, s.Writes())
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
	w := settled(t, 3, likePostmart, likeVoso, likeLamdong)
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
	w.edit("68-001", func(g *goods) { g.price += 1000 })
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
