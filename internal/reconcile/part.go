package reconcile

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/state"
)

// part is one market's part of a run.
type part struct {
	e     *Engine
	shop  Shop
	name  listing.Market
	req   Request
	runID string
	log   *zap.Logger

	lease   *state.Lease // nil in a dry run
	ms      state.MarketState
	facts   listing.Facts
	wanted  []plan.Wanted // beside e.cat.products
	records map[ocop.Code]*listing.Record
	intents map[ocop.Code]listing.Intent
	seen    map[listing.SKU][]plan.Seen // what was looked at
	looked  map[listing.SKU]bool        // looked up, in or without seen
	whole   bool                        // a complete observation was made
	asOf    time.Time                   // when it began
	plan    plan.Plan
	tally   *tally

	mu      sync.Mutex // while workers apply: guards what follows, and records
	out     state.Part
	dirty   map[ocop.Code]bool   // records to write
	opened  []listing.Intent     // intents to write
	closed  []ocop.Code          // intents to remove
	touched []ocop.Code          // records that a look found as they were
	look    map[listing.SKU]bool // written and worth a look
}

func newPart(e *Engine, shop Shop, req Request, runID string) *part {
	name := shop.Market.Name()
	return &part{
		e: e, shop: shop, name: name, req: req, runID: runID,
		log:     e.o.Log.With(zap.String("run", runID), zap.String("market", string(name))),
		records: make(map[ocop.Code]*listing.Record), intents: make(map[ocop.Code]listing.Intent),
		seen: make(map[listing.SKU][]plan.Seen), looked: make(map[listing.SKU]bool),
		out: state.Part{State: state.Running, StartedAt: e.o.Now(), Counts: make(map[string]int)}, tally: newTally(),
		dirty: make(map[ocop.Code]bool), look: make(map[listing.SKU]bool),
	}
}

// run does the part to its end and leaves how it ended in p.out.
func (p *part) run(ctx context.Context) {
	if p.req.DryRun {
		p.end(ctx, p.walk(ctx))
		return
	}
	lease, err := p.e.o.Store.Acquire(ctx, p.name, p.e.o.Owner, p.e.o.LeaseTTL)
	if err != nil {
		p.end(ctx, fmt.Errorf("take the lease of %s: %w", p.name, err))
		return
	}
	p.lease, p.out.Fence = lease, lease.Fence
	held, stop := lease.Keep(ctx)
	err = p.walk(held)
	if held.Err() != nil && ctx.Err() == nil {
		err = context.Cause(held) // the lease was lost: nothing more may be written
	}
	if serr := p.saveMarket(context.WithoutCancel(ctx), err == nil); err == nil {
		err = serr
	}
	p.end(ctx, err)
	stop()
	if err := lease.Release(context.WithoutCancel(ctx)); err != nil {
		p.log.Warn("the lease could not be given back; it ends by itself", zap.Error(err))
	}
}

// walk is the design's walk, top to bottom.
func (p *part) walk(ctx context.Context) error {
	if err := p.recall(ctx); err != nil {
		return err
	}
	if err := p.want(ctx); err != nil {
		return err
	}
	if err := p.observe(ctx); err != nil {
		return err
	}
	if err := p.resolveIntents(ctx); err != nil {
		return err
	}
	if err := p.reviews(ctx); err != nil {
		return err
	}
	p.plan = plan.Make(p.input())
	if why := p.e.o.Guard.Part(p.plan, p.onSale()); why != "" {
		p.out.Held = why
		p.plan = p.plan.Held()
	}
	p.out.Checksum = p.plan.Checksum()
	p.count()
	if p.req.DryRun {
		return nil
	}
	if err := p.recordPlan(ctx); err != nil {
		return err
	}
	if p.out.Held == "" {
		if err := p.apply(ctx); err != nil {
			return err
		}
		if err := p.confirm(ctx); err != nil {
			return err
		}
	}
	return p.flush(ctx)
}

// recall loads what is remembered of the market.
func (p *part) recall(ctx context.Context) error {
	p.phase(ctx, PhaseRecall, 0)
	st := p.e.o.Store
	if st == nil {
		return nil
	}
	memory, err := st.Recall(ctx, p.name, func(r listing.Record) error {
		p.records[r.Code] = &r
		return nil
	})
	if err != nil {
		return fmt.Errorf("recall what is known of %s: %w", p.name, err)
	}
	p.ms, p.intents = memory.State, memory.Intents
	return nil
}

