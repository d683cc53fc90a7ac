package lamdong

import (
	"slices"
	"strings"
	"time"

	"ocopsync/internal/listing"
)

// WordPress's statuses of a product.
const (
	statusPublish = "publish"
	statusPending = "pending"
	statusDraft   = "draft"
	statusTrash   = "trash"
)

const visibilityHidden = "hidden"

// state says where a product stands, and why where that is not plain. Only
// what a buyer can come upon is on sale (promise P8): a published product that
// is hidden from the catalogue or behind a password is not.
func (p *product) state() (state listing.State, words string) {
	switch {
	case p.Status == statusPending:
		return listing.InReview, "status: pending"
	case p.Status != statusPublish:
		return listing.OffSale, "status: " + p.Status
	case p.CatalogVisibility == visibilityHidden:
		return listing.OffSale, "catalog_visibility: hidden"
	case p.PostPassword != "":
		return listing.OffSale, "behind a password"
	}
	return listing.OnSale, ""
}

// remote is the product as the engine observes it. Its price is the regular
// one, for that is what we manage; a sale is the producer's own affair. known
// may be nil.
func (p *product) remote(known *categories) listing.Remote {
	id, _ := p.ID.integer()
	state, words := p.state()
	r := listing.Remote{
		ID:          formatID(id),
		SKU:         listing.SKU(p.SKU),
		State:       state,
		Words:       words,
		Trashed:     p.Status == statusTrash,
		Title:       p.Name,
		Description: p.Description,
		Category:    p.category(known),
		Price:       p.price().vnd(),
		Unit:        p.option(attributeUnit),
		Certificate: p.certificate(),
	}
	r.Stock, _ = p.StockQuantity.integer()
	r.UpdatedAt, _ = time.Parse("2006-01-02T15:04:05", p.DateModifiedGMT) // zero when it can't be read
	if state == listing.OnSale {
		r.URL = p.Permalink
	}
	if state == listing.InReview {
		r.Submission = r.ID
	}
	for _, i := range p.Images {
		r.Pictures = append(r.Pictures, i.Src)
	}
	return r
}

// price is the regular price; a product of another type than "simple" has none
// and shows the lowest of its parts.
func (p *product) price() scalar {
	if p.RegularPrice == "" {
		return p.Price
	}
	return p.RegularPrice
}

// category is the slug of the one category, or all of them, sorted and joined
// by commas, which no slug that we want equals.
func (p *product) category(known *categories) string {
	slugs := make([]string, 0, 1)
	for _, c := range p.Categories {
		id, _ := c.ID.integer()
		if slug := known.slug(id); slug != "" {
			slugs = append(slugs, slug)
		} else {
			slugs = append(slugs, c.Slug)
		}
	}
	slices.Sort(slugs)
	return strings.Join(slugs, ",")
}

// certificate is the number under which a listing made by hand can be adopted:
// from the attribute that buyers see, else from the meta key metaCertificate.
func (p *product) certificate() string {
	if number := p.option(attributeCertificate); number != "" {
		return number
	}
	for _, m := range p.MetaData {
		if m.Key == metaCertificate {
			return string(m.Value)
		}
	}
	return ""
}

// option is the value of a named attribute.
func (p *product) option(name string) string {
	for _, a := range p.Attributes {
		if a.Name == name {
			return strings.Join(a.Options, ", ")
		}
	}
	return ""
}
