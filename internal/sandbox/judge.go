package sandbox

import (
	"slices"
	"strings"
)

// Violation is a promise that was broken.
type Violation struct {
	Promise string `json:"promise"` // P1, P2, P4 or P5
	Market  string `json:"market"`
	SKU     string `json:"sku,omitempty"`
	Code    string `json:"code,omitempty"`
	What    string `json:"what"`
}

// Verdict is what Judge found, sorted.
type Verdict struct {
	Violations []Violation `json:"violations"`
	// Counts has one entry per promise broken, and besides: explained,
	// explained_differs (the label blocks for another reason than stated),
	// held_on_sale (on sale against its label while a person is asked),
	// on_sale.
	Counts map[string]int `json:"counts"`
}

// Figure is the coverage of a market, or overall, as the ledger sees it.
type Figure struct {
	Counted int `json:"counted"`
	OnSale  int `json:"on_sale"`
}

// Figures are the coverage that an honest report shows, exemptions left aside.
type Figures struct {
	Eligible int               `json:"eligible"`
	Markets  map[string]Figure `json:"markets"`
	// Overall: on sale wherever it counts, of those that count somewhere.
	Overall Figure `json:"overall"`
}

// held are the reasons that keep a listing on sale until a person decides (P3).
var held = []string{"guard_hold", "market_paused", "exempt"}

// Judge looks for broken promises. explained is what the daemon states for
// products that are not on sale: market, product code, reason code.
//
// P1: two listings of one product of ours on sale, now or ever.
// P2: on sale now though the label says that it must not be.
// P4: an API call changed a foreign listing.
// P5: eligible, sellable, neither on sale nor explained.
func (s *Sandbox) Judge(explained map[string]map[string]string) Verdict {
	s.bringUpToDate()
	labels := s.Labels()
	byCode := make(map[string]*Label, len(labels))
	for i := range labels {
		byCode[labels[i].Code] = &labels[i]
	}
	v := Verdict{Violations: []Violation{}, Counts: map[string]int{"explained": 0, "explained_differs": 0, "held_on_sale": 0, "on_sale": 0}}

	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	v.Violations = append(v.Violations, l.past...)
	for _, market := range Markets() {
		for _, x := range l.order[market] {
			if !x.OnSale || x.Foreign {
				continue
			}
			v.Counts["on_sale"]++
			why := mustNotSell(x, byCode[x.Code], market)
			switch {
			case why == "" || x.Code == "" && !l.ours(x.SKU):
			case slices.Contains(held, explained[market][x.Code]):
				v.Counts["held_on_sale"]++
			default:
				v.Violations = append(v.Violations, Violation{Promise: "P2", Market: market, SKU: x.SKU, Code: x.Code, What: "on sale although " + why})
			}
		}
		for i := range labels {
			judgeAbsent(&v, market, &labels[i], l.onSale[market][labels[i].Code] > 0, explained[market])
		}
	}
	slices.SortFunc(v.Violations, func(a, b Violation) int {
		return strings.Compare(a.Promise+a.Market+a.SKU+a.Code+a.What, b.Promise+b.Market+b.SKU+b.Code+b.What)
	})
	for _, x := range v.Violations {
		v.Counts[x.Promise]++
	}
	return v
}

// mustNotSell says why a listing of ours has no right to be on sale, "" when it has.
func mustNotSell(x *Listing, label *Label, market string) string {
	switch {
	case label == nil:
		return "the registry has no such product"
	case !label.Eligible:
		return "the product is not eligible: " + label.Why
	case label.NotSellable[market]:
		return "the product is not sellable there"
	}
	return ""
}

// judgeAbsent looks for what is missing without a reason.
func judgeAbsent(v *Verdict, market string, label *Label, onSale bool, explained map[string]string) {
	if !label.Eligible || label.NotSellable[market] || onSale {
		return
	}
	stated := explained[label.Code]
	if stated == "" {
		v.Violations = append(v.Violations, Violation{Promise: "P5", Market: market, Code: label.Code, What: "eligible, not on sale and not explained"})
		return
	}
	v.Counts["explained"]++
	if blocked := label.Blocked[market]; blocked != "" && blocked != stated {
		v.Counts["explained_differs"]++
	}
}

// Figures counts what is on sale now of what could be.
func (s *Sandbox) Figures() Figures {
	s.bringUpToDate()
	labels := s.Labels()
	f := Figures{Markets: make(map[string]Figure)}
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range labels {
		label := &labels[i]
		if !label.Eligible {
			continue
		}
		f.Eligible++
		counts, onSale := 0, 0
		for _, market := range Markets() {
			m := f.Markets[market]
			if !label.NotSellable[market] {
				counts++
				m.Counted++
				if l.onSale[market][label.Code] > 0 {
					onSale++
					m.OnSale++
				}
			}
			f.Markets[market] = m
		}
		if counts > 0 {
			f.Overall.Counted++
			if onSale == counts {
				f.Overall.OnSale++
			}
		}
	}
	return f
}
