package postmart

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// refusal is one answer of the contract and what must become of it.
type refusal struct {
	name   string
	status int
	header string // Retry-After
	body   string

	kind      market.Kind
	retryable bool
	maybeDone bool
	after     time.Duration
	heldBy    string
	byRequest bool
	reasons   []ocop.Reason
	words     string // part of them
}

func refusals() []refusal {
	return []refusal{
		{
			name: "sku of a product", status: 409, body: `{"code":"sku_exists","status":409,"title":"The sku is taken","product_id":"P7"}`,
			kind: market.Duplicate, heldBy: "P7", words: "The sku is taken",
		},
		{
			name: "sku of a request", status: 409, body: `{"code":"sku_exists","status":409,"request_id":"R7"}`,
			kind: market.Duplicate, heldBy: "R7", byRequest: true,
		},
		{
			name: "sku of nobody", status: 409, body: `{"code":"sku_exists","status":409}`,
			kind: market.Duplicate,
		},
		{
			name: "first call under way", status: 409, header: "7", body: `{"code":"in_progress","status":409}`,
			kind: market.Unavailable, retryable: true, maybeDone: true, after: 7 * time.Second,
		},
		{
			name: "first call under way, no time said", status: 409, body: `{"code":"in_progress","status":409}`,
			kind: market.Unavailable, retryable: true, maybeDone: true, after: inProgressAfter,
		},
		{
			name: "key with another body", status: 422, body: `{"code":"key_reused","status":422}`,
			kind: market.Invalid, maybeDone: true, words: "already used for another content",
		},
		{
			name: "locked", status: 409, body: `{"code":"locked","status":409,"detail":"Sản phẩm bị khóa"}`,
			kind: market.IsLocked, words: "Sản phẩm bị khóa",
		},
		{
			name: "not found", status: 404, body: `{"code":"not_found","status":404}`,
			kind: market.NotFound,
		},
		{
			name: "every objection at once", status: 422,
			body: `{"code":"bad_price","status":422,"title":"Not valid","errors":[
				{"field":"content.price","code":"bad_price","message":"giá thấp"},{"field":"content.images","code":"missing_image","message":"thiếu ảnh"},
				{"field":"content.images[0]","code":"bad_image","message":""},{"field":"content.documents[1].image_id","code":"bad_image","message":"x"},
				{"field":"content.category_id","code":"bad_category","message":"x"},{"field":"content.name","code":"title_too_long","message":"x"},
				{"field":"content.documents","code":"missing_document","message":"x"},{"field":"content.attributes.producer","code":"missing_attribute","message":"x"},
				{"field":"content.name","code":"invalid_field","message":"at least 10"},{"field":"content.unit","code":"invalid_field","message":"required"},
				{"field":"content.sku","code":"invalid_field","message":"sku lạ"}]}`,
			kind: market.Invalid,
			reasons: []ocop.Reason{
				ocop.BadPrice, ocop.MissingImage, ocop.BadImage, ocop.BadImage, ocop.CategoryUnmapped, ocop.NameTooLong,
				ocop.MissingDocument, ocop.MissingAttribute, ocop.NameTooShort, ocop.MissingUnit,
			},
			words: "content.price: giá thấp",
		},
		{
			name: "an objection without list", status: 422, body: `{"code":"missing_document","status":422,"detail":"food_safety required"}`,
			kind: market.Invalid, reasons: []ocop.Reason{ocop.MissingDocument}, words: "food_safety",
		},
		{
			name: "an objection that we do not know", status: 422, body: `{"code":"bad_weather","status":422,"detail":"Mưa"}`,
			kind: market.Invalid, words: "Mưa",
		},
		{
			name: "taken down", status: 409, body: `{"code":"taken_down","status":409}`,
			kind: market.Invalid,
		},
		{
			name: "too many calls", status: 429, header: "3", body: `{"code":"rate_limited","status":429}`,
			kind: market.Rate, retryable: true, after: 3 * time.Second,
		},
		{
			name: "too many calls, as a gateway says it", status: 429, header: "3", body: `<html><title>429</title></html>`,
			kind: market.Rate, retryable: true, after: 3 * time.Second,
		},
		{
			name: "down for a while", status: 503, header: "30", body: `{"code":"unavailable","status":503}`,
			kind: market.Unavailable, retryable: true, maybeDone: true, after: 30 * time.Second,
		},
		{
			name: "a gateway's page", status: 502, body: `<html><h1>502 Bad Gateway</h1></html>`,
			kind: market.Unavailable, retryable: true, maybeDone: true, words: "502 Bad Gateway",
		},
		{
			name: "a gateway with a shop's word", status: 500, body: `{"code":"sku_exists","status":500,"product_id":"P7"}`,
			kind: market.Unavailable, retryable: true, maybeDone: true,
		},
		{name: "no rights", status: 403, body: `{"code":"forbidden","status":403}`, kind: market.Auth},
		{name: "another success", status: 204, body: ``, kind: market.Protocol, retryable: true, maybeDone: true},
		{name: "a redirect", status: 302, body: ``, kind: market.Protocol, maybeDone: true},
	}
}

