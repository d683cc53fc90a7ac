package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/state"
)

// passChunk is how many records are read at once when only some are gone through.
const passChunk = 500

// each goes through the products of this part in the order of their codes: what
// is wanted of each (nil: the registry no longer has it) and what is remembered
// (nil: nothing); not both are nil. Records are read as it goes.
func (p *part) each(ctx context.Context, f func(code ocop.Code, w *plan.Wanted, r *listing.Record) error) error {
	if p.codes != nil {
		return p.eachOf(ctx, f)
	}
	at := 0
	without := func(until ocop.Code, all bool) error {
		for ; at < len(p.wanted) && (all || p.wanted[at].Code < until); at++ {
			if err := f(p.wanted[at].Code, &p.wanted[at], nil); err != nil {
				return err
			}
		}
		return nil
	}
	err := p.e.o.Store.Records(ctx, p.name, func(r listing.Record) error {
		if err := without(r.Code, false); err != nil {
			return err
		}
		var w *plan.Wanted
		if at < len(p.wanted) && p.wanted[at].Code == r.Code {
			w = &p.wanted[at]
			at++
		}
		return f(r.Code, w, &r)
	})
	if err != nil {
		return fmt.Errorf("go through the records of %s: %w", p.name, err)
	}
	return without("", true)
}

