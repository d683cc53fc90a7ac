// Package coverage computes every figure and list that a page, a report, a
// metric or the command line shows: one place, so that they are equal.
//
// Coverage of a market = on sale of the counted / counted, where counted =
// eligible − exempt − not sellable there. Overall = on sale on every market
// where it counts / counted somewhere. Only what the market itself showed on
// sale at the last look is on sale (promise P8), and what is left out of a
// figure is always beside it.
//
// It is pure: no I/O, no clock.
package coverage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// Product is one product of the registry as the figures need it.
type Product struct {
	Code     ocop.Code    `json:"code"`
	Name     string       `json:"name"`
	Stars    ocop.Stars   `json:"stars"`
	Group    ocop.Group   `json:"group"`
	Producer string       `json:"producer"`
	Commune  string       `json:"commune,omitempty"`
	Why      ocop.Reasons `json:"why,omitempty"` // why it is not eligible; none: it is
	// On is its standing on each market, in the order of the markets given to
	// Compute.
	On []Standing `json:"on"`
}

// Standing is how a product stands on one market.
type Standing struct {
	State   listing.State `json:"state"`
	Seen    bool          `json:"seen"`              // the market itself showed the state
	Reasons ocop.Reasons  `json:"reasons,omitempty"` // why it is not on sale, or not as wanted
	Since   time.Time     `json:"since,omitzero"`
	URL     string        `json:"url,omitempty"`
	Words   string        `json:"words,omitempty"` // the market's
}

// OnSale says whether the standing counts as on sale.
func (s Standing) OnSale() bool { return s.State == listing.OnSale && s.Seen }

// Counts says whether an eligible product with this standing counts on the market.
func (s Standing) Counts() bool {
	return !slices.Contains(s.Reasons, ocop.Exempt) && !slices.Contains(s.Reasons, ocop.NotSellableHere)
}

// Figures are a province's figures.
type Figures struct {
	Products int        `json:"products"` // in the registry
	Eligible int        `json:"eligible"`
	Markets  []Market   `json:"markets"`
	Counted  int        `json:"counted"`  // overall: counted somewhere
	OnSale   int        `json:"on_sale"`  // overall: on sale wherever it counts
	Left     []ByReason `json:"left_out"` // products that are not eligible, by stated reason
}

// Market is one market's figures.
type Market struct {
	Market      listing.Market `json:"market"`
	Eligible    int            `json:"eligible"`
	Exempt      int            `json:"exempt"`
	NotSellable int            `json:"not_sellable"`
	Counted     int            `json:"counted"`
	OnSale      int            `json:"on_sale"` // of the counted
	InReview    int            `json:"in_review"`
	Differs     int            `json:"differs"` // on sale, but not as wanted
	Kept        int            `json:"kept"`    // not eligible, and on sale all the same as a person exempted it
	Missing     []ByReason     `json:"missing"` // counted and not on sale, by stated reason
}

// ByReason counts products by one stated reason and who must act.
type ByReason struct {
	Reason ocop.Reason `json:"reason"`
	Party  ocop.Party  `json:"party"`
	Count  int         `json:"count"`
}

// Percent is a share in percent, cut (never rounded up) to one decimal: with one
// product missing of any number it is never 100. Nothing of nothing is 100.
func Percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return float64(part*1000/whole) / 10
}

// Compute works out the figures. Each product's On stands in the order of
// markets, one for each.
func Compute(markets []listing.Market, products []Product) Figures {
	f := Figures{Products: len(products), Markets: make([]Market, len(markets))}
	missing := make([]map[ocop.Reason]int, len(markets))
	for i, m := range markets {
		f.Markets[i].Market = m
		missing[i] = make(map[ocop.Reason]int)
	}
	left := make(map[ocop.Reason]int)
	for i := range products {
		p := &products[i]
		if len(p.Why) > 0 {
			left[first(p.Why)]++
			for j, s := range p.On {
				if s.OnSale() && slices.Contains(s.Reasons, ocop.Exempt) {
					f.Markets[j].Kept++
				}
			}
			continue
		}
		f.Eligible++
		counted, onSale := 0, 0
		for j, s := range p.On {
			if f.Markets[j].add(s, missing[j]) {
				counted++
				if s.OnSale() {
					onSale++
				}
			}
		}
		if counted > 0 {
			f.Counted++
			if onSale == counted {
				f.OnSale++
			}
		}
	}
	for i := range f.Markets {
		f.Markets[i].Missing = byReason(missing[i])
	}
	f.Left = byReason(left)
	return f
}

// add counts one eligible product and says whether it counts on the market.
func (m *Market) add(s Standing, missing map[ocop.Reason]int) bool {
	m.Eligible++
	switch {
	case slices.Contains(s.Reasons, ocop.Exempt):
		m.Exempt++
		return false
	case slices.Contains(s.Reasons, ocop.NotSellableHere):
		m.NotSellable++
		return false
	}
	m.Counted++
	if s.OnSale() {
		m.OnSale++
		if len(s.Reasons) > 0 {
			m.Differs++
		}
		return true
	}
	if s.State == listing.InReview {
		m.InReview++
	}
	missing[Stated(s)]++
	return true
}

// Stated is the one reason that is stated for a product that counts and is not
// on sale (promise P5); it is never empty.
func Stated(s Standing) ocop.Reason {
	if len(s.Reasons) > 0 {
		return first(s.Reasons)
	}
	switch s.State {
	case listing.OnSale, listing.OffSale, listing.Gone: // answered, and not yet shown
		return ocop.AwaitingObservation
	case listing.InReview:
		return ocop.AwaitingReview
	case listing.AwaitingPerson:
		return ocop.AwaitingPerson
	case listing.Rejected:
		return ocop.RejectedByMarket
	case listing.TakenDown:
		return ocop.TakenDownByMarket
	case listing.Locked:
		return ocop.LockedByMarket
	case listing.NotListed:
	}
	return ocop.NotYetRun
}

// first is the reason that goes before all others, whatever their order.
func first(reasons ocop.Reasons) ocop.Reason {
	return slices.MinFunc(reasons, func(a, b ocop.Reason) int {
		return cmp.Or(a.Rank()-b.Rank(), strings.Compare(string(a), string(b)))
	})
}

func byReason(n map[ocop.Reason]int) []ByReason {
	out := make([]ByReason, 0, len(n))
	for r, count := range n {
		out = append(out, ByReason{Reason: r, Party: r.Party(), Count: count})
	}
	slices.SortFunc(out, func(a, b ByReason) int {
		return cmp.Or(b.Count-a.Count, a.Reason.Rank()-b.Reason.Rank(), strings.Compare(string(a.Reason), string(b.Reason)))
	})
	return out
}
