package lamdong

import (
	"encoding/json"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

func TestPriceIsWhatTheShopCharges(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]ocop.VND{
		`"150000"`:           150000,
		`"160.000"`:          160, // the shop's number parsing, as recorded in bad_price
		`"1.160.000"`:        1,
		`"150000.00"`:        150000,
		`"149999.5"`:         150000,
		`"160,000"`:          160,
		`" 150000 "`:         150000,
		`"1.5e5"`:            150000,
		`"1e"`:               1,
		`".5"`:               1,
		`"-5"`:               -5,
		`"+7"`:               7,
		`"Liên hệ"`:          0,
		`"120k"`:             120,
		`""`:                 0,
		`null`:               0,
		`false`:              0,
		`{"amount":1}`:       0,
		`150000`:             150000,
		`150000.4`:           150000,
		`1e400`:              1 << 53,
		`"9999999999999999"`: 1 << 53,
		`"\u0031\u0032"`:     12,
	} {
		var s scalar
		if err := json.Unmarshal([]byte(give), &s); err != nil {
			t.Errorf("%s: %v", give, err)
			continue
		}
		if got := s.vnd(); got != want {
			t.Errorf("price %s observed as %d, want %d", give, got, want)
		}
	}
}

func TestInteger(t *testing.T) {
	t.Parallel()
	for give, want := range map[scalar]int64{"35": 35, "35.9": 35, "-2": -2, " 7": 7, "": 0, "many": 0, "9007199254740993": 9007199254740993} {
		got, ok := give.integer()
		if got != want || ok != (give != "" && give != "many") {
			t.Errorf("integer(%q) = %d, %v; want %d", give, got, ok, want)
		}
	}
}

