package reconcile_test

import (
	"testing"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
)

// holdsToCoverage compares the figures with what the markets show (promise P8).
func (w *world) holdsToCoverage() {
	w.t.Helper()
	markets, products := w.figures()
	f := coverage.Compute(markets, products)
	today := w.clock.now()
	for i, m := range markets {
		s := w.shop(m)
		counted, onSale := 0, 0
		for j := range w.src.all {
			g := &w.src.all[j]
			if g.mayBeSold(today) {
				counted++
				if s.OnSale(g.sku()) > 0 {
					onSale++
				}
			}
		}
		if got := f.Markets[i]; got.Counted != counted || got.OnSale != onSale {
			w.t.Errorf("P8: %s: the figures say %d of %d on sale, the market shows %d of %d", m, got.OnSale, got.Counted, onSale, counted)
		}
	}
	for _, miss := range coverage.MissingList(markets, products) {
		if miss.Reason == "" || miss.Party == "" {
			w.t.Errorf("P5: %s on %s is missing without a reason or somebody who must act: %+v", miss.Code, miss.Market, miss)
		}
	}
}

// TestCoverageIsWhatTheMarketsShow with everything that can be wrong at once.
func TestCoverageIsWhatTheMarketsShow(t *testing.T) {
	t.Parallel()
	all := goodOnes(14)
	all[0].status = "revoked"
	all[1].stars = 2
	all[2].expires = "2040-01-01"
	all[3].price = 0
	all[4].group = "du-lich"
	all[5].picture = ""
	w := newWorld(t, realRedis(t), all, likePostmart, likeVoso, likeLamdong)
	for _, s := range w.markets {
		s.SetFault(markettest.Fault{Op: markettest.OpCreate, SKU: "OCOP-68-007", Error: market.Error{Kind: market.Invalid}})
		s.SetFault(markettest.Fault{Op: markettest.OpCreate, SKU: "OCOP-68-008", Count: 1, Effect: true, Error: market.Error{Kind: market.Timeout, MaybeDone: true}})
		s.AddForeign(listing.Listing{SKU: "HTX-9", Title: "Của người khác"})
	}
	w.verify()
	w.shop("postmart").Reject("OCOP-68-009", "Thiếu giấy tờ")
	w.decide()
	w.verify()
	w.holdsToCoverage()
	for _, s := range w.markets {
		s.TakeDown("OCOP-68-010", "Vi phạm")
		s.Lock("OCOP-68-011", "Khóa")
		s.Delete("OCOP-68-012")
	}
	w.verify()
	w.holdsToCoverage()
	w.restart() // another process shows the last good reading until it has one of its own
	w.holdsToCoverage()
	w.verify()
	w.holdsToCoverage()
}
