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
	"ocopsync/internal/state"
)

// ErrNoReading is asked of an Engine that has not yet read its sources.
var ErrNoReading = errors.New("the registry has not been read yet")

// Standing gives the markets and every product with how it stands on each, from
// the last judged reading and what is remembered: what coverage computes from.
// What it gives is nobody else's, but for the texts. It may be asked at any time.
func (e *Engine) Standing(ctx context.Context) ([]listing.Market, []coverage.Product, error) {
	cat, err := e.standingCatalog()
	if err != nil {
		return nil, nil, err
	}
	products, err := e.named(cat)
	if err != nil {
		return nil, nil, err
	}
	markets := slices.Sorted(maps.Keys(e.shops))
	on := make([]coverage.Standing, len(products)*len(markets))
	for i := range products {
		products[i].On = on[i*len(markets) : (i+1)*len(markets) : (i+1)*len(markets)]
	}
	for j, m := range markets {
		if err := e.stand(ctx, cat, m, func(i int) *coverage.Standing { return &products[i].On[j] }); err != nil {
			return nil, nil, err
		}
	}
	return markets, products, nil
}

// standingCatalog gives the catalogue of the last reading that was believed.
func (e *Engine) standingCatalog() (*catalog, error) {
	if cat := e.catalog(); cat.load != nil {
		return cat, nil
	}
	if e.o.Held.Empty() {
		return nil, ErrNoReading
	}
	// This process has not judged a reading (the newest may be held by a
	// guard): the last good one stands.
	cat := e.catalog().update(catalogInput{
		entries: e.o.Held.Entries(), load: e.o.Held.Product, today: e.today(), rules: e.o.Rules, prefix: e.o.SKUPrefix,
	})
	e.share.Lock()
	defer e.share.Unlock()
	if e.cat.load == nil { // nobody has read meanwhile
		e.cat = cat
	}
	return e.cat, nil
}

// names are what people know the products of a catalogue by. They are read from
// disk, and only for what changed.
type names struct {
	of       *catalog
	products []coverage.Product // beside of.products, without On
}

// named gives the products of a catalogue with their names, the caller's to fill.
func (e *Engine) named(cat *catalog) ([]coverage.Product, error) {
	e.share.Lock()
	before := e.names
	e.share.Unlock()
	if before.of == cat {
		return slices.Clone(before.products), nil
	}
	out := make([]coverage.Product, len(cat.products))
	at := 0
	for i := range cat.products {
		p := &cat.products[i]
		for before.of != nil && at < len(before.products) && before.products[at].Code < p.entry.Code {
			at++
		}
		if before.of != nil && at < len(before.products) && before.products[at].Code == p.entry.Code && before.of.products[at].entry.Hash == p.entry.Hash {
			out[i] = before.products[at]
			out[i].Why = p.why
			continue
		}
		full, err := cat.load(*p.entry)
		if err != nil {
			return nil, fmt.Errorf("product %s of the held reading: %w", p.entry.Code, err)
		}
		out[i] = coverage.Product{
			Code: p.entry.Code, Name: strings.Clone(full.Name), Stars: full.Rating.Recognized, Group: full.Group,
			Producer: strings.Clone(full.Producer.Name), Commune: strings.Clone(full.Producer.Commune), Why: p.why,
		}
	}
	e.share.Lock()
	defer e.share.Unlock()
	e.names = names{cat, slices.Clone(out)}
	return out, nil
}

// Product gives the registry's entry of a code, the price list's offer in it, as
// of the last reading that was believed. It fails with ErrNoReading and
// state.ErrNotFound.
func (e *Engine) Product(code ocop.Code) (*ocop.Product, error) {
	cat, err := e.standingCatalog()
	if err != nil {
		return nil, err
	}
	p, there := cat.find(code)
	if !there {
		return nil, fmt.Errorf("product %s: %w", code, state.ErrNotFound)
	}
	return cat.full(*p.entry)
}

// Faults are what could not be read surely in the last reading that was believed.
func (e *Engine) Faults() []ocop.Fault { return e.catalog().faults }

// Refresh reads the sources as a sync does and calls no market: for a process
// that others take the work from and whose figures would grow old.
func (e *Engine) Refresh(ctx context.Context) error {
	_, err := e.sources(ctx, Request{Mode: Sync}, "", e.o.Now())
	return err
}

// stand fills in how every product of the catalogue stands on a market.
func (e *Engine) stand(ctx context.Context, cat *catalog, m listing.Market, of func(int) *coverage.Standing) error {
	records := make(map[ocop.Code]listing.Record)
	err := e.o.Store.Records(ctx, m, func(r listing.Record) error {
		records[r.Code] = r
		return nil
	})
	if err != nil {
		return err
	}
	memory, err := e.o.Store.Memory(ctx, m)
	if err != nil {
		return err
	}
	exempt := e.exemptOf(m, memory.Exemptions, memory.Decisions).codes
	e.share.Lock()
	facts, known := e.facts[m]
	unread := e.unread[m]
	e.share.Unlock()
	var wanted []plan.Wanted
	if known {
		if wanted, err = e.wanted(cat, e.shops[m], facts.facts); err != nil {
			return err
		}
	}
	for i := range cat.products {
		p, s := &cat.products[i], of(i)
		r, known := records[p.entry.Code]
		if wanted != nil {
			*s = standing(r, known, &wanted[i], unread)
		} else {
			*s = standing(r, known, nil, unread)
			if err := e.refuse(s, cat, p, m); err != nil {
				return err
			}
		}
		exempted(s, exempt[p.entry.Code])
		if memory.State.Pause != nil && s.State != listing.OnSale {
			s.Reasons = append(slices.Clone(s.Reasons), ocop.MarketPaused).Sorted()
		}
	}
	return nil
}

// refuse states what can't be sold on a market where nothing else is known of
// it, as its facts could not be read: what counts must not depend on that.
func (e *Engine) refuse(s *coverage.Standing, cat *catalog, p *product, m listing.Market) error {
	if len(p.why) > 0 {
		return nil
	}
	full, err := cat.full(*p.entry)
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