func TestRemote(t *testing.T) {
	t.Parallel()
	const text = `{"id":11,"sku":"TN-1","name":"Chè &amp; trà","status":"publish","catalog_visibility":"visible",
		"description":"<p>Chè ngon</p>\n","permalink":"https://shop.example/product/che/","price":"90000",
		"regular_price":"150000","sale_price":"90000","stock_quantity":35,"date_modified_gmt":"2026-11-23T12:54:13",
		"categories":[{"id":16,"name":"Trà","slug":"tra"}],
		"images":[{"id":10,"src":"https://shop.example/a.jpg"},{"id":11,"src":"https://shop.example/b.jpg"}],
		"attributes":[{"id":0,"name":"Giấy chứng nhận","options":["12/2024"]},{"id":3,"name":"Đơn vị tính","options":["hộp 250g"]}]}`
	var p product
	if err := decode([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	got := p.remote(nil)
	want := listing.Remote{
		ID: "11", SKU: "TN-1", State: listing.OnSale, Title: "Chè &amp; trà", Description: "<p>Chè ngon</p>\n",
		Category: "tra", Price: 150000, Stock: 35, Unit: "hộp 250g", Certificate: "12/2024",
		URL: "https://shop.example/product/che/", UpdatedAt: time.Date(2026, 11, 23, 12, 54, 13, 0, time.UTC),
		Pictures: []string{"https://shop.example/a.jpg", "https://shop.example/b.jpg"},
	}
	if gotText, wantText := asJSON(t, got), asJSON(t, want); gotText != wantText {
		t.Errorf("observed\n got %s\nwant %s", gotText, wantText)
	}
}

func TestCertificateForAdoption(t *testing.T) {
	t.Parallel()
	stated := attribute{Name: attributeCertificate, Options: []string{"12/2024"}}
	byForm := metaEntry{Key: metaCertificate, Value: "34/2024"}
	for _, test := range []struct {
		p    product
		want string
	}{
		{product{}, ""},
		{product{Attributes: []attribute{stated}}, "12/2024"},
		{product{MetaData: []metaEntry{{Key: "other", Value: "x"}, byForm}}, "34/2024"},
		{product{Attributes: []attribute{stated}, MetaData: []metaEntry{byForm}}, "12/2024"},
	} {
		if got := test.p.remote(nil).Certificate; got != test.want {
			t.Errorf("%+v: certificate %q, want %q", test.p, got, test.want)
		}
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		p       product
		want    listing.State
		trashed bool
	}{
		{"published", product{Status: "publish", CatalogVisibility: "visible"}, listing.OnSale, false},
		{"in the search only", product{Status: "publish", CatalogVisibility: "search"}, listing.OnSale, false},
		{"in the catalogue only", product{Status: "publish", CatalogVisibility: "catalog"}, listing.OnSale, false},
		{"hidden", product{Status: "publish", CatalogVisibility: "hidden"}, listing.OffSale, false},
		{"behind a password", product{Status: "publish", PostPassword: "x"}, listing.OffSale, false},
		{"draft", product{Status: "draft"}, listing.OffSale, false},
		{"pending", product{Status: "pending"}, listing.InReview, false},
		{"private", product{Status: "private"}, listing.OffSale, false},
		{"future", product{Status: "future"}, listing.OffSale, false},
		{"trash", product{Status: "trash"}, listing.OffSale, true},
		{"a status of a plug-in", product{Status: "wc-archived"}, listing.OffSale, false},
		{"no status", product{}, listing.OffSale, false},
	}
	for _, test := range tests {
		test.p.ID = "5"
		test.p.Permalink = "https://shop.example/p"
		r := test.p.remote(nil)
		if r.State != test.want || r.Trashed != test.trashed {
			t.Errorf("%s: %s, in the bin %v; want %s, %v", test.name, r.State, r.Trashed, test.want, test.trashed)
		}
		if r.State != listing.OnSale && (r.Words == "" || r.URL != "") {
			t.Errorf("%s: off sale without a word (%q) or with an address for buyers (%q)", test.name, r.Words, r.URL)
		}
		if (r.Submission != "") != (r.State == listing.InReview) {
			t.Errorf("%s: submission %q while %s", test.name, r.Submission, r.State)
		}
	}
}

func TestOddDataIsReadAsEmpty(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`[{"id":"11","sku":7,"name":null,"status":["publish"],"price":{},"regular_price":true,"stock_quantity":"12.0",
		  "categories":{},"images":false,"attributes":[null,{"name":5,"options":"x"},"y"],"date_modified_gmt":0}]`,
		`[{"id":11,"sku":"7","categories":[{"id":null,"slug":3}],"images":[{"src":9}],"stock_quantity":12}]`,
	} {
		products, err := decodeList[product]([]byte(text))
		if err != nil || len(products) != 1 {
			t.Errorf("%s: %d products, %v", text, len(products), err)
			continue
		}
		r := products[0].remote(nil)
		if r.ID != "11" || r.SKU != "7" || r.Price != 0 || r.Stock != 12 || r.State != listing.OffSale || !r.UpdatedAt.IsZero() {
			t.Errorf("%s: observed as %+v", text, r)
		}
	}
}

func FuzzProducts(f *testing.F) {
	f.Add([]byte(`[{"id":11,"sku":"TN-1","regular_price":"160.000","stock_quantity":null,"categories":[{"id":1,"slug":"tra"}]}]`))
	f.Add([]byte(`{"code":"rest_invalid_param"}`))
	f.Add([]byte(`[{"id":"9e99","price":-1e309,"attributes":[{"name":"Đơn vị tính","options":[1,"x"]}]}]`))
	f.Add([]byte(`[[],null,{}]`))
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		products, err := decodeList[product](body)
		if err != nil && !json.Valid(body) {
			return
		}
		for i := range products {
			r := products[i].remote(nil)
			if r.State == listing.OnSale && products[i].Status != statusPublish {
				t.Errorf("on sale with status %q", products[i].Status)
			}
			if r.Price > 1<<53 || r.Price < -1<<53 {
				t.Errorf("price %d out of bounds", r.Price)
			}
		}
	})
}

func FuzzBatchAnswer(f *testing.F) {
	f.Add([]byte(`{"create":[{"id":12,"sku":"A-1","status":"publish","regular_price":"1000"}]}`))
	f.Add([]byte(`{"create":[{"id":0,"error":{"code":"product_invalid_sku","data":{"status":400,"resource_id":11}}}]}`))
	f.Add([]byte(`{"create":[{"error":{"code":7,"data":[],"message":{}}}]}`))
	f.Add([]byte(`{"create":[null]}`))
	f.Add([]byte(`[]`))
	m := New(Options{BaseURL: "http://shop.example"})
	f.Fuzz(func(t *testing.T, body []byte) {
		order := create(tea("A-1", 1000))
		var out listing.Outcome
		m.read(answer{status: 200, body: body}, "write", []job{{order: &order, outcome: &out, body: newBody(&order.Listing, 1)}})
		switch out.Status {
		case listing.Done, listing.Submitted:
			if out.ID == "" || out.ID == "0" || out.Err != nil {
				t.Errorf("%s without an id or with an error: %+v", out.Status, out)
			}
		case listing.Failed:
			marketError(t, out.Err)
		default:
			t.Errorf("status %q", out.Status)
		}
	})
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