func (p *part) eachOf(ctx context.Context, f func(ocop.Code, *plan.Wanted, *listing.Record) error) error {
	for chunk := range slices.Chunk(p.codes, passChunk) {
		records, err := p.e.o.Store.RecordsOf(ctx, p.name, chunk)
		if err != nil {
			return fmt.Errorf("read %d records of %s: %w", len(chunk), p.name, err)
		}
		for _, code := range chunk {
			w := p.wantedOf(code)
			var r *listing.Record
			if known, ok := records[code]; ok {
				r = &known
			}
			if w == nil && r == nil {
				continue
			}
			if err := f(code, w, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *part) wantedOf(code ocop.Code) *plan.Wanted {
	i, found := slices.BinarySearchFunc(p.wanted, code, func(w plan.Wanted, c ocop.Code) int {
		return strings.Compare(string(w.Code), string(c))
	})
	if !found {
		return nil
	}
	return &p.wanted[i]
}

// skuOf gives the SKU that the product was given first (design decision 2).
func skuOf(w *plan.Wanted, r *listing.Record) listing.SKU {
	if r != nil && r.SKU != "" {
		return r.SKU
	}
	return w.SKU
}

// survey is the first pass: it counts what is on sale, and finds the open
// submissions, what was written and never looked at (a run that was ended
// before it could), and the SKUs that were given under another prefix.
func (p *part) survey(ctx context.Context) error {
	onSale := 0
	err := p.each(ctx, func(_ ocop.Code, w *plan.Wanted, r *listing.Record) error {
		if r == nil {
			return nil
		}
		if w == nil && p.belongs(r.SKU) {
			p.moved[r.SKU] = *r
			return nil
		}
		if r.State == listing.OnSale {
			onSale++
			if p.whole {
				p.selling = append(p.selling, r.SKU)
			}
		}
		if !p.prefixed(r.SKU) {
			p.alien[r.SKU] = true
		}
		if undecided(r) {
			p.open = append(p.open, *r)
		} else if unshown(r) {
			p.unseen = append(p.unseen, r.SKU)
		}
		return nil
	})
	if p.codes == nil {
		p.onSale = onSale
	}
	return err
}

// undecided says that the market has yet to decide on the record's submission.
func undecided(r *listing.Record) bool {
	return r.Submission != "" && r.State != listing.Rejected || r.State == listing.InReview
}

// unshown says that a write was answered and the market has not shown it yet.
func unshown(r *listing.Record) bool {
	return !r.Seen && (r.State == listing.OnSale || r.State == listing.OffSale)
}

// intentOf gives the open intent of a product: by its code, else by its SKU,
// for a code may be written in another case since.
func (p *part) intentOf(code ocop.Code, sku listing.SKU) (listing.Intent, bool) {
	if in, open := p.memory.Intents[code]; open {
		return in, true
	}
	if p.intentCodes == nil {
		p.intentCodes = make(map[listing.SKU]ocop.Code, len(p.memory.Intents))
		for c, in := range p.memory.Intents {
			p.intentCodes[in.SKU] = c
		}
	}
	in, open := p.memory.Intents[p.intentCodes[sku]]
	return in, open
}

// belongs says whether a SKU is that of a product of the registry. A record of
// another code under it is of the same product, whose code was written in
// another case or of which only the SKU was known.
func (p *part) belongs(sku listing.SKU) bool {
	if p.placed == nil {
		p.placed = make(map[listing.SKU]bool, len(p.wanted))
		for i := range p.wanted {
			p.placed[p.wanted[i].SKU] = true
		}
	}
	return p.placed[sku]
}

// decide is the second pass: it brings each record up to what was looked at and
// plans. What a plan says without calling the market is written as it goes:
// adoptions, and the stated reason of everything that is not as wanted.
func (p *part) decide(ctx context.Context) error {
	rules := plan.Rules{MayCreate: p.mayCreate(), PriceJumpPercent: p.e.o.Guard.PriceJumpPercent, Policy: p.shop.Policy}
	err := p.each(ctx, func(code ocop.Code, w *plan.Wanted, r *listing.Record) error {
		return p.decideOne(ctx, code, skuOf(w, r), w, r, rules)
	})
	if err != nil {
		return err
	}
	if p.codes == nil { // what is left of a whole look is ours and of no product
		for sku := range p.seen {
			if p.belongs(sku) {
				continue // of a product that was given another SKU first
			}
			if err := p.decideOne(ctx, orphanCode(sku, p.e.o.SKUPrefix), sku, nil, nil, rules); err != nil {
				return err
			}
		}
	}
	if p.codes == nil { // intents of products that nobody knows any more
		p.closed = append(p.closed, sortedKeys(p.resolved)...)
	}
	p.plan.Sort()
	if err := p.flush(ctx); err != nil {
		return err
	}
	p.put, p.touched = nil, nil // they have grown, and what comes next is long
	if p.whole {
		// Only now: an observation whose findings were not recorded lets nobody
		// make anything (promise P1).
		p.memory.State.LastObservation = p.asOf
	}
	return nil
}

func (p *part) decideOne(ctx context.Context, code ocop.Code, sku listing.SKU, w *plan.Wanted, r *listing.Record, rules plan.Rules) error {
	if w == nil && r != nil && p.belongs(sku) {
		return nil // its product is gone through under the code that it has now
	}
	seen, looked := p.seen[sku], p.whole || p.looked[sku]
	delete(p.seen, sku)
	var before listing.Record
	if r != nil {
		before = *r
	} else if moved, known := p.moved[sku]; known {
		p.dropped = append(p.dropped, moved.Code)
		moved.Code = code
		r = &moved
	}
	if r != nil {
		for _, rv := range p.ruled[sku] {
			p.reviewed(r, rv)
		}
		if looked {
			p.updateRecord(r, seen, p.whole && !p.stillOpen(sku))
		}
	}
	it := plan.Item{Code: code, SKU: sku, Wanted: w, Record: r, Seen: seen, Looked: looked, Forced: p.only[code], Exempt: p.exempt.Load().codes[code], Doubted: p.doubted()}
	if in, open := p.intentOf(code, sku); open {
		it.Intent = &in
	}
	asked := p.only == nil || p.only[code]
	for _, c := range plan.Decide(rules, &it) {
		p.planned[c.Kind]++
		switch c.Kind {
		case listing.None, listing.Resolve:
			r = p.state(r, c, w)
		case listing.Adopt:
			r = p.adopt(r, c, w, seen)
		case listing.Create, listing.Update, listing.Relist, listing.Unlist, listing.Retire, listing.Hold:
		}
		if c.Kind != listing.None && asked {
			p.plan.Add(c)
		}
		if c.Kind != listing.None || waits(c.Reasons) || r != nil && (undecided(r) || unshown(r)) {
			p.watch = append(p.watch, code)
		}
	}
	if r == nil && looked {
		// What the market shows of ours is remembered whatever is done about it:
		// a run that can't look must not make it a second time (promise P1).
		r = p.adopt(nil, listing.Change{Code: code, SKU: sku}, w, seen)
	}
	p.countOnSale(before.State == listing.OnSale, r)
	if r != nil && !sameRecord(&before, r) {
		p.put = append(p.put, *r)
	} else if r != nil && looked && len(seen) > 0 {
		p.touched = append(p.touched, code)
	}
	if p.resolved[code] { // in the same step as the record, see flush
		p.closed = append(p.closed, code)
		delete(p.resolved, code)
	}
	if len(p.put)+len(p.touched) >= passChunk {
		return p.flush(ctx)
	}
	return nil
}

// stillOpen says that the market itself says that the SKU's submission waits:
// then a list that does not show it proves nothing.
func (p *part) stillOpen(sku listing.SKU) bool {
	return slices.ContainsFunc(p.ruled[sku], func(rv listing.Review) bool { return rv.State == listing.InReview })
}

func (p *part) countOnSale(before bool, r *listing.Record) {
	after := r != nil && r.State == listing.OnSale
	switch {
	case after && !before:
		p.onSale++
	case before && !after:
		p.onSale--
	}
}

// waits says that a product's reasons can end without its sources or its
// record changing, so that every sync must look at it again.
func waits(why ocop.Reasons) bool {
	for _, r := range why {
		switch r { //nolint:exhaustive // the others end by a change that is seen
		case ocop.AwaitingReview, ocop.AwaitingPerson, ocop.AwaitingObservation, ocop.OpenIntent, ocop.MarketUnreachable,
			ocop.CallFailed, ocop.GuardHold, ocop.MarketPaused, ocop.AwaitingApproval, ocop.PriceJump, ocop.Exempt:
			return true
		}
	}
	return false
}

// recordPlan keeps what a recorded plan says as items of its run.
func (p *part) recordPlan(ctx context.Context) error {
	if p.req.DryRun {
		return nil
	}
	items := make([]state.Item, 0, min(p.plan.Len(), state.MaxItems))
	for c := range p.plan.All() {
		if len(items) == cap(items) {
			break
		}
		items = append(items, state.Item{
			Code: c.Code, SKU: c.SKU, Kind: c.Kind, Outcome: outcomePlanned, Reason: c.Reasons.First(),
			Why: c.Why, From: c.From, To: c.To, At: p.e.o.Now(),
		})
	}
	if err := p.e.o.Store.AddItems(ctx, p.runID, p.name, items); err != nil {
		return fmt.Errorf("record the plan for %s: %w", p.name, err)
	}
	return nil
}

// outcomePlanned is the outcome of an item of a plan that is not carried out.
const outcomePlanned = "planned"

// settle notes that everything of this part is done, so that the next sync
// need only go through what waits and what changes.
func (p *part) settle(ctx context.Context) error {
	if p.only != nil {
		return nil // what was due for the others still is
	}
	generation, err := p.e.o.Store.Generation(ctx, p.name)
	if err != nil {
		return fmt.Errorf("read how far the records of %s are: %w", p.name, err)
	}
	slices.Sort(p.watch)
	p.e.settled(p.name, settled{
		generation: generation, memorySince: p.memory.State.MemorySince, wanted: p.wanted, watch: slices.Clip(slices.Compact(p.watch)),
	})
	return nil
}
