package lamdong

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

const listedTea = `[{"id":16,"name":"Trà","slug":"tra"}]`

// newBatchShop carries every batch out: an item as answer gives it, which is
// handed what was sent. It knows the category "tra", and products have the
// attributes given as JSON.
func newBatchShop(t *testing.T, attributes string, answer func(sent map[string]any) string) *shop {
	t.Helper()
	return newShop(t, func(w http.ResponseWriter, a asked) {
		switch {
		case a.path == "/products/categories":
			writeText(w, 200, listedTea)
		case a.method == http.MethodGet:
			writeText(w, 200, `[{"id":11,"attributes":`+attributes+`}]`)
		default:
			var sent struct{ Create, Update []map[string]any }
			if err := json.Unmarshal([]byte(a.body), &sent); err != nil {
				t.Errorf("the batch %s: %v", a.body, err)
			}
			lists := make([]string, 0, 2)
			for name, list := range map[string][]map[string]any{"create": sent.Create, "update": sent.Update} {
				items := make([]string, len(list))
				for i := range list {
					items[i] = answer(list[i])
				}
				lists = append(lists, `"`+name+`":[`+strings.Join(items, ",")+`]`)
			}
			writeText(w, 200, "{"+strings.Join(lists, ",")+"}")
		}
	})
}

// honest stores what was sent.
func honest(sent map[string]any) string {
	stored := map[string]any{"id": 100, "status": "publish", "catalog_visibility": "visible"}
	for _, name := range []string{"id", "sku", "status", "regular_price"} {
		if v, ok := sent[name]; ok {
			stored[name] = v
		}
	}
	b, err := json.Marshal(stored)
	if err != nil {
		panic(err) // plain values only
	}
	return string(b)
}

func TestNothingToWriteCallsNothing(t *testing.T) {
	t.Parallel()
	s := newBatchShop(t, "[]", honest)
	for _, fields := range []listing.Fields{0, listing.FieldDocuments} {
		out := s.apply1(t, update("11", fields, tea("OCOP-1", 1)))
		if out.Status != listing.Done || out.Wrote != 0 || out.ID != "11" || len(s.calls()) != 0 {
			t.Errorf("fields %b: %+v after %d calls, want done without any", fields, out, len(s.calls()))
		}
	}
}

func TestOutcomesKeepTheOrder(t *testing.T) {
	t.Parallel()
	s := newBatchShop(t, "[]", func(sent map[string]any) string {
		if sent["sku"] == "OCOP-3" {
			return `{"id":0,"error":{"code":"product_invalid_sku","message":"Invalid or duplicated SKU.","data":{"status":400,"resource_id":7}}}`
		}
		return honest(sent)
	})
	lost := tea("OCOP-5", 1)
	lost.Category = "khong-co"
	out := s.Apply(context.Background(), []listing.Order{
		update("21", listing.FieldPrice, tea("OCOP-1", 1)),
		create(tea("OCOP-2", 2)),
		create(tea("OCOP-3", 3)),
		{Kind: listing.Unlist, SKU: "OCOP-4", ID: "24"},
		create(lost),
		update("mười một", listing.FieldPrice, tea("OCOP-6", 6)),
		{Kind: listing.Adopt, SKU: "OCOP-7", ID: "27"},
		update("28", listing.FieldDocuments, tea("OCOP-8", 8)),
	})
	want := []struct {
		status listing.Status
		id     string
		kind   market.Kind
		wrote  int
	}{
		{listing.Done, "21", "", 1}, {listing.Done, "100", "", 1}, {listing.Failed, "", market.Duplicate, 1},
		{listing.Done, "24", "", 1}, {listing.Failed, "", market.Invalid, 0}, {listing.Failed, "", market.NotFound, 0},
		{listing.Failed, "", market.Invalid, 0}, {listing.Done, "28", "", 0},
	}
	for i, w := range want {
		o := out[i]
		if o.Status != w.status || o.ID != w.id || market.KindOf(o.Err) != w.kind || o.Wrote != w.wrote {
			t.Errorf("order %d: %+v, want %+v", i, o, w)
		}
	}
	if n := countCalls(s, http.MethodPost); n != 1 {
		t.Errorf("%d writing calls, want 1", n)
	}
}

func TestBatchesAreSplit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		orders, pictures int
		calls            int
	}{
		{"one full batch", maxBatch, 1, 1},
		{"more than a batch", maxBatch + 1, 1, 2},
		{"many pictures", 12, 10, 2},
		{"one product with more pictures than a call", 2, maxBatchPictures + 1, 2},
		{"no pictures", maxBatch, 0, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newBatchShop(t, "[]", honest)
			orders := make([]listing.Order, test.orders)
			for i := range orders {
				l := tea(listing.SKU(fmt.Sprintf("OCOP-%d", i)), 1000)
				l.Pictures = make([]string, test.pictures)
				orders[i] = create(l)
			}
			for i, o := range s.Apply(context.Background(), orders) {
				if o.Status != listing.Done {
					t.Errorf("order %d: %+v", i, o)
				}
			}
			if n := countCalls(s, http.MethodPost); n != test.calls {
				t.Errorf("%d calls, want %d", n, test.calls)
			}
		})
	}
}

