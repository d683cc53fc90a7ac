package lamdong

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

// canned answers every request in memory, so that a benchmark measures this
// package and not a network.
type canned struct{ body string }

func (c canned) RoundTrip(req *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	w.Header().Set("X-WP-Total", "100")
	_, _ = w.WriteString(c.body)
	resp := w.Result()
	resp.Request = req
	return resp, nil
}

func cannedMarket(body string) *Market {
	client := market.NewClient(market.ClientOptions{Market: Name})
	client.SetTransport(canned{body})
	m := New(Options{BaseURL: "http://shop.example", ConsumerKey: testKey, ConsumerSecret: testSecret, HTTP: client})
	c := newCategories()
	c.call(16, "tra", "Trà")
	m.categories.Store(c)
	return m
}

// recordedProduct is a whole product as WooCommerce answers it.
func recordedProduct(b *testing.B) string {
	b.Helper()
	raw, err := os.ReadFile("testdata/create.txt")
	if err != nil {
		b.Fatal(err)
	}
	_, body, _ := strings.Cut(string(raw), "\n{")
	return "{" + body
}

func BenchmarkApply50(b *testing.B) {
	item := recordedProduct(b)
	m := cannedMarket(`{"create":[` + strings.Repeat(item+",", maxBatch-1) + item + `]}`)
	orders := make([]listing.Order, maxBatch)
	for i := range orders {
		l := tea("TN-0001", 150000)
		l.Description = "<p>" + strings.Repeat("Trà atisô Đà Lạt. ", 60) + "</p>" // about 1.5 KB
		l.Pictures = l.Pictures[:1]
		orders[i] = create(l)
	}
	b.ReportAllocs()
	for b.Loop() {
		for i, o := range m.Apply(context.Background(), orders) {
			if o.Err != nil {
				b.Fatal(i, o.Err)
			}
		}
	}
}

func BenchmarkList100(b *testing.B) {
	items := make([]string, pageSize)
	for i := range items {
		items[i] = fmt.Sprintf(`{"id":%d,"sku":"OCOP-%d","name":"Trà atisô %d","status":"publish","catalog_visibility":"visible",
			"description":"<p>%s</p>","permalink":"https://shop.example/p/%d","price":"150000","regular_price":"150000",
			"stock_quantity":40,"date_modified_gmt":"2026-11-23T12:54:13","categories":[{"id":16,"name":"Trà","slug":"tra"}],
			"images":[{"id":10,"src":"https://shop.example/a.jpg","alt":"","srcset":"","sizes":""}],"attributes":[],"meta_data":[]}`,
			i+1, i, i, strings.Repeat("Trà atisô Đà Lạt. ", 60), i)
	}
	m := cannedMarket("[" + strings.Join(items, ",") + "]")
	b.ReportAllocs()
	for b.Loop() {
		if p, err := m.List(context.Background(), ""); err != nil || len(p.Remotes) != pageSize {
			b.Fatal(len(p.Remotes), err)
		}
	}
}
