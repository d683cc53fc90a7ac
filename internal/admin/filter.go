package admin

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// A filter says which products are asked for. Market, state, reason and act must
// hold on one and the same market.
type filter struct {
	market int // place among the markets; -1: any
	state  listing.State
	reason ocop.Reason
	act    ocop.Party
	stars  ocop.Stars // -1: any
	group  ocop.Group
	words  []string // all of them, in code, name or producer
}

func readFilter(q url.Values, markets []listing.Market) (f filter, err error) {
	f.market, f.stars = -1, -1
	m, err := oneOf(q, "market", markets)
	if err != nil {
		return f, err
	}
	if q.Has("market") {
		f.market = slices.Index(markets, m)
	}
	if f.state, err = oneOf(q, "state", allStates()); err != nil {
		return f, err
	}
	if f.reason, err = oneOf(q, "reason", ocop.AllReasons()); err != nil {
		return f, err
	}
	if f.act, err = oneOf(q, "act", []ocop.Party{ocop.PartyProducer, ocop.PartyOfficer, ocop.PartyMarketplace, ocop.PartySystem}); err != nil {
		return f, err
	}
	if f.group, err = oneOf(q, "group", ocop.AllGroups()); err != nil {
		return f, err
	}
	stars, err := oneOf(q, "stars", []string{"0", "1", "2", "3", "4", "5"})
	if err != nil {
		return f, err
	}
	if n, err := strconv.Atoi(stars); err == nil {
		f.stars = ocop.Stars(n)
	}
	f.words = strings.Fields(searched(q.Get("q")))
	return f, nil
}

// searched gives what a person types as it is compared: codes keep their hyphens.
func searched(q string) string {
	var out []string
	for _, w := range strings.Fields(q) {
		if strings.ContainsFunc(w, func(r rune) bool { return '0' <= r && r <= '9' }) {
			out = append(out, strings.ToLower(w))
			continue
		}
		out = append(out, ocop.NameKey(w))
	}
	return strings.Join(out, " ")
}

func allStates() []listing.State {
	return []listing.State{
		listing.OnSale, listing.InReview, listing.AwaitingPerson, listing.Rejected, listing.TakenDown, listing.Locked,
		listing.OffSale, listing.Gone, listing.NotListed,
	}
}

// fits compares the product at a place.
func (f *filter) fits(b *book, at int) bool {
	p := &b.of.Products[at]
	if f.stars >= 0 && p.Stars != f.stars || f.group != "" && p.Group != f.group {
		return false
	}
	for _, w := range f.words {
		if !strings.Contains(b.search[at], w) {
			return false
		}
	}
	if f.market < 0 && f.state == "" && f.reason == "" && f.act == "" {
		return true
	}
	for i := range p.On {
		if (f.market < 0 || f.market == i) && f.fitsOn(p, &p.On[i], b, at*len(p.On)+i) {
			return true
		}
	}
	return false
}

// fitsOn compares one market's standing. Who must act is told of what the
// figures call missing: eligible, counted there and not on sale.
func (f *filter) fitsOn(p *coverage.Product, on *coverage.Standing, b *book, at int) bool {
	switch {
	case f.state != "" && on.State != f.state, f.act != "" && b.acts[at] != f.act:
		return false
	case f.reason == "", slices.Contains(p.Why, f.reason), slices.Contains(on.Reasons, f.reason):
		return true
	}
	return b.stated[at] == f.reason
}