// want works out what every product is to be on this market, from its facts.
func (p *part) want(ctx context.Context) error {
	p.phase(ctx, PhaseWant, 0)
	var err error
	if p.facts, err = p.e.marketFacts(ctx, p.shop, p.req); err != nil {
		return err
	}
	p.wanted, err = p.e.wanted(p.shop, p.facts)
	return err
}

// onSale counts our listings on sale, as remembered after the looks.
func (p *part) onSale() int {
	n := 0
	for _, r := range p.records {
		if r.State == listing.OnSale {
			n++
		}
	}
	return n
}

// mayCreate says whether what we know of the market is fresh and certain
// enough for new listings.
func (p *part) mayCreate() bool {
	seen := p.ms.LastObservation
	if p.whole {
		seen = p.asOf
	}
	return !seen.IsZero() && p.e.o.Now().Sub(seen) < ObservationAge && !seen.Before(p.ms.MemorySince)
}

// input gathers the items for the planner: every product of the registry, and
// every record or listing of ours whose product the registry no longer has.
func (p *part) input() plan.Input {
	in := plan.Input{MayCreate: p.mayCreate()}
	only := p.only()
	known := make(map[ocop.Code]bool, len(p.wanted))
	placed := make(map[listing.SKU]bool, len(p.wanted))
	for i := range p.wanted {
		w := &p.wanted[i]
		known[w.Code] = true
		sku := p.skuOf(w.Code, w.SKU)
		placed[sku] = true
		if only == nil || only[w.Code] {
			it := p.item(w.Code, sku, w)
			it.Forced = only != nil
			in.Items = append(in.Items, it)
		}
	}
	if only != nil {
		return in // a look at some products says nothing of the others
	}
	for code, r := range p.records {
		if !known[code] {
			placed[r.SKU] = true
			in.Items = append(in.Items, p.item(code, r.SKU, nil))
		}
	}
	for sku := range p.seen {
		if !placed[sku] {
			in.Items = append(in.Items, p.item(orphanCode(sku, p.e.o.SKUPrefix), sku, nil))
		}
	}
	return in
}

func (p *part) item(code ocop.Code, sku listing.SKU, w *plan.Wanted) plan.Item {
	it := plan.Item{Code: code, SKU: sku, Wanted: w, Record: p.records[code], Seen: p.seen[sku], Looked: p.whole || p.looked[sku]}
	if in, open := p.intents[code]; open {
		it.Intent = &in
	}
	return it
}

// skuOf gives the SKU that the product was given first (design decision 2).
func (p *part) skuOf(code ocop.Code, fresh listing.SKU) listing.SKU {
	if r := p.records[code]; r != nil && r.SKU != "" {
		return r.SKU
	}
	return fresh
}

func (p *part) only() map[ocop.Code]bool {
	if len(p.req.Codes) == 0 {
		return nil
	}
	only := make(map[ocop.Code]bool, len(p.req.Codes))
	for _, c := range p.req.Codes {
		only[c] = true
	}
	return only
}

// end closes the part: its state by what went wrong.
func (p *part) end(ctx context.Context, err error) {
	p.out.EndedAt = p.e.o.Now()
	p.tally.into(&p.out)
	switch {
	case err == nil && p.out.Held != "":
		p.out.State = state.Held
	case err == nil && p.tally.failed() > 0:
		p.out.State = state.Partial
	case err == nil:
		p.out.State = state.Succeeded
	case errors.Is(err, context.Canceled):
		p.out.State = state.Cancelled
	default:
		p.out.State = state.Failed
	}
	if err != nil {
		p.out.Failures = append([]state.Failure{{Kind: failureKind(err), Words: err.Error(), Count: 1}}, p.out.Failures...)
		p.log.Error("the part ended early", zap.Error(err))
	}
	p.phase(ctx, PhaseDone, 0)
	if p.req.DryRun {
		return
	}
	after := context.WithoutCancel(ctx)
	if err := p.e.o.Store.SavePart(after, p.runID, p.name, p.out); err != nil {
		p.log.Error("the part's end could not be recorded", zap.Error(err))
	}
}

func failureKind(err error) string {
	if errors.Is(err, state.ErrBusy) {
		return "busy"
	}
	var me *market.Error
	if errors.As(err, &me) {
		return string(me.Kind)
	}
	return "system"
}
