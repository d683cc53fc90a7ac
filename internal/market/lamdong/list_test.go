package lamdong

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

// newListShop holds products 1 to n on sale with SKUs S-1 to S-n, and binned
// more after them in the bin. header says whether the totals are told.
func newListShop(t *testing.T, n, binned int, header bool) *shop {
	t.Helper()
	return newShop(t, func(w http.ResponseWriter, a asked) {
		page, _ := strconv.Atoi(a.query["page"][0])
		first, last, status := 1, n, "publish"
		if a.query["status"][0] == "trash" {
			first, last, status = n+1, n+binned, "trash"
		}
		total := last - first + 1
		first += (page - 1) * pageSize
		items := make([]string, 0, pageSize)
		for id := first; id <= min(last, first+pageSize-1); id++ {
			items = append(items, fmt.Sprintf(`{"id":%d,"sku":"S-%d","status":%q}`, id, id, status))
		}
		if header {
			w.Header().Set("X-WP-Total", strconv.Itoa(total))
		}
		writeText(w, 200, "["+strings.Join(items, ",")+"]")
	})
}

func TestListWalksProductsThenBin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		n, binned int
		header    bool
		pages     string
	}{
		{0, 0, true, "products:0/0 trash:0/0"},
		{100, 3, true, "products:100/100 trash:3/3"},
		{250, 101, true, "products:100/250 products:100/250 products:50/250 trash:100/101 trash:1/101"},
		{250, 0, false, "products:100/-1 products:100/-1 products:50/-1 trash:0/-1"},
		{100, 0, false, "products:100/-1 products:0/-1 trash:0/-1"}, // only the empty page tells the end
	}
	for _, test := range tests {
		s := newListShop(t, test.n, test.binned, test.header)
		var pages []string
		cursor := ""
		for range 20 {
			p, err := s.List(context.Background(), cursor)
			checkKind(t, err, "", "", "")
			pages = append(pages, fmt.Sprintf("%s:%d/%d", p.Section, len(p.Remotes), p.Total))
			for _, r := range p.Remotes {
				if r.Trashed != (p.Section == "trash") {
					t.Errorf("%s in section %s", r.ID, p.Section)
				}
			}
			if cursor = p.Next; cursor == "" {
				break
			}
		}
		if got := strings.Join(pages, " "); got != test.pages {
			t.Errorf("%d products and %d in the bin:\n got %s\nwant %s", test.n, test.binned, got, test.pages)
		}
	}
}

func TestListAsksForWhatIsNeededOnly(t *testing.T) {
	t.Parallel()
	s := newListShop(t, 1, 0, true)
	_, err := s.List(context.Background(), "")
	checkKind(t, err, "", "", "")
	q := s.last(t, http.MethodGet, "/products").query
	for name, want := range map[string]string{
		"status": "any", "orderby": "id", "order": "asc", "per_page": "100", "page": "1", "_fields": productFields,
		"oauth_consumer_key": testKey, "oauth_signature_method": "HMAC-SHA256", "oauth_timestamp": "1795435200",
	} {
		if got := strings.Join(q[name], "|"); got != want {
			t.Errorf("%s=%s, want %s", name, got, want)
		}
	}
}

func TestListOfAForeignCursor(t *testing.T) {
	t.Parallel()
	s := newListShop(t, 1, 0, true)
	for _, cursor := range []string{"3", "products", "products:0", "requests:1", "trash:-1", "products:x"} {
		_, err := s.List(context.Background(), cursor)
		checkKind(t, err, market.Protocol, "", "")
	}
	if len(s.calls()) != 0 {
		t.Error("a foreign cursor was asked for")
	}
}

func TestEntriesWithoutAnIDAreNoList(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`[{"sku":"A"}]`, `[null]`, `[[]]`, `[{"id":-1}]`, `{"code":"x"}`, `<html>`, ``, `[{"id":1}`, `"x"`} {
		_, err := replay(t, recording{status: 200, body: []byte(body)}).List(context.Background(), "")
		checkKind(t, err, market.Protocol, "", "")
	}
}

// newFindShop answers a look-up by a function of the SKUs asked for.
func newFindShop(t *testing.T, answer func(skus []string) []string) *shop {
	t.Helper()
	return newShop(t, func(w http.ResponseWriter, a asked) {
		skus := answer(strings.Split(a.query["sku"][0], ","))
		items := make([]string, len(skus))
		for i, sku := range skus {
			items[i] = fmt.Sprintf(`{"id":%d,"sku":%q,"status":"publish"}`, i+1, sku)
		}
		writeText(w, 200, "["+strings.Join(items, ",")+"]")
	})
}

