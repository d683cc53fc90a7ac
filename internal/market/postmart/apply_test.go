package postmart

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

const (
	requestsDoor = "POST /partner/v1/product-requests"
	offerDoor    = "PATCH /partner/v1/products/P1/offer"
	relistDoor   = "POST /partner/v1/products/P1/relist"
	atisoSKU     = "OCOP-83-829-1"
)

func (s *shop) apply(t *testing.T, o listing.Order) listing.Outcome {
	t.Helper()
	if o.Kind != listing.Unlist && o.Listing.SKU == "" {
		o.Listing = s.atiso()
	}
	o.SKU = atisoSKU
	return s.market.Apply(t.Context(), []listing.Order{o})[0]
}

func (s *shop) acceptRequests(kind string) {
	s.says(requestsDoor, 202, request("R1", kind, atisoSKU, "queued", ""))
}

func TestCreate(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.acceptRequests("create")
	out := s.apply(t, listing.Order{Kind: listing.Create, Key: "key-1"})
	want := listing.Outcome{Status: listing.Submitted, Submission: "R1", State: listing.InReview, Wrote: 1}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	calls := s.heardAt("POST", "/partner/v1/product-requests")
	if len(calls) != 1 || calls[0].key != "key-1" {
		t.Fatalf("calls: %+v", calls)
	}
	const body = `{"kind":"create","content":{"sku":"OCOP-83-829-1","name":"Trà atisô túi lọc Langbiang",` +
		`"description":"\u003cp\u003eTrà từ hoa \u003cstrong\u003eatisô\u003c/strong\u003e\u003c/p\u003e","category_id":1003,` +
		`"images":["img-1"],"price":120000,"stock":40,"unit":"hộp 20 túi","documents":[{"kind":"food_safety","image_id":"img-2"}],` +
		`"attributes":{"ocop_stars":"4","ocop_certificate":"114/QĐ-UBND","ocop_expires_on":"2027-01-15","producer":"HTX Hoa Mai","origin":"Xã Lạc Dương"}}}`
	if got := string(calls[0].body); got != body {
		t.Errorf("sent %s\nwant %s", got, body)
	}
}

func TestPriceAndStockAreAnOffer(t *testing.T) {
	t.Parallel()
	cases := []struct {
		fields listing.Fields
		body   string
	}{
		{listing.FieldPrice, `{"price":120000}`},
		{listing.FieldStock, `{"stock":40}`},
		{listing.FieldPrice | listing.FieldStock, `{"price":120000,"stock":40}`},
	}
	for _, c := range cases {
		t.Run(c.body, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.says(offerDoor, 200, shownProduct)
			out := s.apply(t, listing.Order{Kind: listing.Update, ID: "P1", Fields: c.fields})
			if out.Status != listing.Done || out.Wrote != 1 || out.State != listing.OnSale || out.Err != nil {
				t.Errorf("outcome %+v", out)
			}
			if out.Remote == nil || out.Remote.Stock != 37 || out.Remote.Certificate != "114/QĐ-UBND" || out.Remote.Category != "1003" {
				t.Errorf("what the market shows: %+v", out.Remote)
			}
			if calls := s.heardAt("PATCH", "/partner/v1/products/P1/offer"); len(calls) != 1 || string(calls[0].body) != c.body {
				t.Errorf("sent %s, want %s", calls[0].body, c.body)
			}
			if s.callCount() != 1 {
				t.Errorf("%d calls, want 1", s.callCount())
			}
		})
	}
}

