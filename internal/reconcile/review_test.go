package reconcile_test

import (
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
)

// TestRejectedIsNotSentAgain: neither a sync nor a verify sends what reviewers
// rejected, until it changes or a person asks for it.
func TestRejectedIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likePostmart)
	s := w.markets[0]
	w.verify()
	s.Reject("OCOP-68-001", "Ảnh mờ")
	w.clean(w.sync())
	if r := w.record("postmart", "68-001"); r.State != listing.Rejected || r.Words != "Ảnh mờ" {
		t.Errorf("the rejection was not recorded: %s %q", r.State, r.Words)
	}
	for range 3 {
		w.clean(w.verify())
		w.clean(w.sync())
	}
	if n := s.Calls(markettest.OpCreate); n != 2 {
		t.Errorf("%d creating calls for 2 products of which one was rejected", n)
	}
	if why := w.reason("postmart", "68-001"); why != ocop.RejectedByMarket {
		t.Errorf("stated %q", why)
	}
	w.edit("68-001", func(g *goods) { g.stock = 3 }) // nothing that a reviewer looked at
	w.clean(w.sync())
	if n := s.Calls(markettest.OpCreate); n != 2 {
		t.Errorf("the rejected content was sent again because the stock moved")
	}
	w.run(reconcile.Request{Mode: reconcile.Sync, Codes: []ocop.Code{"68-001"}})
	if n := s.Calls(markettest.OpCreate); n != 3 {
		t.Errorf("%d creating calls after a person asked, want 3", n)
	}
	s.Reject("OCOP-68-001", "Ảnh vẫn mờ")
	w.clean(w.sync())
	w.edit("68-001", func(g *goods) { g.picture = "https://anh.example/ro.jpg" })
	w.clean(w.sync())
	s.Decide()
	w.clean(w.sync())
	s.only(t, "OCOP-68-001")
	w.quiet()
}

// TestRejectedUpdate: the listing stays as it was.
func TestRejectedUpdate(t *testing.T) {
	t.Parallel()
	for _, look := range []reconcile.Mode{reconcile.Sync, reconcile.Verify} {
		t.Run(string(look), func(t *testing.T) {
			t.Parallel()
			w := settled(t, 2, likePostmart)
			s := w.markets[0]
			w.edit("68-001", func(g *goods) { g.name = "Trà thần dược chữa bách bệnh" })
			w.clean(w.sync())
			s.Reject("OCOP-68-001", "Tên phóng đại")
			for range 3 {
				w.clean(w.run(reconcile.Request{Mode: look}))
			}
			if n := s.Calls(markettest.OpUpdate); n != 1 {
				t.Errorf("the rejected text was sent %d times", n)
			}
			if got := s.only(t, "OCOP-68-001"); got.Title != "Trà atisô túi lọc số 1" {
				t.Errorf("the market shows %q", got.Title)
			}
			if r := w.record("postmart", "68-001"); r.Submission != "" || w.reason("postmart", "68-001") != ocop.RejectedByMarket {
				t.Errorf("recorded submission %q, stated %q", r.Submission, w.reason("postmart", "68-001"))
			}
			// What needs no review goes through beside it, once.
			w.edit("68-001", func(g *goods) { g.stock = 11 })
			w.clean(w.sync())
			w.quiet()
			w.edit("68-001", func(g *goods) { g.name = "Trà atisô số 1 Đà Lạt" })
			w.clean(w.sync())
			s.Decide()
			w.clean(w.sync())
			if got := s.only(t, "OCOP-68-001"); got.Title != "Trà atisô số 1 Đà Lạt" || got.Stock != 11 {
				t.Errorf("the market shows %q, stock %d", got.Title, got.Stock)
			}
			w.quiet()
		})
	}
}

// TestOfferMovesWhileInReview: price and stock go at once beside an open
// request, of which there is never a second one; after the approval the offer
// is right.
func TestOfferMovesWhileInReview(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first func(*goods)
		text  string // at the end
	}{
		"text":           {func(g *goods) { g.text = "<p>Mới.</p>" }, "<p>Mới hơn.</p>"},
		"text and price": {func(g *goods) { g.text, g.price = "<p>Mới.</p>", 111_000 }, "<p>Mới.</p>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := settled(t, 2, likePostmart)
			s := w.markets[0]
			w.edit("68-001", tt.first)
			w.clean(w.sync())
			if why := w.reason("postmart", "68-001"); why != ocop.AwaitingReview {
				t.Errorf("stated %q while its text waits", why)
			}
			w.edit("68-001", func(g *goods) { g.price = 133_000 })
			w.clean(w.sync())
			if got := s.only(t, "OCOP-68-001"); got.Price != 133_000 {
				t.Errorf("the price did not go at once: %s", got.Price)
			}
			w.edit("68-001", func(g *goods) { g.text = tt.text })
			for range 2 {
				w.clean(w.sync())
				w.clean(w.verify())
			}
			if n := s.Calls(markettest.OpUpdate); n != 2 {
				t.Errorf("%d updates, want one request and one offer", n)
			}
			s.Decide() // puts the old price of the request back, where it had one
			w.clean(w.sync())
			if got := s.only(t, "OCOP-68-001"); got.Price != 133_000 {
				t.Errorf("the approval's price stayed: %s", got.Price)
			}
			s.Decide() // the newest text
			w.clean(w.sync())
			if got := s.only(t, "OCOP-68-001"); got.Description != tt.text || got.Price != 133_000 {
				t.Errorf("the market shows %+v", got)
			}
			w.quiet()
		})
	}
}

// TestNewListingApprovedAtAnOldPrice: the offer is sent again after the
// approval when it moved meanwhile.
func TestNewListingApprovedAtAnOldPrice(t *testing.T) {
	t.Parallel()
	for _, look := range []reconcile.Mode{reconcile.Sync, reconcile.Verify} {
		w := newWorld(t, embedded(t), goodOnes(2), likePostmart)
		s := w.markets[0]
		w.verify()
		w.edit("68-001", func(g *goods) { g.price, g.stock = 150_000, 2 })
		w.clean(w.sync())
		s.Decide()
		w.clean(w.run(reconcile.Request{Mode: look}))
		if got := s.only(t, "OCOP-68-001"); got.Price != 150_000 || got.Stock != 2 {
			t.Errorf("%s: the market shows %s, stock %d", look, got.Price, got.Stock)
		}
		w.quiet()
	}
}

// TestLostRightInReview: what was approved after the product lost its right is
// taken off sale as soon as it appears.
func TestLostRightInReview(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*goods){
		"revoked":           func(g *goods) { g.status = "revoked" },
		"left the registry": func(g *goods) { g.gone = true },
	} {
		for _, look := range []reconcile.Mode{reconcile.Sync, reconcile.Verify} {
			t.Run(name+" "+string(look), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, embedded(t), goodOnes(6), likePostmart)
				s := w.markets[0]
				w.verify()
				w.edit("68-001", lose)
				w.clean(w.sync())
				s.Decide()
				w.clean(w.run(reconcile.Request{Mode: look}))
				if s.OnSale("OCOP-68-001") != 0 {
					t.Error("P2: it stayed on sale after its approval")
				}
				w.quiet()
			})
		}
	}
}
