package reconcile

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
)

// apply carries out the plan's writing changes, most urgent first, in batches
// by several workers. Each batch is safe to be killed in: what it creates is
// noted before the call, what became of it is recorded after.
func (p *part) apply(ctx context.Context) error {
	total := 0
	for c := range p.plan.All() {
		if plan.Writes(c) {
			total++
		}
	}
	if total == 0 {
		return nil
	}
	p.phase(ctx, PhaseApply, total)
	caps := p.shop.Market.Capabilities()
	work := make(chan []listing.Change)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(work)
		for batch := range p.batches(total, caps) {
			select {
			case work <- batch:
			case <-gctx.Done():
				return gctx.Err()
			}
		}
		return nil
	})
	for range max(p.shop.Workers, 1) {
		g.Go(func() error {
			for batch := range work {
				if err := p.applyBatch(gctx, batch, caps); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("apply changes on %s: %w", p.name, err)
	}
	return nil
}

// batches cuts the plan's writing changes, total in all, into what one Apply
// takes. A batch never holds more than about one second of the quota, so that
// its intents are short-lived, and never both urgent and other work.
func (p *part) batches(total int, caps listing.Capabilities) iter.Seq[[]listing.Change] {
	size := max(caps.BatchSize, 1)
	if p.shop.Rate > 0 && !caps.UniqueSKU {
		size = min(size, max(int(p.shop.Rate), 1))
	}
	// Enough batches for every worker, when there is little to do.
	workers := max(p.shop.Workers, 1)
	size = min(size, (total+workers-1)/workers)
	return func(yield func([]listing.Change) bool) {
		batch := make([]listing.Change, 0, size)
		for c := range p.plan.All() {
			if !plan.Writes(c) {
				continue
			}
			if len(batch) == size || len(batch) > 0 && urgent(batch[0]) != urgent(c) {
				if !yield(batch) {
					return
				}
				batch = make([]listing.Change, 0, size)
			}
			batch = append(batch, c)
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}

func urgent(c listing.Change) bool { return c.Kind == listing.Unlist || c.Kind == listing.Retire }

// applyBatch notes intents, calls the market, and records what became of it.
// Its error ends the part: state that can't be written, or a market that
// refuses us altogether.
func (p *part) applyBatch(ctx context.Context, batch []listing.Change, caps listing.Capabilities) error {
	batch = p.notExempt(batch)
	if len(batch) == 0 {
		return nil
	}
	records, err := p.recordsOf(ctx, batch)
	if err != nil {
		return err
	}
	orders, batch, err := p.orders(batch, records)
	if err != nil {
		return err
	}
	if len(orders) == 0 {
		return nil
	}
	budget := p.callBudget(len(orders), caps)
	deadline := p.e.o.Now().Add(budget)
	if open := p.intentsFor(orders, deadline); len(open) > 0 {
		if err := p.e.o.Store.Write(ctx, p.lease, state.Batch{Open: open}); err != nil {
			return fmt.Errorf("note what is about to be created: %w", err)
		}
	}
	// A timeout, not the deadline: the call must end by it whatever clock is set.
	cctx, cancel := context.WithTimeout(ctx, budget)
	outcomes := p.shop.Market.Apply(cctx, orders)
	cancel()
	if len(outcomes) != len(orders) {
		return &market.Error{Market: p.name, Op: "apply", Kind: market.Protocol, MaybeDone: true,
			Words: fmt.Sprintf("%d outcomes for %d orders", len(outcomes), len(orders))}
	}
	// The outcomes are recorded even when ctx has just ended: the calls were made.
	return p.recordOutcomes(context.WithoutCancel(ctx), batch, orders, outcomes, records)
}

// callBudget is by when a batch has surely ended on our side.
func (p *part) callBudget(orders int, caps listing.Capabilities) time.Duration {
	timeout := p.shop.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	budget := 2 * timeout
	if p.shop.Rate > 0 { // waiting for quota counts
		perOrder := 4 * float64(max(p.shop.Workers, 1)) / p.shop.Rate
		budget += time.Duration(float64(orders) * perOrder * float64(time.Second))
	}
	return budget + caps.LateEffect/2
}

// orders builds what the adapter is asked to do: the full listings, prepared
// anew from the held products so that no text stays in memory. A product that
// changed under us since the plan is left out.
func (p *part) orders(batch []listing.Change, records map[ocop.Code]*listing.Record) ([]listing.Order, []listing.Change, error) {
	orders := make([]listing.Order, 0, len(batch))
	kept := make([]listing.Change, 0, len(batch))
	for _, c := range batch {
		o := listing.Order{Kind: c.Kind, SKU: c.SKU, ID: c.ID, Fields: c.Fields, Key: newKey()}
		o.Submission = records[c.Code].Submission
		switch c.Kind {
		case listing.Retire:
			o.Kind = listing.Unlist
		case listing.Adopt:
			o.Kind = listing.Update
			if c.Fields.Has(listing.FieldState) {
				o.Kind = listing.Relist
			}
		case listing.None, listing.Create, listing.Update, listing.Relist, listing.Unlist, listing.Resolve, listing.Hold:
		}
		o.Fields &^= listing.FieldState
		if o.Kind != listing.Unlist {
			at, found := p.cat.find(c.Code)
			if !found {
				continue
			}
			l, _, err := p.cat.listing(at, c.SKU, p.shop, p.facts, p.e.o.DefaultStock)
			if errors.Is(err, registry.ErrSuperseded) {
				continue // the next run plans from the newer reading
			}
			if err != nil {
				return nil, nil, err
			}
			o.Listing = l
		}
		orders, kept = append(orders, o), append(kept, c)
	}
	return orders, kept, nil
}

func (p *part) intentsFor(orders []listing.Order, deadline time.Time) []listing.Intent {
	open := make([]listing.Intent, 0, len(orders))
	now := p.e.o.Now()
	for _, o := range orders {
		if o.Kind == listing.Create {
			open = append(open, listing.Intent{Code: o.Listing.Code, SKU: o.SKU, Key: o.Key, Run: p.runID, OpenedAt: now, Deadline: deadline})
		}
	}
	return open
}

// recordOutcomes writes a batch's outcomes in one step and closes its intents,
// but for those of which nobody knows whether they took effect.
func (p *part) recordOutcomes(ctx context.Context, batch []listing.Change, orders []listing.Order, outcomes []listing.Outcome, records map[ocop.Code]*listing.Record) error {
	b := state.Batch{Put: make([]listing.Record, 0, len(batch)), Close: make([]ocop.Code, 0, len(batch))}
	items := make([]state.Item, len(batch))
	var fatal error
	for i, c := range batch {
		r := records[c.Code]
		unknown := p.outcome(r, c, orders[i], outcomes[i])
		if c.Kind != listing.Retire { // the record is of the listing that is kept, and may be another batch's
			b.Put = append(b.Put, *r)
		}
		if orders[i].Kind == listing.Create && !unknown {
			b.Close = append(b.Close, c.Code)
		}
		items[i] = p.itemOf(c, outcomes[i])
		if err := market.AsError(outcomes[i].Err); err != nil && (err.Kind == market.Auth || err.Kind == market.Open) {
			fatal = err
		}
	}
	if err := p.e.o.Store.Write(ctx, p.lease, b); err != nil {
		return fmt.Errorf("record what became of %d changes: %w", len(batch), err)
	}
	if err := p.e.o.Store.AddItems(ctx, p.runID, p.name, items); err != nil {
		return fmt.Errorf("record %d items of the run: %w", len(items), err)
	}
	p.stepped(ctx, len(batch))
	return fatal
}

func (p *part) itemOf(c listing.Change, o listing.Outcome) state.Item {
	it := state.Item{Code: c.Code, SKU: c.SKU, Kind: c.Kind, Outcome: string(o.Status), Reason: c.Reasons.First(),
		Why: c.Why, From: c.From, To: c.To, At: p.e.o.Now()}
	if err := market.AsError(o.Err); err != nil {
		it.Why = cut(err.Error())
		p.log.Warn("change failed", zap.String("sku", string(c.SKU)), zap.String("change", string(c.Kind)), zap.Error(err))
	} else {
		p.log.Info("change applied", zap.String("sku", string(c.SKU)), zap.String("change", string(c.Kind)),
			zap.String("outcome", string(o.Status)), zap.Strings("fields", c.Fields.Names()), zap.String("to", c.To))
	}
	return it
}

// newKey makes the idempotency key of one attempt.
func newKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// newID makes a run's id: its time, to read and sort by, and a random end.
func newID(now time.Time) string { return now.UTC().Format("20060102T150405Z") + "-" + newKey()[:8] }

// recordsOf reads the batch's records; a product without one gets an empty one.
func (p *part) recordsOf(ctx context.Context, batch []listing.Change) (map[ocop.Code]*listing.Record, error) {
	codes := make([]ocop.Code, len(batch))
	for i, c := range batch {
		codes[i] = c.Code
	}
	known, err := p.e.o.Store.RecordsOf(ctx, p.name, codes)
	if err != nil {
		return nil, fmt.Errorf("read %d records of %s: %w", len(batch), p.name, err)
	}
	out := make(map[ocop.Code]*listing.Record, len(batch))
	for _, c := range batch {
		r, ok := known[c.Code]
		if !ok {
			r = listing.Record{Code: c.Code, SKU: c.SKU, State: listing.NotListed}
		}
		if out[c.Code] == nil {
			out[c.Code] = &r
		}
	}
	return out, nil
}
