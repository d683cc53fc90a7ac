package reconcile

import (
	"context"
	"fmt"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

// factsAge is how long a market's categories and requirements are believed.
const factsAge = 12 * time.Hour

type heldFacts struct {
	facts listing.Facts
	at    time.Time
}

// memo is what a market's products were to be at the last run.
type memo struct {
	facts    string // version
	today    ocop.Day
	products []product
	wanted   []plan.Wanted
}

// marketFacts gives the market's facts, read anew in a verify and when old.
func (e *Engine) marketFacts(ctx context.Context, shop Shop, req Request) (listing.Facts, error) {
	name, now := shop.Market.Name(), e.o.Now()
	e.share.Lock()
	held, ok := e.facts[name]
	e.share.Unlock()
	if ok && req.Mode != Verify && now.Sub(held.at) < factsAge {
		return held.facts, nil
	}
	if shop.Ensure != nil && !req.DryRun {
		if err := shop.Ensure(ctx); err != nil {
			return listing.Facts{}, fmt.Errorf("ensure the categories of %s: %w", name, err)
		}
	}
	facts, err := shop.Market.Facts(ctx)
	if err != nil {
		return listing.Facts{}, fmt.Errorf("read the categories of %s: %w", name, err)
	}
	e.share.Lock()
	defer e.share.Unlock()
	e.facts[name] = heldFacts{facts, now}
	return facts, nil
}

// wanted works out what every product of the catalogue is to be on the market.
// Products that did not change since the last run keep their answer.
func (e *Engine) wanted(shop Shop, facts listing.Facts) ([]plan.Wanted, error) {
	name, cat := shop.Market.Name(), e.cat
	e.share.Lock()
	old := e.memos[name]
	e.share.Unlock()
	if old == nil || old.facts != facts.Version || old.today != cat.today {
		old = &memo{}
	}
	out := make([]plan.Wanted, len(cat.products))
	at := 0
	for i := range cat.products {
		p := &cat.products[i]
		for at < len(old.products) && old.products[at].entry.Code < p.entry.Code {
			at++
		}
		if at < len(old.products) && old.products[at].same(p) {
			out[i] = old.wanted[at]
			continue
		}
		w, err := cat.wanted(p, shop, facts, e.o.DefaultStock)
		if err != nil {
			return nil, err
		}
		out[i] = w
	}
	e.share.Lock()
	defer e.share.Unlock()
	e.memos[name] = &memo{facts: facts.Version, today: cat.today, products: cat.products, wanted: out}
	return out, nil
}

func (p *product) same(q *product) bool {
	return p.entry.Code == q.entry.Code && p.entry.Hash == q.entry.Hash && p.offer == q.offer && p.twice == q.twice
}
