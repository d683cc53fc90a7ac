package listing

import (
	"slices"

	"ocopsync/internal/ocop"
)

// A Mapping is a province's own rules for one market (config/categories.yaml):
// which category of the market a product belongs to, and what can't be sold
// there. Build it with NewMapping.
type Mapping struct {
	categories []CategoryRule
	refusals   []Refusal
}

// A CategoryRule maps a group, or one sub-group of it, to a market's category;
// see Mapping.Category for what a whole group does not cover.
type CategoryRule struct {
	Group    ocop.Group
	Subgroup string // "": any; compared without case and diacritics
	Category string // the market's id
}

// A Refusal says what can't be sold on the market, and why. With Unless, a
// product that has that document is not refused (alcohol with a licence).
type Refusal struct {
	Group    ocop.Group // "": any
	Subgroup string     // "": any
	Unless   ocop.DocumentKind
	Why      ocop.Text
}

// NewMapping makes a mapping. Rules with a sub-group come before those without,
// else their order decides; of refusals the first that applies.
func NewMapping(categories []CategoryRule, refusals []Refusal) Mapping {
	var m Mapping
	for _, named := range []bool{true, false} {
		for _, r := range categories {
			if (r.Subgroup != "") == named {
				r.Subgroup = ocop.NameKey(r.Subgroup)
				m.categories = append(m.categories, r)
			}
		}
	}
	for _, r := range refusals {
		r.Subgroup = ocop.NameKey(r.Subgroup)
		m.refusals = append(m.refusals, r)
	}
	return m
}

// Category gives the market's category of a product, "" when none is mapped. A
// line for a whole group does not map a product whose sub-group is not known
// while one of that group's is refused: it could be just that (a spirit among
// the drinks of a decision's annex, which has no sub-groups), and an officer
// must say which it is (promise P2).
func (m Mapping) Category(p *ocop.Product) string {
	sub := ocop.NameKey(p.Subgroup)
	for _, r := range m.categories {
		if r.Group != p.Group || r.Subgroup != "" && r.Subgroup != sub {
			continue
		}
		if r.Subgroup == "" && sub == "" && m.mayBeRefused(p) {
			return ""
		}
		return r.Category
	}
	return ""
}

// mayBeRefused says whether a product would be refused in some sub-group that
// it may have.
func (m Mapping) mayBeRefused(p *ocop.Product) bool {
	return slices.ContainsFunc(m.refusals, func(r Refusal) bool {
		return r.Subgroup != "" && (r.Group == "" || r.Group == p.Group) && (r.Unless == "" || !p.HasDocument(r.Unless))
	})
}

// Refused gives the refusal that concerns a product, if any.
func (m Mapping) Refused(p *ocop.Product) (Refusal, bool) {
	sub := ocop.NameKey(p.Subgroup)
	for _, r := range m.refusals {
		if (r.Group == "" || r.Group == p.Group) && (r.Subgroup == "" || r.Subgroup == sub) &&
			(r.Unless == "" || !p.HasDocument(r.Unless)) {
			return r, true
		}
	}
	return Refusal{}, false
}