// Every answer means the same wherever a listing is written.
func TestRefusalsOfWrites(t *testing.T) {
	t.Parallel()
	orders := map[string]func(*shop) listing.Order{
		"POST /partner/v1/product-requests": func(s *shop) listing.Order {
			l := s.atiso()
			return listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l, Key: "key-1"}
		},
		"PATCH /partner/v1/products/P1/offer": func(s *shop) listing.Order {
			l := s.atiso()
			return listing.Order{Kind: listing.Update, SKU: l.SKU, ID: "P1", Fields: listing.FieldPrice, Listing: l}
		},
		"POST /partner/v1/products/P1/unlist": func(s *shop) listing.Order {
			return listing.Order{Kind: listing.Unlist, SKU: "OCOP-83-829-1", ID: "P1"}
		},
	}
	for door, order := range orders {
		for _, c := range refusals() {
			t.Run(door+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				s := newShop(t)
				s.on(door, c.serve)
				out := s.market.Apply(t.Context(), []listing.Order{order(s)})[0]
				if out.Status != listing.Failed {
					t.Fatalf("status %q, want error", out.Status)
				}
				if out.Wrote != 1 {
					t.Errorf("wrote %d, want 1", out.Wrote)
				}
				c.check(t, failure(t, out.Err), true)
			})
		}
	}
}

// A reading call can fail in the same ways and has never done anything.
func TestRefusalsOfReads(t *testing.T) {
	t.Parallel()
	for _, c := range refusals() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.on("GET /partner/v1/products", c.serve)
			s.on("GET /partner/v1/categories", c.serve)
			_, err := s.market.List(t.Context(), "")
			c.check(t, failure(t, err), false)
			_, err = s.market.Facts(t.Context())
			c.check(t, failure(t, err), false)
		})
	}
}

func (c refusal) serve(w http.ResponseWriter, _ *http.Request) {
	if c.header != "" {
		w.Header().Set("Retry-After", c.header)
	}
	if c.status == http.StatusNoContent {
		w.WriteHeader(c.status)
		return
	}
	reply(w, c.status, c.body)
}

func (c refusal) check(t *testing.T, e *market.Error, write bool) {
	t.Helper()
	if e.Kind != c.kind || e.Retryable != c.retryable || e.MaybeDone != (c.maybeDone && write) {
		t.Errorf("kind %s, retryable %v, maybe done %v; want %s, %v, %v: %v",
			e.Kind, e.Retryable, e.MaybeDone, c.kind, c.retryable, c.maybeDone && write, e)
	}
	if e.After != c.after || e.HeldBy != c.heldBy || e.HeldByRequest != c.byRequest || e.Status != c.status {
		t.Errorf("after %v, held by %q (request %v), HTTP %d: %+v", e.After, e.HeldBy, e.HeldByRequest, e.Status, e)
	}
	if !strings.Contains(e.Words, c.words) {
		t.Errorf("words %q lack %q", e.Words, c.words)
	}
	var reasons []ocop.Reason
	for _, p := range e.Problems {
		reasons = append(reasons, p.Reason)
		if p.Text.VI == "" || p.Text.EN == "" || p.Party == "" || p.Field == 0 {
			t.Errorf("a problem that nobody can act on: %+v", p)
		}
	}
	if !slices.Equal(reasons, c.reasons) {
		t.Errorf("reasons %v, want %v", reasons, c.reasons)
	}
	if e.Op == "" || e.Market != Name {
		t.Errorf("the error does not say what failed: %v", e)
	}
}

// Answers that succeed by their status and say something else.
func TestAnswersOutsideTheContract(t *testing.T) {
	t.Parallel()
	create := "POST /partner/v1/product-requests"
	unlist := "POST /partner/v1/products/P1/unlist"
	cases := []struct{ name, door, body string }{
		{"no JSON", create, `<html>`},
		{"cut JSON", create, `{"id":"R1","kind":"cre`},
		{"no id", create, request("", "create", "OCOP-83-829-1", "queued", "")},
		{"another SKU", create, request("R1", "create", "OCOP-2", "queued", "")},
		{"another kind", create, request("R1", "update", "OCOP-83-829-1", "queued", "")},
		{"unknown state", create, request("R1", "create", "OCOP-83-829-1", "lost", "")},
		{"another product", unlist, productOf("P2", "OCOP-83-829-1", "unlisted")},
		{"unknown state of a product", unlist, productOf("P1", "OCOP-83-829-1", "sleeping")},
		{"empty object", unlist, `{}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			status := 200
			if c.door == create {
				status = 202
			}
			s.says(c.door, status, c.body)
			l := s.atiso()
			order := listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l, Key: "key-1"}
			if c.door == unlist {
				order = listing.Order{Kind: listing.Unlist, SKU: l.SKU, ID: "P1"}
			}
			e := failure(t, s.market.Apply(t.Context(), []listing.Order{order})[0].Err)
			if e.Kind != market.Protocol || !e.MaybeDone {
				t.Errorf("kind %s, maybe done %v; want protocol, true: %v", e.Kind, e.MaybeDone, e)
			}
		})
	}
}
