package voso

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

const (
	testUser     = "0900111222"
	testPassword = "correct-horse"
	testToken    = "token-1"
)

// mall is a scripted voso: each path answers what the test says.
type mall struct {
	*httptest.Server
	t *testing.T

	mu    sync.Mutex
	paths map[string]func(n int, body string) answer
	calls []seen
}

// answer is one HTTP answer; Status 0 cuts the connection.
type answer struct {
	status int
	header http.Header
	body   string
}

type seen struct{ path, token, body string }

// newMall logs in anybody; every other path is scripted with on.
func newMall(t *testing.T) *mall {
	t.Helper()
	m := &mall{t: t, paths: make(map[string]func(int, string) answer)}
	m.on(pathLogin, func(n int, _ string) answer {
		return okay(`{"TOKEN": "token-%d", "EXPIRED_AT": %d}`, n, time.Now().Add(time.Hour).UnixMilli())
	})
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

// on scripts a path; n counts its calls from 1.
func (m *mall) on(path string, f func(n int, body string) answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.paths[path] = f
}

// always answers every call of a path alike.
func (m *mall) always(path string, a answer) {
	m.on(path, func(int, string) answer { return a })
}

func (m *mall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client broke off: nothing arrived
	}
	m.mu.Lock()
	m.calls = append(m.calls, seen{r.URL.Path, r.Header.Get("Token"), string(body)})
	n := 0
	for _, c := range m.calls {
		if c.path == r.URL.Path {
			n++
		}
	}
	script := m.paths[r.URL.Path]
	m.mu.Unlock()
	if script == nil {
		m.t.Errorf("the mall was called at %s, which the test did not expect", r.URL.Path)
		http.NotFound(w, r)
		return
	}
	a := script(n, string(body))
	if a.status == 0 {
		panic(http.ErrAbortHandler)
	}
	for name := range a.header {
		w.Header().Set(name, a.header.Get(name))
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

// to gives the bodies of the calls of a path so far.
func (m *mall) to(path string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, c := range m.calls {
		if c.path == path {
			out = append(out, c.body)
		}
	}
	return out
}

func (m *mall) market(now func() time.Time) *Market {
	return New(Options{
		BaseURL: m.URL + "/", Username: testUser, Password: testPassword, Now: now,
		HTTP: market.NewClient(market.ClientOptions{Market: Name, Timeout: 20 * time.Second}),
	})
}

// okay is a successful envelope around data.
func okay(format string, args ...any) answer {
	return answer{status: 200, body: `{"status": 200, "error": false, "message": "Thành công", "data": ` + fmt.Sprintf(format, args...) + `}`}
}

// refuse is an envelope that says no.
func refuse(status int, code, message string) answer {
	body, err := json.Marshal(map[string]any{
		"status": status, "error": true, "message": message, "data": map[string]string{"CODE": code},
	})
	if err != nil {
		panic(err) // plain strings only
	}
	return answer{status: 200, body: string(body)}
}

func html(status int, retryAfter string) answer {
	a := answer{status: status, header: http.Header{"Content-Type": {"text/html"}}, body: "<html><body><h1>gateway</h1></body></html>"}
	if retryAfter != "" {
		a.header.Set("Retry-After", retryAfter)
	}
	return a
}

// shop answers product/list as the contract says, from whole products.
type shop []product

func (s shop) list(_ int, body string) answer {
	var f filter
	if err := json.Unmarshal([]byte(body), &f); err != nil {
		return refuse(400, codeFieldInvalid, "no JSON")
	}
	var from []product
	for _, p := range s {
		if f.SKU == "" || p.SKU == f.SKU {
			from = append(from, p)
		}
	}
	low := min((f.Page-1)*pageSize, len(from))
	return pageOf(f.Page, len(from), from[low:min(low+pageSize, len(from))])
}

func pageOf(page, total int, products []product) answer {
	if products == nil {
		products = []product{}
	}
	shown, err := json.Marshal(products)
	if err != nil {
		panic(err) // plain structs only
	}
	return okay(`{"TOTAL": %d, "PAGE": %d, "PAGE_SIZE": 50, "PRODUCTS": %s}`, total, page, shown)
}

// manyProducts makes n products with the SKUs OCOP-1 to OCOP-n.
func manyProducts(n int) shop {
	out := make(shop, n)
	for i := range out {
		out[i] = product{
			ID: int64(1000 + i), SKU: fmt.Sprintf("OCOP-%d", i+1), Name: "Trà atisô, hộp 100g", CategoryID: 110,
			Price: 120_000, Quantity: 7, ImageURLs: []string{"https://pictures.example/1.jpg"}, Status: statusOn,
		}
	}
	return out
}

func wanted() listing.Listing {
	l := listing.Listing{
		SKU: "OCOP-7", Code: "7", Title: "Cà phê Arabica Cầu Đất, gói 500g", Description: "Rang mộc.",
		Category: "112", Price: 185_000, Stock: 40, Unit: "gói 500g",
		Pictures: []string{"https://pictures.example/a.jpg", "https://pictures.example/b.jpg"},
	}
	l.Attributes.Stars, l.Attributes.Certificate, l.Attributes.Origin = 4, "12/2025-OCOP", "Xuân Trường"
	return l
}

// failure is the market error of an outcome.
func failure(t *testing.T, o listing.Outcome) *market.Error {
	t.Helper()
	if o.Status != listing.Failed || o.Err == nil {
		t.Fatalf("the order ended %q with error %v, expected a failure", o.Status, o.Err)
	}
	return market.AsError(o.Err)
}

// sameJSON compares two documents by what they say.
func sameJSON(t *testing.T, what, got, want string) {
	t.Helper()
	norm := func(s string) string {
		var v any
		if err := json.Unmarshal([]byte(s), &v); err != nil {
			t.Fatalf("%s: %q is no JSON: %v", what, s, err)
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if g, w := norm(got), norm(want); g != w {
		t.Errorf("%s:\n got %s\nwant %s", what, g, w)
	}
}

func skus(n int) []listing.SKU {
	out := make([]listing.SKU, n)
	for i := range out {
		out[i] = listing.SKU(fmt.Sprintf("OCOP-%d", i+1))
	}
	return out
}

func holdsSecret(s string) bool {
	return strings.Contains(s, testPassword) || strings.Contains(s, testUser) || strings.Contains(s, testToken)
}
