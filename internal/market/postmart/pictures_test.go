package postmart

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

func (s *shop) createWith(t *testing.T, pictures []string, documents ...ocop.Document) listing.Outcome {
	t.Helper()
	l := s.atiso()
	l.Pictures, l.Documents = pictures, documents
	return s.apply(t, listing.Order{Kind: listing.Create, Key: "key-1", Listing: l})
}

// imagesSent gives the picture ids of the request that was sent last.
func (s *shop) imagesSent(t *testing.T) []string {
	t.Helper()
	calls := s.heardAt("POST", "/partner/v1/product-requests")
	if len(calls) == 0 {
		t.Fatal("no request was sent")
	}
	return decodeBody[requestBody](t, calls[len(calls)-1].body).Content.Images
}

func TestPicturesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	cases := []struct {
		media string
		words string // part of the English text
	}{
		{"small/1", "600×499"},
		{"heavy/1", "at most 2048 KB"},
		{"text/1", ""},
		{"missing/1", "404"},
	}
	for _, c := range cases {
		t.Run(c.media, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.acceptRequests("create")
			bad := s.media(c.media) + "?signature=abc"
			alone := s.createWith(t, []string{bad})
			e := failure(t, alone.Err)
			if e.Kind != market.Invalid || e.Retryable || e.MaybeDone || len(e.Problems) != 1 || alone.Wrote != 0 {
				t.Fatalf("alone: %+v, %+v", alone, e.Problems)
			}
			p := e.Problems[0]
			if p.Reason != ocop.BadImage || p.Field != listing.FieldPictures || !strings.Contains(p.Text.EN, c.words) || !strings.Contains(p.Text.VI, c.media) {
				t.Errorf("problem %+v", p)
			}
			if strings.Contains(p.Text.EN+p.Text.VI+e.Error(), "signature") {
				t.Errorf("the query of the address is told: %+v, %v", p, e)
			}
			beside := s.createWith(t, []string{bad, s.media("good/a")})
			if beside.Status != listing.Submitted {
				t.Fatalf("beside a good one: %+v", beside)
			}
			if got := s.imagesSent(t); !slices.Equal(got, []string{"img-1"}) {
				t.Errorf("sent pictures %v, want the good one", got)
			}
		})
	}
}

// A picture server that is away for the moment is no reason to list without
// the picture, and no failure of the market.
func TestPictureServerAway(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	e := failure(t, s.createWith(t, []string{s.media("good/a"), s.media("away/1")}).Err)
	if e.Kind != market.Invalid || !e.Retryable || e.MaybeDone || len(e.Problems) != 1 || e.Problems[0].Reason != ocop.BadImage {
		t.Errorf("%+v", e)
	}
	if n := len(s.heardAt("POST", "/partner/v1/product-requests")); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestPicturesAreUploadedOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.acceptRequests("create")
	// good/a and good/b have the same bytes, good/cc others.
	twice := []string{s.media("good/a"), s.media("good/b"), s.media("good/cc"), s.media("good/a")}
	for range 2 {
		if out := s.createWith(t, twice); out.Status != listing.Submitted {
			t.Fatalf("outcome %+v", out)
		}
		if got := s.imagesSent(t); !slices.Equal(got, []string{"img-1", "img-1", "img-2", "img-1"}) {
			t.Errorf("sent %v", got)
		}
	}
	if s.uploaded() != 2 {
		t.Errorf("%d uploads, want 2", s.uploaded())
	}
}

// An upload that the market refuses drops the picture; one that fails fails
// the order, which has certainly done nothing.
func TestUploadFailures(t *testing.T) {
	t.Parallel()
	cases := []struct {
		status  int
		body    string
		kind    market.Kind
		problem bool
	}{
		{413, `{"code":"bad_image","status":413,"title":"At most 2 MiB"}`, market.Invalid, true},
		{415, `{"code":"bad_image","status":415}`, market.Invalid, true},
		{422, `{"code":"bad_image","status":422}`, market.Invalid, true},
		{429, `{"code":"rate_limited","status":429}`, market.Rate, false},
		{503, `{"code":"unavailable","status":503}`, market.Unavailable, false},
		{201, `{}`, market.Protocol, false},
		{201, `{"id":`, market.Protocol, false},
	}
	for _, c := range cases {
		s := newShop(t)
		s.says("POST /partner/v1/images", c.status, c.body)
		e := failure(t, s.createWith(t, []string{s.media("good/a")}).Err)
		if e.Kind != c.kind || e.MaybeDone || (len(e.Problems) == 1) != c.problem {
			t.Errorf("upload answered %d %s: %+v", c.status, c.body, e)
		}
	}
}

