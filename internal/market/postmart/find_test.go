package postmart

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

func found(t *testing.T, m market.Market, skus ...listing.SKU) []string {
	t.Helper()
	remotes, err := m.Find(t.Context(), skus)
	if err != nil {
		t.Fatalf("find %v: %v", skus, err)
	}
	var out []string
	for _, r := range remotes {
		out = append(out, line("found", r))
	}
	slices.Sort(out)
	return out
}

func TestFindBySKU(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.serve(productsDoor, map[string]string{"sku=A": page(productOf("P1", "A", "on_sale")), "sku=B": page(productOf("P2", "B", "locked"))})
	s.serve(listRequestsDoor, map[string]string{
		"sku=A": page(request("R2", "update", "A", "queued", `,"product_id":"P1"`), request("R1", "create", "A", "approved", "")),
		"sku=B": page(request("R3", "update", "B", "rejected", "")),
		"sku=C": page(request("R5", "create", "C", "rejected", ""), request("R4", "create", "C", "rejected", "")),
		"sku=D": page(request("R7", "create", "D", "in_review", ""), request("R6", "create", "D", "rejected", "")),
	})
	want := []string{
		"A in_review found P1 R2", "A on_sale found P1", "B locked found P2", "C rejected found R5", "D in_review found R7",
	}
	if diff := cmp.Diff(want, found(t, s.market, "A", "B", "C", "D")); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	if got := found(t, s.market, "A", "A", ""); len(got) != 2 {
		t.Errorf("asked twice for A and for nothing: %v", got)
	}
	if got := found(t, s.market); got != nil {
		t.Errorf("asked for nothing: %v", got)
	}
}

func TestFindReadsEveryPageOfASKU(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.serve(productsDoor, nil)
	s.serve(listRequestsDoor, map[string]string{
		"sku=A":    pageNext("z", request("R2", "create", "A", "rejected", "")),
		"cursor=z": page(request("R1", "create", "A", "queued", "")),
	})
	if got := found(t, s.market, "A"); !slices.Equal(got, []string{"A in_review found R1", "A rejected found R2"}) {
		t.Errorf("found %v", got)
	}
	s.serve(listRequestsDoor, map[string]string{"sku=A": pageNext("z"), "cursor=z": pageNext("z")})
	if _, err := s.market.Find(t.Context(), []listing.SKU{"A"}); market.KindOf(err) != market.Protocol {
		t.Errorf("a list without end: %v", err)
	}
}

func TestFindRefusesAnotherSKU(t *testing.T) {
	t.Parallel()
	for door, body := range map[string]string{
		productsDoor: page(productOf("P9", "Z", "on_sale")), listRequestsDoor: page(request("R9", "create", "Z", "queued", "")),
	} {
		s := newShop(t)
		s.serve(productsDoor, nil)
		s.serve(listRequestsDoor, nil)
		s.says(door, 200, body)
		_, err := s.market.Find(t.Context(), []listing.SKU{"A"})
		if e := failure(t, err); e.Kind != market.Protocol {
			t.Errorf("%s answers with Z for A: %v", door, e)
		}
	}
}

// bigShop serves n products in pages of 100, and no requests.
func (s *shop) bigShop(n int) {
	s.on(productsDoor, func(w http.ResponseWriter, r *http.Request) {
		if sku := r.URL.Query().Get("sku"); sku != "" {
			reply(w, 200, page(productOf("P-"+sku, sku, "on_sale")))
			return
		}
		from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		var items []string
		for i := from; i < min(from+100, n); i++ {
			items = append(items, productOf(fmt.Sprintf("P-S%d", i), fmt.Sprintf("S%d", i), "on_sale"))
		}
		if from+100 < n {
			reply(w, 200, pageNext(strconv.Itoa(from+100), items...))
			return
		}
		reply(w, 200, page(items...))
	})
	s.serve(listRequestsDoor, nil)
}

func TestFindTakesTheCheaperWay(t *testing.T) {
	t.Parallel()
	some := func(n int) []listing.SKU {
		out := make([]listing.SKU, n)
		for i := range out {
			out[i] = listing.SKU(fmt.Sprintf("S%d", i))
		}
		return out
	}
	cases := []struct {
		name     string
		products int
		known    int64 // pages of the last reading
		find     int
		calls    int
	}{
		{"few", 50, 2, 4, 8},
		{"many of a small shop", 50, 2, 40, 2},
		{"many of a shop not known", 50, 0, 40, 2},
		{"some of a large shop", 2000, 21, 10, 20},
		{"some of a shop that has grown", 2000, 2, 10, 40}, // given up after 20
		{"absent ones are looked at twice", 10, 2, 12, 2 + 4},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.bigShop(c.products)
			s.market.pages.Store(c.known)
			if got := found(t, s.market, some(c.find)...); len(got) != c.find {
				t.Errorf("found %d of %d", len(got), c.find)
			}
			if s.callCount() != c.calls {
				t.Errorf("%d calls, want %d", s.callCount(), c.calls)
			}
		})
	}
}

