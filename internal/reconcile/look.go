package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

// observe reads the whole shop, where recall decided that it must be, else what
// an earlier run wrote and did not look at. A reading that fails or is not
// complete ends the part: nothing is concluded from it (promise P3).
func (p *part) observe(ctx context.Context) error {
	if !p.whole {
		p.first = p.firstRun(nil)
		if len(p.unseen) == 0 {
			return nil
		}
		return p.lookUp(ctx, p.unseen)
	}
	p.asOf = p.e.o.Now()
	p.phase(ctx, PhaseObserve, 0)
	found, err := p.observeShop(ctx, func(sku listing.SKU) bool { return p.prefixed(sku) || p.alien[sku] })
	if err != nil {
		return fmt.Errorf("observe %s: %w", p.name, err)
	}
	p.seen, p.first = found.seen, p.firstRun(found)
	shown := 0
	for _, sku := range p.selling {
		if len(p.seen[sku]) > 0 {
			shown++
		}
	}
	p.out.Held = p.e.o.Guard.Shop(len(p.selling), shown)
	p.selling = nil
	return nil
}

// prefixed says whether a SKU is of our making. Listings with others are
// nobody's business of ours (promise P4).
func (p *part) prefixed(sku listing.SKU) bool {
	return strings.HasPrefix(strings.ToUpper(string(sku)), p.e.o.SKUPrefix)
}

func (p *part) observeShop(ctx context.Context, keep func(listing.SKU) bool) (*collector, error) {
	c := &collector{part: p, keep: keep}
	_, err := market.Observe(ctx, p.shop.Market, p.e.o.Now, c)
	return c, err
}

// collector keeps what an observation shows of ours, without texts.
type collector struct {
	part *part
	keep func(listing.SKU) bool
	seen map[listing.SKU][]plan.Seen
	n    int

	listed int  // without what lies in the bin
	ours   bool // any of those has a SKU that is kept
}

// Restart forgets what was read: the reading begins again.
func (c *collector) Restart() {
	c.seen, c.n, c.listed, c.ours = make(map[listing.SKU][]plan.Seen), 0, 0, false
}

// Add takes one listing or submission.
func (c *collector) Add(r listing.Remote) error {
	c.n++
	if c.n%500 == 0 {
		c.part.progress(PhaseObserve, c.n, 0)
	}
	kept := c.keep(r.SKU)
	if !r.Trashed {
		c.listed++
		c.ours = c.ours || kept
	}
	if kept {
		sku := r.SKU
		if c.part.prefixed(sku) {
			sku = listing.SKU(strings.ToUpper(string(sku))) // design decision 2: whatever its case
		}
		c.seen[sku] = append(c.seen[sku], seenOf(r))
	}
	return nil
}

func seenOf(r listing.Remote) plan.Seen {
	return plan.Seen{
		ID: r.ID, Submission: r.Submission, State: r.State, Trashed: r.Trashed, Digest: r.Digest(),
		URL: r.URL, Words: r.Words, UpdatedAt: r.UpdatedAt,
	}
}

// look asks the market for the SKUs: by its look-up when they are few, by
// reading the whole shop when that is cheaper.
func (p *part) look(ctx context.Context, skus []listing.SKU) (map[listing.SKU][]plan.Seen, error) {
	if len(skus) > lookAtMost {
		asked := slices.Sorted(slices.Values(skus))
		found, err := p.observeShop(ctx, func(sku listing.SKU) bool { _, is := slices.BinarySearch(asked, sku); return is })
		return found.seen, err
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

// lookUp looks at the SKUs before the second pass, which takes in what is seen.
func (p *part) lookUp(ctx context.Context, skus []listing.SKU) error {
	found, err := p.look(ctx, skus)
	if err != nil {
		return err
	}
	for _, sku := range skus {
		p.seen[sku], p.looked[sku] = found[sku], true
	}
	return nil
}

// reviews learns what became of open submissions and looks at those approved.
func (p *part) reviews(ctx context.Context) error {
	if len(p.open) == 0 {
		return nil
	}
	p.phase(ctx, PhaseReviews, len(p.open))
	decided, err := p.shop.Market.Reviews(ctx, p.open)
	if err != nil {
		return fmt.Errorf("ask %s what became of %d submissions: %w", p.name, len(p.open), err)
	}
	var look []listing.SKU
	for _, rv := range decided {
		p.ruled[rv.SKU] = append(p.ruled[rv.SKU], rv)
		if rv.State != listing.InReview && (rv.State != listing.Rejected || rv.ID != "") && !p.whole {
			look = append(look, rv.SKU)
		}
	}
	for i := range p.open { // left out: the market does not know it
		if r := &p.open[i]; r.Submission != "" && len(p.ruled[r.SKU]) == 0 {
			p.ruled[r.SKU] = []listing.Review{{Submission: r.Submission, SKU: r.SKU, State: listing.NotListed}}
		}
	}
	p.open = nil
	if len(look) == 0 {
		return nil
	}
	return p.lookUp(ctx, look)
}

// confirm looks at what was written, in batches: only what the market itself
// shows counts (promise P8), and what it stored is the measure of drift.
func (p *part) confirm(ctx context.Context) error {
	if len(p.written) == 0 {
		return nil
	}
	p.phase(ctx, PhaseConfirm, len(p.written))
	skus, codes := p.writtenOnes()
	found, err := p.look(ctx, skus)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(codes, passChunk) {
		records, err := p.e.o.Store.RecordsOf(ctx, p.name, chunk)
		if err != nil {
			return fmt.Errorf("read %d written records of %s: %w", len(chunk), p.name, err)
		}
		for _, code := range chunk {
			r, known := records[code]
			if !known {
				continue
			}
			before := r
			p.updateRecord(&r, found[r.SKU], false)
			p.countOnSale(before.State == listing.OnSale, &r)
			if !sameRecord(&before, &r) {
				p.put = append(p.put, r)
			}
		}
		if err := p.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// reviewed takes a review into the record.
func (p *part) reviewed(r *listing.Record, rv listing.Review) {
	if r.Submission != "" && rv.Submission != "" && r.Submission != rv.Submission {
		return // of an older request
	}
	switch rv.State {
	case listing.InReview, listing.AwaitingPerson:
	case listing.NotListed, listing.Gone:
		if r.ID != "" { // of a new listing a complete look decides
			r.Submission, r.Pending = "", listing.Digest{}
		}
	case listing.Rejected:
		r.Reasons, r.Words = ocop.Reasons{ocop.RejectedByMarket}, cut(rv.Words)
		r.FailureKind = string(market.Invalid)
		if r.ID == "" {
			r.State = listing.Rejected
		} else {
			r.Submission = "" // the listing stays as it was before the request
		}
		p.log.Info("refused by the market", zap.String("sku", string(r.SKU)), zap.String("words", r.Words))
	case listing.OnSale, listing.OffSale, listing.TakenDown, listing.Locked:
		approved(r, rv.ID)
		if r.State == listing.InReview {
			r.State, r.Seen = rv.State, false
		}
	}
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
