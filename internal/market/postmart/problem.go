package postmart

import (
	"net/http"
	"strings"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// The codes of the contract's Problem that change what we do.
const (
	codeInvalidClient = "invalid_client"
	codeInvalidToken  = "invalid_token"
	codeTakenDown     = "taken_down"
	codeInProgress    = "in_progress"
	codeSKUExists     = "sku_exists"
	codeKeyReused     = "key_reused"
	codeLocked        = "locked"
	codeNotFound      = "not_found"
	codeRateLimited   = "rate_limited"
	codeUnavailable   = "unavailable"
	codeBadImage      = "bad_image"
	codeMissingImage  = "missing_image"
	codeMissingDoc    = "missing_document"
)

// inProgressAfter is when to ask again after in_progress without Retry-After:
// the first call is still being worked on.
const inProgressAfter = 2 * time.Second

// problem is the contract's Problem (RFC 9457).
type problem struct {
	Code      string       `json:"code"`
	Title     string       `json:"title"`
	Detail    string       `json:"detail"`
	ProductID string       `json:"product_id"`
	RequestID string       `json:"request_id"`
	Errors    []fieldError `json:"errors"`
}

type fieldError struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refine makes an error that was classified by its status precise by the
// market's own word. A 5xx keeps its class: a gateway's word is not the shop's.
func (p *problem) refine(e *market.Error, header http.Header) {
	e.Code = market.CleanWords(p.Code)
	if said := p.words(); said != "" {
		e.Words = said
	}
	if e.Status < 400 || e.Status >= 500 {
		return
	}
	e.Retryable, e.MaybeDone = false, false
	switch p.Code {
	case codeInvalidClient, codeInvalidToken:
		e.Kind = market.Auth
	case codeSKUExists:
		e.Kind = market.Duplicate
		e.HeldBy = p.ProductID
		if e.HeldBy == "" && p.RequestID != "" {
			e.HeldBy, e.HeldByRequest = p.RequestID, true
		}
	case codeInProgress:
		// The first call with this key may yet take effect.
		e.Kind, e.Retryable, e.MaybeDone = market.Unavailable, true, true
		// Of a 409 the status table reads no Retry-After, of a 503 it does.
		e.After = market.StatusError(Name, e.Op, http.StatusServiceUnavailable, header, nil).After
		if e.After == 0 {
			e.After = inProgressAfter
		}
	case codeKeyReused:
		// The market has seen this key with other content: that call may have
		// taken effect.
		e.Kind, e.MaybeDone = market.Invalid, true
		e.Words = "the idempotency key was already used for another content; the earlier call may have taken effect"
	case codeLocked:
		e.Kind = market.IsLocked
	case codeNotFound:
		e.Kind = market.NotFound
	case codeRateLimited:
		e.Kind, e.Retryable = market.Rate, true
	case codeUnavailable:
		e.Kind, e.Retryable = market.Unavailable, true
	case codeTakenDown:
		e.Kind = market.Invalid
	default:
		p.refineByStatus(e)
	}
}

// refineByStatus handles the codes that speak of content, and those that the
// contract does not name.
func (p *problem) refineByStatus(e *market.Error) {
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType:
		e.Kind = market.Invalid
		e.Problems = p.problems()
	case http.StatusTooManyRequests, http.StatusRequestTimeout, http.StatusTooEarly:
		e.Retryable = true
	}
}

// words are the market's own sentences as one line.
func (p *problem) words() string {
	parts := make([]string, 0, 1+len(p.Errors))
	switch {
	case p.Detail != "":
		parts = append(parts, p.Detail)
	case p.Title != "":
		parts = append(parts, p.Title)
	}
	for _, f := range p.Errors {
		said := f.Message
		if said == "" {
			said = f.Code
		}
		if f.Field != "" {
			said = f.Field + ": " + said
		}
		parts = append(parts, said)
	}
	return market.CleanWords(strings.Join(parts, "; "))
}

// problems gives what the market objects to, as far as we have a reason for it.
func (p *problem) problems() []listing.Problem {
	objections := p.Errors
	if len(objections) == 0 {
		objections = []fieldError{{Code: p.Code, Message: p.Detail}}
	}
	var out []listing.Problem
	for _, f := range objections {
		why, field, ok := reasonOf(f.Code, f.Field)
		if !ok {
			continue
		}
		text := why.Text()
		if said := market.CleanWords(f.Message); said != "" {
			text = ocop.Text{VI: "Postmart trả lời: " + said, EN: "Postmart answers: " + said}
		}
		out = append(out, listing.Problem{Reason: why, Field: field, Party: why.Party(), Text: text})
	}
	return out
}

// reasonOf maps the market's code, and where it only says invalid_field the
// field, to one of our reasons.
func reasonOf(code, field string) (ocop.Reason, listing.Field, bool) {
	field = strings.TrimPrefix(field, "content.")
	if end := strings.IndexAny(field, ".[/"); end >= 0 {
		field = field[:end] // "documents[0].image_id"
	}
	switch code {
	case "missing_attribute":
		return ocop.MissingAttribute, listing.FieldAttributes, true
	case codeMissingDoc:
		return ocop.MissingDocument, listing.FieldDocuments, true
	case codeMissingImage:
		return ocop.MissingImage, listing.FieldPictures, true
	case codeBadImage:
		if field == "documents" {
			return ocop.BadImage, listing.FieldDocuments, true
		}
		return ocop.BadImage, listing.FieldPictures, true
	case "bad_price":
		return ocop.BadPrice, listing.FieldPrice, true
	case "bad_category":
		return ocop.CategoryUnmapped, listing.FieldCategory, true
	case "title_too_long":
		return ocop.NameTooLong, listing.FieldTitle, true
	}
	if code != "invalid_field" {
		return "", 0, false
	}
	switch field {
	case "name": // too long has a code of its own
		return ocop.NameTooShort, listing.FieldTitle, true
	case "price":
		return ocop.BadPrice, listing.FieldPrice, true
	case "category_id":
		return ocop.CategoryUnmapped, listing.FieldCategory, true
	case "unit":
		return ocop.MissingUnit, listing.FieldUnit, true
	case "images":
		return ocop.BadImage, listing.FieldPictures, true
	}
	return "", 0, false
}
