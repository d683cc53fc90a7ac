package markettest

import (
	"context"
	"fmt"
	"sync"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

func batchingProofs() []proof {
	return []proof{
		{"one bad item does not block the others", badItem},
		{"a full batch keeps its order", fullBatch},
		{"no orders, no outcomes", noOrders},
		{"an ended context sends nothing", applyCancelled},
		{"many at once", manyAtOnce},
	}
}

func badItem(s *suite) {
	bad := s.prepared(sku(2))
	bad.Category = "999999999"
	orders := []listing.Order{
		{Kind: listing.Create, SKU: sku(1), Listing: s.prepared(sku(1))},
		{Kind: listing.Create, SKU: sku(2), Listing: bad},
		{Kind: listing.Create, SKU: sku(3), Listing: s.prepared(sku(3))},
	}
	if size := s.Market.Capabilities().BatchSize; size < len(orders) {
		s.need(false, "batches")
	}
	out := s.apply(orders...)
	if out[0].Err != nil || out[2].Err != nil {
		s.Fatalf("the good items failed: %v, %v", out[0].Err, out[2].Err)
	}
	if out[1].Err == nil {
		s.Fatalf("a category that is not there was taken: %+v", out[1])
	}
	if e := s.marketError(out[1].Err); e.Kind != market.Invalid || e.Retryable || e.MaybeDone {
		s.Errorf("a category that is not there: %+v, expected kind invalid, neither retryable nor maybe done", e)
	}
	s.decide()
	s.only(sku(1), listing.OnSale)
	s.only(sku(3), listing.OnSale)
	if got := s.find(sku(2)); len(got) != 0 {
		s.Errorf("the bad item is there: %+v", got)
	}
}

func fullBatch(s *suite) {
	size := s.Market.Capabilities().BatchSize
	var orders []listing.Order
	for n := range size {
		orders = append(orders, listing.Order{Kind: listing.Create, SKU: sku(n), Listing: s.prepared(sku(n))})
	}
	for i, o := range s.apply(orders...) {
		if o.Err != nil {
			s.Fatalf("order %d of %d: %v", i, size, o.Err)
		}
	}
	s.decide()
	var second []listing.Order
	for n := range size {
		r := s.only(sku(n), listing.OnSale)
		second = append(second, listing.Order{Kind: listing.Unlist, SKU: sku(n), ID: r.ID})
	}
	for i, o := range s.apply(second...) {
		if o.Err != nil {
			s.Fatalf("unlist %d of %d: %v", i, size, o.Err)
		}
		if o.ID != "" && o.ID != second[i].ID {
			s.Errorf("outcome %d is of %q, its order of %q", i, o.ID, second[i].ID)
		}
	}
	for n := range size {
		s.only(sku(n), listing.OffSale)
	}
}

func noOrders(s *suite) {
	if out := s.Market.Apply(s.ctx, nil); len(out) != 0 {
		s.Errorf("Apply of nothing answers %+v", out)
	}
}

func applyCancelled(s *suite) {
	l, r := s.sell(sku(1))
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	writes := s.writes()
	orders := []listing.Order{
		{Kind: listing.Create, SKU: sku(2), Listing: s.prepared(sku(2)), Key: s.key()},
		{Kind: listing.Update, SKU: l.SKU, ID: r.ID, Fields: listing.FieldPrice, Listing: l, Key: s.key()},
		{Kind: listing.Unlist, SKU: l.SKU, ID: r.ID, Key: s.key()},
	}
	orders = orders[:min(len(orders), s.Market.Capabilities().BatchSize)]
	out := s.Market.Apply(ctx, orders)
	if len(out) != len(orders) {
		s.Fatalf("%d outcomes for %d orders", len(out), len(orders))
	}
	for i, o := range out {
		s.checkOutcome(orders[i], o)
		if e := market.AsError(o.Err); e == nil || e.Kind != market.Cancelled || e.MaybeDone || o.Wrote != 0 {
			s.Errorf("%s with an ended context: %+v, expected kind cancelled, not maybe done", orders[i].Kind, o)
		}
	}
	if got := s.writes() - writes; got != 0 {
		s.Errorf("%d writing calls after the context ended", got)
	}
	s.only(l.SKU, listing.OnSale)
}

func manyAtOnce(s *suite) {
	const workers, each = 8, 3
	var wg sync.WaitGroup
	problems := make(chan string, workers*each*2)
	for w := range workers {
		var ready []listing.Listing
		for n := range each {
			ready = append(ready, s.prepared(sku(w*each+n)))
		}
		wg.Go(func() {
			for _, l := range ready {
				order := listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l, Key: "many-" + string(l.SKU)}
				if out := s.Market.Apply(s.ctx, []listing.Order{order}); len(out) != 1 || out[0].Err != nil {
					problems <- fmt.Sprintf("create %s: %+v", l.SKU, out)
				}
				if _, err := s.Market.Find(s.ctx, []listing.SKU{l.SKU}); err != nil {
					problems <- fmt.Sprintf("find %s: %v", l.SKU, err)
				}
			}
		})
	}
	wg.Wait()
	close(problems)
	for p := range problems {
		s.Error(p)
	}
	s.decide()
	for n := range workers * each {
		s.only(sku(n), listing.OnSale)
		s.onSale(sku(n), 1)
	}
}
