package lamdong

import (
	"net/http"
	"strings"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

func TestWhatIsWritten(t *testing.T) {
	t.Parallel()
	l := tea("OCOP-1", 150000)
	const (
		ownAttributes = `[{"name":"Hạng OCOP","visible":true,"options":["4 sao"]},` +
			`{"name":"Giấy chứng nhận","visible":true,"options":["12/2024"]},` +
			`{"name":"Hiệu lực đến","visible":true,"options":["2027-05-01"]},` +
			`{"name":"Chủ thể","visible":true,"options":["HTX Gió Sương"]},` +
			`{"name":"Xuất xứ","visible":true,"options":["Phường Xuân Hương"]},` +
			`{"name":"Đơn vị tính","visible":true,"options":["hộp 250g"]}`
		foreign = `{"id":3,"name":"Màu sắc","position":2,"visible":true,"options":["nâu"]}`
		images  = `"images":[{"src":"https://img.example/a.jpg","alt":"Trà atisô túi lọc"},` +
			`{"src":"https://img.example/b.png","alt":"Trà atisô túi lọc"}]`
		short = `"short_description":"OCOP 4 sao · HTX Gió Sương · Phường Xuân Hương"`
	)
	order := func(kind listing.Kind, fields listing.Fields) listing.Order {
		return listing.Order{Kind: kind, SKU: l.SKU, ID: "11", Fields: fields, Listing: l}
	}
	tests := []struct {
		name  string
		order listing.Order
		want  string
	}{
		{
			"create", create(l), `{"create":[{"name":"Trà atisô túi lọc","type":"simple","status":"publish","sku":"OCOP-1",` +
				`"regular_price":"150000","description":"<p>Trà thơm &amp; mát</p>",` + short +
				`,"manage_stock":true,"stock_quantity":40,"weight":"0.25","categories":[{"id":16}],` + images +
				`,"attributes":` + ownAttributes + `],"meta_data":[{"key":"_ocopsync_code","value":"83-829-00001-1-2024"}]}]}`,
		},
		{"price", order(listing.Update, listing.FieldPrice), `{"update":[{"id":11,"regular_price":"150000"}]}`},
		{"stock", order(listing.Update, listing.FieldStock), `{"update":[{"id":11,"manage_stock":true,"stock_quantity":40}]}`},
		{"title", order(listing.Update, listing.FieldTitle), `{"update":[{"id":11,"name":"Trà atisô túi lọc"}]}`},
		{
			"description", order(listing.Update, listing.FieldDescription),
			`{"update":[{"id":11,"description":"<p>Trà thơm &amp; mát</p>"}]}`,
		},
		{"category", order(listing.Update, listing.FieldCategory), `{"update":[{"id":11,"categories":[{"id":16}]}]}`},
		{"pictures", order(listing.Update, listing.FieldPictures), `{"update":[{"id":11,` + images + `}]}`},
		{
			"attributes", order(listing.Update, listing.FieldAttributes),
			`{"update":[{"id":11,` + short + `,"attributes":` + ownAttributes + `,` + foreign + `]}]}`,
		},
		{
			"unit", order(listing.Update, listing.FieldUnit),
			`{"update":[{"id":11,"weight":"0.25","attributes":` + ownAttributes + `,` + foreign + `]}]}`,
		},
		{"unlist", listing.Order{Kind: listing.Unlist, SKU: l.SKU, ID: "11"}, `{"update":[{"id":11,"status":"draft"}]}`},
		{
			"unlist writes no fields", order(listing.Unlist, listing.FieldPrice),
			`{"update":[{"id":11,"status":"draft"}]}`,
		},
		{
			"relist", order(listing.Relist, 0),
			`{"update":[{"id":11,"status":"publish","catalog_visibility":"visible","post_password":""}]}`,
		},
		{
			"relist with fields", order(listing.Relist, listing.FieldPrice),
			`{"update":[{"id":11,"status":"publish","catalog_visibility":"visible","post_password":"","regular_price":"150000"}]}`,
		},
		{
			"update of the state", order(listing.Update, listing.FieldState),
			`{"update":[{"id":11,"status":"publish","catalog_visibility":"visible","post_password":""}]}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			attributes := `[` + foreign + `,{"id":0,"name":"Hạng OCOP","options":["3 sao"]}]`
			s := newBatchShop(t, attributes, honest)
			out := s.apply1(t, test.order)
			checkKind(t, out.Err, "", "", "")
			if got := strings.TrimSpace(s.last(t, http.MethodPost, "/products/batch").body); got != test.want {
				t.Errorf("sent\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// TestAShortLookAheadLosesNothing: where the shop shows fewer products than it
// counts, their attributes are not known, so they are not written over.
func TestAShortLookAheadLosesNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(w http.ResponseWriter, _ asked) {
		w.Header().Set("X-WP-Total", "1")
		writeText(w, 200, `[]`)
	})
	out := s.apply1(t, update("11", listing.FieldAttributes, tea("OCOP-1", 1)))
	checkKind(t, out.Err, market.Protocol, "", "0 of 1 entry came")
	if e := marketError(t, out.Err); e.MaybeDone || countCalls(s, http.MethodPost) != 0 {
		t.Errorf("%+v after %d writing calls, want none", e, countCalls(s, http.MethodPost))
	}
}
