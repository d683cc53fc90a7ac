package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"
)

func registryClient(t testing.TB, s *Sandbox) *client {
	c := newClient(t, s, Registry)
	c.header.Set("Authorization", "Bearer "+RegistryToken)
	return c
}

// page is the registry's answer as a reader sees it.
type page struct {
	Total int      `json:"total"`
	Items []record `json:"items"`
}

// readAll reads a list to its end.
func readAll(t testing.TB, c *client, query string) (total int, items []record, etag string) {
	t.Helper()
	for n := 1; ; n++ {
		a := c.do("GET", fmt.Sprintf("/api/v1/products?page=%d%s", n, query), nil)
		var p page
		a.into(t, &p)
		if a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if etag != "" && a.header.Get("ETag") != etag {
			t.Errorf("page %d has another ETag", n)
		}
		etag, total = a.header.Get("ETag"), p.Total
		if len(p.Items) == 0 {
			return total, items, etag
		}
		items = append(items, p.Items...)
	}
}

func TestRegistryList(t *testing.T) {
	s := start(t, Options{})
	c := registryClient(t, s)
	total, items, etag := readAll(t, c, "&page_size=20")
	if total != 70 || len(items) != 70 { // all but the withdrawn one
		t.Errorf("total %d, items %d", total, len(items))
	}
	for i := 1; i < len(items); i++ {
		if items[i-1].Code >= items[i].Code {
			t.Errorf("%s before %s", items[i-1].Code, items[i].Code)
		}
	}
	if a := c.do("GET", "/api/v1/products?page_size=500", nil, "If-None-Match", etag); a.status != http.StatusNotModified {
		t.Errorf("same list: %d", a.status)
	}
	if _, _, other := readAll(t, c, "&min_stars=4"); other == etag {
		t.Error("another filter, the same ETag")
	}
	if a := c.do("GET", "/api/v1/products/"+items[3].Code, nil); a.object(t)["name"] != items[3].Name {
		t.Errorf("%s", a.body)
	}
	if a := c.do("GET", "/api/v1/products/none", nil); a.status != 404 {
		t.Errorf("%d", a.status)
	}
}

func TestRegistryRefuses(t *testing.T) {
	s := start(t, Options{})
	c := registryClient(t, s)
	for _, query := range []string{
		"page=0", "page=x", "page=", "page_size=0", "page_size=501", "min_stars=0", "min_stars=6", "updated_since=yesterday", "updated_since=",
	} {
		if a := c.do("GET", "/api/v1/products?"+query, nil); a.status != 400 {
			t.Errorf("%s: %d", query, a.status)
		}
	}
	for _, token := range []string{"", "Bearer", "Bearer wrong", RegistryToken} {
		if a := c.do("GET", "/api/v1/products", nil, "Authorization", token); a.status != 401 {
			t.Errorf("%q: %d", token, a.status)
		}
	}
}

func TestRegistryDelta(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now})
	c := registryClient(t, s)
	_, items, before := readAll(t, c, "&page_size=500")
	k.pass(time.Hour)
	since := url.QueryEscape(k.now().Format(time.RFC3339))
	for i, change := range []func(string) error{
		s.Revoke, s.Withdraw,
		func(code string) error { return s.Demote(code, 2) },
		func(code string) error { return s.Rename(code, "Tên mới của sản phẩm") },
	} {
		if err := change(items[i].Code); err != nil {
			t.Fatal(err)
		}
	}
	total, changed, _ := readAll(t, c, "&min_stars=5&updated_since="+since)
	if total != 4 || len(changed) != 4 || changed[0].Status != "revoked" || changed[0].Certificate.RevokedOn != "2026-11-23" ||
		changed[1].Status != "withdrawn" || changed[2].Stars != 2 || changed[3].Name != "Tên mới của sản phẩm" {
		t.Errorf("%d %+v", total, changed)
	}
	if total, _, after := readAll(t, c, "&page_size=500"); total != 69 || after == before {
		t.Errorf("total %d, the same ETag %v", total, after == before)
	}
	labels := map[string]Label{}
	for _, l := range s.Labels() {
		labels[l.Code] = l
	}
	for i, why := range []string{"revoked", "withdrawn", "below_min_stars", ""} {
		if got := labels[items[i].Code].Why; got != why {
			t.Errorf("%s: %q, want %q", items[i].Code, got, why)
		}
	}
	k.pass(91 * 24 * time.Hour)
	if total, _, _ := readAll(t, c, "&updated_since="+since); total != 3 {
		t.Errorf("after 90 days %d", total)
	}
}

