package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/state"
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
	cat      *catalog
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
	if shop.Ensure != nil && !req.dry() {
		if err := shop.Ensure(ctx); err != nil {
			e.unreachable(name)
			return listing.Facts{}, fmt.Errorf("ensure the categories of %s: %w", name, err)
		}
	}
	facts, err := shop.Market.Facts(ctx)
	if err != nil {
		e.unreachable(name)
		return listing.Facts{}, fmt.Errorf("read the categories of %s: %w", name, err)
	}
	e.share.Lock()
	defer e.share.Unlock()
	e.facts[name] = heldFacts{facts, now}
	delete(e.unread, name)
	return facts, nil
}

// unreachable notes that a market's facts could not be read when they were
// asked for, so that its products can say why they are not there.
func (e *Engine) unreachable(m listing.Market) {
	e.share.Lock()
	defer e.share.Unlock()
	e.unread[m] = true
}

// wanted works out what every product of the catalogue is to be on the market.
// Products that did not change since the last run keep their answer.
func (e *Engine) wanted(cat *catalog, shop Shop, facts listing.Facts) ([]plan.Wanted, error) {
	name := shop.Market.Name()
	e.share.Lock()
	old := e.memos[name]
	e.share.Unlock()
	if old != nil && old.facts == facts.Version && old.cat == cat {
		return old.wanted, nil
	}
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
	e.memos[name] = &memo{facts: facts.Version, today: cat.today, cat: cat, products: cat.products, wanted: out}
	return out, nil
}

func (p *product) same(q *product) bool {
	return p.entry.Code == q.entry.Code && p.entry.Hash == q.entry.Hash && p.offer == q.offer && p.twice == q.twice
}

// settled is how a market stood after a part that did all it had to: as long as
// nobody has written its records since, the next sync need only go through what
// waits and what changed.
type settled struct {
	generation  int64
	memorySince time.Time
	wanted      []plan.Wanted
	watch       []ocop.Code // sorted
}

func (e *Engine) settled(m listing.Market, s settled) {
	e.share.Lock()
	defer e.share.Unlock()
	e.done[m] = s
}

// unsettled gives the products that a sync must go through, sorted; nil when it
// must be all of them.
func (e *Engine) unsettled(m listing.Market, memory state.Memory, wanted []plan.Wanted) []ocop.Code {
	e.share.Lock()
	s, ok := e.done[m]
	e.share.Unlock()
	if !ok || s.generation != memory.Generation || !s.memorySince.Equal(memory.State.MemorySince) {
		return nil
	}
	codes := make([]ocop.Code, 0, len(s.watch)) // never nil: that would be all
	codes = append(codes, s.watch...)
	codes = append(codes, sortedKeys(memory.Intents)...)
	codes = append(codes, changedWanted(s.wanted, wanted)...)
	slices.Sort(codes)
	return slices.Compact(codes)
}

// changedWanted gives the codes of what is new, different or gone in b.
func changedWanted(a, b []plan.Wanted) []ocop.Code {
	if len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) {
		return nil
	}
	var out []ocop.Code
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case j == len(b) || i < len(a) && a[i].Code < b[j].Code:
			out = append(out, a[i].Code)
			i++
		case i == len(a) || b[j].Code < a[i].Code:
			out = append(out, b[j].Code)
			j++
		default:
			if !a[i].Same(&b[j]) {
				out = append(out, b[j].Code)
			}
			i, j = i+1, j+1
		}
	}
	return out
}