// Scans that can't be used are left out; when the market then asks for one, the
// refusal says what is wrong with ours.
func TestDocuments(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.acceptRequests("create")
	docs := []ocop.Document{{Kind: ocop.FoodSafety, URL: s.media("small/scan")}, {Kind: ocop.OCOPCertificate, URL: s.media("png/scan")}}
	if out := s.createWith(t, []string{s.media("good/a")}, docs...); out.Status != listing.Submitted {
		t.Fatalf("outcome %+v", out)
	}
	sent := decodeBody[requestBody](t, s.heardAt("POST", "/partner/v1/product-requests")[0].body).Content.Documents
	if !slices.Equal(sent, []document{{"ocop_certificate", "img-2"}}) {
		t.Errorf("sent %+v", sent)
	}
	s.says(requestsDoor, 422, `{"code":"missing_document","status":422,"errors":[{"field":"content.documents","code":"missing_document","message":"food_safety"}]}`)
	e := failure(t, s.createWith(t, []string{s.media("good/a")}, docs...).Err)
	if len(e.Problems) != 2 || e.Problems[1].Reason != ocop.MissingDocument || !strings.Contains(e.Problems[1].Text.EN, "600×499") {
		t.Errorf("problems %+v", e.Problems)
	}
}

// An id that the market no longer takes is forgotten, so that the next attempt
// uploads the picture again.
func TestForgottenUploads(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.acceptRequests("create")
	address := s.media("good/a")
	s.createWith(t, []string{address})
	s.says(requestsDoor, 422, `{"code":"bad_image","status":422,"errors":[{"field":"content.images[0]","code":"bad_image","message":"no such picture"}]}`)
	s.createWith(t, []string{address})
	s.acceptRequests("create")
	if out := s.createWith(t, []string{address}); out.Status != listing.Submitted || s.uploaded() != 2 {
		t.Errorf("%d uploads, want 2: %+v", s.uploaded(), out)
	}
}

// What was uploaded stays in use while its source is away or has lost it.
func TestSourceLostAfterUpload(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.acceptRequests("create")
	address := s.media("missing/1")
	known := map[string]market.Picture{address: {ID: "img-77", Hash: "x", ETag: `"y"`}}
	if err := s.market.pictures.SavePictures(t.Context(), Name, known); err != nil {
		t.Fatal(err)
	}
	if out := s.createWith(t, []string{address}); out.Status != listing.Submitted {
		t.Fatalf("outcome %+v", out)
	}
	if got := s.imagesSent(t); !slices.Equal(got, []string{"img-77"}) {
		t.Errorf("sent %v", got)
	}
}

// countingStore counts its round trips, and fails when told.
type countingStore struct {
	market.PictureStore
	reads, saves atomic.Int32
	err          error
}

func (c *countingStore) Pictures(ctx context.Context, m listing.Market, urls []string) (map[string]market.Picture, error) {
	c.reads.Add(1)
	if c.err != nil {
		return nil, c.err
	}
	return c.PictureStore.Pictures(ctx, m, urls)
}

func (c *countingStore) SavePictures(ctx context.Context, m listing.Market, pics map[string]market.Picture) error {
	c.saves.Add(1)
	if c.err != nil {
		return c.err
	}
	return c.PictureStore.SavePictures(ctx, m, pics)
}

func TestPictureStoreIsAskedOncePerApply(t *testing.T) {
	t.Parallel()
	for _, broken := range []error{nil, errors.New("the store is away")} {
		s := newShop(t)
		store := &countingStore{PictureStore: market.NewMemoryPictures(), err: broken}
		s.market.pictures = store
		s.on(requestsDoor, func(w http.ResponseWriter, r *http.Request) {
			reply(w, 202, request("R-"+r.Header.Get("Idempotency-Key"), "create", atisoSKU, "queued", ""))
		})
		var orders []listing.Order
		for _, key := range []string{"a", "b", "c"} {
			l := s.atiso()
			orders = append(orders, listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l, Key: key})
		}
		for i, out := range s.market.Apply(t.Context(), orders) {
			if out.Status != listing.Submitted {
				t.Errorf("order %d: %+v", i, out)
			}
		}
		if store.reads.Load() != 1 || store.saves.Load() != 1 || s.uploaded() != 2 {
			t.Errorf("%d reads, %d saves, %d uploads; want 1, 1, 2", store.reads.Load(), store.saves.Load(), s.uploaded())
		}
		s.says(offerDoor, 200, shownProduct)
		s.apply(t, listing.Order{Kind: listing.Update, ID: "P1", Fields: listing.FieldPrice})
		if store.reads.Load() != 1 || store.saves.Load() != 1 {
			t.Error("a change of price asks the store for pictures")
		}
	}
}
