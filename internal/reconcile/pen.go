package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// pen collects what is to be written.
type pen struct {
	mu      sync.Mutex // while workers apply
	put     []listing.Record
	touched []ocop.Code      // records that a look found as they were
	opened  []listing.Intent // intents to write
	closed  []ocop.Code      // intents to remove
	// dropped are codes whose record was taken over under another code: each is
	// removed only after the new one is written.
	dropped []ocop.Code
	// resolved are intents that were resolved by looking: each is removed in the
	// same step in which its product's record is written.
	resolved map[ocop.Code]bool
	planned  map[listing.Kind]int
	tally    *tally
	written  []writtenOne // worth a look; some twice
}

type writtenOne struct {
	sku  listing.SKU
	code ocop.Code
}

// wrote notes that what a change was about is worth a look.
func (p *pen) wrote(c listing.Change) { p.written = append(p.written, writtenOne{c.SKU, c.Code}) }

// writtenOnes gives the SKUs and the codes of what is worth a look, each sorted
// and once.
func (p *pen) writtenOnes() ([]listing.SKU, []ocop.Code) {
	skus, codes := make([]listing.SKU, len(p.written)), make([]ocop.Code, len(p.written))
	for i, w := range p.written {
		skus[i], codes[i] = w.sku, w.code
	}
	slices.Sort(skus)
	slices.Sort(codes)
	return slices.Compact(skus), slices.Compact(codes)
}

func newPen() *pen {
	return &pen{resolved: make(map[ocop.Code]bool), planned: make(map[listing.Kind]int), tally: newTally()}
}

// flush writes the records and intents noted since the last flush, what belongs
// to one product in one step.
func (p *part) flush(ctx context.Context) error {
	if p.req.dry() {
		p.put, p.touched, p.opened, p.closed = nil, nil, nil, nil
		return nil
	}
	if len(p.put)+len(p.touched)+len(p.opened)+len(p.closed) == 0 {
		return nil
	}
	b := state.Batch{Put: p.put, Touch: p.touched, SeenAt: p.e.o.Now(), Open: p.opened, Close: p.closed}
	if err := p.e.o.Store.Write(ctx, p.lease, b); err != nil {
		return fmt.Errorf("record %d listings of %s: %w", len(b.Put), p.name, err)
	}
	p.put, p.touched, p.opened, p.closed = p.put[:0], p.touched[:0], nil, nil
	if len(p.dropped) == 0 {
		return nil
	}
	if err := p.e.o.Store.Write(ctx, p.lease, state.Batch{Delete: p.dropped}); err != nil {
		return fmt.Errorf("remove %d records of %s that have another code now: %w", len(p.dropped), p.name, err)
	}
	p.dropped = nil
	return nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