func record(submission string, sku listing.SKU, sent time.Time) listing.Record {
	return listing.Record{Submission: submission, SKU: sku, SentAt: sent}
}

func TestReviews(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	why := `,"reasons":[{"code":"photo","message":"Ảnh mờ"}]`
	s.serve(listRequestsDoor, map[string]string{
		"": pageNext("2", request("R9", "create", "X", "queued", ""), request("R8", "create", "A", "approved", `,"product_id":"P1"`),
			request("R7", "create", "B", "rejected", why)),
		"cursor=2": pageNext("3", request("R6", "update", "C", "in_review", "")),
		"cursor=3": page(request("R1", "create", "Y", "approved", "")),
	})
	s.says("GET /partner/v1/product-requests/R4", 404, `{"code":"not_found","status":404}`)
	s.says("GET /partner/v1/product-requests/R5", 200, request("R5", "create", "D", "queued", ""))
	sent := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	// Two of the five are on the first page: three are left, and a second page
	// is read before the last two are asked for by id.
	open := []listing.Record{
		record("R8", "A", sent), record("R7", "B", sent), record("R6", "C", sent), record("R5", "D", sent), record("R4", "F", sent), record("", "E", sent),
	}
	got, err := s.market.Reviews(t.Context(), open)
	if err != nil {
		t.Fatal(err)
	}
	want := []listing.Review{
		{Submission: "R8", SKU: "A", State: listing.OnSale, ID: "P1"},
		{Submission: "R7", SKU: "B", State: listing.Rejected, Words: "photo: Ảnh mờ"},
		{Submission: "R6", SKU: "C", State: listing.InReview},
		{Submission: "R5", SKU: "D", State: listing.InReview},
	}
	slices.SortFunc(got, func(a, b listing.Review) int { return int(b.Submission[1]) - int(a.Submission[1]) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reviews (-want +got):\n%s", diff)
	}
}

func TestReviewsTakeTheCheaperWay(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	s := newShop(t)
	s.says("GET /partner/v1/product-requests/R1", 200, request("R1", "create", "A", "queued", ""))
	s.says("GET /partner/v1/product-requests/R2", 200, request("R2", "create", "B", "queued", ""))
	s.says("GET /partner/v1/product-requests/R3", 200, request("R3", "create", "C", "queued", ""))
	s.serve(listRequestsDoor, map[string]string{
		"": pageNext("old", request("R1", "create", "A", "queued", ""), request("R2", "create", "B", "queued", "")),
	})
	if _, err := s.market.Reviews(t.Context(), []listing.Record{record("R1", "A", sent)}); err != nil || s.callCount() != 1 {
		t.Errorf("one open: %d calls, want 1 by id (%v)", s.callCount(), err)
	}
	if got := s.callOrder(); got[0] != "GET /partner/v1/product-requests/R1" {
		t.Errorf("one open: %v", got)
	}
	// The page ends before R3 was sent: the older ones are not read.
	late := sent.Add(48 * time.Hour)
	open := []listing.Record{record("R1", "A", late), record("R2", "B", late), record("R3", "C", late), record("R4", "D", late)}
	s.says("GET /partner/v1/product-requests/R4", 404, `{"code":"not_found","status":404}`)
	got, err := s.market.Reviews(t.Context(), open)
	if err != nil || len(got) != 3 || s.callCount() != 1+3 {
		t.Errorf("four open: %d reviews with %d calls, want 3 with 3 (%v)", len(got), s.callCount()-1, err)
	}
	if got, err := s.market.Reviews(t.Context(), nil); got != nil || err != nil || s.callCount() != 4 {
		t.Errorf("none open: %v, %v, %d calls", got, err, s.callCount())
	}
}

func TestReviewsRefuseAnotherRequest(t *testing.T) {
	t.Parallel()
	for _, body := range []string{request("R2", "create", "A", "queued", ""), request("R1", "create", "B", "queued", ""), request("R1", "create", "A", "gone", "")} {
		s := newShop(t)
		s.says("GET /partner/v1/product-requests/R1", 200, body)
		_, err := s.market.Reviews(t.Context(), []listing.Record{record("R1", "A", time.Time{})})
		if e := failure(t, err); e.Kind != market.Protocol {
			t.Errorf("%s: %v", body, e)
		}
	}
}
