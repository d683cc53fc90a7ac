package postmart

import (
	"fmt"
	"strings"
	"testing"

	"ocopsync/internal/listing"
)

// The benchmarks measure what the adapter and the client above the transport
// cost per call, without a network.

func BenchmarkOffer(b *testing.B) {
	m := answeringMarket(answering{200, []byte(shownProduct)})
	orders := []listing.Order{{Kind: listing.Update, SKU: atisoSKU, ID: "P1", Fields: listing.FieldPrice, Listing: listing.Listing{Price: 120_000}}}
	b.ReportAllocs()
	for b.Loop() {
		if out := m.Apply(b.Context(), orders); out[0].Err != nil {
			b.Fatal(out[0].Err)
		}
	}
}

// BenchmarkRequest opens a request; its pictures are with the market already.
func BenchmarkRequest(b *testing.B) {
	m := answeringMarket(answering{202, []byte(request("R1", "update", atisoSKU, "queued", ""))})
	l := listing.Listing{
		SKU: atisoSKU, Title: "Trà atisô túi lọc Langbiang", Description: "<p>" + strings.Repeat("Trà thơm. ", 100) + "</p>",
		Category: "1003", Price: 120_000, Stock: 40, Unit: "hộp",
		Attributes: listing.Attributes{Stars: 4, Certificate: "114/QĐ-UBND", ExpiresOn: "2027-01-15", Producer: "HTX Hoa Mai", Origin: "Xã Lạc Dương"},
	}
	order := listing.Order{Kind: listing.Update, SKU: atisoSKU, ID: "P1", Fields: contentFields &^ (listing.FieldPictures | listing.FieldDocuments), Listing: l, Key: "key"}
	shown := product{ID: "P1", Content: content{SKU: atisoSKU, Images: []string{"img-1"}}}
	b.ReportAllocs()
	for b.Loop() {
		j := job{m: m, pics: &album{m: m}, o: &order, shown: &shown}
		if e := j.submit(b.Context(), kindUpdate); e != nil {
			b.Fatal(e)
		}
	}
}

func BenchmarkListPage(b *testing.B) {
	items := make([]string, 100)
	for i := range items {
		items[i] = strings.Replace(shownProduct, atisoSKU, fmt.Sprintf("OCOP-%d", i), 1)
	}
	m := answeringMarket(answering{200, []byte(page(items...))})
	b.ReportAllocs()
	for b.Loop() {
		if p, err := m.List(b.Context(), ""); err != nil || len(p.Remotes) != 100 {
			b.Fatal(len(p.Remotes), err)
		}
	}
}
