package listing

import "ocopsync/internal/ocop"

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
	l.cleaned = l.Description
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
