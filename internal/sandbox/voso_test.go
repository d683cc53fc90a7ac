package sandbox

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"
)

// vosoShop is a client of voso with a token.
type vosoShop struct {
	*client
	s *Sandbox
}

func newVosoShop(t testing.TB, s *Sandbox) *vosoShop {
	t.Helper()
	v := &vosoShop{newClient(t, s, Voso), s}
	data, word := v.call("/v2/user/Login", fields{"USERNAME": VosoUsername, "PASSWORD": VosoPassword})
	if word != "" {
		t.Fatal(word)
	}
	v.header.Set("Token", fmt.Sprint(data["TOKEN"]))
	return v
}

// call gives the data, and the market's word for a refusal.
func (v *vosoShop) call(path string, body any) (fields, string) {
	v.t.Helper()
	a := v.do("POST", path, body)
	o := a.object(v.t)
	if a.status != 200 {
		v.t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	data, _ := o["data"].(fields)
	if o["error"] == true {
		if status := o["status"].(float64); status < 400 {
			v.t.Errorf("an error with status %v", status)
		}
		return data, fmt.Sprint(data["CODE"])
	}
	return data, ""
}

func (v *vosoShop) fields(sku string) fields {
	return fields{
		"SELLER_SKU": sku, "NAME": "Trà atisô Hộp", "DESCRIPTION": "Ngon & sạch, độ ẩm < 5 %", "CATEGORY_ID": vosoBase + 13,
		"PRICE": 50_000, "LIST_PRICE": 60_000, "QUANTITY": 4, "IMAGE_URLS": []string{v.s.PictureURL("pictures", "v.jpg")},
		"OCOP_STAR": 4, "STATUS": "BANNED", "UNKNOWN": []int{1},
	}
}

func (v *vosoShop) create(sku string) int64 {
	v.t.Helper()
	data, word := v.call("/v2/seller/product/create", v.fields(sku))
	if word != "" {
		v.t.Fatal(word)
	}
	return int64(data["PRODUCT_ID"].(float64))
}

func (v *vosoShop) list(filter fields) []any {
	v.t.Helper()
	data, word := v.call("/v2/seller/product/list", filter)
	if word != "" {
		v.t.Fatal(word)
	}
	return data["PRODUCTS"].([]any)
}

func (v *vosoShop) product(sku string) fields {
	v.t.Helper()
	return v.list(fields{"SELLER_SKU": sku})[0].(fields)
}

func TestVosoLife(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now, VosoPending: time.Minute})
	v := newVosoShop(t, s)
	id := v.create("OCOP-1")
	if x := v.product("OCOP-1"); x["STATUS"] != "PENDING" || x["PRICE"] != 50_000.0 {
		t.Errorf("%v", x)
	}
	k.pass(time.Minute)
	if x := v.product("OCOP-1"); x["STATUS"] != "ON" {
		t.Errorf("%v", x)
	}
	status := func(to string) string {
		data, word := v.call("/v2/seller/product/status", fields{"PRODUCT_ID": id, "STATUS": to})
		if word != "" {
			return word
		}
		return fmt.Sprint(data["STATUS"])
	}
	for _, x := range []struct{ to, want string }{{"OFF", "OFF"}, {"OFF", "OFF"}, {"ON", "ON"}, {"PENDING", "FIELD_INVALID"}} {
		if got := status(x.to); got != x.want {
			t.Errorf("%s: %s", x.to, got)
		}
	}
	update := fields{"PRODUCT_ID": id, "PRICE": 55_500, "NAME": norm.NFD.String("Trà atisô mới"), "STATUS": "OFF"}
	if _, word := v.call("/v2/seller/product/update", update); word != "" {
		t.Error(word)
	}
	if x := v.product("OCOP-1"); x["NAME"] != "Trà atisô mới" || x["PRICE"] != 55_500.0 || x["STATUS"] != "ON" || x["QUANTITY"] != 4.0 {
		t.Errorf("%v", x)
	}
	_ = s.Ban(Voso, "OCOP-1", "hàng giả")
	if _, word := v.call("/v2/seller/product/update", update); word != "PRODUCT_BANNED" || status("ON") != "PRODUCT_BANNED" {
		t.Error(word)
	}
	if x := v.product("OCOP-1"); x["STATUS"] != "BANNED" || x["STATUS_REASON"] != "hàng giả" {
		t.Errorf("%v", x)
	}
}

