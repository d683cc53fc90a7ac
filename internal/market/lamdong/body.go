package lamdong

import (
	"encoding/json"
	"html"
	"strconv"
	"strings"

	"ocopsync/internal/listing"
)

// The attributes that are ours, by the names that a buyer reads.
const (
	attributeStars       = "Hạng OCOP"
	attributeCertificate = "Giấy chứng nhận"
	attributeExpiry      = "Hiệu lực đến"
	attributeProducer    = "Chủ thể"
	attributeOrigin      = "Xuất xứ"
	attributeUnit        = "Đơn vị tính"
	attributeGTIN        = "Mã GTIN"
)

// metaCode is the meta key under which a product carries its registry's code;
// metaCertificate is where the marketplace's own form is assumed to put the
// certificate's number. The first is only written, the second only read.
const (
	metaCode        = "_ocopsync_code"
	metaCertificate = "ocop_certificate"
)

// productBody is what is written of a product. What is absent stays as it is.
type productBody struct {
	ID                int64        `json:"id,omitempty"`
	Name              string       `json:"name,omitempty"`
	Type              string       `json:"type,omitempty"`
	Status            string       `json:"status,omitempty"`
	CatalogVisibility string       `json:"catalog_visibility,omitempty"`
	PostPassword      *string      `json:"post_password,omitempty"`
	SKU               listing.SKU  `json:"sku,omitempty"`
	RegularPrice      string       `json:"regular_price,omitempty"`
	Description       *string      `json:"description,omitempty"`
	ShortDescription  *string      `json:"short_description,omitempty"`
	ManageStock       bool         `json:"manage_stock,omitempty"`
	StockQuantity     *int64       `json:"stock_quantity,omitempty"`
	Weight            string       `json:"weight,omitempty"` // kilograms
	Categories        []categoryID `json:"categories,omitempty"`
	Images            *[]image     `json:"images,omitempty"`
	Attributes        *[]any       `json:"attributes,omitempty"`
	MetaData          []metaDatum  `json:"meta_data,omitempty"`
}

type categoryID struct {
	ID int64 `json:"id"`
}

type metaDatum struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// createdFields are the fields of a listing that a create writes.
const createdFields = listing.FieldTitle | listing.FieldDescription | listing.FieldCategory | listing.FieldPrice |
	listing.FieldStock | listing.FieldUnit | listing.FieldPictures | listing.FieldAttributes

// newBody is the body of a create. The SKU is sent here and nowhere else.
func newBody(l *listing.Listing, categoryID int64) productBody {
	b := productBody{
		Type:     "simple",
		Status:   statusPublish,
		SKU:      l.SKU,
		MetaData: []metaDatum{{metaCode, string(l.Code)}},
	}
	b.write(l, createdFields, categoryID, nil)
	return b
}

// publish puts a product on sale wherever a person had taken it from sight.
func (b *productBody) publish() {
	var none string
	b.Status, b.CatalogVisibility, b.PostPassword = statusPublish, "visible", &none
}

// write sets the named fields of the listing and no others. foreign are the
// attributes that the product has and that are not ours: attributes are written
// as a whole, so they go along. Pictures are written only when named, since the
// shop uploads even the same address again under a new id.
func (b *productBody) write(l *listing.Listing, fields listing.Fields, category int64, foreign []json.RawMessage) {
	has := func(f listing.Field) bool { return fields&f != 0 }
	if has(listing.FieldTitle) {
		b.Name = l.Title
	}
	if has(listing.FieldDescription) {
		b.Description = &l.Description
	}
	if has(listing.FieldCategory) {
		b.Categories = []categoryID{{category}}
	}
	if has(listing.FieldPrice) {
		b.RegularPrice = strconv.FormatInt(int64(l.Price), 10)
	}
	if has(listing.FieldStock) {
		b.ManageStock, b.StockQuantity = true, &l.Stock
	}
	if has(listing.FieldPictures) {
		images := make([]image, len(l.Pictures))
		for i, address := range l.Pictures {
			images[i] = image{Src: address, Alt: l.Title}
		}
		b.Images = &images
	}
	if has(listing.FieldUnit) && l.WeightGrams > 0 {
		b.Weight = strconv.FormatFloat(float64(l.WeightGrams)/1000, 'f', -1, 64)
	}
	if has(listing.FieldAttributes) {
		short := shortDescription(l)
		b.ShortDescription = &short
	}
	if has(writesAttributes) {
		attributes := ownAttributes(l)
		for _, raw := range foreign {
			attributes = append(attributes, raw)
		}
		b.Attributes = &attributes
	}
}

// writesAttributes are the fields that lie in a product's attributes.
const writesAttributes = listing.FieldAttributes | listing.FieldUnit

// ownAttributes are the attributes of the listing that are not empty.
func ownAttributes(l *listing.Listing) []any {
	var out []any
	for _, a := range []struct{ name, value string }{
		{attributeStars, starWords(l)},
		{attributeCertificate, l.Attributes.Certificate},
		{attributeExpiry, l.Attributes.ExpiresOn},
		{attributeProducer, l.Attributes.Producer},
		{attributeOrigin, l.Attributes.Origin},
		{attributeUnit, l.Unit},
		{attributeGTIN, l.GTIN},
	} {
		if a.value != "" {
			out = append(out, attribute{Name: a.name, Visible: true, Options: []string{a.value}})
		}
	}
	return out
}

func isOwnAttribute(name string) bool {
	switch name {
	case attributeStars, attributeCertificate, attributeExpiry, attributeProducer, attributeOrigin, attributeUnit, attributeGTIN:
		return true
	}
	return false
}

// shortDescription is the line beside the price: "OCOP 4 sao · HTX Gió Sương · Đà Lạt".
func shortDescription(l *listing.Listing) string {
	parts := make([]string, 0, 3)
	if stars := starWords(l); stars != "" {
		parts = append(parts, "OCOP "+stars)
	}
	for _, s := range []string{l.Attributes.Producer, l.Attributes.Origin} {
		if s != "" {
			parts = append(parts, html.EscapeString(s))
		}
	}
	return strings.Join(parts, " · ")
}

func starWords(l *listing.Listing) string {
	if l.Attributes.Stars <= 0 {
		return ""
	}
	return strconv.Itoa(int(l.Attributes.Stars)) + " sao"
}
