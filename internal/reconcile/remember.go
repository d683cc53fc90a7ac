package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/state"
)

// recordPlan takes what the plan says without calling the market into the
// records: adoptions that need no update, and the stated reason of everything
// that is not as wanted.
func (p *part) recordPlan(ctx context.Context) error {
	for _, c := range p.plan.Changes {
		switch c.Kind {
		case listing.Adopt:
			p.adopt(c)
		case listing.None, listing.Resolve, listing.Hold:
			p.state(c)
		case listing.Create, listing.Update, listing.Relist, listing.Unlist, listing.Retire:
		}
	}
	return p.flush(ctx)
}

// adopt makes the record of a listing under our SKU. Where it agrees with what
// is wanted, that counts as sent.
func (p *part) adopt(c listing.Change) {
	shown := plan.Current(nil, p.seen[c.SKU])
	if shown == nil {
		return
	}
	now := p.e.o.Now()
	r := p.records[c.Code]
	if r == nil {
		r = &listing.Record{Code: c.Code, SKU: c.SKU}
		p.records[c.Code] = r
	}
	r.ID, r.Submission, r.URL, r.State, r.Seen = shown.ID, shown.Submission, shown.URL, shown.State, true
	r.CreatedAt, r.SeenAt, r.Since, r.Words = now, now, now, cut(shown.Words)
	r.Stored, r.Reasons, r.Failures, r.FailureKind, r.Absent = shown.Digest, c.Reasons, 0, "", 0
	r.Sent, r.Pending = listing.Digest{}, listing.Digest{}
	if w := p.wantedOf(c.Code); c.Fields == 0 && w != nil && w.Ready && shown.ID != "" {
		r.Sent = w.Digest
	}
	p.changed(c.Code)
	p.log.Info("adopted a listing under our SKU", zap.String("sku", string(c.SKU)), zap.String("state", string(r.State)))
}

// state keeps a product's stated reasons. A product that is not to be sold and
// has no listing needs no record.
func (p *part) state(c listing.Change) {
	r := p.records[c.Code]
	if r == nil {
		w := p.wantedOf(c.Code)
		if w == nil || !w.Sell {
			return
		}
		r = &listing.Record{Code: c.Code, SKU: c.SKU, State: listing.NotListed, Since: p.e.o.Now()}
		p.records[c.Code] = r
		p.changed(c.Code)
	}
	if !slices.Equal(r.Reasons, c.Reasons) {
		r.Reasons, r.Since = c.Reasons, p.e.o.Now()
		p.changed(c.Code)
	}
}

func (p *part) wantedOf(code ocop.Code) *plan.Wanted {
	i, found := slices.BinarySearchFunc(p.wanted, code, func(w plan.Wanted, c ocop.Code) int {
		switch {
		case w.Code < c:
			return -1
		case w.Code > c:
			return 1
		}
		return 0
	})
	if !found {
		return nil
	}
	return &p.wanted[i]
}

// confirm looks at what was written, in batches: only what the market itself
// shows counts (promise P8), and what it stored is the measure of drift.
func (p *part) confirm(ctx context.Context) error {
	skus := slices.Sorted(maps.Keys(p.look))
	if len(skus) == 0 {
		return nil
	}
	p.phase(ctx, PhaseConfirm, len(skus))
	return p.lookAndUpdate(ctx, skus)
}

// saveMarket records the market's own figures: when it was tried and seen.
func (p *part) saveMarket(ctx context.Context, ended bool) error {
	p.ms.LastAttempt = p.out.StartedAt
	if ended && p.out.Held == "" && p.tally.failed() == 0 {
		p.ms.LastSuccess = p.e.o.Now()
	}
	p.ms.OnSale = p.onSale()
	if err := p.e.o.Store.SaveMarketState(ctx, p.lease, p.name, p.ms); err != nil {
		return fmt.Errorf("record the state of %s: %w", p.name, err)
	}
	return nil
}

// changed notes that a record is to be written.
func (p *part) changed(code ocop.Code) { p.dirty[code] = true }

// flush writes the records and intents noted since the last flush.
func (p *part) flush(ctx context.Context) error {
	if p.req.DryRun || len(p.dirty)+len(p.opened)+len(p.closed)+len(p.touched) == 0 {
		return nil
	}
	b := state.Batch{Open: p.opened, Close: p.closed, Touch: p.touched, SeenAt: p.e.o.Now()}
	for _, code := range slices.Sorted(maps.Keys(p.dirty)) {
		b.Put = append(b.Put, *p.records[code])
	}
	if err := p.e.o.Store.Write(ctx, p.lease, b); err != nil {
		return fmt.Errorf("record %d listings of %s: %w", len(b.Put), p.name, err)
	}
	clear(p.dirty)
	p.opened, p.closed, p.touched = nil, nil, nil
	return nil
}