func TestAnswersThatAreNotWhatWasSent(t *testing.T) {
	t.Parallel()
	l := tea("OCOP-1", 160000)
	price := update("11", listing.FieldPrice, l)
	unlist := listing.Order{Kind: listing.Unlist, SKU: l.SKU, ID: "11"}
	tests := []struct {
		name, item, words string
		order             listing.Order
		id                string
	}{
		{"another price", `{"id":11,"regular_price":"160.000"}`, `"160.000" is stored`, price, "11"},
		{"no price", `{"id":11,"regular_price":null}`, `"" is stored`, price, "11"},
		{"another product", `{"id":12,"regular_price":"160000"}`, "product 12 answered", price, "11"},
		{"no id", `{"regular_price":"160000"}`, "no id", price, "11"},
		{"null", `null`, "no id", price, "11"},
		{"another SKU", `{"id":12,"sku":"OCOP-9","regular_price":"160000"}`, `"OCOP-9" answered`, create(l), "12"},
		{"still on sale", `{"id":11,"status":"publish"}`, "still on sale", unlist, "11"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newBatchShop(t, "[]", func(map[string]any) string { return test.item })
			out := s.apply1(t, test.order)
			checkKind(t, out.Err, market.Protocol, "", test.words)
			if e := marketError(t, out.Err); !e.MaybeDone || out.ID != test.id {
				t.Errorf("outcome %+v, want product %s, may be done", out, test.id)
			}
		})
	}
	good := newBatchShop(t, "[]", func(map[string]any) string { return `{"id":"11","regular_price":160000.00,"status":"publish"}` })
	if out := good.apply1(t, price); out.Status != listing.Done {
		t.Errorf("the same price written as a number: %+v", out)
	}
}

func TestBatchAnswersThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no lists":       `{}`,
		"too few items":  `{"create":[]}`,
		"too many items": `{"create":[{"id":1},{"id":2}]}`,
		"a list":         `[]`,
		"HTML":           `<html><body>Đang bảo trì</body></html>`,
		"cut":            `{"create":[{"id":1`,
		"nothing":        ``,
		"a PHP notice":   `Notice: x in y.php {"create":[{"id":1}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := replay(t, recording{status: 200, body: []byte(body)})
			out := s.apply1(t, create(tea("OCOP-1", 1)))
			checkKind(t, out.Err, market.Protocol, "", "")
			if e := marketError(t, out.Err); !e.MaybeDone {
				t.Errorf("%v: not said to be perhaps done", e)
			}
		})
	}
}

func TestPendingIsSubmitted(t *testing.T) {
	t.Parallel()
	s := newBatchShop(t, "[]", func(map[string]any) string {
		return `{"id":12,"sku":"OCOP-1","status":"pending","regular_price":"1000","permalink":"https://shop.example/?p=12"}`
	})
	out := s.apply1(t, create(tea("OCOP-1", 1000)))
	if out.Status != listing.Submitted || out.Submission != "12" || out.ID != "12" || out.State != listing.InReview || out.URL != "" {
		t.Errorf("outcome %+v, want submitted as 12, in review", out)
	}
}

// TestReadingsBeforeABatch: what could not be read fails the orders that need
// it, surely not done, and no others.
func TestReadingsBeforeABatch(t *testing.T) {
	t.Parallel()
	s := newShop(t, func(w http.ResponseWriter, a asked) {
		if a.method == http.MethodGet {
			writeText(w, 503, `{"code":"down","message":"Bảo trì"}`)
			return
		}
		writeText(w, 200, `{"update":[{"id":12,"regular_price":"2","status":"publish"}]}`)
	})
	out := s.Apply(context.Background(), []listing.Order{
		update("11", listing.FieldAttributes, tea("OCOP-1", 1)),
		update("12", listing.FieldPrice, tea("OCOP-2", 2)),
		create(tea("OCOP-3", 3)),
	})
	if out[1].Status != listing.Done {
		t.Errorf("the order that needs nothing: %+v", out[1])
	}
	for _, i := range []int{0, 2} {
		checkKind(t, out[i].Err, market.Unavailable, "down", "Bảo trì")
		if e := marketError(t, out[i].Err); e.MaybeDone || out[i].Wrote != 0 {
			t.Errorf("order %d: %+v may be done, though nothing was sent", i, out[i])
		}
	}
}

func TestEndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	s := newBatchShop(t, "[]", honest)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	out := s.Apply(ctx, []listing.Order{
		create(tea("OCOP-1", 1)), update("11", listing.FieldPrice, tea("OCOP-2", 2)),
		update("12", listing.FieldAttributes, tea("OCOP-3", 2)),
	})
	for i, o := range out {
		checkKind(t, o.Err, market.Cancelled, "", "")
		if e := marketError(t, o.Err); e.MaybeDone || o.Wrote != 0 {
			t.Errorf("order %d: %+v", i, o)
		}
	}
	if len(s.calls()) != 0 {
		t.Errorf("%d calls were made", len(s.calls()))
	}
}
