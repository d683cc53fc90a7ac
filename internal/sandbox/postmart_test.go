package sandbox

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"maps"
	"mime/multipart"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

type fields = map[string]any

// shop is a client of postmart with a token and a picture.
type shop struct {
	*client
	s       *Sandbox
	picture string
	keys    int
}

func upload(t testing.TB, content []byte) form {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "a.jpg")
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return form{w.FormDataContentType(), b.Bytes()}
}

func (p *shop) signIn() {
	p.t.Helper()
	a := p.do("POST", "/oauth/token", form{"application/x-www-form-urlencoded",
		[]byte("grant_type=client_credentials&client_id=" + PostmartClientID + "&client_secret=" + PostmartClientSecret)})
	p.header.Set("Authorization", fmt.Sprint("Bearer ", a.object(p.t)["access_token"]))
}

func newShop(t testing.TB, s *Sandbox) *shop {
	t.Helper()
	p := &shop{client: newClient(t, s, Postmart), s: s}
	p.signIn()
	picture, _ := s.media.picture("/media/pictures/a.jpg")
	p.picture = fmt.Sprint(p.do("POST", "/partner/v1/images", upload(t, picture)).object(t)["id"])
	return p
}

func (p *shop) content(sku string) fields {
	return fields{
		"sku": sku, "name": "Trà túi lọc atisô", "description": "<p>Ngon</p>", "category_id": 1014,
		"images": []string{p.picture}, "price": 50_000, "stock": 3, "unit": "Hộp",
		"attributes": fields{"ocop_stars": "4", "ocop_certificate": "GCN-1"},
	}
}

func (p *shop) request(kind, id string, content fields) reply {
	p.t.Helper()
	p.keys++
	body := fields{"kind": kind, "content": content}
	if id != "" {
		body["product_id"] = id
	}
	return p.do("POST", "/partner/v1/product-requests", body, "Idempotency-Key", fmt.Sprint("key-", p.keys))
}

// create makes a product and gives its id.
func (p *shop) create(sku string) string {
	p.t.Helper()
	a := p.request("create", "", p.content(sku))
	if a.status != 202 {
		p.t.Fatalf("%d %s", a.status, a.body)
	}
	p.s.DecideReviewsNow()
	return fmt.Sprint(p.product(sku)["id"])
}

func (p *shop) product(sku string) fields {
	p.t.Helper()
	items := p.do("GET", "/partner/v1/products?sku="+sku, nil).object(p.t)["items"].([]any)
	if len(items) == 0 {
		return nil
	}
	return items[0].(fields)
}

func TestPostmartReview(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now, ReviewDelay: time.Hour})
	p := newShop(t, s)
	id := fmt.Sprint(p.request("create", "", p.content("OCOP-1")).object(t)["id"])
	for _, x := range []struct {
		after time.Duration
		state string
	}{{0, "queued"}, {31 * time.Minute, "in_review"}, {30 * time.Minute, "approved"}} {
		k.pass(x.after)
		p.signIn()
		if got := p.do("GET", "/partner/v1/product-requests/"+id, nil).object(t); got["state"] != x.state {
			t.Errorf("after %s: %v", x.after, got)
		}
	}
	if x := p.product("OCOP-1"); x["state"] != "on_sale" {
		t.Errorf("%v", x)
	}
}

