package sandbox

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestControlDoor(t *testing.T) {
	s := start(t, Options{ReviewDelay: time.Hour})
	c := newClient(t, s, Control)
	p := newShop(t, s)
	code := s.Codes()[0]
	sku := "OCOP-" + code
	p.request("create", "", p.content(sku))
	for _, x := range []struct {
		method, path string
		body         any
		status       int
		says         string
	}{
		{"GET", "/", nil, 200, "POST /judge"},
		{"POST", "/reviews/decide", nil, 200, "done"},
		{"GET", "/ledger?market=postmart&sku=" + sku + "&calls=1", nil, 200, `"state":"on_sale"`},
		{"GET", "/figures", nil, 200, `"eligible":57`},
		{"GET", "/labels", nil, 200, code},
		{"POST", "/judge", fields{Postmart: fields{code: "rejected_by_market"}}, 200, `"P5"`},
		{"POST", "/judge", `[]`, 422, "cannot be read"},
		{"POST", "/faults", Fault{Target: Voso, Kind: FaultHang}, 200, "done"},
		{"POST", "/faults", Fault{Target: Voso, Kind: "odd"}, 422, "no kind"},
		{"GET", "/faults", nil, 200, `"kind":"hang"`},
		{"DELETE", "/faults", nil, 200, "done"},
		{"POST", "/registry/mode", fields{"mode": "short"}, 200, "done"},
		{"POST", "/registry/mode", fields{"mode": "odd"}, 422, "no mode"},
		{"POST", "/registry/products/" + code, fields{"price": 99_000, "stock": 3, "stars": 4, "name": "Tên mới đây", "revoke": true}, 200, "done"},
		{"POST", "/registry/products/none", fields{"price": 1}, 422, "no product"},
		{"POST", "/registry/products/" + code, fields{"prise": 1}, 422, "prise"},
		{"GET", "/labels", nil, 200, `"name":"Tên mới đây","eligible":false,"why":"revoked"`},
		{"POST", "/listings/postmart/" + sku, fields{"do": "take_down", "reason": "reported"}, 200, "done"},
		{"POST", "/listings/postmart/" + sku, fields{"do": "ban"}, 422, "can't ban"},
		{"POST", "/listings/postmart/" + sku, fields{"do": "odd"}, 422, "odd"},
		{"POST", "/listings/voso/" + sku, fields{"do": "set_off"}, 422, "no listing"},
		{"POST", "/listings/voso", fields{"sku": "NHA-1", "name": "Trà nhà"}, 200, "done"},
		{"POST", "/listings/nowhere", fields{"sku": "NHA-1", "name": "Trà nhà"}, 422, "no marketplace"},
		{"POST", "/shops/voso", fields{"locked": true, "new_per_day": 3}, 200, "done"},
		{"POST", "/reviews/reject-next", fields{"reason": "ảnh mờ"}, 200, "done"},
		{"POST", "/reviews/reject-next", nil, 422, "reason"},
		{"POST", "/settle", nil, 200, "done"},
		{"POST", "/reset-counts", nil, 200, "done"},
		{"GET", "/ledger", nil, 200, `"state":"taken_down"`},
	} {
		if a := c.do(x.method, x.path, x.body); a.status != x.status || !strings.Contains(string(a.body), x.says) {
			t.Errorf("%s %s: %d %.300s", x.method, x.path, a.status, a.body)
		}
	}
}

// Everything at once, for the race detector.
func TestManyAtOnce(t *testing.T) {
	s := start(t, Options{})
	codes := s.Codes()
	var all sync.WaitGroup
	for n := range 4 {
		p, v, w, r := newShop(t, s), newVosoShop(t, s), newWooShop(t, s), registryClient(t, s)
		p.keys, w.nonces = 1000*n, 1000*n
		all.Go(func() {
			for i := range 10 {
				sku := "OCOP-" + codes[n*10+i]
				p.request("create", "", p.content(sku))
				p.do("GET", "/partner/v1/product-requests", nil)
				v.call("/v2/seller/product/create", v.fields(sku))
				w.call("POST", "/products", fields{"name": sku, "sku": sku, "regular_price": "1000"})
				r.do("GET", fmt.Sprintf("/api/v1/products?page=%d", i+1), nil)
				if err := s.Rename(codes[i], fmt.Sprint("Tên số ", n)); err != nil {
					t.Error(err)
				}
				s.Judge(nil)
				s.Figures()
				s.Listings(Voso, "")
				_ = s.OrderStock(Lamdong, sku, 1)
			}
		})
	}
	all.Wait()
	for _, m := range Markets() {
		if n := len(s.Listings(m, "")); n != 40 {
			t.Errorf("%s: %d listings", m, n)
		}
	}
	if v := s.Judge(nil); v.Counts["P1"] != 0 || v.Counts["P4"] != 0 {
		t.Errorf("%v", v.Counts)
	}
}
