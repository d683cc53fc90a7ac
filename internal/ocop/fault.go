package ocop

import (
	"fmt"
	"strings"
)

// Text is one sentence in the two languages of the screens.
type Text struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// Field names what a value was read for, in reports and in Product.Faults.
type Field string

// The fields that a source can have.
const (
	FieldCode        Field = "code"
	FieldName        Field = "name"
	FieldRating      Field = "rating"
	FieldStatus      Field = "status"
	FieldGroup       Field = "group"
	FieldProducer    Field = "producer"
	FieldCertificate Field = "certificate" // number, decision or any of its dates
	FieldImages      Field = "images"
	FieldDocuments   Field = "documents"
	FieldPrice       Field = "price"
	FieldUnit        Field = "unit"
	FieldStock       Field = "stock"
	FieldGTIN        Field = "gtin"
	FieldWeight      Field = "weight"
	FieldRow         Field = "row" // the row or record as a whole
)

// A Place says where in a source a value stands. Empty parts are unknown.
type Place struct {
	File   string `json:"file,omitempty"`   // file name or address, without secrets
	Sheet  string `json:"sheet,omitempty"`  // of a workbook
	Row    int    `json:"row,omitempty"`    // from 1, as the person's program counts; of HTTP: the record's number
	Column string `json:"column,omitempty"` // "F" or the header's words
}

// String writes the place as a person would look it up.
func (p Place) String() string {
	var parts []string
	if p.File != "" {
		parts = append(parts, p.File)
	}
	if p.Sheet != "" {
		parts = append(parts, fmt.Sprintf("sheet %q", p.Sheet))
	}
	if p.Row > 0 {
		parts = append(parts, fmt.Sprintf("row %d", p.Row))
	}
	if p.Column != "" {
		parts = append(parts, "column "+p.Column)
	}
	return strings.Join(parts, ", ")
}

// A Fault is something in a source that could not be read surely: where it
// stands, what was found and what was expected.
type Fault struct {
	Place Place  `json:"place"`
	Code  Code   `json:"code,omitempty"` // of the product, where known
	Field Field  `json:"field"`
	Value string `json:"value"` // as found, cut to 200 characters
	Why   Text   `json:"why"`
}

// String is the fault as one English line.
func (f Fault) String() string {
	return fmt.Sprintf("%s: %s %q: %s", f.Place, f.Field, f.Value, f.Why.EN)
}

// ReadError is why a reading function refused a value.
type ReadError struct {
	Value string // as found
	Why   Text   // what was expected, in words that a person can act on
}

func (e *ReadError) Error() string { return fmt.Sprintf("%q: %s", e.Value, e.Why.EN) }
