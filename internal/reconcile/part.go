package reconcile

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
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
	cat   *catalog           // the products, before the walk begins

	lease       *state.Lease // nil where nothing is changed
	memory      state.Memory
	intentCodes map[listing.SKU]ocop.Code // of the open intents, made when needed
	recalled    bool                      // memory was read, so that it can be written back
	exempt      atomic.Pointer[exemptions]
	facts       listing.Facts
	wanted      []plan.Wanted // beside cat.products
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
	first  int         // listings of a shop that no person has let us work yet
	watch  []ocop.Code // products that the next sync must go through again; some twice

	out  state.Part
	told time.Time // when out was last recorded while changes were applied
	*pen
}

func newPart(e *Engine, name listing.Market, shop Shop, req Request, runID string) *part {
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

// run does the part to its end, whoever stops it, and leaves how it ended in
// p.out.
func (p *part) run(ctx context.Context) {
	if p.req.dry() {
		p.end(ctx, p.walk(ctx))
		return
	}
	lease, err := p.e.o.Store.Acquire(ctx, p.name, p.e.o.Owner, p.e.o.LeaseTTL)
	if err != nil {
		p.end(ctx, fmt.Errorf("take the lease of %s: %w", p.name, err))
		return
	}
	p.end(ctx, p.under(ctx, lease, p.walk))
	p.giveBack(ctx, lease)
}

// under does f under the lease, as long as it is held and nobody has cancelled
// the run or paused the market, and records the market's own figures after it.
func (p *part) under(ctx context.Context, lease *state.Lease, f func(context.Context) error) error {
	p.lease, p.out.Fence = lease, lease.Fence
	held, stop := lease.Keep(ctx)
	defer stop()
	err := p.heeding(held, f)
	if err != nil && held.Err() != nil && ctx.Err() == nil {
		err = context.Cause(held)
	}
	if p.recalled {
		if serr := p.saveMarket(context.WithoutCancel(ctx), err == nil); err == nil {
			err = serr
		}
	}
	p.e.remember()
	return err
}

func (p *part) giveBack(ctx context.Context, lease *state.Lease) {
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
	if err := p.judge(ctx); err != nil {
		return err
	}
	p.count()
	if p.req.dry() {
		return p.recordPlan(ctx)
	}
	if err := p.recordHeld(ctx); err != nil {
		return err
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
	if pause := p.memory.State.Pause; pause != nil && !p.req.dry() {
		return &PausedError{Market: p.name, Pause: *pause}
	}
	p.recalled, p.onSale = true, p.memory.State.OnSale
	p.exempt.Store(p.e.exemptOf(p.name, p.memory.Exemptions, p.memory.Decisions))
	p.whole = p.req.Mode == Verify || !p.mayCreate()
	return nil
}

// want works out what every product is to be on this market, from its facts,
// and which products this part has to go through.
func (p *part) want(ctx context.Context) error {
	p.phase(ctx, PhaseWant, 0)
	var err error
	if p.facts, err = p.e.marketFacts(ctx, p.shop, p.req); err != nil {
		return err
	}
	if p.wanted, err = p.e.wanted(p.cat, p.shop, p.facts); err != nil {
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

// end ends the part and records that.
func (p *part) end(ctx context.Context, err error) {
	p.finish(ctx, err)
	if p.req.DryRun {
		return
	}
	if err := p.save(ctx); err != nil {
		p.log.Error("the part's end could not be recorded", zap.Error(err))
	}
}

// finish gives the part its end: its state by what went wrong.
func (p *part) finish(ctx context.Context, err error) {
	p.out.EndedAt = p.e.o.Now()
	p.tally.into(&p.out)
	var paused *PausedError
	switch {
	case errors.As(err, &paused):
		p.out.State, p.out.Held = state.Held, err.Error()
		err = nil
	case err == nil && p.out.Held != "":
		p.out.State = state.Held
	case err == nil && p.tally.failed() > 0:
		p.out.State = state.Partial
	case err == nil:
		p.out.State = state.Succeeded
	case errors.Is(ctx.Err(), context.Canceled), errors.Is(err, ErrCancelled):
		p.out.State = state.Cancelled
	default:
		p.out.State = state.Failed
	}
	if err != nil {
		p.out.Failures = append([]state.Failure{{Kind: failureKind(err), Words: err.Error(), Count: 1}}, p.out.Failures...)
		p.log.Error("the part ended early", zap.Error(err))
	}
	p.phase(ctx, PhaseDone, 0)
}

// save records the part's end.
func (p *part) save(ctx context.Context) error {
	return p.e.record(context.WithoutCancel(ctx), p.runID, p.req.Mode, p.name, p.out)
}

func failureKind(err error) string {
	if errors.Is(err, state.ErrBusy) {
		return "busy"
	}
	var src *sourceError
	if errors.As(err, &src) {
		return "source"
	}
	var me *market.Error
	if errors.As(err, &me) {
		return string(me.Kind)
	}
	return "system"
}
