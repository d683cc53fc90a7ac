package listing

import (
	"ocopsync/internal/ocop"
)

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
// else their order decides.
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

// Draft writes a product, its offer merged in, as a listing for no market in
// particular: names and texts cleaned, attributes filled. Category is left to
// the market's Mapping, everything else to the market's Prepare.
//
// defaultStock stands in for an unknown stock; nil means that an unknown stock
// is a problem (design decision 5). Draft's work is shared by all markets.
func Draft(p *ocop.Product, sku SKU, defaultStock *int64) (Listing, []Problem) {
	l := Listing{
		SKU:         sku,
		Code:        p.Code,
		Title:       oneLine(p.Name),
		Description: CleanHTML(p.Description),
		Price:       p.Offer.Price,
		Unit:        oneLine(p.Offer.Unit),
		Pictures:    append([]string{}, p.Offer.Images...),
		Documents:   p.Documents,
		Attributes:  attributes(p),
		GTIN:        p.Offer.GTIN,
		WeightGrams: p.Offer.WeightGrams,
	}
	if l.Description == "" {
		l.Description = CleanHTML(p.Story)
	}
	if len(l.Pictures) == 0 {
		l.Pictures = append(l.Pictures, p.Images...)
	}
	var problems []Problem
	if f, bad := p.FaultIn(ocop.FieldPrice); bad {
		l.priceTold = true
		problems = append(problems, Problem{
			Reason: ocop.BadPrice, Field: FieldPrice, Party: ocop.BadPrice.Party(),
			Text: ocop.Text{
				VI: "Giá \"" + f.Value + "\" không đọc được chắc chắn: " + f.Why.VI,
				EN: "The price \"" + f.Value + "\" cannot be read surely: " + f.Why.EN,
			},
		})
	}
	switch {
	case p.Offer.Stock != nil:
		l.Stock = *p.Offer.Stock
	case defaultStock != nil:
		l.Stock = *defaultStock
	default:
		problems = append(problems, problem(ocop.MissingStock, FieldStock))
	}
	return l, problems
}

func attributes(p *ocop.Product) Attributes {
	a := Attributes{
		Stars:       p.Rating.Recognized,
		Certificate: p.Certificate.Number,
		Producer:    p.Producer.Name,
		Origin:      p.Producer.Commune,
	}
	if a.Certificate == "" {
		a.Certificate = p.Certificate.Decision
	}
	if end := p.Certificate.LastDay(); end.Exact() {
		a.ExpiresOn = end.Last.String()
	}
	for _, origin := range []string{p.Producer.District, p.Producer.Address} {
		if a.Origin == "" {
			a.Origin = origin
		}
	}
	return a
}

// problem is a Problem whose words are its reason's.
func problem(r ocop.Reason, f Field) Problem {
	return Problem{Reason: r, Field: f, Party: r.Party(), Text: r.Text()}
}
