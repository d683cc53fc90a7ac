package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// firstRun finds out whether this is our first run on a shop that already holds
// listings (design decision 10): how many, while no person has let it go, else 0.
//
// Listings of anybody count, for those that a producer made by hand are what a
// first run would make a second time. A shop that shows any listing under a SKU
// of ours was let go before, or nothing of ours would be there: so an emptied
// Redis needs no approval anew. Listings under our SKUs are adopted, and the
// other guards judge what is written to them.
func (p *part) firstRun(shown *collector) int {
	ms := &p.memory.State
	known := !ms.FirstApproved.IsZero() || p.e.o.KnownShop != nil && p.e.o.KnownShop(p.name)
	switch {
	case known:
		return 0
	case shown == nil: // not looked at now
		if ms.FirstHold.IsZero() {
			return 0
		}
		return ms.Listed
	}
	begun := ms.LastObservation.IsZero() && !shown.ours
	ms.Listed = shown.listed
	switch {
	case shown.listed == 0:
		ms.FirstHold = time.Time{}
	case begun && ms.FirstHold.IsZero():
		ms.FirstHold = p.e.o.Now()
	}
	if ms.FirstHold.IsZero() {
		return 0
	}
	return ms.Listed
}

// lastDay gives the last day of a product's certificate; zero: unknown.
func (p *part) lastDay(code ocop.Code) ocop.Day {
	if product, known := p.cat.find(code); known {
		return product.entry.LastDay(p.e.o.Rules)
	}
	return ocop.Day{}
}

// recordHeld writes why the held changes were not made.
func (p *part) recordHeld(ctx context.Context) error {
	held := make(map[ocop.Code]listing.Change)
	for c := range p.plan.All() {
		if c.Kind == listing.Hold {
			held[c.Code] = c
		}
	}
	for chunk := range slices.Chunk(sortedKeys(held), passChunk) {
		records, err := p.e.o.Store.RecordsOf(ctx, p.name, chunk)
		if err != nil {
			return fmt.Errorf("read %d held records of %s: %w", len(chunk), p.name, err)
		}
		for _, code := range chunk {
			var r *listing.Record
			if known, ok := records[code]; ok {
				r = &known
			}
			if r = p.state(r, held[code], p.wantedOf(code)); r != nil {
				p.put = append(p.put, *r)
			}
		}
		if err := p.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}
