package voso

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

func creates(n int) []listing.Order {
	out := make([]listing.Order, n)
	for i, sku := range skus(n) {
		out[i] = listing.Order{Kind: listing.Create, SKU: sku, Listing: wanted()}
		out[i].Listing.SKU = sku
	}
	return out
}

func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	bare := wanted()
	bare.Description, bare.Stock, bare.Attributes = "", 0, listing.Attributes{}
	for _, tc := range []struct {
		name   string
		order  listing.Order
		create string // bodies; "" for no call
		update string
		status string
		state  listing.State
	}{
		{
			name: "create", order: listing.Order{Kind: listing.Create, SKU: "OCOP-7", Listing: wanted(), Key: "k"},
			create: `{"SELLER_SKU": "OCOP-7", "NAME": "Cà phê Arabica Cầu Đất, gói 500g", "DESCRIPTION": "Rang mộc.", "CATEGORY_ID": 112,
				"PRICE": 185000, "QUANTITY": 40, "IMAGE_URLS": ["https://pictures.example/a.jpg", "https://pictures.example/b.jpg"],
				"OCOP_STAR": 4, "OCOP_CERT_NO": "12/2025-OCOP", "ORIGIN": "Xuân Trường"}`,
			state: listing.InReview,
		},
		{
			name: "create with nothing in stock", order: listing.Order{Kind: listing.Create, SKU: "OCOP-7", Listing: bare},
			create: `{"SELLER_SKU": "OCOP-7", "NAME": "Cà phê Arabica Cầu Đất, gói 500g", "DESCRIPTION": "", "CATEGORY_ID": 112,
				"PRICE": 185000, "QUANTITY": 0, "IMAGE_URLS": ["https://pictures.example/a.jpg", "https://pictures.example/b.jpg"],
				"OCOP_CERT_NO": "", "ORIGIN": ""}`,
			state: listing.InReview,
		},
		{
			name:   "price alone: the pictures are not fetched again",
			order:  listing.Order{Kind: listing.Update, ID: "5", Fields: listing.FieldPrice, Listing: wanted()},
			update: `{"PRODUCT_ID": 5, "PRICE": 185000}`,
		},
		{
			name:   "sold out",
			order:  listing.Order{Kind: listing.Update, ID: "5", Fields: listing.FieldStock, Listing: bare},
			update: `{"PRODUCT_ID": 5, "QUANTITY": 0}`,
		},
		{
			name:   "pictures and texts, the unit in the title once",
			order:  listing.Order{Kind: listing.Update, ID: "5", Fields: listing.FieldPictures | listing.FieldUnit | listing.FieldTitle | listing.FieldDescription, Listing: bare},
			update: `{"PRODUCT_ID": 5, "NAME": "Cà phê Arabica Cầu Đất, gói 500g", "DESCRIPTION": "", "IMAGE_URLS": ["https://pictures.example/a.jpg", "https://pictures.example/b.jpg"]}`,
		},
		{
			name:   "attributes and category",
			order:  listing.Order{Kind: listing.Update, ID: "5", Fields: listing.FieldAttributes | listing.FieldCategory, Listing: wanted()},
			update: `{"PRODUCT_ID": 5, "CATEGORY_ID": 112, "OCOP_STAR": 4, "OCOP_CERT_NO": "12/2025-OCOP", "ORIGIN": "Xuân Trường"}`,
		},
		{
			name:  "what the mall has no place for",
			order: listing.Order{Kind: listing.Update, ID: "5", Fields: listing.FieldDocuments | listing.FieldState, Listing: wanted()},
		},
		{
			name: "off sale", order: listing.Order{Kind: listing.Unlist, ID: "5"},
			status: `{"PRODUCT_ID": 5, "STATUS": "OFF"}`, state: listing.OffSale,
		},
		{
			name: "back on sale", order: listing.Order{Kind: listing.Relist, ID: "5"},
			status: `{"PRODUCT_ID": 5, "STATUS": "ON"}`, state: listing.OnSale,
		},
		{
			name:   "back on sale at a new price",
			order:  listing.Order{Kind: listing.Relist, ID: "5", Fields: listing.FieldPrice | listing.FieldState, Listing: wanted()},
			update: `{"PRODUCT_ID": 5, "PRICE": 185000}`, status: `{"PRODUCT_ID": 5, "STATUS": "ON"}`, state: listing.OnSale,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			mall := newMall(t)
			mall.always(pathCreate, okay(`{"PRODUCT_ID": 5}`))
			mall.always(pathUpdate, okay(`{"PRODUCT_ID": 5}`))
			mall.on(pathStatus, func(_ int, body string) answer {
				if strings.Contains(body, statusOff) {
					return okay(`{"PRODUCT_ID": 5, "STATUS": "OFF"}`)
				}
				return okay(`{"PRODUCT_ID": 5, "STATUS": "ON"}`)
			})
			got := mall.market(nil).Apply(t.Context(), []listing.Order{tc.order})
			wrote := 0
			for _, call := range []struct{ path, body string }{{pathCreate, tc.create}, {pathUpdate, tc.update}, {pathStatus, tc.status}} {
				sent := mall.to(call.path)
				if call.body == "" {
					if len(sent) != 0 {
						t.Errorf("%s was called with %s", call.path, sent[0])
					}
					continue
				}
				wrote++
				if len(sent) != 1 {
					t.Fatalf("%s was called %d times, expected once", call.path, len(sent))
				}
				sameJSON(t, call.path, sent[0], call.body)
			}
			want := []listing.Outcome{{Status: listing.Done, ID: "5", State: tc.state, Wrote: wrote}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOneBadItemBlocksNoOther(t *testing.T) {
	t.Parallel()
	mall := newMall(t)
	mall.on(pathCreate, func(n int, _ string) answer {
		switch n {
		case 2:
			return refuse(400, codeImageFetch, "Không tải được ảnh")
		case 3:
			return answer{}
		case 4:
			return html(429, "1")
		}
		return okay(`{"PRODUCT_ID": %d}`, 100+n)
	})
	var got []market.Kind
	for _, o := range mall.market(nil).Apply(t.Context(), creates(5)) {
		got = append(got, market.KindOf(o.Err))
		if o.Wrote != 1 {
			t.Errorf("%v took %d writing calls, expected 1", o, o.Wrote)
		}
	}
	if diff := cmp.Diff([]market.Kind{"", market.Invalid, market.Unavailable, market.Rate, ""}, got); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

// What is refused for the whole shop is not asked 25 times over.
func TestAShopWideRefusalEndsTheBatch(t *testing.T) {
	t.Parallel()
	orders := append(creates(3), listing.Order{Kind: listing.Unlist, SKU: "OCOP-9", ID: "5"})
	for _, tc := range []struct {
		name       string
		login      answer
		create     answer
		kinds      []market.Kind
		calls      int // creating
		takesOff   bool
		maybe, did int
	}{
		{"new products used up", okay(`{"TOKEN": "t"}`), refuse(429, codeQuotaExceeded, ""),
			[]market.Kind{market.Rate, market.Rate, market.Rate, ""}, 1, true, 0, 0},
		{"shop locked", okay(`{"TOKEN": "t"}`), refuse(403, codeShopLocked, ""),
			[]market.Kind{market.IsLocked, market.IsLocked, market.IsLocked, market.IsLocked}, 1, false, 0, 0},
		{"wrong credentials", refuse(401, codeTokenInvalid, ""), answer{},
			[]market.Kind{market.Auth, market.Auth, market.Auth, market.Auth}, 0, false, 0, 0},
	} {
		mall := newMall(t)
		mall.always(pathLogin, tc.login)
		mall.always(pathCreate, tc.create)
		mall.always(pathStatus, okay(`{"PRODUCT_ID": 5, "STATUS": "OFF"}`))
		for i, o := range mall.market(nil).Apply(t.Context(), orders) {
			e := market.AsError(o.Err)
			if got := market.KindOf(o.Err); got != tc.kinds[i] {
				t.Errorf("%s: order %d: %v, expected %q", tc.name, i, o.Err, tc.kinds[i])
			}
			if e != nil && e.MaybeDone {
				t.Errorf("%s: order %d may be done, though it was refused or never sent", tc.name, i)
			}
		}
		if got := len(mall.to(pathCreate)); got != tc.calls {
			t.Errorf("%s: %d creating calls, expected %d", tc.name, got, tc.calls)
		}
		if got := len(mall.to(pathStatus)) == 1; got != tc.takesOff {
			t.Errorf("%s: taken off sale %t, expected %t", tc.name, got, tc.takesOff)
		}
		if got := len(mall.to(pathLogin)); got != 1 {
			t.Errorf("%s: %d logins, expected 1", tc.name, got)
		}
	}
}

func TestOrdersThatCannotBeWrittenDown(t *testing.T) {
	t.Parallel()
	noCategory := wanted()
	noCategory.Category = "Cà phê"
	for name, o := range map[string]listing.Order{
		"no id":         {Kind: listing.Update, Fields: listing.FieldPrice, Listing: wanted()},
		"id is no id":   {Kind: listing.Unlist, ID: "OCOP-7"},
		"id below zero": {Kind: listing.Unlist, ID: "-5"},
		"no category":   {Kind: listing.Create, Listing: noCategory},
		"no such kind":  {Kind: listing.Retire, ID: "5"},
	} {
		mall := newMall(t)
		e := failure(t, mall.market(nil).Apply(t.Context(), []listing.Order{o})[0])
		if e.Kind != market.Invalid || e.Retryable || e.MaybeDone || len(mall.calls) != 0 {
			t.Errorf("%s: %v after %d calls, expected invalid and none", name, e, len(mall.calls))
		}
		if name == "no category" && (len(e.Problems) != 1 || e.Problems[0].Reason != ocop.CategoryUnmapped) {
			t.Errorf("problems %+v, expected category_unmapped", e.Problems)
		}
	}
}

func TestAnswersThatDoNotFitTheChange(t *testing.T) {
	t.Parallel()
	off := listing.Order{Kind: listing.Unlist, ID: "5"}
	for name, tc := range map[string]struct {
		path   string
		order  listing.Order
		answer answer
	}{
		"create without an id": {pathCreate, creates(1)[0], okay(`{}`)},
		"another product":      {pathStatus, off, okay(`{"PRODUCT_ID": 6, "STATUS": "OFF"}`)},
		"unknown status":       {pathStatus, off, okay(`{"PRODUCT_ID": 5, "STATUS": "GONE"}`)},
		"no status":            {pathStatus, off, okay(`{"PRODUCT_ID": 5}`)},
	} {
		mall := newMall(t)
		mall.always(tc.path, tc.answer)
		if e := failure(t, mall.market(nil).Apply(t.Context(), []listing.Order{tc.order})[0]); e.Kind != market.Protocol || !e.MaybeDone {
			t.Errorf("%s: %v (maybe done %t), expected a protocol error in doubt", name, e, e.MaybeDone)
		}
	}
}

func TestACancelledApplySendsNothingMore(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	mall := newMall(t)
	mall.on(pathCreate, func(n int, _ string) answer {
		if n == 2 {
			cancel(errors.New("the run was stopped"))
			return answer{}
		}
		return okay(`{"PRODUCT_ID": %d}`, n)
	})
	out := mall.market(nil).Apply(ctx, creates(4))
	if out[0].Err != nil {
		t.Errorf("the first order: %v", out[0].Err)
	}
	if e := failure(t, out[1]); !e.MaybeDone {
		t.Errorf("the order under way: %v, expected it in doubt", e)
	}
	for _, o := range out[2:] {
		if e := failure(t, o); e.Kind != market.Cancelled || e.MaybeDone || o.Wrote != 0 {
			t.Errorf("an order not yet sent: %v (maybe done %t, %d writes), expected cancelled", e, e.MaybeDone, o.Wrote)
		}
	}
	if got := len(mall.to(pathCreate)); got != 2 {
		t.Errorf("%d creating calls, expected 2", got)
	}
}

// stalled is a context whose machine was suspended: the deadline has passed,
// its timer does not know yet.
type stalled struct {
	context.Context
	deadline time.Time
}

func (s stalled) Deadline() (time.Time, bool) { return s.deadline, true }
