package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/coverage"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	r := k.want(http.StatusOK, state.Viewer, "GET", "/api/v1/status", "")
	var got struct {
		Overall share
		Markets []struct {
			Market   string
			Coverage marketFigures
			Held     *Held
			Pause    *state.Pause
		}
	}
	r.into(t, &got)
	want := coverage.Compute(markets(), province())
	if got.Overall != shareOf(want.OnSale, want.Counted) || len(got.Markets) != 3 {
		t.Fatalf("overall %+v of %d markets, want %d of %d", got.Overall, len(got.Markets), want.OnSale, want.Counted)
	}
	for i, m := range want.Markets {
		f := got.Markets[i].Coverage
		if got.Markets[i].Market != string(m.Market) || f.OnSale != m.OnSale || f.Counted != m.Counted || f.Differs != m.Differs || len(f.Missing) != len(m.Missing) {
			t.Errorf("%s: %+v, want %+v", m.Market, f, m)
		}
	}
	if got.Markets[2].Held == nil || got.Markets[2].Pause == nil {
		t.Errorf("voso's hold and pause are not told: %s", r.body)
	}

	etag := r.header.Get("ETag")
	for header, status := range map[string]int{
		etag: 304, "W/" + etag: 304, `"x", ` + etag: 304, "*": 304, `"x"`: 200, "": 200,
	} {
		again := k.want(status, state.Viewer, "GET", "/api/v1/status", "", "If-None-Match", header)
		if again.header.Get("ETag") != etag || status == 304 && again.body != "" {
			t.Errorf("If-None-Match %s: ETag %s, %d bytes", header, again.header.Get("ETag"), len(again.body))
		}
	}
	if head := k.want(200, state.Viewer, "HEAD", "/api/v1/status", ""); head.body != "" || head.header.Get("ETag") != etag {
		t.Errorf("HEAD answered %d bytes, ETag %s", len(head.body), head.header.Get("ETag"))
	}
	changed := *k.model.Status()
	changed.Queue.Waiting = 7
	k.model.status.Store(&changed)
	if r := k.want(200, state.Viewer, "GET", "/api/v1/status", "", "If-None-Match", etag); !strings.Contains(r.body, `"waiting":7`) {
		t.Errorf("after a change: %s", r.body)
	}
}

