package ocop

import (
	"fmt"
	"strings"
	"unicode/utf8"
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
func (p Place) String() string { return p.in("sheet", "row", "column") }

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

// maxValue is how much of a value a report shows, in characters.
const maxValue = 200

// refuse makes a *ReadError. It shows bytes that are no UTF-8 as \xNN, and cuts
// a long value.
func refuse(value, vi, en string) error {
	return &ReadError{Value: excerpt(value), Why: Text{VI: vi, EN: en}}
}

func excerpt(s string) string {
	var b strings.Builder
	n := 0
	for i, r := range s {
		if n == maxValue {
			b.WriteString("…")
			break
		}
		n++
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				fmt.Fprintf(&b, `\x%02x`, s[i])
				continue
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

// maxReadable is the longest value, in bytes, that the reading functions look
// into: what is longer is prose.
const maxReadable = 2000

// checkReadable refuses what no reading function should try: text that is not
// UTF-8, and prose.
func checkReadable(s string) error {
	if len(s) > maxReadable {
		return refuse(s, "Giá trị quá dài: chỉ ghi một giá trị ngắn.", "far too long: write one short value")
	}
	return checkEncoding(s)
}
