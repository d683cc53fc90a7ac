package voso

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

func TestListReadsEveryPage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ products, calls int }{{0, 1}, {1, 1}, {50, 1}, {51, 2}, {100, 2}, {101, 3}} {
		mall := newMall(t)
		mall.on(pathList, manyProducts(tc.products).list)
		m := mall.market(nil)
		seen := make(map[string]bool)
		for cursor, first := "", true; first || cursor != ""; first = false {
			p, err := m.List(t.Context(), cursor)
			if err != nil {
				t.Fatalf("%d products, cursor %q: %v", tc.products, cursor, err)
			}
			if p.Section != "products" || p.Total != tc.products {
				t.Errorf("section %q with total %d, expected products with %d", p.Section, p.Total, tc.products)
			}
			for _, r := range p.Remotes {
				seen[r.ID] = true
			}
			cursor = p.Next
		}
		calls := mall.to(pathList)
		if len(seen) != tc.products || len(calls) != tc.calls {
			t.Errorf("%d products came in %d calls, expected %d in %d", len(seen), len(calls), tc.products, tc.calls)
		}
		sameJSON(t, "the last call", calls[len(calls)-1], fmt.Sprintf(`{"PAGE": %d, "PAGE_SIZE": 50}`, tc.calls))
	}
}

func TestAProductAsTheMallShowsIt(t *testing.T) {
	t.Parallel()
	mall := newMall(t)
	mall.always(pathList, okay(`{"TOTAL": 5, "PAGE": 1, "PAGE_SIZE": 50, "PRODUCTS": [
		{"PRODUCT_ID": 500001, "SELLER_SKU": "OCOP-7", "NAME": "Trà atisô, hộp 100g", "DESCRIPTION": "Thơm.", "CATEGORY_ID": 113,
		 "PRICE": 120000, "LIST_PRICE": 150000, "QUANTITY": 7, "IMAGE_URLS": ["https://pictures.example/1.jpg"], "OCOP_STAR": 4,
		 "OCOP_CERT_NO": "12/2025", "ORIGIN": "Đà Lạt", "STATUS": "ON", "STATUS_REASON": "", "UPDATED_AT": 1772638200000},
		{"PRODUCT_ID": 500002, "STATUS": "OFF"}, {"PRODUCT_ID": 500003, "STATUS": "PENDING"},
		{"PRODUCT_ID": 500004, "STATUS": "BANNED", "STATUS_REASON": "Ảnh  có\nsố điện thoại"}, {"PRODUCT_ID": 9007199254740993, "STATUS": "OFF"}]}`))
	p, err := mall.market(nil).List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := []listing.Remote{
		{
			ID: "500001", SKU: "OCOP-7", State: listing.OnSale, Title: "Trà atisô, hộp 100g", Description: "Thơm.", Category: "113",
			Price: 120_000, Stock: 7, Pictures: []string{"https://pictures.example/1.jpg"}, Certificate: "12/2025",
			UpdatedAt: time.UnixMilli(1772638200000),
		},
		{ID: "500002", State: listing.OffSale},
		{ID: "500003", State: listing.InReview},
		{ID: "500004", State: listing.Locked, Words: "Ảnh có số điện thoại"},
		{ID: "9007199254740993", State: listing.OffSale},
	}
	if diff := cmp.Diff(want, p.Remotes); diff != "" {
		t.Errorf("products as read (-want +got):\n%s", diff)
	}
}

func TestAnAnswerThatIsNoListIsRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ data, words string }{
		"no total":       {`{"PAGE": 1, "PAGE_SIZE": 50, "PRODUCTS": []}`, "TOTAL"},
		"negative total": {`{"TOTAL": -1, "PAGE": 1, "PAGE_SIZE": 50, "PRODUCTS": []}`, "TOTAL"},
		"no products":    {`{"TOTAL": 3, "PAGE": 1, "PAGE_SIZE": 50}`, "PRODUCTS"},
		"another page":   {`{"TOTAL": 3, "PAGE": 2, "PAGE_SIZE": 50, "PRODUCTS": []}`, "page 2 came back for page 1"},
		"no page size":   {`{"TOTAL": 0, "PAGE": 1, "PRODUCTS": []}`, "PAGE_SIZE"},
		"no id":          {`{"TOTAL": 1, "PAGE": 1, "PAGE_SIZE": 50, "PRODUCTS": [{"STATUS": "ON"}]}`, "PRODUCT_ID"},
		"unknown status": {`{"TOTAL": 1, "PAGE": 1, "PAGE_SIZE": 50, "PRODUCTS": [{"PRODUCT_ID": 4, "STATUS": "HIDDEN"}]}`, `"HIDDEN"`},
		"price as text":  {`{"TOTAL": 1, "PAGE": 1, "PAGE_SIZE": 50, "PRODUCTS": [{"PRODUCT_ID": 4, "STATUS": "ON", "PRICE": "120.000"}]}`, "PRICE"},
		"half a đồng":    {`{"TOTAL": 1, "PAGE": 1, "PAGE_SIZE": 50, "PRODUCTS": [{"PRODUCT_ID": 4, "STATUS": "ON", "PRICE": 0.5}]}`, "PRICE"},
		"a list":         {`[]`, "data"},
		"nothing":        {`null`, "TOTAL"},
	} {
		mall := newMall(t)
		mall.always(pathList, okay(`%s`, tc.data))
		_, err := mall.market(nil).List(t.Context(), "")
		e := market.AsError(err)
		if e == nil || e.Kind != market.Protocol || !e.Retryable || !strings.Contains(e.Error(), tc.words) {
			t.Errorf("%s: %v, expected a retryable protocol error that names %s", name, err, tc.words)
		}
	}
	for _, cursor := range []string{"0", "-1", "x", "1.5"} {
		if _, err := newMall(t).market(nil).List(t.Context(), cursor); market.KindOf(err) != market.Protocol {
			t.Errorf("cursor %q: %v, expected a protocol error without a call", cursor, err)
		}
	}
}

// An empty page is an end, so that no list is endless; the reader finds it short.
func TestAnEmptyPageEndsAList(t *testing.T) {
	t.Parallel()
	mall := newMall(t)
	mall.always(pathList, pageOf(1, 1_000_000, nil))
	p, err := mall.market(nil).List(t.Context(), "")
	if err != nil || p.Next != "" || p.Total != 1_000_000 {
		t.Errorf("got %+v, %v; expected the last page of a million", p, err)
	}
}

func TestFactsAreTheLeaves(t *testing.T) {
	t.Parallel()
	tree := `[{"CATEGORY_ID": 10, "NAME": "Thực phẩm", "PARENT_ID": 0, "LEAF": false},
		{"CATEGORY_ID": 112, "NAME": "Cà phê, ca cao", "PARENT_ID": 10, "LEAF": true},
		{"CATEGORY_ID": 109, "NAME": "Mật ong", "PARENT_ID": 10, "LEAF": true}]`
	read := func(data string) (listing.Facts, error) {
		mall := newMall(t)
		mall.always(pathCategories, okay(`%s`, data))
		return mall.market(nil).Facts(t.Context())
	}
	got, err := read(tree)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]listing.Category{"112": {ID: "112", Name: "Cà phê, ca cao"}, "109": {ID: "109", Name: "Mật ong"}}
	if diff := cmp.Diff(want, got.Categories); diff != "" {
		t.Errorf("categories (-want +got):\n%s", diff)
	}
	again, err := read(tree)
	if err != nil || again.Version != got.Version || got.Version == "" {
		t.Errorf("the same tree has the versions %q and %q (%v)", got.Version, again.Version, err)
	}
	if renamed, err := read(strings.Replace(tree, "Mật ong", "Mật", 1)); err != nil || renamed.Version == got.Version {
		t.Errorf("another tree has the same version %q (%v)", renamed.Version, err)
	}
	for name, data := range map[string]string{
		"nothing": `[]`, "null": `null`, "no leaf": `[{"CATEGORY_ID": 10, "NAME": "Thực phẩm"}]`,
		"no id": `[{"NAME": "Mật ong", "LEAF": true}]`, "an object": `{"TOTAL": 0}`,
		"twice": `[{"CATEGORY_ID": 9, "LEAF": true}, {"CATEGORY_ID": 9, "LEAF": true}]`,
	} {
		if _, err := read(data); market.KindOf(err) != market.Protocol {
			t.Errorf("%s: %v, expected a protocol error: it would unmap everything", name, err)
		}
	}
}