func TestVosoRefuses(t *testing.T) {
	s := start(t, Options{})
	v := newVosoShop(t, s)
	for name, x := range map[string]struct {
		field string
		value any
		word  string
	}{
		"no name":         {"NAME", nil, "FIELD_REQUIRED"},
		"no category":     {"CATEGORY_ID", nil, "FIELD_REQUIRED"},
		"no price":        {"PRICE", nil, "FIELD_REQUIRED"},
		"no quantity":     {"QUANTITY", nil, "FIELD_REQUIRED"},
		"no pictures":     {"IMAGE_URLS", nil, "FIELD_REQUIRED"},
		"odd price":       {"PRICE", 50_250, "FIELD_INVALID"},
		"price as text":   {"PRICE", "50000", "FIELD_INVALID"},
		"nothing to pay":  {"PRICE", 0, "FIELD_INVALID"},
		"list price":      {"LIST_PRICE", 40_000, "FIELD_INVALID"},
		"quantity":        {"QUANTITY", -1, "FIELD_INVALID"},
		"tag in name":     {"NAME", "Trà <b>atisô</b>", "FIELD_INVALID"},
		"entity":          {"DESCRIPTION", "Ngon &amp; sạch", "FIELD_INVALID"},
		"long name":       {"NAME", strings.Repeat("ớ", 151), "FIELD_INVALID"},
		"long text":       {"DESCRIPTION", strings.Repeat("a", 5001), "FIELD_INVALID"},
		"group":           {"CATEGORY_ID", vosoGroup, "CATEGORY_NOT_LEAF"},
		"no such":         {"CATEGORY_ID", 9999, "FIELD_INVALID"},
		"stars":           {"OCOP_STAR", 2, "FIELD_INVALID"},
		"nine pictures":   {"IMAGE_URLS", strings.Split(strings.Repeat("a,", 8)+"a", ","), "FIELD_INVALID"},
		"lost picture":    {"IMAGE_URLS", []string{s.PictureURL("missing", "a.jpg")}, "IMAGE_FETCH_FAILED"},
		"foreign picture": {"IMAGE_URLS", []string{"http://pictures.example/a.jpg"}, "IMAGE_FETCH_FAILED"},
		"long sku":        {"SELLER_SKU", strings.Repeat("A", 65), "FIELD_INVALID"},
	} {
		f := v.fields("OCOP-1")
		if f[x.field] = x.value; x.value == nil {
			delete(f, x.field)
		}
		if _, word := v.call("/v2/seller/product/create", f); word != x.word {
			t.Errorf("%s: %q", name, word)
		}
	}
	if _, word := v.call("/v2/seller/product/create", `{"NAME":`); word != "FIELD_INVALID" {
		t.Error(word)
	}
	if _, word := v.call("/v2/seller/product/update", fields{"PRODUCT_ID": 1}); word != "PRODUCT_NOT_FOUND" {
		t.Error(word)
	}
	if n := len(v.list(nil)); n != 0 {
		t.Errorf("%d products made by refused calls", n)
	}
}

func TestVosoList(t *testing.T) {
	s := start(t, Options{})
	v := newVosoShop(t, s)
	for i := range 60 {
		v.create(fmt.Sprint("OCOP-", i%55)) // five SKUs twice: nobody minds
	}
	if n := len(v.list(fields{"PAGE_SIZE": 500})); n != 50 {
		t.Errorf("page 1: %d", n)
	}
	if n := len(v.list(fields{"PAGE": 2})); n != 10 {
		t.Errorf("page 2: %d", n)
	}
	if n := len(v.list(fields{"PAGE": 3})); n != 0 {
		t.Errorf("page 3: %d", n)
	}
	if n := len(v.list(fields{"SELLER_SKU": "OCOP-3"})); n != 2 {
		t.Errorf("one SKU: %d", n)
	}
	if n := len(v.list(fields{"SELER_SKU": "OCOP-3"})); n != 50 {
		t.Errorf("a misspelt filter: %d", n)
	}
	if n := len(v.list(fields{"STATUS": "OFF"})); n != 0 {
		t.Errorf("OFF: %d", n)
	}
	if a := v.do("POST", "/v2/seller/category/list", nil); !strings.Contains(string(a.body), `"LEAF":true`) {
		t.Errorf("%s", a.body)
	}
}

func TestVosoPendingCanBeTakenOff(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now, VosoPending: time.Minute})
	v := newVosoShop(t, s)
	id := v.create("OCOP-1")
	v.call("/v2/seller/product/status", fields{"PRODUCT_ID": id, "STATUS": "OFF"})
	k.pass(time.Hour / 2)
	if x := v.product("OCOP-1"); x["STATUS"] != "OFF" {
		t.Errorf("%v", x)
	}
}

func TestVosoShopAndTokens(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now})
	v := newVosoShop(t, s)
	v.create("OCOP-1")
	s.LockShop(true)
	if _, word := v.call("/v2/seller/product/create", v.fields("OCOP-2")); word != "SHOP_LOCKED" {
		t.Error(word)
	}
	if n := len(v.list(nil)); n != 1 {
		t.Errorf("a locked shop shows %d", n)
	}
	s.LockShop(false)
	s.LimitNewPerDay(2) // one was made today
	v.create("OCOP-2")
	if _, word := v.call("/v2/seller/product/create", v.fields("OCOP-3")); word != "QUOTA_EXCEEDED" {
		t.Error(word)
	}
	k.pass(time.Hour)
	if _, word := v.call("/v2/seller/product/list", nil); word != "TOKEN_EXPIRED" {
		t.Error(word)
	}
	v.header.Set("Token", "nobody's")
	if _, word := v.call("/v2/seller/product/list", nil); word != "TOKEN_INVALID" {
		t.Error(word)
	}
	if _, word := v.call("/v2/user/Login", fields{"USERNAME": "x", "PASSWORD": "y"}); word != "TOKEN_INVALID" {
		t.Error(word)
	}
}
