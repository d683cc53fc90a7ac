package registry

import (
	"bytes"
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ocopsync/internal/ocop"
)

// scalar is a JSON value that should be a string or a number and may be
// anything: real registries write "4" and 4, null and "".
type scalar struct {
	text string
	kind scalarKind
}

type scalarKind uint8

const (
	absent    scalarKind = iota // missing or null
	isString                    // text is its value
	isNumber                    // text is its literal
	isStrange                   // an object, an array or a boolean; text is its JSON
)

// UnmarshalJSON takes any value.
func (s *scalar) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) == 0 || bytes.Equal(b, []byte("null")):
		*s = scalar{}
	case b[0] == '"':
		s.kind = isString
		if inner := b[1 : len(b)-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
			s.text = string(inner)
			return nil
		}
		return json.Unmarshal(b, &s.text)
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*s = scalar{string(b), isNumber}
	default:
		*s = scalar{string(b), isStrange}
	}
	return nil
}

// whole reads a number without a fraction.
func (s scalar) whole() (int64, bool) {
	if n, err := strconv.ParseInt(s.text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s.text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// prose keeps lines and markup, in NFC.
func prose(s string) string { return strings.TrimSpace(norm.NFC.String(s)) }

// recordReader turns the values of one record into fields of a product and
// collects what can't be read.
type recordReader struct {
	p  *ocop.Product
	at ocop.Place
}

func (r *recordReader) fault(column string, field ocop.Field, value string, why ocop.Text) {
	at := r.at
	at.Column = column
	r.p.Faults = append(r.p.Faults, newFault(at, r.p.Code, field, value, why))
}

func (r *recordReader) refuse(column string, field ocop.Field, value string, err error) {
	if err != nil {
		r.fault(column, field, value, whyOf(err))
	}
}

// line reads a one-line text; what is no text, or has lost letters, is a fault.
func (r *recordReader) line(column string, field ocop.Field, s scalar) string {
	if s.kind == isStrange {
		r.fault(column, field, s.text, ocop.Text{VI: "cần một chuỗi ký tự", EN: "expected a text"})
		return ""
	}
	text, err := ocop.ReadText(s.text)
	if err != nil {
		r.refuse(column, field, s.text, err)
		return ""
	}
	return text
}

func (r *recordReader) long(column string, s scalar) string {
	if s.kind == isStrange {
		r.fault(column, ocop.FieldRow, s.text, ocop.Text{VI: "cần một chuỗi ký tự", EN: "expected a text"})
		return ""
	}
	return prose(s.text)
}

func (r *recordReader) rating(column string, s scalar) ocop.Rating {
	switch s.kind {
	case absent:
		return ocop.Rating{}
	case isNumber:
		n, ok := s.whole()
		if !ok || n < 0 || n > 5 {
			r.fault(column, ocop.FieldRating, s.text, ocop.Text{VI: "hạng sao phải là số nguyên từ 0 đến 5", EN: "expected a whole number of stars from 0 to 5"})
			return ocop.Rating{}
		}
		return ocop.Rating{Recognized: ocop.Stars(n)}
	case isStrange:
		r.fault(column, ocop.FieldRating, s.text, ocop.Text{VI: "hạng sao phải là số nguyên từ 0 đến 5", EN: "expected a whole number of stars from 0 to 5"})
		return ocop.Rating{}
	}
	rating, err := ocop.ReadRating(s.text)
	r.refuse(column, ocop.FieldRating, s.text, err)
	if err != nil {
		return ocop.Rating{}
	}
	return rating
}

func (r *recordReader) days(column string, s scalar) ocop.Days {
	if s.kind == isStrange {
		r.fault(column, ocop.FieldCertificate, s.text, ocop.Text{VI: "cần một ngày dạng 2024-01-15", EN: "expected a date like 2024-01-15"})
		return ocop.Days{}
	}
	d, err := ocop.ReadDays(s.text)
	r.refuse(column, ocop.FieldCertificate, s.text, err)
	if err != nil {
		return ocop.Days{}
	}
	return d
}

// dates refuses a certificate that ends before it begins: one of the two is wrong.
func (r *recordReader) dates(column string) {
	c := r.p.Certificate
	if !c.IssuedOn.IsZero() && !c.ExpiresOn.IsZero() && c.ExpiresOn.Last.Compare(c.IssuedOn.First) < 0 {
		r.fault(column, ocop.FieldCertificate, c.ExpiresOn.String(), ocop.Text{
			VI: "giấy chứng nhận hết hạn trước ngày cấp " + c.IssuedOn.String(),
			EN: "the certificate ends before its issue on " + c.IssuedOn.String(),
		})
	}
}

func (r *recordReader) amount(column string, field ocop.Field, s scalar) (int64, bool) {
	switch s.kind {
	case absent:
		return 0, false
	case isString:
		if ocop.CleanText(s.text) == "" {
			return 0, false
		}
		if field == ocop.FieldStock {
			n, err := ocop.ReadStock(s.text)
			r.refuse(column, field, s.text, err)
			return n, err == nil
		}
		n, err := ocop.ReadVND(s.text)
		r.refuse(column, field, s.text, err)
		return int64(n), err == nil
	}
	n, ok := s.whole()
	if s.kind == isStrange || !ok || n < 0 {
		r.fault(column, field, s.text, ocop.Text{VI: "cần một số nguyên không âm", EN: "expected a whole number, 0 or more"})
		return 0, false
	}
	return n, true
}

func (r *recordReader) instant(column string, s scalar) time.Time {
	if s.kind == absent || s.text == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s.text)
	if err != nil {
		r.fault(column, ocop.FieldRow, s.text, ocop.Text{VI: "cần thời điểm dạng RFC 3339", EN: "expected an instant as RFC 3339 writes it"})
		return time.Time{}
	}
	return t.UTC()
}

// address reads the address of a picture or a scan, absolute over http(s).
func (r *recordReader) address(column string, field ocop.Field, base *url.URL, s string) (string, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", false
	}
	u, err := url.Parse(s)
	if err == nil && base != nil {
		u = base.ResolveReference(u)
	}
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		r.fault(column, field, s, ocop.Text{VI: "cần một địa chỉ http hoặc https", EN: "expected an http or https address"})
		return "", false
	}
	return u.String(), true
}