// An update request carries the whole content: the named field of ours, and
// what is not named as the market shows it.
func TestUpdateSendsOnlyNamedFields(t *testing.T) {
	t.Parallel()
	shown := decodeBody[product](t, []byte(shownProduct)).Content
	cases := []struct {
		name   string
		fields listing.Fields
		change func(*content)
		calls  []string
		wrote  int
	}{
		{
			"title", listing.FieldTitle,
			func(c *content) { c.Name = "Trà atisô túi lọc Langbiang" },
			[]string{"GET /partner/v1/products", requestsDoor}, 1,
		},
		{
			"description and unit", listing.FieldDescription | listing.FieldUnit,
			func(c *content) { c.Description = "<p>Trà từ hoa <strong>atisô</strong></p>" },
			[]string{"GET /partner/v1/products", requestsDoor}, 1,
		},
		{
			"pictures", listing.FieldPictures,
			func(c *content) { c.Images = []string{"img-1"} },
			[]string{"GET /partner/v1/products", "POST /partner/v1/images", requestsDoor}, 1,
		},
		{
			"documents", listing.FieldDocuments,
			func(c *content) { c.Documents = []document{{"food_safety", "img-1"}} },
			[]string{"GET /partner/v1/products", "POST /partner/v1/images", requestsDoor}, 1,
		},
		{
			"attributes", listing.FieldAttributes,
			func(c *content) {
				c.Attributes = []byte(`{"hand_made":"có","ocop_certificate":"114/QĐ-UBND","ocop_expires_on":"2027-01-15","ocop_stars":"4","origin":"Xã Lạc Dương","producer":"HTX Hoa Mai"}`)
			},
			[]string{"GET /partner/v1/products", requestsDoor}, 1,
		},
		{
			"price and category, the offer first", listing.FieldPrice | listing.FieldCategory,
			func(c *content) { c.Price = 120_000 },
			[]string{offerDoor, requestsDoor}, 2,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.says("GET /partner/v1/products", 200, page(shownProduct))
			s.says(offerDoor, 200, shownProduct)
			s.acceptRequests("update")
			out := s.apply(t, listing.Order{Kind: listing.Update, ID: "P1", Fields: c.fields, Key: "key-2"})
			if out.Status != listing.Submitted || out.Submission != "R1" || out.ID != "P1" || out.Wrote != c.wrote || out.Err != nil {
				t.Errorf("outcome %+v", out)
			}
			want := shown
			c.change(&want)
			calls := s.heardAt("POST", "/partner/v1/product-requests")
			got := decodeBody[requestBody](t, calls[0].body)
			if diff := cmp.Diff(requestBody{Kind: "update", ProductID: "P1", Content: want}, got); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.calls, s.callOrder()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func (s *shop) callOrder() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, c := range s.calls {
		out = append(out, c.method+" "+c.path)
	}
	return out
}

// The market refuses the pictures that it shows: ours go after all, under
// another key.
func TestUpdateWhosePicturesAreRefused(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.says("GET /partner/v1/products", 200, page(shownProduct))
	s.on(requestsDoor, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Idempotency-Key") == "key-2" {
			reply(w, 422, `{"code":"bad_image","status":422,"errors":[{"field":"content.images[0]","code":"bad_image","message":"no such picture"}]}`)
			return
		}
		reply(w, 202, request("R1", "update", atisoSKU, "queued", ""))
	})
	out := s.apply(t, listing.Order{Kind: listing.Update, ID: "P1", Fields: listing.FieldTitle, Key: "key-2"})
	if out.Status != listing.Submitted || out.Wrote != 2 || out.Err != nil {
		t.Fatalf("outcome %+v", out)
	}
	calls := s.heardAt("POST", "/partner/v1/product-requests")
	first, second := decodeBody[requestBody](t, calls[0].body).Content, decodeBody[requestBody](t, calls[1].body).Content
	if calls[1].key != "key-2+p" || first.Images[0] != "img-old" || second.Images[0] != "img-1" {
		t.Errorf("sent %v, then under %q %v", first.Images, calls[1].key, second.Images)
	}
	first.Images = second.Images
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the second request differs in more than the pictures:\n%s", diff)
	}
}

// A product that its SKU does not find is sent as the listing says.
func TestUpdateOfWhatIsNotShown(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.says("GET /partner/v1/products", 200, page())
	s.acceptRequests("update")
	out := s.apply(t, listing.Order{Kind: listing.Update, ID: "P1", Fields: listing.FieldTitle, Key: "key-2"})
	if out.Status != listing.Submitted {
		t.Fatalf("outcome %+v", out)
	}
	got := decodeBody[requestBody](t, s.heardAt("POST", "/partner/v1/product-requests")[0].body).Content
	if got.Price != 120_000 || got.Stock != 40 || got.Name != "Trà atisô túi lọc Langbiang" || len(got.Images) != 1 {
		t.Errorf("sent %+v", got)
	}
}

