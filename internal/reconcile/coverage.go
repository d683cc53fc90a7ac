package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

// ErrNoReading is asked of an Engine that has not yet read its sources.
var ErrNoReading = errors.New("the registry has not been read yet")

// Standing gives the markets and every product with how it stands on each, from
// the last judged reading and what is remembered: what coverage computes from.
func (e *Engine) Standing(ctx context.Context) ([]listing.Market, []coverage.Product, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cat.load == nil {
		if e.o.Held.Empty() {
			return nil, nil, ErrNoReading
		}
		// This process has not judged a reading (the newest may be held by a
		// guard): the last good one stands.
		e.cat = e.cat.update(catalogInput{
			entries: e.o.Held.Entries(), load: e.o.Held.Product, today: e.today(), rules: e.o.Rules, prefix: e.o.SKUPrefix,
		})
	}
	markets := slices.Sorted(maps.Keys(e.shops))
	products := make([]coverage.Product, len(e.cat.products))
	on := make([]coverage.Standing, len(products)*len(markets))
	for i := range e.cat.products {
		p := &e.cat.products[i]
		full, err := e.cat.load(*p.entry)
		if err != nil {
			return nil, nil, fmt.Errorf("product %s of the held reading: %w", p.entry.Code, err)
		}
		products[i] = coverage.Product{
			Code: p.entry.Code, Name: strings.Clone(full.Name), Stars: full.Rating.Recognized, Group: full.Group,
			Producer: strings.Clone(full.Producer.Name), Commune: strings.Clone(full.Producer.Commune), Why: p.why,
			On: on[i*len(markets) : (i+1)*len(markets) : (i+1)*len(markets)],
		}
	}
	for j, m := range markets {
		records := make(map[ocop.Code]listing.Record)
		err := e.o.Store.Records(ctx, m, func(r listing.Record) error {
			records[r.Code] = r
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		var wanted []plan.Wanted
		if memo := e.memos[m]; memo != nil && memo.cat == e.cat { // else of another reading
			wanted = memo.wanted
		}
		for i := range products {
			r, known := records[products[i].Code]
			var w *plan.Wanted
			if wanted != nil {
				w = &wanted[i]
			}
			products[i].On[j] = standing(r, known, w, e.unread[m])
			if w == nil {
				if err := e.refuse(&products[i].On[j], &e.cat.products[i], m); err != nil {
					return nil, nil, err
				}
			}
		}
	}
	return markets, products, nil
}

// refuse states what can't be sold on a market where nothing else is known of
// it, as its facts could not be read: what counts must not depend on that.
func (e *Engine) refuse(s *coverage.Standing, p *product, m listing.Market) error {
	if len(p.why) > 0 {
		return nil
	}
	full, err := e.cat.full(*p.entry)
	if err != nil {
		return err
	}
	if _, refused := e.shops[m].Mapping.Refused(full); refused {
		s.Reasons = append(slices.Clone(s.Reasons), ocop.NotSellableHere).Sorted()
	}
	return nil
}

func standing(r listing.Record, known bool, w *plan.Wanted, unreachable bool) coverage.Standing {
	s := coverage.Standing{State: listing.NotListed}
	if known {
		s = coverage.Standing{State: r.State, Seen: r.Seen, Reasons: r.Reasons, Since: r.Since, URL: r.URL, Words: r.Words}
	}
	if w == nil {
		if !known && unreachable {
			s.Reasons = ocop.Reasons{ocop.MarketUnreachable} // its facts could not be read
		}
		return s
	}
	// What the sources say now beats what was stated at the last run.
	s.Reasons = append(slices.Clone(w.Reasons), s.Reasons...).Sorted()
	if w.Ready && w.Sell {
		s.Reasons = slices.DeleteFunc(s.Reasons, func(r ocop.Reason) bool { return r == ocop.NotSellableHere || r == ocop.Withdrawn })
	}
	return s
}