// Before the first reading the status is told without figures, and figures are
// refused rather than told as nothing.
func TestBeforeTheFirstReading(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.model.standing.Store(nil)
	if r := k.want(200, state.Viewer, "GET", "/api/v1/status", ""); strings.Contains(r.body, "coverage") || strings.Contains(r.body, "overall") {
		t.Errorf("status told figures: %s", r.body)
	}
	for _, path := range []string{"/api/v1/coverage", "/api/v1/products", "/api/v1/products/68-672-00001-1-2024"} {
		r := k.want(http.StatusServiceUnavailable, state.Viewer, "GET", path, "")
		if code, _, _ := r.problem(); code != "no_reading" || r.header.Get("Retry-After") == "" {
			t.Errorf("%s: %s", path, r.body)
		}
	}
	k.want(http.StatusServiceUnavailable, state.Operator, "POST", "/api/v1/resyncs", `{"codes":["68-672-00001-1-2024"]}`)
	k.want(http.StatusAccepted, state.Operator, "POST", "/api/v1/resyncs", `{}`)
	r := k.want(200, nil, "GET", "/metrics", "")
	if strings.Contains(r.body, "ocopsync_coverage") {
		t.Error("metrics tell of a coverage that is not known")
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	total := coverage.Compute(markets(), province())
	for what, keys := range map[string][]string{
		"":         {"lamdong", "postmart", "voso"},
		"market":   {"lamdong", "postmart", "voso"},
		"stars":    {"5", "4", "3", "2"},
		"group":    {"thuc-pham", "do-uong", "duoc-lieu"},
		"commune":  {"", "Phường 7", "Xuân Trường"},
		"producer": {"Cơ sở Cầu Đất Ví dụ", "HTX Nông nghiệp Ví dụ", "Hộ kinh doanh Ví dụ"},
	} {
		path := "/api/v1/coverage"
		if what != "" {
			path += "?by=" + what
		}
		r := k.want(200, state.Viewer, "GET", path, "")
		var got table
		r.into(t, &got)
		if got.Total.OnSale != total.OnSale || got.Total.Counted != total.Counted || got.Total.Products != 8 {
			t.Errorf("%s: total %+v, want %+v", path, got.Total, total)
		}
		var found []string
		products := 0
		for _, row := range got.Rows {
			found = append(found, row.Key)
			products += row.Products
		}
		if !slices.Equal(found, keys) {
			t.Errorf("%s: rows %q, want %q", path, found, keys)
		}
		if what != "" && what != "market" && products != 8 {
			t.Errorf("%s: its rows have %d products, want 8", path, products)
		}
		if got.By == byMarket {
			for i, m := range total.Markets {
				if got.Rows[i].OnSale != m.OnSale || got.Rows[i].Counted != m.Counted || got.Rows[i].Percent != coverage.Percent(m.OnSale, m.Counted) {
					t.Errorf("%s: %+v, want %+v", path, got.Rows[i], m)
				}
			}
		}
		k.want(304, state.Viewer, "GET", path, "", "If-None-Match", r.header.Get("ETag"))
	}
	next := *k.model.Standing()
	next.AsOf = monday.Add(time.Hour)
	k.model.standing.Store(&next)
	var got table
	k.want(200, state.Viewer, "GET", "/api/v1/coverage", "").into(t, &got)
	if !got.AsOf.Equal(next.AsOf) {
		t.Errorf("after a new standing it is as of %s", got.AsOf)
	}
}

func TestProducts(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for query, want := range map[string]string{
		"": "1 2 3 4 5 6 7 8", "q=atiso": "1 2", "q=ATIS%C3%94": "1 2", "q=cau+dat+arabica": "3", "q=68-672-00005-1": "5", "q=none": "",
		"q=h%E1%BB%99+kinh+doanh": "5 6", "q=-": "1 2 3 4 5 6 7 8",
		"stars=4": "1 3", "stars=2": "8", "stars=1": "", "group=duoc-lieu": "2", "group=thuc-pham&stars=3": "5 6 7",
		"market=voso&state=on_sale": "1 3", "state=rejected": "2", "market=voso&state=rejected": "",
		"reason=missing_image": "2", "reason=missing_stock": "2", "market=postmart&reason=missing_image": "", "reason=certificate_expired": "7",
		"reason=exempt": "5", "reason=awaiting_observation": "3", "reason=not_yet_run": "6", "reason=below_min_stars": "8",
		"act=producer": "2 5 6", "act=officer": "", "act=system": "3 6", "market=voso&act=producer": "2 5 6", "market=lamdong&act=system": "6", "market=lamdong&act=producer": "",
		"market=voso&state=not_listed&act=producer&reason=missing_price": "5",
	} {
		var page productPage
		k.want(200, state.Viewer, "GET", "/api/v1/products?"+query, "").into(t, &page)
		var got []string
		for _, p := range page.Items {
			got = append(got, strings.TrimLeft(string(p.Code)[7:12], "0"))
		}
		if strings.Join(got, " ") != want || page.Total != len(got) {
			t.Errorf("%s: products %v of %d, want %s", query, got, page.Total, want)
		}
	}
}

// What a filter by party finds is what the figures count.
func TestProductsEqualTheFigures(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for _, m := range coverage.Compute(markets(), province()).Markets {
		want := make(map[ocop.Party]int)
		for _, r := range m.Missing {
			want[r.Party] += r.Count
		}
		for _, party := range []ocop.Party{ocop.PartyProducer, ocop.PartyOfficer, ocop.PartyMarketplace, ocop.PartySystem} {
			var page productPage
			k.want(200, state.Viewer, "GET", "/api/v1/products?market="+string(m.Market)+"&act="+string(party), "").into(t, &page)
			if page.Total != want[party] {
				t.Errorf("%s, %s: %d products, the figures count %d", m.Market, party, page.Total, want[party])
			}
		}
	}
}

func TestProductPages(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for _, size := range []string{"1", "3", "8", "200"} {
		var codes []ocop.Code
		next := ""
		for range 9 {
			q := url.Values{"limit": {size}}
			if next != "" {
				q.Set("cursor", next)
			}
			var page productPage
			k.want(200, state.Viewer, "GET", "/api/v1/products?"+q.Encode(), "").into(t, &page)
			for _, p := range page.Items {
				codes = append(codes, p.Code)
			}
			if page.Total != 8 {
				t.Errorf("limit %s: total %d, want 8", size, page.Total)
			}
			if next = page.Next; next == "" {
				break
			}
		}
		if len(codes) != 8 || !slices.IsSorted(codes) || len(slices.Compact(codes)) != 8 {
			t.Errorf("limit %s: the pages hold %v", size, codes)
		}
	}
}

// Decision 14: a viewer never sees how to reach a producer, an operator does.
func TestContactsAreForOperators(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	const path = "/api/v1/products/68-672-00002-1-2024"
	for role, sees := range map[state.Role]bool{state.Viewer: false, state.Operator: true, state.Admin: true} {
		r := k.want(200, role, "GET", path, "")
		for what, secret := range map[string]string{"telephone number": phone, "e-mail address": email} {
			if strings.Contains(r.body, secret) != sees {
				t.Errorf("%s sees the %s: %t, want %t", role, what, !sees, sees)
			}
		}
		var got productDetail
		r.into(t, &got)
		if got.Registry == nil || got.Registry.Offer.Price != 120_000 || got.Markets[1].Missing == nil || got.Markets[1].Words != "Ảnh mờ" {
			t.Errorf("as %s: %s", role, r.body)
		}
	}
	for _, path := range []string{"/api/v1/products", "/api/v1/coverage?by=producer", "/api/v1/status"} {
		if r := k.want(200, state.Operator, "GET", path, ""); strings.Contains(r.body, phone) || strings.Contains(r.body, email) {
			t.Errorf("%s tells how to reach a producer", path)
		}
	}
}
