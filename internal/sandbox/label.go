package sandbox

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Label is what must become of a product. It follows from what the generator
// put in, never from reading it back as the program does.
type Label struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	Eligible bool   `json:"eligible"`
	// Why is the first reason why it is not eligible, "" when it is.
	Why string `json:"why,omitempty"`
	// NotSellable: markets where it is not sold at all, without anyone's fault.
	NotSellable map[string]bool `json:"not_sellable,omitempty"`
	// Blocked: why it can't be listed on a market although eligible and sellable.
	Blocked map[string]string `json:"blocked,omitempty"`
}

// vietnam is Asia/Ho_Chi_Minh, which knows no summer time.
var vietnam = time.FixedZone("Asia/Ho_Chi_Minh", 7*60*60)

// Labels gives every product's label at this moment, by code.
func (s *Sandbox) Labels() []Label {
	return s.products.labels(s.now())
}

// label says what must become of the product at an instant.
func (it *item) label(now time.Time) Label {
	l := Label{Code: it.Code, Name: it.Name, Why: it.why(now)}
	l.Eligible = l.Why == ""
	for _, market := range Markets() {
		if it.notSellable() {
			if l.NotSellable == nil {
				l.NotSellable = make(map[string]bool)
			}
			l.NotSellable[market] = true
		} else if reason := it.blocked(market); reason != "" {
			if l.Blocked == nil {
				l.Blocked = make(map[string]string)
			}
			l.Blocked[market] = reason
		}
	}
	return l
}

// why gives the first reason against eligibility in the order of precedence.
func (it *item) why(now time.Time) string {
	switch {
	case it.Certificate == nil:
		return "certificate_unclear"
	case it.Status == "expired" || day(now).After(it.lastDay):
		return "certificate_expired"
	case it.Stars < 3:
		return "below_min_stars"
	case it.Status == "revoked":
		return "revoked"
	case it.Status == "withdrawn":
		return "withdrawn"
	}
	return ""
}

// day is the day in Vietnam, as midnight UTC so that days compare.
func day(t time.Time) time.Time {
	y, m, d := t.In(vietnam).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// notSellable: tourism is no parcel, alcohol needs a licence.
func (it *item) notSellable() bool {
	return it.Group == "du-lich" || isAlcohol(it.Subgroup) && !it.has("alcohol_licence")
}

// blocked gives the first reason, in the order of precedence, why the market
// can't take the product as it is.
func (it *item) blocked(market string) string {
	title := cleanName(it.Name)
	length := utf8.RuneCountInString(title)
	switch {
	case !it.offer.Listed || it.offer.Text == "" && it.offer.Price == 0:
		return "missing_price"
	case it.offer.Price == 0, market == Postmart && it.offer.Price < 1000:
		return "bad_price"
	case market == Voso && it.offer.Price%vosoStep != 0:
		return "price_step"
	case it.offer.Unit == "":
		return "missing_unit"
	case it.offer.Stock == nil:
		return "missing_stock"
	case it.pictures == pictureNone:
		return "missing_image"
	case it.pictures == pictureMissing, it.pictures == pictureSmall && market == Postmart:
		return "bad_image"
	case market == Postmart && it.lacksDocument():
		return "missing_document"
	case market == Postmart && length < 10:
		return "name_too_short"
	case market == Postmart && length > 120, market == Voso && length+1+utf8.RuneCountInString(it.offer.Unit) > 150:
		return "name_too_long"
	}
	return ""
}

func (it *item) lacksDocument() bool {
	need := documentFor(it.Subgroup)
	return need != "" && !it.has(need)
}

func (it *item) has(document string) bool {
	for _, d := range it.Documents {
		if d.Kind == document {
			return true
		}
	}
	return false
}

var tag = regexp.MustCompile(`<[^>]*>`)

// cleanName is a name without tags and needless space, composed.
func cleanName(name string) string {
	return norm.NFC.String(strings.Join(strings.Fields(tag.ReplaceAllString(name, " ")), " "))
}
