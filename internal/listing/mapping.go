package listing

import "ocopsync/internal/ocop"

// A Mapping is a province's own rules for one market (config/categories.yaml):
// which category of the market a product belongs to, and what can't be sold
// there. Build it with NewMapping.
type Mapping struct {
	categories []CategoryRule
	refusals   []Refusal
}

// A CategoryRule maps a group, or one sub-group of it, to a market's category.
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

// Category gives the market's category of a product, "" when none is mapped.
func (m Mapping) Category(p *ocop.Product) string {
	sub := ocop.NameKey(p.Subgroup)
	for _, r := range m.categories {
		if r.Group == p.Group && (r.Subgroup == "" || r.Subgroup == sub) {
			return r.Category
		}
	}
	return ""
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
