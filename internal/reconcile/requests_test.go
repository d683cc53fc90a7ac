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

// TestUnknownSubmission: a request that the market no longer knows does not
// hold its product up for ever.
func TestUnknownSubmission(t *testing.T) {
	t.Parallel()
	w := settled(t, 2, likePostmart)
	s := w.markets[0]
	s.tap.outcomes = func(_ []listing.Order, out []listing.Outcome) {
		for i := range out {
			if out[i].Submission != "" {
				out[i].Submission = "r-lost"
			}
		}
	}
	w.edit("68-001", func(g *goods) { g.text = "<p>Mới.</p>" })
	w.sync()
	s.Reject("OCOP-68-001", "")
	s.tap.outcomes = nil
	w.sync()
	w.verify()
	s.Decide()
	w.sync()
	if got := s.only(t, "OCOP-68-001"); got.Description != "<p>Mới.</p>" {
		t.Errorf("the new text never arrived: %+v", got)
	}
	w.quiet()
}

// TestShopDecidesAgainstAListing: a listing that waited as a listing and was set
// aside by the shop's people is off sale, and is not put on sale against them.
func TestShopDecidesAgainstAListing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likeLamdong)
	s := w.markets[0]
	s.tap.outcomes = func(orders []listing.Order, out []listing.Outcome) {
		for i := range orders {
			if orders[i].Kind == listing.Create {
				s.Edit(orders[i].SKU, func(r *listing.Remote) { r.State, r.Submission = listing.InReview, r.ID })
				out[i].Status, out[i].Submission, out[i].State = listing.Submitted, out[i].ID, listing.InReview
			}
		}
	}
	w.verify()
	s.Edit("OCOP-68-001", func(r *listing.Remote) { r.State, r.Submission = listing.OffSale, "" })
	s.Edit("OCOP-68-002", func(r *listing.Remote) { r.State, r.Submission = listing.OnSale, "" })
	s.tap.reviews = func(open []listing.Record) []listing.Review {
		var out []listing.Review
		for _, r := range open {
			rv := listing.Review{Submission: r.ID, SKU: r.SKU, ID: r.ID, State: listing.OnSale}
			if r.Code == "68-001" {
				rv.State = listing.Rejected
			}
			out = append(out, rv)
		}
		return out
	}
	s.ResetCounts()
	w.clean(w.sync())
	if r := w.record("lamdong", "68-001"); r.State != listing.OffSale || r.Submission != "" {
		t.Errorf("recorded as %s with submission %q", r.State, r.Submission)
	}
	for range 2 {
		w.clean(w.sync())
		w.clean(w.verify())
	}
	s.only(t, "OCOP-68-002")
	if s.OnSale("OCOP-68-001") != 0 || s.Writes() != 0 || w.reason("lamdong", "68-001") != ocop.RejectedByMarket {
		t.Errorf("%d on sale after %d writes, stated %q", s.OnSale("OCOP-68-001"), s.Writes(), w.reason("lamdong", "68-001"))
	}
	w.run(reconcile.Request{Mode: reconcile.Sync, Codes: []ocop.Code{"68-001"}})
	s.only(t, "OCOP-68-001")
}

// TestListMissesARequest: what the market itself calls open is not made again
// because a list does not show it.
func TestListMissesARequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likePostmart)
	s := w.markets[0]
	w.verify()
	s.tap.page = func(p *market.Page) {
		if p.Section == "requests" {
			p.Remotes, p.Total = nil, 0
		}
	}
	for range 4 {
		w.clean(w.verify())
	}
	if r := w.record("postmart", "68-001"); r.State != listing.InReview || s.Calls(markettest.OpCreate) != 2 {
		t.Errorf("recorded as %s after %d creating calls for 2 products", r.State, s.Calls(markettest.OpCreate))
	}
	s.tap.page = nil
	s.Decide()
	w.clean(w.sync())
	w.quiet()
}

// TestTakenDown: what the market took down is sent again when it was corrected,
// and only once while that waits.
func TestTakenDown(t *testing.T) {
	t.Parallel()
	w := settled(t, 2, likePostmart)
	s := w.markets[0]
	s.TakeDown("OCOP-68-001", "Sai danh mục")
	w.clean(w.verify())
	w.edit("68-001", func(g *goods) { g.stock = 1 })
	w.clean(w.verify())
	if s.Writes() != 0 || w.reason("postmart", "68-001") != ocop.TakenDownByMarket {
		t.Errorf("%d writes to a listing that was taken down, stated %q", s.Writes(), w.reason("postmart", "68-001"))
	}
	w.edit("68-001", func(g *goods) { g.group = "do-uong" })
	w.clean(w.sync())
	w.edit("68-001", func(g *goods) { g.name = "Trà atisô túi lọc mới" })
	w.clean(w.sync())
	w.clean(w.verify())
	w.clean(w.sync())
	if n := s.Calls(markettest.OpUpdate); n != 1 {
		t.Errorf("%d requests for one listing at a time, want 1", n)
	}
	s.Decide()
	w.clean(w.sync())
	s.Decide()
	w.clean(w.sync())
	if got := s.only(t, "OCOP-68-001"); got.Title != "Trà atisô túi lọc mới" || got.Category != "1002" {
		t.Errorf("the market shows %+v", got)
	}
	w.quiet()
}

// TestLostAnswerOfAnUpdate: a request whose answer was lost is found, and no
// second one is opened.
func TestLostAnswerOfAnUpdate(t *testing.T) {
	t.Parallel()
	w := settled(t, 2, likePostmart)
	s := w.markets[0]
	s.SetFault(markettest.Fault{Op: markettest.OpUpdate, Count: 1, Effect: true, Error: market.Error{Kind: market.Unavailable, MaybeDone: true}})
	w.edit("68-001", func(g *goods) { g.text = "<p>Mới.</p>" })
	w.sync()
	w.clock.pass(time.Minute)
	w.verify()
	w.verify()
	if n := s.Calls(markettest.OpUpdate); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	s.Decide()
	w.clean(w.sync())
	s.Decide()
	w.clean(w.sync())
	if got := s.only(t, "OCOP-68-001"); got.Description != "<p>Mới.</p>" {
		t.Errorf("the market shows %+v", got)
	}
	w.quiet()
}
