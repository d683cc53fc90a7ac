package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/state"
)

// part is one market's part of a run. Its memory does not grow with the texts
// nor with the records of the market: both are read as they are needed.
type part struct {
	e     *Engine
	shop  Shop
	name  listing.Market
	req   Request
	runID string
	log   *zap.Logger
	only  map[ocop.Code]bool // products asked for; nil: all

	lease       *state.Lease // nil in a dry run
	memory      state.Memory
	intentCodes map[listing.SKU]ocop.Code // of the open intents, made when needed
	recalled    bool                      // memory was read, so that it can be written back
	facts       listing.Facts
	wanted      []plan.Wanted // beside e.cat.products
	codes       []ocop.Code   // products to go through, sorted; nil: all

	whole   bool                             // a complete observation was made
	asOf    time.Time                        // when it began
	seen    map[listing.SKU][]plan.Seen      // what was looked at; without entry: not there
	looked  map[listing.SKU]bool             // looked up one by one
	ruled   map[listing.SKU][]listing.Review // what became of submissions
	alien   map[listing.SKU]bool             // our SKUs that have another prefix
	moved   map[listing.SKU]listing.Record   // of codes that the registry now writes in another case
	placed  map[listing.SKU]bool             // SKUs of the registry's products; see belongs
	open    []listing.Record                 // submissions that the market decides on
	selling []listing.SKU                    // remembered on sale, before a whole look
	unseen  []listing.SKU                    // written, and the market has not yet shown it

	plan   plan.Plan   // without changes of kind none
	onSale int         // our listings on sale
	watch  []ocop.Code // products that the next sync must go through again; some twice

	out state.Part
	*pen
}

func newPart(e *Engine, shop Shop, req Request, runID string) *part {
	name := shop.Market.Name()
	p := &part{
		e: e, shop: shop, name: name, req: req, runID: runID,
		log:    e.o.Log.With(zap.String("run", runID), zap.String("market", string(name))),
		seen:   make(map[listing.SKU][]plan.Seen),
		looked: make(map[listing.SKU]bool), ruled: make(map[listing.SKU][]listing.Review),
		alien: make(map[listing.SKU]bool), moved: make(map[listing.SKU]listing.Record),
		out: state.Part{State: state.Running, StartedAt: e.o.Now(), Counts: make(map[string]int)},
		pen: newPen(),
	}
	if len(req.Codes) > 0 {
		p.only = make(map[ocop.Code]bool, len(req.Codes))
		for _, c := range req.Codes {
			p.only[c] = true
		}
	}
	return p
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
	if p.recalled {
		if serr := p.saveMarket(context.WithoutCancel(ctx), err == nil); err == nil {
			err = serr
		}
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
	if err := p.survey(ctx); err != nil {
		return err
	}
	if err := p.observe(ctx); err != nil || p.out.Held != "" {
		return err
	}
	if err := p.resolveIntents(ctx); err != nil {
		return err
	}
	if err := p.reviews(ctx); err != nil {
		return err
	}
	if err := p.decide(ctx); err != nil {
		return err
	}
	if why := p.e.o.Guard.Part(p.plan, p.onSale); why != "" {
		p.out.Held = why
		p.plan = p.plan.Held()
	}
	p.out.Checksum = p.plan.Checksum()
	p.count()
	if p.req.DryRun {
		return nil
	}
	if p.out.Held != "" {
		return p.recordHeld(ctx)
	}
	if err := p.apply(ctx); err != nil {
		return err
	}
	if err := p.confirm(ctx); err != nil {
		return err
	}
	return p.settle(ctx)
}

// recall loads what is remembered of the market as a whole, and decides whether
// the whole shop must be looked at: in a verify, and where what we know is too
// old or too doubtful for anything new to be made.
func (p *part) recall(ctx context.Context) error {
	p.phase(ctx, PhaseRecall, 0)
	var err error
	if p.memory, err = p.e.o.Store.Memory(ctx, p.name); err != nil {
		return fmt.Errorf("recall what is known of %s: %w", p.name, err)
	}
	p.recalled, p.onSale = true, p.memory.State.OnSale
	p.whole = p.req.Mode == Verify || !p.mayCreate()
	return nil
}

// mayCreate says whether what we know of the market is fresh and certain
// enough for new listings.
func (p *part) mayCreate() bool {
	seen := p.memory.State.LastObservation
	if !p.asOf.IsZero() {
		seen = p.asOf
	}
	return !seen.IsZero() && p.e.o.Now().Sub(seen) < ObservationAge && !seen.Before(p.memory.State.MemorySince)
}

// want works out what every product is to be on this market, from its facts,
// and which products this part has to go through.
func (p *part) want(ctx context.Context) error {
	p.phase(ctx, PhaseWant, 0)
	var err error
	if p.facts, err = p.e.marketFacts(ctx, p.shop, p.req); err != nil {
		return err
	}
	if p.wanted, err = p.e.wanted(p.shop, p.facts); err != nil {
		return err
	}
	switch {
	case p.whole: // everything that was looked at is gone through
	case p.only != nil:
		p.codes = p.req.sortedCodes()
	default:
		p.codes = p.e.unsettled(p.name, p.memory, p.wanted)
	}
	return nil
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
