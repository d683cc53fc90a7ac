package postmart

import (
	"context"
	"encoding/json"
	"strconv"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// content gives the whole content that a request must carry. For an update,
// what the order does not name is what the market shows now: approving the
// request puts the whole of it in place, and neither stock that orders have
// moved nor an attribute that is not ours may change by that.
func (j *job) content(ctx context.Context, kind string) (content, *market.Error) {
	shown, fields := content{}, contentFields|offerFields
	if kind == kindUpdate {
		if e := j.look(ctx); e != nil {
			return content{}, e
		}
		if j.shown != nil {
			shown, fields = j.shown.Content, j.o.Fields|j.own
		}
	}
	return j.overlay(ctx, shown, fields)
}

// look reads the product unless a call of this order has already shown it. A
// product that is not found under its SKU stays unknown: the request then
// carries the listing alone, and the market says what is wrong with it.
func (j *job) look(ctx context.Context) *market.Error {
	if j.shown != nil {
		return nil
	}
	c := call{op: j.op("read before the update of"), method: get, want: 200}
	products, e := j.m.fullProductsBySKU(ctx, &c, string(j.o.SKU))
	if e != nil {
		return e
	}
	for i := range products {
		if products[i].ID == j.o.ID {
			j.shown = &products[i]
		}
	}
	return nil
}

// overlay writes the named fields of the listing over what is shown. A field
// that the contract demands and the market shows empty is taken as named.
func (j *job) overlay(ctx context.Context, c content, fields listing.Fields) (content, *market.Error) {
	l := &j.o.Listing
	write := func(field listing.Field, empty bool) bool { return fields&field != 0 || empty }
	if c.SKU == "" { // a product keeps its own
		c.SKU = string(j.o.SKU)
	}
	if write(listing.FieldTitle, c.Name == "") {
		c.Name = l.Title
	}
	if write(listing.FieldDescription, c.Description == "") {
		c.Description = l.Description
	}
	if write(listing.FieldPrice, c.Price == 0) {
		c.Price = int64(l.Price)
	}
	if write(listing.FieldStock, false) {
		c.Stock = l.Stock
	}
	if write(listing.FieldUnit, c.Unit == "") {
		c.Unit = l.Unit
	}
	if write(listing.FieldAttributes, false) {
		c.Attributes = encodeAttributes(c.Attributes, l.Attributes)
	}
	if write(listing.FieldCategory, c.CategoryID == 0) {
		id, err := strconv.ParseInt(l.Category, 10, 64)
		if err != nil {
			return content{}, j.unmapped()
		}
		c.CategoryID = id
	}
	j.keptPictures = !write(listing.FieldPictures, len(c.Images) == 0)
	if !j.keptPictures {
		ids, e := j.pictures(ctx, fields&listing.FieldPictures != 0)
		if e != nil {
			return content{}, e
		}
		c.Images = ids
	}
	if write(listing.FieldDocuments, false) {
		docs, e := j.documents(ctx)
		if e != nil {
			return content{}, e
		}
		c.Documents = docs
	}
	return c, nil
}

func (j *job) unmapped() *market.Error {
	e := j.refused("%q is no category of this market", j.o.Listing.Category)
	e.Problems = []listing.Problem{{
		Reason: ocop.CategoryUnmapped, Field: listing.FieldCategory,
		Party: ocop.CategoryUnmapped.Party(), Text: ocop.CategoryUnmapped.Text(),
	}}
	return e
}

// encodeAttributes writes our attributes over those that the market shows and
// keeps the others. Ours that are no longer known are taken away.
func encodeAttributes(shown json.RawMessage, a listing.Attributes) json.RawMessage {
	ours := attributes{
		Stars:       a.Value("ocop_stars"),
		Certificate: a.Certificate,
		ExpiresOn:   a.ExpiresOn,
		Producer:    a.Producer,
		Origin:      a.Origin,
	}
	var others map[string]any
	if len(shown) > 0 {
		// What is no object holds nothing to keep.
		_ = json.Unmarshal(shown, &others)
	}
	if len(others) == 0 {
		return encode(ours)
	}
	for name, value := range map[string]string{
		"ocop_stars": ours.Stars, "ocop_certificate": ours.Certificate, "ocop_expires_on": ours.ExpiresOn,
		"producer": ours.Producer, "origin": ours.Origin,
	} {
		if others[name] = value; value == "" {
			delete(others, name)
		}
	}
	for name, value := range others {
		if _, isText := value.(string); !isText {
			delete(others, name) // the contract takes texts only
		}
	}
	return encode(others)
}