func TestPostmartUpdatesReplaceWhole(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now, ReviewDelay: 10 * time.Minute})
	p := newShop(t, s)
	id := p.create("OCOP-1")
	update := func(name string, price int) {
		c := p.content("OCOP-1")
		c["name"], c["price"] = name, price
		if a := p.request("update", id, c); a.status != 202 {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	update("Trà túi lọc thứ nhất", 60_000)
	update("Trà túi lọc thứ hai", 70_000)
	if a := p.do("PATCH", "/partner/v1/products/"+id+"/offer", fields{"price": 99_000}); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a := p.do("POST", "/partner/v1/products/"+id+"/unlist", nil); a.object(t)["state"] != "unlisted" {
		t.Fatalf("%s", a.body)
	}
	k.pass(10 * time.Minute)
	x := p.product("OCOP-1")
	if c := x["content"].(fields); c["name"] != "Trà túi lọc thứ hai" || c["price"] != 70_000.0 || x["state"] != "unlisted" {
		t.Errorf("%v", x)
	}
}

func TestPostmartStates(t *testing.T) {
	s := start(t, Options{})
	p := newShop(t, s)
	id := p.create("OCOP-1")
	by := func(action string) reply { return p.do("POST", "/partner/v1/products/"+id+"/"+action, nil) }
	expect := func(what string, a reply, status int, word string) {
		t.Helper()
		if o := a.object(t); a.status != status || o["state"] != word && o["code"] != word {
			t.Errorf("%s: %d %s", what, a.status, a.body)
		}
	}
	expect("unlist", by("unlist"), 200, "unlisted")
	expect("again", by("unlist"), 200, "unlisted")
	expect("relist", by("relist"), 200, "on_sale")
	_ = s.TakeDown(Postmart, "OCOP-1", "reported")
	expect("taken down, unlist", by("unlist"), 200, "taken_down")
	expect("taken down, relist", by("relist"), 409, "taken_down")
	expect("taken down, update", p.request("update", id, p.content("OCOP-1")), 202, "queued")
	expect("an update puts it back", by("unlist"), 200, "unlisted")
	_ = s.Lock(Postmart, "OCOP-1", "law")
	expect("locked, relist", by("relist"), 409, "locked")
	expect("locked, unlist", by("unlist"), 409, "locked")
	expect("locked, offer", p.do("PATCH", "/partner/v1/products/"+id+"/offer", fields{"stock": 1}), 409, "locked")
	expect("locked, update", p.request("update", id, p.content("OCOP-1")), 409, "locked")
	expect("another id", p.request("update", "P9", p.content("OCOP-1")), 404, "not_found")
	if x := p.product("OCOP-1"); x["state_reason"] != "law" {
		t.Errorf("%v", x)
	}
}

func TestPostmartContentRules(t *testing.T) {
	s := start(t, Options{})
	p := newShop(t, s)
	for name, x := range map[string]struct {
		field string
		value any
		code  string
	}{
		"no sku":        {"sku", nil, "invalid_field"},
		"odd sku":       {"sku", "A B", "invalid_field"},
		"long sku":      {"sku", strings.Repeat("A", 51), "invalid_field"},
		"short name":    {"name", "Mứt dâu", "invalid_field"},
		"long name":     {"name", strings.Repeat("ớ", 121), "title_too_long"},
		"script":        {"description", "<script>alert(1)</script>", "invalid_field"},
		"attribute":     {"description", `<p onclick="x()">a</p>`, "invalid_field"},
		"open tag":      {"description", "<p>a</p><img src=x", "invalid_field"},
		"too much text": {"description", strings.Repeat("a", 10_001), "invalid_field"},
		"category":      {"category_id", 7, "bad_category"},
		"tourism":       {"category_id", postmartBase + len(subgroups) - 1, "bad_category"},
		"no picture":    {"images", []string{}, "missing_image"},
		"ten pictures":  {"images", strings.Split(strings.Repeat(p.picture+" ", 9)+p.picture, " "), "invalid_field"},
		"lost picture":  {"images", []string{"img-9"}, "bad_image"},
		"cheap":         {"price", 999, "bad_price"},
		"broken price":  {"price", "50000", "invalid_field"},
		"below nothing": {"stock", -1, "invalid_field"},
		"attributes":    {"attributes", fields{"ocop_stars": "4"}, "missing_attribute"},
		"licence":       {"category_id", 1015, "missing_document"},
		"odd document":  {"documents", []fields{{"kind": "passport", "image_id": p.picture}}, "invalid_field"},
	} {
		c := p.content("OCOP-1")
		if c[x.field] = x.value; x.value == nil {
			delete(c, x.field)
		}
		a := p.request("create", "", c)
		if o := a.object(t); a.status != 422 || o["code"] != x.code || len(o["errors"].([]any)) == 0 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	licensed := p.content("OCOP-2")
	maps.Copy(licensed, fields{"category_id": 1015, "documents": []fields{{"kind": "alcohol_licence", "image_id": p.picture}}, "name": "Rượu gạo men lá", "price": 1000, "stock": 0})
	if a := p.request("create", "", licensed); a.status != 202 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestPostmartPictures(t *testing.T) {
	s := start(t, Options{})
	p := newShop(t, s)
	small, _ := s.media.picture("/media/small/a.jpg")
	good, _ := s.media.picture("/media/pictures/a.jpg")
	var wide bytes.Buffer
	_ = png.Encode(&wide, image.NewGray(image.Rect(0, 0, 900, 499)))
	for name, x := range map[string]struct {
		content []byte
		status  int
	}{
		"same bytes": {good, 201}, "small": {small, 422}, "too low": {wide.Bytes(), 422},
		"text": {[]byte("<html>"), 415}, "heavy": {append(bytes.Clone(good), make([]byte, 2<<20)...), 413},
		"too heavy": {make([]byte, 9<<20), 413},
	} {
		a := p.do("POST", "/partner/v1/images", upload(t, x.content))
		if a.status != x.status || x.status == 201 && a.object(t)["id"] != p.picture {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	if a := p.do("POST", "/partner/v1/images", `{}`); a.status != 422 {
		t.Errorf("no form: %d", a.status)
	}
}

func TestPostmartIdempotency(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now, ReviewDelay: 100 * time.Hour})
	p := newShop(t, s)
	post := func(key, body string) reply {
		return p.do("POST", "/partner/v1/product-requests", body, "Idempotency-Key", key)
	}
	one := string(encode(fields{"kind": "create", "content": p.content("OCOP-1")}))
	two := string(encode(fields{"kind": "create", "content": p.content("OCOP-2")}))
	unknown := string(encode(fields{"kind": "update", "product_id": "P9", "content": p.content("OCOP-3")}))
	first := post("a", one)
	taken := post("b", one)
	bad := post("c", `{"kind":"create","content":{}}`)
	if first.status != 202 || taken.status != 409 || bad.status != 422 || taken.object(t)["request_id"] != first.object(t)["id"] {
		t.Fatalf("%d %s, %s", first.status, first.body, taken.body)
	}
	s.RejectSKU("OCOP-1", "no")
	s.DecideReviewsNow() // the sku is free again, the answers stay
	for _, x := range []struct {
		what, key, body string
		status          int
		same            *reply
		code            string
	}{
		{"replayed", "a", one, 202, &first, ""},
		{"another body", "a", two, 422, nil, "key_reused"},
		{"another byte", "a", one + " ", 422, nil, "key_reused"},
		{"refusal replayed", "b", one, 409, &taken, ""},
		{"fault replayed", "c", `{"kind":"create","content":{}}`, 422, &bad, ""},
		{"404 is not kept", "d", unknown, 404, nil, "not_found"},
		{"so its key is free", "d", two, 202, nil, ""},
		{"no key", "", one, 422, nil, "invalid_field"},
		{"long key", strings.Repeat("k", 65), one, 422, nil, "invalid_field"},
	} {
		a := post(x.key, x.body)
		if a.status != x.status || x.same != nil && !bytes.Equal(a.body, x.same.body) || x.code != "" && a.object(t)["code"] != x.code {
			t.Errorf("%s: %d %s", x.what, a.status, a.body)
		}
	}
	s.RejectSKU("OCOP-1", "")
	k.pass(24 * time.Hour)
	p.signIn()
	if a := post("a", one); a.status != 202 || bytes.Equal(a.body, first.body) {
		t.Errorf("a day later: %d %s", a.status, a.body)
	}
}

func TestPostmartInProgress(t *testing.T) {
	s := start(t, Options{})
	p := newShop(t, s)
	if err := s.SetFault(Fault{Target: Postmart, Kind: FaultSlowWork, Match: "product-requests", Delay: time.Hour, Count: 1}); err != nil {
		t.Fatal(err)
	}
	body := string(encode(fields{"kind": "create", "content": p.content("OCOP-1")}))
	done := make(chan error, 1)
	go func() {
		_, err := p.send("POST", "/partner/v1/product-requests", body, "Idempotency-Key", "a")
		done <- err
	}()
	for { // until the first call has taken the key, the second one waits its turn
		s.postmart.mu.Lock()
		under := len(s.postmart.keys)
		s.postmart.mu.Unlock()
		if under == 1 {
			break
		}
		runtime.Gosched()
	}
	a := p.do("POST", "/partner/v1/product-requests", body, "Idempotency-Key", "a")
	if a.status != 409 || a.object(t)["code"] != "in_progress" {
		t.Errorf("%d %s", a.status, a.body)
	}
	_ = s.Close()
	<-done
}

func TestPostmartPages(t *testing.T) {
	s := start(t, Options{})
	p := newShop(t, s)
	for i := range 25 {
		p.create(fmt.Sprintf("OCOP-%02d", i))
	}
	walk := func(path string) (ids []string) {
		cursor := ""
		for {
			o := p.do("GET", path+"?limit=10&cursor="+cursor, nil).object(t)
			for _, x := range o["items"].([]any) {
				ids = append(ids, fmt.Sprint(x.(fields)["id"]))
			}
			if o["next_cursor"] == nil {
				return ids
			}
			cursor = fmt.Sprint(o["next_cursor"])
		}
	}
	if ids := walk("/partner/v1/products"); len(ids) != 25 || ids[0] != "P0000001" || ids[24] != "P0000025" {
		t.Errorf("%v", ids)
	}
	if ids := walk("/partner/v1/product-requests"); len(ids) != 25 || ids[0] != "R0000025" || ids[24] != "R0000001" {
		t.Errorf("%v", ids)
	}
	for _, query := range []string{"limit=101", "limit=0", "limit=x", "cursor=!!"} {
		if a := p.do("GET", "/partner/v1/products?"+query, nil); a.status != 422 {
			t.Errorf("%s: %d", query, a.status)
		}
	}
	if a := p.do("GET", "/partner/v1/product-requests?sku=OCOP-03", nil); !strings.Contains(string(a.body), `"sku":"OCOP-03"`) {
		t.Errorf("%s", a.body)
	}
}

func TestPostmartTokens(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now})
	p := newShop(t, s)
	if a := p.do("GET", "/partner/v1/categories", nil); a.status != 200 || !strings.Contains(string(a.body), "health_declaration") {
		t.Errorf("%d %s", a.status, a.body)
	}
	k.pass(time.Hour)
	if a := p.do("GET", "/partner/v1/categories", nil); a.status != 401 || a.object(t)["code"] != "invalid_token" {
		t.Errorf("%d %s", a.status, a.body)
	}
	a := p.do("POST", "/oauth/token", form{"application/x-www-form-urlencoded", []byte("grant_type=client_credentials&client_id=x&client_secret=y")})
	if a.status != 401 || a.object(t)["code"] != "invalid_client" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestPostmartRejects(t *testing.T) {
	s := start(t, Options{})
	p := newShop(t, s)
	s.RejectNext("ảnh mờ")
	id := p.request("create", "", p.content("OCOP-1")).object(t)["id"]
	got := p.do("GET", fmt.Sprint("/partner/v1/product-requests/", id), nil)
	if o := got.object(t); o["state"] != "rejected" || !strings.Contains(string(got.body), "ảnh mờ") {
		t.Errorf("%s", got.body)
	}
	if a := p.request("create", "", p.content("OCOP-1")); a.status != http.StatusAccepted {
		t.Errorf("a corrected one: %d %s", a.status, a.body)
	}
	if a := p.request("create", "", p.content("OCOP-1")); a.status != http.StatusConflict || a.object(t)["product_id"] == nil {
		t.Errorf("taken: %d %s", a.status, a.body)
	}
}
