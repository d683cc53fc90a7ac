package reconcile

import (
	"context"
	"fmt"
	"slices"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/plan"
)

// adopt makes the record of a listing under our SKU. Where it agrees with what
// is wanted, that counts as sent.
func (p *part) adopt(r *listing.Record, c listing.Change, w *plan.Wanted, seen []plan.Seen) *listing.Record {
	shown := plan.Current(nil, seen)
	if shown == nil {
		return r
	}
	now := p.e.o.Now()
	if r == nil {
		r = &listing.Record{Code: c.Code, SKU: c.SKU}
	}
	r.ID, r.Submission, r.URL, r.State, r.Seen = shown.ID, shown.Submission, shown.URL, shown.State, true
	r.CreatedAt, r.SeenAt, r.Since, r.Words = now, now, now, cut(shown.Words)
	r.Stored, r.Reasons, r.Failures, r.FailureKind, r.Absent = shown.Digest, c.Reasons, 0, "", 0
	r.Sent, r.Pending = listing.Digest{}, listing.Digest{}
	if c.Fields == 0 && w != nil && w.Ready && shown.ID != "" && shown.Digest.Disagrees(w.Digest) == 0 {
		r.Sent = w.Digest
	}
	p.log.Info("adopted a listing under our SKU", zap.String("sku", string(c.SKU)), zap.String("state", string(r.State)))
	return r
}

// state keeps a product's stated reasons. A product that is not to be sold and
// has no listing needs no record.
func (p *part) state(r *listing.Record, c listing.Change, w *plan.Wanted) *listing.Record {
	if r == nil {
		if w == nil || !w.Sell {
			return nil
		}
		r = &listing.Record{Code: c.Code, SKU: c.SKU, State: listing.NotListed, Since: p.e.o.Now()}
	}
	if !slices.Equal(r.Reasons, c.Reasons) {
		r.Reasons, r.Since = c.Reasons, p.e.o.Now()
	}
	return r
}

// saveMarket records the market's own figures: when it was tried and seen.
func (p *part) saveMarket(ctx context.Context, ended bool) error {
	p.memory.State.LastAttempt = p.out.StartedAt
	if ended && p.out.Held == "" && p.tally.failed() == 0 {
		p.memory.State.LastSuccess = p.e.o.Now()
	}
	p.memory.State.OnSale = p.onSale
	if err := p.e.o.Store.SaveMarketState(ctx, p.lease, p.name, p.memory.State); err != nil {
		return fmt.Errorf("record the state of %s: %w", p.name, err)
	}
	return nil
}
