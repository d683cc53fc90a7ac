package reconcile

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

// observe reads the whole shop where the mode or our ignorance asks for it,
// and brings the records up to what the market shows. A reading that fails or
// is not complete ends the part: nothing is concluded from it (promise P3).
func (p *part) observe(ctx context.Context) error {
	if p.req.Mode != Verify && p.mayCreate() {
		return nil
	}
	p.asOf = p.e.o.Now()
	seen, err := p.observeShop(ctx)
	if err != nil {
		return fmt.Errorf("observe %s: %w", p.name, err)
	}
	p.seen, p.whole = seen, true
	for code, r := range p.records {
		p.updateRecord(code, r, seen[r.SKU], true)
	}
	p.ms.LastObservation = p.asOf
	return nil
}

// ours says whether a SKU is of our making. Listings with others are nobody's
// business of ours (promise P4).
func (p *part) ours(sku listing.SKU) bool {
	return strings.HasPrefix(strings.ToUpper(string(sku)), p.e.o.SKUPrefix)
}

func (p *part) observeShop(ctx context.Context) (map[listing.SKU][]plan.Seen, error) {
	c := &collector{part: p}
	c.Restart()
	given := make(map[listing.SKU]bool, len(p.records))
	for _, r := range p.records {
		given[r.SKU] = true
	}
	c.keep = func(sku listing.SKU) bool { return sku != "" && (p.ours(sku) || given[sku]) }
	p.phase(ctx, PhaseObserve, 0)
	_, err := market.Observe(ctx, p.shop.Market, p.e.o.Now, c)
	return c.seen, err
}

// collector keeps what an observation shows of ours, without texts.
type collector struct {
	part *part
	keep func(listing.SKU) bool
	seen map[listing.SKU][]plan.Seen
	n    int
}

// Restart forgets what was read: the reading begins again.
func (c *collector) Restart() { c.seen, c.n = make(map[listing.SKU][]plan.Seen), 0 }

// Add takes one listing or submission.
func (c *collector) Add(r listing.Remote) error {
	c.n++
	if c.n%500 == 0 {
		c.part.progress(PhaseObserve, c.n, 0)
	}
	if c.keep(r.SKU) {
		c.seen[r.SKU] = append(c.seen[r.SKU], seenOf(r))
	}
	return nil
}

func seenOf(r listing.Remote) plan.Seen {
	return plan.Seen{
		ID: r.ID, SKU: r.SKU, Submission: r.Submission, State: r.State, Trashed: r.Trashed, Digest: r.Digest(),
		URL: r.URL, Words: r.Words, UpdatedAt: r.UpdatedAt,
	}
}

// lookAt looks the SKUs up: by the market's look-up when they are few, by
// reading the whole shop when that is cheaper.
func (p *part) lookAt(ctx context.Context, skus []listing.SKU) (map[listing.SKU][]plan.Seen, error) {
	if len(skus) > lookAtMost {
		return p.observeShop(ctx)
	}
	out := make(map[listing.SKU][]plan.Seen, len(skus))
	for chunk := range slices.Chunk(skus, lookChunk) {
		found, err := p.shop.Market.Find(ctx, chunk)
		if err != nil {
			return nil, fmt.Errorf("look up %d listings of %s: %w", len(chunk), p.name, err)
		}
		for _, r := range found {
			out[r.SKU] = append(out[r.SKU], seenOf(r))
		}
	}
	return out, nil
}

const (
	lookAtMost = 200 // SKUs beyond which the whole shop is read instead
	lookChunk  = 50
)

// reviews learns what became of open submissions and looks at those decided.
func (p *part) reviews(ctx context.Context) error {
	var open []listing.Record
	for _, code := range slices.Sorted(maps.Keys(p.records)) {
		r := p.records[code]
		if r.Submission != "" && r.State != listing.Rejected || r.State == listing.InReview {
			open = append(open, *r)
		}
	}
	if len(open) == 0 {
		return nil
	}
	p.phase(ctx, PhaseReviews, len(open))
	decided, err := p.shop.Market.Reviews(ctx, open)
	if err != nil {
		return fmt.Errorf("ask %s what became of %d submissions: %w", p.name, len(open), err)
	}
	bySKU := make(map[listing.SKU]*listing.Record, len(open))
	for i := range open {
		bySKU[open[i].SKU] = p.records[open[i].Code]
	}
	var look []listing.SKU
	for _, rv := range decided {
		r := bySKU[rv.SKU]
		if r == nil || r.Submission != "" && rv.Submission != "" && r.Submission != rv.Submission {
			continue
		}
		if p.reviewed(r, rv) && !p.whole {
			look = append(look, r.SKU)
		}
	}
	return p.lookAndUpdate(ctx, look)
}

// reviewed takes a review into the record and says whether it was approved, so
// that the listing is worth a look.
func (p *part) reviewed(r *listing.Record, rv listing.Review) bool {
	switch rv.State {
	case listing.InReview:
		return false
	case listing.Rejected:
		r.Reasons, r.Words = ocop.Reasons{ocop.RejectedByMarket}, cut(rv.Words)
		r.FailureKind = string(market.Invalid)
		if r.ID == "" {
			r.State = listing.Rejected
		} else {
			r.Submission = "" // the listing stays as it was before the request
		}
		p.log.Info("refused by the market", zap.String("sku", string(r.SKU)), zap.String("words", r.Words))
		return false
	case listing.OnSale, listing.OffSale, listing.TakenDown, listing.Locked, listing.AwaitingPerson, listing.Gone, listing.NotListed:
	}
	approved(r, rv.ID)
	if r.State == listing.InReview {
		r.State, r.Seen = rv.State, false
	}
	return true
}

// approved puts a submission's content in place: the market now holds it.
func approved(r *listing.Record, id string) {
	if id != "" {
		r.ID = id
	}
	if !r.Pending.IsZero() {
		r.Sent = r.Pending
	}
	r.Stored, r.Pending = listing.Digest{}, listing.Digest{}
	r.Submission, r.Words, r.FailureKind, r.Reasons = "", "", "", nil
}

// lookAndUpdate looks the SKUs up and brings their records to what is shown.
func (p *part) lookAndUpdate(ctx context.Context, skus []listing.SKU) error {
	if len(skus) == 0 {
		return nil
	}
	found, err := p.lookAt(ctx, skus)
	if err != nil {
		return err
	}
	codes := make(map[listing.SKU]ocop.Code, len(p.records))
	for code, r := range p.records {
		codes[r.SKU] = code
	}
	for _, sku := range skus {
		p.seen[sku], p.looked[sku] = found[sku], true
		if code, ok := codes[sku]; ok {
			p.updateRecord(code, p.records[code], found[sku], false)
		}
	}
	return nil
}