// A certificate that ends by its date changes the label and not the ETag.
func TestCertificateEndsByDate(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now})
	c := registryClient(t, s)
	_, _, before := readAll(t, c, "&page_size=500")
	k.pass(19 * 24 * time.Hour) // one ends in 20 days
	eligible := s.Figures().Eligible
	k.pass(24 * time.Hour)
	if got := s.Figures().Eligible; got != eligible {
		t.Errorf("its last day counts: %d, %d before", got, eligible)
	}
	k.pass(24 * time.Hour)
	if got := s.Figures().Eligible; got != eligible-1 {
		t.Errorf("%d eligible, %d before", got, eligible)
	}
	if _, _, after := readAll(t, c, "&page_size=500"); after != before {
		t.Error("the ETag changed")
	}
}

func TestRegistryMoods(t *testing.T) {
	s := start(t, Options{})
	c := registryClient(t, s)
	_, _, etag := readAll(t, c, "")
	read := func(n int) page {
		var p page
		c.do("GET", fmt.Sprintf("/api/v1/products?page_size=50&page=%d", n), nil).into(t, &p)
		return p
	}
	for _, x := range []struct {
		mode          string
		total, second int
	}{{ModeEmpty, 0, 0}, {ModeShort, 35, 0}, {ModeTruncated, 70, 0}, {ModeStale304, 70, 20}, {ModeNormal, 70, 20}} {
		if err := s.SetRegistryMode(x.mode); err != nil {
			t.Fatal(err)
		}
		if p := read(2); p.Total != x.total || len(p.Items) != x.second {
			t.Errorf("%s: total %d, %d on page 2", x.mode, p.Total, len(p.Items))
		}
	}
	_ = s.SetRegistryMode(ModeStale304)
	if a := c.do("GET", "/api/v1/products", nil, "If-None-Match", `"anything"`); a.status != 304 {
		t.Errorf("stale: %d", a.status)
	}
	_ = s.SetRegistryMode(ModeChanging)
	if a := c.do("GET", "/api/v1/products", nil, "If-None-Match", etag); a.status != 200 {
		t.Errorf("changing: %d", a.status)
	}
	if first, again := read(1).Total, read(1).Total; first == again {
		t.Errorf("a list that changes at every call had %d products twice", first)
	}
	if s.SetRegistryMode("odd") == nil {
		t.Error("an odd mode was taken")
	}
}

func TestNationalDialect(t *testing.T) {
	s := start(t, Options{})
	c := newClient(t, s, Registry)
	seen, texts, missing := 0, 0, 0
	for n := 1; ; n++ {
		a := c.do("GET", fmt.Sprintf("/v1/public/product-info/?ocop_star=&page=%d&page_size=12", n), nil)
		if a.status == 404 {
			break
		}
		for _, x := range a.object(t)["results"].([]any) {
			row := x.(map[string]any)
			seen++
			if _, text := row["ocop_star"].(string); text {
				texts++
			}
			full := c.do("GET", fmt.Sprintf("/v1/public/product-info/%v/", row["id"]), nil).object(t)
			if full["manufacturer"].(map[string]any)["name"] == "" || full["name"] != row["name"] {
				t.Errorf("%v", full)
			}
			if full["expiry_date"] == nil || full["expiry_date"] == "" {
				missing++
			}
		}
	}
	if seen < 55 || texts == 0 || texts == seen || missing == 0 {
		t.Errorf("%d products, %d stars as text, %d without an end", seen, texts, missing)
	}
	if a := c.do("GET", "/v1/public/product-info/9999/", nil); a.status != 404 {
		t.Errorf("%d", a.status)
	}
}

func BenchmarkRegistryFullRead(b *testing.B) {
	s := start(b, Options{Products: 20_000})
	c := registryClient(b, s)
	c.router = nil // not the contract is measured
	for b.Loop() {
		for n := 1; n <= 40; n++ {
			if a := c.do("GET", fmt.Sprintf("/api/v1/products?page_size=500&page=%d", n), nil); a.status != 200 {
				b.Fatal(a.status)
			}
		}
	}
}
