package coverage

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// A Missing is one eligible product that counts on a market and is not on sale there.
type Missing struct {
	Market  listing.Market `json:"market"`
	Code    ocop.Code      `json:"code"`
	Name    string         `json:"name"`
	Reason  ocop.Reason    `json:"reason"`
	Party   ocop.Party     `json:"party"`
	Reasons ocop.Reasons   `json:"reasons,omitempty"`
	Words   string         `json:"words,omitempty"`
	Since   time.Time      `json:"since,omitzero"`
}

// MissingList lists who must act on what, by market, party, reason and product.
func MissingList(markets []listing.Market, products []Product) []Missing {
	var out []Missing
	for i := range products {
		p := &products[i]
		if len(p.Why) > 0 {
			continue
		}
		for j, s := range p.On {
			if !s.Counts() || s.OnSale() {
				continue
			}
			r := Stated(s)
			out = append(out, Missing{
				Market: markets[j], Code: p.Code, Name: p.Name, Reason: r, Party: r.Party(), Reasons: s.Reasons, Words: s.Words, Since: s.Since,
			})
		}
	}
	slices.SortStableFunc(out, compareMissing)
	return out
}

func compareMissing(a, b Missing) int {
	if c := cmp.Or(strings.Compare(string(a.Market), string(b.Market)), strings.Compare(string(a.Party), string(b.Party))); c != 0 {
		return c
	}
	if a.Reason != b.Reason {
		return cmp.Or(a.Reason.Rank()-b.Reason.Rank(), strings.Compare(string(a.Reason), string(b.Reason)))
	}
	return strings.Compare(string(a.Code), string(b.Code))
}