func TestRelist(t *testing.T) {
	t.Parallel()
	const takenDown = `{"code":"taken_down","status":409}`
	cases := []struct {
		name   string
		fields listing.Fields
		down   bool // by the mall
		calls  []string
		status listing.Status
		state  listing.State
	}{
		{"alone", 0, false, []string{relistDoor}, listing.Done, listing.OnSale},
		{"state named", listing.FieldState, false, []string{relistDoor}, listing.Done, listing.OnSale},
		{"with a price, which comes first", listing.FieldPrice, false, []string{offerDoor, relistDoor}, listing.Done, listing.OnSale},
		{"with a title", listing.FieldTitle, false, []string{relistDoor, requestsDoor}, listing.Submitted, listing.OnSale},
		{"taken down", 0, true, []string{relistDoor, "GET /partner/v1/products", requestsDoor}, listing.Submitted, ""},
		{"taken down, with a title", listing.FieldTitle, true, []string{relistDoor, "GET /partner/v1/products", requestsDoor}, listing.Submitted, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.says("GET /partner/v1/products", 200, page(shownProduct))
			s.says(offerDoor, 200, shownProduct)
			s.says(relistDoor, 200, shownProduct)
			if c.down {
				s.says(relistDoor, 409, takenDown)
			}
			s.acceptRequests("update")
			out := s.apply(t, listing.Order{Kind: listing.Relist, ID: "P1", Fields: c.fields, Key: "key-3"})
			if out.Status != c.status || out.State != c.state || out.Err != nil {
				t.Errorf("outcome %+v, want %s in state %q", out, c.status, c.state)
			}
			if diff := cmp.Diff(c.calls, s.callOrder()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

// A call tried again while its fate is unknown sends the same bytes, whatever
// has changed in between; after a clear answer it does not.
func TestSameAttemptSendsSameBytes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var lost atomic.Bool
	lost.Store(true)
	s.on(requestsDoor, func(w http.ResponseWriter, _ *http.Request) {
		if lost.CompareAndSwap(true, false) {
			panic(http.ErrAbortHandler)
		}
		reply(w, 202, request("R1", "create", atisoSKU, "queued", ""))
	})
	first := s.apply(t, listing.Order{Kind: listing.Create, Key: "key-1"})
	if e := failure(t, first.Err); !e.MaybeDone || !e.Retryable {
		t.Fatalf("a lost answer: %v", e)
	}
	changed := s.atiso()
	changed.Stock = 12
	again := listing.Order{Kind: listing.Create, Key: "key-1", Listing: changed}
	if out := s.apply(t, again); out.Status != listing.Submitted {
		t.Fatalf("tried again: %+v", out)
	}
	calls := s.heardAt("POST", "/partner/v1/product-requests")
	if len(calls) != 2 || !bytes.Equal(calls[0].body, calls[1].body) {
		t.Errorf("the second attempt differs:\n%s\n%s", calls[0].body, calls[1].body)
	}
	if s.market.attempts.sent("key-1") != nil {
		t.Error("the body is kept although its fate is known")
	}
}

func TestOrdersThatAreNotSent(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	noCategory := s.atiso()
	noCategory.Category = "trà"
	noPicture := s.atiso()
	noPicture.Pictures = nil
	cases := []struct {
		name   string
		order  listing.Order
		kind   market.Kind
		reason ocop.Reason
	}{
		{"create without key", listing.Order{Kind: listing.Create}, market.Invalid, ""},
		{"a key too long", listing.Order{Kind: listing.Create, Key: strings.Repeat("k", 63)}, market.Invalid, ""},
		{"a category of another market", listing.Order{Kind: listing.Create, Key: "k", Listing: noCategory}, market.Invalid, ocop.CategoryUnmapped},
		{"no picture", listing.Order{Kind: listing.Create, Key: "k", Listing: noPicture}, market.Invalid, ocop.MissingImage},
		{"update of nothing", listing.Order{Kind: listing.Update, Fields: listing.FieldPrice}, market.NotFound, ""},
		{"unlist of nothing", listing.Order{Kind: listing.Unlist, Submission: "R1"}, market.NotFound, ""},
		{"a kind that is the engine's", listing.Order{Kind: listing.Hold, ID: "P1"}, market.Invalid, ""},
	}
	for _, c := range cases {
		out := s.apply(t, c.order)
		e := failure(t, out.Err)
		if out.Status != listing.Failed || e.Kind != c.kind || e.MaybeDone || out.Wrote != 0 {
			t.Errorf("%s: %+v", c.name, out)
		}
		if c.reason != "" && (len(e.Problems) != 1 || e.Problems[0].Reason != c.reason) {
			t.Errorf("%s: problems %+v, want %s", c.name, e.Problems, c.reason)
		}
	}
	if out := s.apply(t, listing.Order{Kind: listing.Update, ID: "P1"}); out.Status != listing.Done || out.Wrote != 0 {
		t.Errorf("an update without fields: %+v", out)
	}
	if n := s.callCount(); n != 0 {
		t.Errorf("%d calls were made: %v", n, s.callOrder())
	}
}

// When the context ends, what was not sent is certainly not done.
func TestApplyStops(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	ctx, stop := context.WithCancel(t.Context())
	s.on("POST /partner/v1/products/P1/unlist", func(w http.ResponseWriter, _ *http.Request) {
		stop()
		reply(w, 200, shownProduct)
	})
	order := listing.Order{Kind: listing.Unlist, SKU: atisoSKU, ID: "P1"}
	out := s.market.Apply(ctx, []listing.Order{order, order, order})
	for i, o := range out[1:] {
		if e := failure(t, o.Err); e.Kind != market.Cancelled || e.MaybeDone || o.Wrote != 0 {
			t.Errorf("order %d: %+v", i+2, o)
		}
	}
	if s.callCount() != 1 {
		t.Errorf("%d calls, want 1", s.callCount())
	}
}