func TestFindInParts(t *testing.T) {
	t.Parallel()
	s := newFindShop(t, func(skus []string) []string { return skus })
	asked := []listing.SKU{"", "S-1"}
	for i := range 120 {
		asked = append(asked, listing.SKU(fmt.Sprintf("S-%d", i)))
	}
	found, err := s.Find(context.Background(), asked)
	checkKind(t, err, "", "", "")
	if len(found) != 120 || len(s.calls()) != 3 {
		t.Errorf("%d found in %d calls, want 120 in 3", len(found), len(s.calls()))
	}
	for _, a := range s.calls() {
		if n := len(strings.Split(a.query["sku"][0], ",")); n > findSize {
			t.Errorf("%d SKUs in one call", n)
		}
	}
	if found, err = s.Find(context.Background(), []listing.SKU{""}); err != nil || len(found) != 0 || len(s.calls()) != 3 {
		t.Errorf("an empty SKU: %v, %v after %d calls; want nothing without a call", found, err, len(s.calls()))
	}
}

func TestFindMindsWhatComesBack(t *testing.T) {
	t.Parallel()
	other := newFindShop(t, func([]string) []string { return []string{"S-9"} })
	_, err := other.Find(context.Background(), []listing.SKU{"S-1"})
	checkKind(t, err, market.Protocol, "", `SKU "S-9" was not asked for`)

	small := newFindShop(t, func([]string) []string { return []string{"s-1"} })
	found, err := small.Find(context.Background(), []listing.SKU{"S-1"})
	checkKind(t, err, "", "", "")
	if len(found) != 1 || found[0].SKU != "S-1" {
		t.Errorf("a SKU in small letters: %+v, want it as asked for", found)
	}

	short := newShop(t, func(w http.ResponseWriter, _ asked) {
		w.Header().Set("X-WP-Total", "2")
		writeText(w, 200, `[{"id":1,"sku":"S-1"}]`)
	})
	_, err = short.Find(context.Background(), []listing.SKU{"S-1", "S-2"})
	checkKind(t, err, market.Protocol, "", "1 of 2 entries came")

	endless := newShop(t, func(w http.ResponseWriter, _ asked) {
		w.Header().Set("X-WP-Total", "100000")
		writeText(w, 200, `[{"id":1,"sku":"S-1"}]`)
	})
	_, err = endless.Find(context.Background(), []listing.SKU{"S-1"})
	checkKind(t, err, market.Protocol, "", "no end")
	if n := len(endless.calls()); n != maxLookUpPages {
		t.Errorf("%d calls to a list without end, want %d", n, maxLookUpPages)
	}
}

func TestReviews(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(w http.ResponseWriter, _ asked) {
		writeText(w, 200, `[{"id":1,"sku":"S-1","status":"pending"},{"id":2,"sku":"S-2","status":"publish"},
			{"id":3,"sku":"S-3","status":"draft"}]`)
	})
	got, err := s.Reviews(context.Background(), []listing.Record{
		{SKU: "S-1", Submission: "1"}, {SKU: "S-2", Submission: "2", ID: "2"}, {SKU: "S-3", ID: "3"},
		{SKU: "S-4", Submission: "4"}, {SKU: "S-5", Submission: "r-5"}, {SKU: "S-6"},
	})
	checkKind(t, err, "", "", "")
	want := []listing.Review{
		{Submission: "1", SKU: "S-1", State: listing.InReview, ID: "1", Words: "status: pending"},
		{Submission: "2", SKU: "S-2", State: listing.OnSale, ID: "2"},
		{Submission: "3", SKU: "S-3", State: listing.Rejected, ID: "3", Words: "status: draft"},
	}
	if asJSON(t, got) != asJSON(t, want) {
		t.Errorf("reviews %s\nwant %s", asJSON(t, got), asJSON(t, want))
	}
	if include := s.last(t, http.MethodGet, "/products").query["include"][0]; include != "1,2,3,4" {
		t.Errorf("asked for %s, want the ids in one list", include)
	}
	if got, err := s.Reviews(context.Background(), nil); err != nil || len(got) != 0 || len(s.calls()) != 1 {
		t.Errorf("no open reviews: %v, %v after %d calls", got, err, len(s.calls()))
	}
}
