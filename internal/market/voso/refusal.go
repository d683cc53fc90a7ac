package voso

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// The mall's machine words (data.CODE).
const (
	codeTokenInvalid    = "TOKEN_INVALID"
	codeTokenExpired    = "TOKEN_EXPIRED"
	codeProductNotFound = "PRODUCT_NOT_FOUND"
	codeFieldRequired   = "FIELD_REQUIRED"
	codeFieldInvalid    = "FIELD_INVALID"
	codeCategoryNotLeaf = "CATEGORY_NOT_LEAF"
	codeImageFetch      = "IMAGE_FETCH_FAILED"
	codeShopLocked      = "SHOP_LOCKED"
	codeProductBanned   = "PRODUCT_BANNED"
	codeSystemBusy      = "SYSTEM_BUSY"
	codeQuotaExceeded   = "QUOTA_EXCEEDED"
)

// refused classifies an envelope that says no, by its code alone: the message
// is for people.
func (m *Market) refused(c *call, no *refusal) *market.Error {
	e := &market.Error{
		Market: Name, Op: c.op, Status: http.StatusOK,
		Code: no.Code, Words: market.CleanWords(no.Message),
	}
	switch no.Code {
	case codeTokenInvalid, codeTokenExpired:
		// At the login it means the credentials. At a call it means a token that
		// somebody else's login ended while ours was under way: no person needed.
		e.Kind = market.Auth
		if !c.login {
			e.Kind, e.Retryable = market.Unavailable, true
		}
	case codeProductNotFound:
		e.Kind = market.NotFound
	case codeFieldRequired, codeFieldInvalid, codeCategoryNotLeaf, codeImageFetch:
		e.Kind, e.Problems = market.Invalid, problems(no)
	case codeShopLocked, codeProductBanned:
		e.Kind = market.IsLocked
	case codeSystemBusy:
		// The contract does not say that a busy system has done nothing.
		e.Kind, e.Retryable, e.MaybeDone = market.Unavailable, true, c.write
	case codeQuotaExceeded:
		// Of new products only, so it must not hold up anything else: it is not
		// retried, and the pacer never hears of it.
		e.Kind, e.After = market.Rate, m.untilMidnight()
	default:
		e.Kind, e.MaybeDone = market.Protocol, c.write
		if no.Status >= http.StatusInternalServerError {
			e.Kind, e.Retryable = market.Unavailable, true
		}
	}
	return e
}

func tokenRefused(err error) bool {
	code := codeOf(err)
	return code == codeTokenInvalid || code == codeTokenExpired
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return market.AsError(err).Code
}

// untilMidnight is how long today still lasts in Viet Nam.
func (m *Market) untilMidnight() time.Duration {
	now := m.now().In(m.zone)
	y, month, d := now.Date()
	return time.Date(y, month, d+1, 0, 0, 0, 0, m.zone).Sub(now)
}

// complaint is what a refusal of one field means for the people who must act.
type complaint struct {
	field             listing.Field
	required, invalid ocop.Reason
}

// complaintOf gives the meaning of a field's wire name; ok is false for a word
// that is none. A field that Prepare has checked and the mall refuses all the
// same is not too long or too short: what is wrong stands in its message.
func complaintOf(word string) (c complaint, ok bool) {
	const other = ocop.RejectedByMarket
	switch word {
	case "NAME":
		return complaint{listing.FieldTitle, ocop.NameTooShort, other}, true
	case "DESCRIPTION":
		return complaint{listing.FieldDescription, other, other}, true
	case "CATEGORY_ID":
		return complaint{listing.FieldCategory, ocop.CategoryUnmapped, ocop.CategoryUnmapped}, true
	case "PRICE":
		return complaint{listing.FieldPrice, ocop.MissingPrice, ocop.BadPrice}, true
	case "LIST_PRICE": // the shop's own field, under which our price must stay
		return complaint{listing.FieldPrice, other, other}, true
	case "QUANTITY":
		return complaint{listing.FieldStock, ocop.MissingStock, other}, true
	case "IMAGE_URLS":
		return complaint{listing.FieldPictures, ocop.MissingImage, ocop.BadImage}, true
	case "OCOP_STAR", "OCOP_CERT_NO", "ORIGIN":
		return complaint{listing.FieldAttributes, other, other}, true
	}
	return complaint{}, false
}

// problems says what a refusal of the content objects to, where it tells.
func problems(no *refusal) []listing.Problem {
	switch no.Code {
	case codeCategoryNotLeaf:
		return []listing.Problem{problem(ocop.CategoryUnmapped, listing.FieldCategory, no.Message)}
	case codeImageFetch:
		return []listing.Problem{problem(ocop.BadImage, listing.FieldPictures, no.Message)}
	}
	var out []listing.Problem
	named := []string{no.Field}
	if no.Field == "" {
		named = strings.FieldsFunc(no.Message, func(r rune) bool { return r != '_' && (r < 'A' || r > 'Z') })
	}
	for _, word := range named {
		c, ok := complaintOf(word)
		if !ok {
			continue
		}
		reason := c.invalid
		if no.Code == codeFieldRequired {
			reason = c.required
		}
		out = append(out, problem(reason, c.field, no.Message))
	}
	return out
}

func problem(r ocop.Reason, f listing.Field, words string) listing.Problem {
	words = market.CleanWords(words)
	return listing.Problem{Reason: r, Field: f, Party: r.Party(), Text: ocop.Text{
		VI: fmt.Sprintf("Voso từ chối: %s", words),
		EN: fmt.Sprintf("Voso refuses it: %s", words),
	}}
}
