package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/registry"
)

// catalog is the products of one judged reading, without their texts, and what
// each of them is to be on each market. Between runs only what changed is
// worked out anew. After it is built it is only read, but for wanted, which
// each part fills for its own market.
type catalog struct {
	products []product // sorted by code
	eligible int
	ends     ending       // certificates that end lately or soon
	faults   []ocop.Fault // what could not be read surely in the sources
	prices   *registry.Prices
	load     func(registry.Entry) (*ocop.Product, error)
	read     []registry.Entry // the held reading that it was made of; nil in a dry run
	today    ocop.Day
}

// product is what a run needs of one product all the time.
type product struct {
	entry *registry.Entry // in the reading's own list
	offer uint64          // hash of its offer in the price list
	sku   listing.SKU
	why   ocop.Reasons // why it is not eligible
	fault bool         // its code could not be read surely, or stands in two rows
	twice bool         // another product has the same SKU
	ends  endDay       // when its certificate ends, if lately or soon
}

type catalogInput struct {
	entries []registry.Entry
	load    func(registry.Entry) (*ocop.Product, error)
	prices  *registry.Prices
	today   ocop.Day
	rules   ocop.Rules
	prefix  string
	delta   bool // what has the same source bytes is the same
}

// current says that the catalogue stands as it is for a reading. "Not modified"
// is said of the reading that is held, which another process may have replaced
// since this catalogue was made of it.
func (c *catalog) current(r registry.Reading, entries []registry.Entry, prices *registry.Prices, today ocop.Day) bool {
	return r.Kind == registry.KindNotModified && c.load != nil && c.today == today && version(c.prices) == version(prices) &&
		len(c.read) == len(entries) && (len(entries) == 0 || &c.read[0] == &entries[0])
}

// update gives the catalogue of a new reading, taking over from c what did not
// change. c stays as it is. No product is read: what eligibility rests on and
// the price list's rows are found by the reading's index alone.
func (c *catalog) update(in catalogInput) *catalog {
	out := &catalog{products: make([]product, 0, len(in.entries)), prices: in.prices, load: in.load, today: in.today, ends: make(ending)}
	keep := in.delta && version(c.prices) == version(in.prices) && c.today == in.today
	if in.prices != nil {
		out.prices = in.prices.Among(in.entries)
	}
	bySKU := make(map[listing.SKU]int, len(in.entries))
	at := 0
	for i := range in.entries {
		e := &in.entries[i]
		for at < len(c.products) && c.products[at].entry.Code < e.Code {
			at++
		}
		var p product
		if keep && at < len(c.products) && c.products[at].entry.Code == e.Code && c.products[at].entry.Hash == e.Hash {
			p = c.products[at]
			p.entry = e
			p.twice = false // worked out anew below
			if p.offer = 0; in.prices != nil {
				p.offer = in.prices.OfferHashOf(*e)
			}
		} else {
			p = out.product(e, in)
		}
		if first, taken := bySKU[p.sku]; taken {
			p.twice, out.products[first].twice = true, true
		} else {
			bySKU[p.sku] = len(out.products)
		}
		if len(p.why) == 0 {
			out.eligible++
		}
		if p.ends != 0 {
			out.ends[p.ends]++
		}
		out.products = append(out.products, p)
	}
	return out
}

func (c *catalog) product(e *registry.Entry, in catalogInput) product {
	p := product{
		entry: e, sku: listing.NewSKU(in.prefix, e.Code), why: e.Check(in.rules, in.today), fault: e.FaultIn(ocop.FieldCode),
		ends: endOf(e, in.rules, in.today),
	}
	if c.prices != nil {
		p.offer = c.prices.OfferHashOf(*e)
	}
	return p
}

// full gives a product whole, its offer merged in: the price list beats the
// registry field by field (design decision 5).
func (c *catalog) full(e registry.Entry) (*ocop.Product, error) {
	p, err := c.load(e)
	if err != nil {
		return nil, fmt.Errorf("product %s of the held reading: %w", e.Code, err)
	}
	if c.prices == nil {
		return p, nil
	}
	offer, faults, found := c.prices.OfferOf(e)
	if !found {
		return p, nil
	}
	if offer.Price != 0 {
		p.Faults = withoutField(p.Faults, ocop.FieldPrice)
	}
	p.Offer = offer.Over(p.Offer)
	p.Faults = append(p.Faults, faults...)
	return p, nil
}

func withoutField(faults []ocop.Fault, f ocop.Field) []ocop.Fault {
	var out []ocop.Fault
	for _, fault := range faults {
		if fault.Field != f {
			out = append(out, fault)
		}
	}
	return out
}

// listing gives the prepared listing of a product on a market, and what keeps
// it from being written.
func (c *catalog) listing(p *product, sku listing.SKU, shop Shop, facts listing.Facts, defaultStock *int64) (listing.Listing, []listing.Problem, error) {
	full, err := c.full(*p.entry)
	if err != nil {
		return listing.Listing{}, nil, err
	}
	l, problems := prepared(full, sku, shop.Market, shop.Mapping, facts, defaultStock)
	return l, problems, nil
}

func prepared(full *ocop.Product, sku listing.SKU, m market.Market, mapping listing.Mapping, facts listing.Facts, defaultStock *int64) (listing.Listing, []listing.Problem) {
	if r, refused := mapping.Refused(full); refused {
		return listing.Listing{}, []listing.Problem{{Reason: ocop.NotSellableHere, Party: ocop.NotSellableHere.Party(), Text: r.Why}}
	}
	l, problems := listing.Draft(full, sku, defaultStock)
	l.Category = mapping.Category(full)
	l, more := m.Prepare(l, facts)
	if slices.ContainsFunc(problems, func(pr listing.Problem) bool { return pr.Reason == ocop.BadPrice }) {
		// There is a price, only none that can be read: that is what is said.
		more = slices.DeleteFunc(more, func(pr listing.Problem) bool { return pr.Reason == ocop.MissingPrice })
	}
	return l, append(problems, more...)
}

// wanted says what a product is to be on a market.
func (c *catalog) wanted(p *product, shop Shop, facts listing.Facts, defaultStock *int64) (plan.Wanted, error) {
	w := plan.Wanted{Code: p.entry.Code, SKU: p.sku, Reasons: p.why}
	if len(p.why) > 0 {
		return w, nil
	}
	l, problems, err := c.listing(p, p.sku, shop, facts, defaultStock)
	if err != nil {
		return w, err
	}
	w.Sell = true
	for _, pr := range problems {
		w.Reasons = append(w.Reasons, pr.Reason)
		if pr.Reason == ocop.NotSellableHere {
			w.Sell = false
		}
	}
	if p.twice || p.fault {
		w.Reasons = append(w.Reasons, ocop.DuplicateCode)
	}
	w.Reasons = w.Reasons.Sorted()
	if w.Ready = w.Sell && len(w.Reasons) == 0; w.Ready {
		w.Digest = l.Digest()
	}
	return w, nil
}

func version(p *registry.Prices) string {
	if p == nil {
		return ""
	}
	return p.Version()
}

// of says whether the catalogue holds for a day: certificates end by date. What
// was not read holds always.
func (c *catalog) of(today ocop.Day) bool { return c == nil || c.today == today }

// find gives the product of a code.
func (c *catalog) find(code ocop.Code) (*product, bool) {
	i, ok := slices.BinarySearchFunc(c.products, code, func(p product, code ocop.Code) int {
		return strings.Compare(string(p.entry.Code), string(code))
	})
	if !ok {
		return nil, false
	}
	return &c.products[i], true
}
