package listing

import (
	"encoding/json"
	"fmt"
	"slices"

	"ocopsync/internal/ocop"
)

// Field is a part of a listing that can differ by itself.
type Field uint16

// The fields, one bit each.
const (
	FieldTitle Field = 1 << iota
	FieldDescription
	FieldCategory
	FieldPrice
	FieldStock
	FieldUnit
	FieldPictures
	FieldDocuments
	FieldAttributes
	FieldState // on sale or not: not part of a Digest, but of a change
)

// OfferFields change at once, without a review, also while a submission is open.
const OfferFields = FieldPrice | FieldStock

// Fields is a set of fields.
type Fields = Field

// A Digest is a listing in 88 bytes, field by field, so that 60,000 of them can
// be compared without their texts. Price and stock are kept as they are, texts
// as 64-bit hashes: Title and Description of the exact text, TitleText and
// DescriptionText of its words alone (tags, entities and white space stripped),
// because no market gives a text back as it was sent.
// A zero hash means "empty or not shown".
type Digest struct {
	Title           uint64
	TitleText       uint64
	Description     uint64
	DescriptionText uint64
	Category        uint64
	Unit            uint64
	Pictures        uint64
	Documents       uint64
	Attributes      uint64
	Price           ocop.VND
	Stock           int64
}

// Digest gives the listing's digest.
func (l *Listing) Digest() Digest {
	var h hasher
	return Digest{
		Title:           h.text(l.Title),
		TitleText:       h.words(l.Title),
		Description:     h.text(l.Description),
		DescriptionText: h.words(l.Description),
		Category:        h.text(l.Category),
		Unit:            h.text(l.Unit),
		Pictures:        h.list(l.Pictures...),
		Documents:       h.documents(l.Documents),
		Attributes:      h.attributes(l),
		Price:           l.Price,
		Stock:           l.Stock,
	}
}

// Digest gives the digest of what the market shows. Documents and attributes
// are never compared with what is shown, so they stay zero.
func (r *Remote) Digest() Digest {
	var h hasher
	return Digest{
		Title:           h.text(r.Title),
		TitleText:       h.words(r.Title),
		Description:     h.text(r.Description),
		DescriptionText: h.words(r.Description),
		Category:        h.text(r.Category),
		Unit:            h.text(r.Unit),
		Pictures:        h.list(r.Pictures...),
		Price:           r.Price,
		Stock:           r.Stock,
	}
}

// IsZero says whether the digest is of nothing.
func (d Digest) IsZero() bool { return d == Digest{} }

// Differs gives the fields in which what we want differs from what we sent.
func (d Digest) Differs(sent Digest) Fields {
	var f Fields
	add := func(differs bool, field Field) {
		if differs {
			f |= field
		}
	}
	add(d.Title != sent.Title, FieldTitle)
	add(d.Description != sent.Description, FieldDescription)
	add(d.Category != sent.Category, FieldCategory)
	add(d.Price != sent.Price, FieldPrice)
	add(d.Stock != sent.Stock, FieldStock)
	add(d.Unit != sent.Unit, FieldUnit)
	add(d.Pictures != sent.Pictures, FieldPictures)
	add(d.Documents != sent.Documents, FieldDocuments)
	add(d.Attributes != sent.Attributes, FieldAttributes)
	return f
}

// Drifted gives the fields in which what the market shows now differs from what
// it showed when it had stored our last write. Stock is left out, since orders
// change it; documents and attributes are not shown.
func (d Digest) Drifted(stored Digest) Fields {
	return d.Differs(stored) &^ (FieldStock | FieldDocuments | FieldAttributes)
}

// Disagrees gives the fields in which what the market shows does not agree with
// what we sent, once tags, entities and white space are stripped from the texts
// (design decision 6). A unit that the market does not show agrees; pictures get
// addresses of the market's own, so any picture agrees. Stock, documents and
// attributes are not compared.
func (d Digest) Disagrees(sent Digest) Fields {
	var f Fields
	if d.TitleText != sent.TitleText {
		f |= FieldTitle
	}
	if d.DescriptionText != sent.DescriptionText {
		f |= FieldDescription
	}
	if d.Category != sent.Category {
		f |= FieldCategory
	}
	if d.Price != sent.Price {
		f |= FieldPrice
	}
	if d.Unit != 0 && d.Unit != sent.Unit {
		f |= FieldUnit
	}
	if d.Pictures == 0 && sent.Pictures != 0 {
		f |= FieldPictures
	}
	return f
}

// Has says whether the set holds any of the fields.
func (f Field) Has(other Fields) bool { return f&other != 0 }

// Names lists the set's fields in a fixed order.
func (f Field) Names() []string {
	var out []string
	for i, name := range fieldNames() {
		if f&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

// fieldNames are the names in the order of the bits.
func fieldNames() []string {
	return []string{"title", "description", "category", "price", "stock", "unit", "pictures", "documents", "attributes", "state"}
}

// Take gives d with the named fields taken from another digest.
func (d Digest) Take(from Digest, fields Fields) Digest {
	if fields.Has(FieldTitle) {
		d.Title, d.TitleText = from.Title, from.TitleText
	}
	if fields.Has(FieldDescription) {
		d.Description, d.DescriptionText = from.Description, from.DescriptionText
	}
	if fields.Has(FieldCategory) {
		d.Category = from.Category
	}
	if fields.Has(FieldPrice) {
		d.Price = from.Price
	}
	if fields.Has(FieldStock) {
		d.Stock = from.Stock
	}
	if fields.Has(FieldUnit) {
		d.Unit = from.Unit
	}
	if fields.Has(FieldPictures) {
		d.Pictures = from.Pictures
	}
	if fields.Has(FieldDocuments) {
		d.Documents = from.Documents
	}
	if fields.Has(FieldAttributes) {
		d.Attributes = from.Attributes
	}
	return d
}

// UnmarshalJSON reads a list of names.
func (f *Field) UnmarshalJSON(b []byte) error {
	var names []string
	if err := json.Unmarshal(b, &names); err != nil {
		return err
	}
	*f = 0
	for _, name := range names {
		i := slices.Index(fieldNames(), name)
		if i < 0 {
			return fmt.Errorf("%q is no field of a listing", name)
		}
		*f |= 1 << i
	}
	return nil
}

// MarshalJSON writes the set as a list of names.
func (f Field) MarshalJSON() ([]byte, error) {
	names := f.Names()
	if names == nil {
		names = []string{}
	}
	return json.Marshal(names)
}
