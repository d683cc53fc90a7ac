package lamdong

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// The shop's own words for what went wrong (recorded).
const (
	codeDuplicateSKU = "product_invalid_sku"
	codeNotCreated   = "woocommerce_rest_product_not_created"
	codeInvalidID    = "woocommerce_rest_product_invalid_id"
	codeImageUpload  = "woocommerce_product_image_upload_error"
	codeTermExists   = "term_exists"
)

// oauthWindow is how far oauth_timestamp may be off before WooCommerce refuses it.
const oauthWindow = 15 * time.Minute

// wireError is how WordPress says that something failed: as a whole answer, or
// for one object of a batch.
type wireError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Data    struct {
		Status     scalar            `json:"status"`
		ResourceID scalar            `json:"resource_id"`
		Params     map[string]string `json:"params"`
	} `json:"data"`
}

// words are the message and what it says of single parameters.
func (w wireError) words() string {
	words := w.Message
	for _, name := range slices.Sorted(maps.Keys(w.Data.Params)) {
		words += "; " + w.Data.Params[name]
	}
	return market.CleanWords(words)
}

// refused classifies an answer that is an error as a whole.
func (m *Market) refused(op string, a answer) *market.Error {
	e := market.StatusError(Name, op, a.status, a.header, a.body)
	// These are said of one object and with a code, or they come from something
	// else than WooCommerce: a wrong address, a firewall.
	switch e.Kind {
	case market.NotFound, market.Duplicate, market.IsLocked:
		e.Kind, e.Retryable = market.Protocol, false
	}
	var w wireError
	if firstByte(a.body) == '{' && decode(a.body, &w) == nil && w.Code != "" {
		e.Code, e.Words = w.Code, w.words()
		refine(e, w)
	}
	if e.Kind == market.Auth && !m.secure {
		e.Words += m.clockWords(a.header)
	}
	return e
}

// itemRefused classifies what a batch answers for one object.
func (m *Market) itemRefused(op string, w wireError) *market.Error {
	status, ok := w.Data.Status.integer()
	if !ok || status < 400 || status > 599 {
		status = http.StatusBadRequest
	}
	e := market.StatusError(Name, op, int(status), http.Header{}, nil)
	e.Code, e.Words = w.Code, w.words()
	refine(e, w)
	e.Words = m.redact(e.Words)
	return e
}

// refine corrects the kind by the shop's code.
func refine(e *market.Error, w wireError) {
	set := func(k market.Kind) { e.Kind, e.Retryable, e.MaybeDone = k, false, false }
	switch w.Code {
	case codeDuplicateSKU, codeTermExists:
		set(market.Duplicate)
		if id, ok := w.Data.ResourceID.integer(); ok && id > 0 {
			e.HeldBy = formatID(id)
		}
	case codeNotCreated:
		set(market.Duplicate)
		e.Words = market.CleanWords("the SKU is held by a product in the shop's bin, or one that is being made: " + e.Words)
	case codeInvalidID:
		set(market.NotFound)
	case codeImageUpload:
		set(market.Invalid)
		e.Problems = []listing.Problem{badImage(e.Words)}
	}
}

func badImage(words string) listing.Problem {
	return listing.Problem{
		Reason: ocop.BadImage,
		Field:  listing.FieldPictures,
		Party:  ocop.BadImage.Party(),
		Text: ocop.Text{
			VI: "Sàn không lấy được ảnh của sản phẩm: " + words,
			EN: "The marketplace could not take a picture of the product: " + words,
		},
	}
}

// clockWords says how far our clock is off the shop's, where that is why it
// refuses our signature.
func (m *Market) clockWords(h http.Header) string {
	theirs, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return ""
	}
	off := m.now().Sub(theirs).Round(time.Second)
	if off.Abs() < oauthWindow {
		return ""
	}
	if off < 0 {
		return " (our clock is " + off.Abs().String() + " behind the shop's)"
	}
	return " (our clock is " + off.String() + " ahead of the shop's)"
}

// unexpected is an answer that the contract does not allow.
func (m *Market) unexpected(op string, a answer, words string) *market.Error {
	return &market.Error{
		Market: Name, Op: op, Kind: market.Protocol, Retryable: true, Status: a.status,
		Words: m.redact(market.CleanWords(strings.TrimSpace(words))),
	}
}

// unreadable is an answer of 200 that is not the JSON that was agreed.
func (m *Market) unreadable(op string, a answer, err error) *market.Error {
	e := market.StatusError(Name, op, a.status, a.header, a.body)
	e.Kind, e.Retryable, e.Err = market.Protocol, true, err
	e.Words = m.redact(e.Words)
	return e
}
