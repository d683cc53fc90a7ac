package voso

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

func ids(remotes []listing.Remote) []string {
	var out []string
	for _, r := range remotes {
		out = append(out, r.ID)
	}
	return out
}

func TestFindTakesTheCheaperWay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name           string
		products, skus int
		listed         bool // the size is known from a List before
		calls          int
	}{
		{"nothing asked", 60, 0, false, 0},
		{"one", 500, 1, false, 1},
		{"a small shop whole", 60, 25, false, 2},
		{"a big shop: its first page shows that", 2000, 5, false, 1 + 5},
		{"a big shop, known", 2000, 5, true, 5},
		{"a big shop, many", 2000, 200, true, 40},
		{"an empty shop", 0, 25, false, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			mall := newMall(t)
			mall.on(pathList, manyProducts(tc.products).list)
			m := mall.market(nil)
			before := 0
			if tc.listed {
				mustList(t, m)
				before = 1
			}
			found, err := m.Find(t.Context(), skus(tc.skus))
			if err != nil {
				t.Fatal(err)
			}
			if want := min(tc.skus, tc.products); len(found) != want {
				t.Errorf("%d products found, expected %d", len(found), want)
			}
			if got := len(mall.to(pathList)) - before; got != tc.calls {
				t.Errorf("%d calls, expected %d", got, tc.calls)
			}
		})
	}
}

func TestFindGivesEveryDuplicate(t *testing.T) {
	t.Parallel()
	products := manyProducts(3000)
	for i := range 70 { // more than a page of one SKU
		products[2000+i].SKU = "OCOP-TWICE"
	}
	products[5].SKU = ""
	mall := newMall(t)
	mall.on(pathList, products.list)
	m := mall.market(nil)
	found, err := m.Find(t.Context(), []listing.SKU{"OCOP-TWICE", "OCOP-3", "", "OCOP-NOT-THERE", "OCOP-3"})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 71 || slices.Contains(ids(found), "1005") {
		t.Errorf("%d products found (%v), expected 70 of one SKU and one of the other", len(found), ids(found))
	}
}

// What is short or was not asked for is never read as "not there".
func TestFindBelievesNoWrongAnswer(t *testing.T) {
	t.Parallel()
	two := manyProducts(2)
	for name, tc := range map[string]struct {
		answer answer
		words  string
	}{
		"the filter was ignored":  {pageOf(1, 2, two), "OCOP-2"},
		"another product":         {pageOf(1, 1, two[1:]), "OCOP-2"},
		"another spelling":        {pageOf(1, 1, shop{{ID: 5, SKU: "ocop-1", Status: statusOn}}), "ocop-1"},
		"counted, but not shown":  {pageOf(1, 1, nil), "0 products came, the mall counts 1"},
		"shown, but not counted":  {pageOf(1, 0, two[:1]), "1 product came, the mall counts 0"},
		"the same product thrice": {pageOf(1, 3, shop{two[0], two[0], two[0]}), "1 product came, the mall counts 3"},
	} {
		mall := newMall(t)
		mall.always(pathList, tc.answer)
		found, err := mall.market(nil).Find(t.Context(), []listing.SKU{"OCOP-1"})
		e := market.AsError(err)
		if e == nil || e.Kind != market.Protocol || !e.Retryable || !strings.Contains(e.Error(), tc.words) || found != nil {
			t.Errorf("%s: %v, %v; expected a protocol error with %q", name, ids(found), err, tc.words)
		}
	}
}

func TestFindInAWholeThatMovesIsRefused(t *testing.T) {
	t.Parallel()
	products := manyProducts(120)
	for name, script := range map[string]func(n int, body string) answer{
		"a page misses an entry": func(n int, body string) answer {
			if n == 2 {
				return pageOf(2, 120, products[50:99])
			}
			return products.list(n, body)
		},
		"a page comes again": func(n int, _ string) answer { return pageOf(n, 120, products[:50]) },
		"the total falls":    func(n int, _ string) answer { return pageOf(n, 120-60*(n-1), products[50*(n-1):50*n]) },
	} {
		mall := newMall(t)
		mall.on(pathList, script)
		if found, err := mall.market(nil).Find(t.Context(), skus(30)); market.KindOf(err) != market.Protocol {
			t.Errorf("%s: %d found, %v; expected a protocol error", name, len(found), err)
		}
	}
	t.Run("new products at the end are no harm", func(t *testing.T) {
		t.Parallel()
		grown := manyProducts(123)
		mall := newMall(t)
		mall.on(pathList, func(n int, body string) answer {
			if n < 3 {
				return products.list(n, body)
			}
			return grown.list(n, body)
		})
		found, err := mall.market(nil).Find(t.Context(), skus(125))
		if err != nil || len(found) != 123 {
			t.Errorf("%d found, %v; expected 123", len(found), err)
		}
	})
}

func TestReviewsAreWhatTheProductsShow(t *testing.T) {
	t.Parallel()
	products := manyProducts(5)
	products[0].Status = statusPending
	products[2].Status, products[2].StatusReason = statusBanned, "Hàng giả"
	products[4].SKU = "OCOP-1" // a duplicate
	mall := newMall(t)
	mall.on(pathList, products.list)
	got, err := mall.market(nil).Reviews(t.Context(), []listing.Record{
		{SKU: "OCOP-1", ID: "1000"},
		{SKU: "OCOP-2", ID: "1001"},
		{SKU: "OCOP-3", ID: "1002"},
		{SKU: "OCOP-4", ID: "999"}, // not there under this id
		{SKU: "OCOP-9", ID: "1009"},
		{SKU: "OCOP-1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []listing.Review{
		{SKU: "OCOP-1", ID: "1000", State: listing.InReview},
		{SKU: "OCOP-2", ID: "1001", State: listing.OnSale},
		{SKU: "OCOP-3", ID: "1002", State: listing.Locked, Words: "Hàng giả"},
		{SKU: "OCOP-1", ID: "1000", State: listing.InReview},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reviews (-want +got):\n%s", diff)
	}
	if none, err := mall.market(nil).Reviews(t.Context(), nil); err != nil || none != nil {
		t.Errorf("nothing open gives %v, %v", none, err)
	}
}
