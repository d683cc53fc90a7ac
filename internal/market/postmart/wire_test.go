package postmart

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

func TestProductAsRemote(t *testing.T) {
	t.Parallel()
	p := decodeBody[product](t, []byte(shownProduct))
	got, err := p.remote()
	if err != nil {
		t.Fatal(err)
	}
	want := listing.Remote{
		ID: "P1", SKU: atisoSKU, State: listing.OnSale, Title: "Trà atisô túi lọc", Description: "<p>Cũ</p>", Category: "1003",
		Price: 110_000, Stock: 37, Unit: "hộp 20 túi", Pictures: []string{"img-old"}, Certificate: "114/QĐ-UBND",
		URL: "https://postmart.example/p/P1", UpdatedAt: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("remote (-want +got):\n%s", diff)
	}
	// Attributes of other shapes are somebody else's: they cost only the number.
	for _, odd := range []string{`null`, `[]`, `"text"`, `{"ocop_certificate":5}`, `{"ocop_certificate":null}`} {
		p.Content.Attributes = json.RawMessage(odd)
		if r, err := p.remote(); err != nil || r.Certificate != "" {
			t.Errorf("attributes %s: certificate %q, %v", odd, r.Certificate, err)
		}
	}
}

func TestAttributesThatAreNotOursStay(t *testing.T) {
	t.Parallel()
	ours := listing.Attributes{Stars: 5, Certificate: "1/QĐ"}
	cases := map[string]string{
		``:     `{"ocop_stars":"5","ocop_certificate":"1/QĐ"}`,
		`null`: `{"ocop_stars":"5","ocop_certificate":"1/QĐ"}`,
		`{"ocop_stars":"3","origin":"Đà Lạt"}`: `{"ocop_certificate":"1/QĐ","ocop_stars":"5"}`,
		`{"hand_made":"có","weight":5}`:        `{"hand_made":"có","ocop_certificate":"1/QĐ","ocop_stars":"5"}`,
	}
	for shown, want := range cases {
		if got := string(encodeAttributes(json.RawMessage(shown), ours)); got != want {
			t.Errorf("over %s: %s, want %s", shown, got, want)
		}
	}
}

func TestPrepare(t *testing.T) {
	t.Parallel()
	m := New(Options{BaseURL: "https://postmart.example"})
	l := listing.Listing{
		SKU: atisoSKU, Title: "Trà atisô túi lọc", Category: "1", Price: 1000, Unit: "hộp", Pictures: []string{"https://anh.example/1.jpg"},
		Documents: []ocop.Document{{Kind: "sổ hồng", URL: "https://anh.example/2.jpg"}, {Kind: ocop.FoodSafety, URL: "https://anh.example/3.jpg"}},
		GTIN:      "8930000000000", WeightGrams: 250,
	}
	documents := len(l.Documents)
	got, problems := m.Prepare(l, listing.Facts{})
	if len(problems) > 0 {
		t.Fatalf("problems: %+v", problems)
	}
	if got.GTIN != "" || got.WeightGrams != 0 || len(got.Documents) != 1 || got.Documents[0].Kind != ocop.FoodSafety {
		t.Errorf("what the market has no place for stays: %+v", got)
	}
	if len(l.Documents) != documents || l.Documents[0].Kind != "sổ hồng" {
		t.Errorf("Prepare changed its argument: %+v", l.Documents)
	}
}

// The checker of requests has to see what it is there for.
func TestContractCheckerBites(t *testing.T) {
	t.Parallel()
	good := `{"kind":"create","content":{"sku":"A","name":"Trà atisô túi lọc","description":"","category_id":1,"images":["i"],"price":1000,"stock":0,"unit":"hộp"}}`
	cases := []struct{ name, method, path, body string }{
		{"an unknown path", "GET", "/partner/v1/shops", ""},
		{"an unknown parameter", "GET", "/partner/v1/products?limt=100", ""},
		{"too large a page", "GET", "/partner/v1/products?limit=101", ""},
		{"an unknown action", "POST", "/partner/v1/products/P1/delete", ""},
		{"a price below the least", "PATCH", "/partner/v1/products/P1/offer", `{"price":999}`},
		{"a field with another name", "PATCH", "/partner/v1/products/P1/offer", `{"prize":1000}`},
		{"a content without unit", "POST", "/partner/v1/product-requests", strings.Replace(good, `,"unit":"hộp"`, "", 1)},
		{"a content with more", "POST", "/partner/v1/product-requests", strings.Replace(good, `"sku"`, `"gtin":"1","sku"`, 1)},
		{"", "POST", "/partner/v1/product-requests", good},
	}
	for _, c := range cases {
		client := market.NewClient(market.ClientOptions{Market: Name})
		checker := underContract(t, client)
		req, err := http.NewRequestWithContext(t.Context(), c.method, "http://shop.example"+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer x")
		req.Header.Set("Idempotency-Key", "k")
		checker.check(req, []byte(c.body))
		if found := len(checker.faults) > 0; found != (c.name != "") {
			t.Errorf("%q: faults %v", c.name, checker.faults)
		}
		checker.faults = nil
	}
}

// answering is a transport that answers everything with one body.
type answering struct {
	status int
	body   []byte
}

func (a answering) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return nil, err
		}
	}
	body, status := a.body, a.status
	if req.URL.Path == "/oauth/token" {
		body, status = []byte(`{"access_token":"token-of-the-shop","token_type":"Bearer","expires_in":3600}`), 200
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}, nil
}

func answeringMarket(a answering) *Market {
	client := market.NewClient(market.ClientOptions{Market: Name})
	client.SetTransport(a)
	return New(Options{BaseURL: "http://shop.example", ClientID: "shop", ClientSecret: testSecret, HTTP: client})
}

// FuzzAnswers feeds the decoders of every answer: nothing panics, a failure is
// a market error in clean words, a success is what the contract allows.
func FuzzAnswers(f *testing.F) {
	why := `,"reasons":[{"code":"photo","message":"Ảnh\u0000 mờ"}]`
	for _, seed := range []string{
		``, `null`, `[]`, `{}`, `{"items":null}`, `{"items":[{}]}`, page(shownProduct), shownProduct, `{"items":[{"id":"P1","state":"on_sale","content":null}]}`,
		page(productOf("P1", "A", "locked"), productOf("P2", "", "taken_down")), pageNext("x", productOf("P1", "A", "on_sale")),
		page(request("R1", "create", "A", "rejected", why), request("R2", "update", "A", "queued", "")), request("R1", "create", atisoSKU, "queued", ""),
		`{"code":"sku_exists","status":409,"product_id":"P1"}`, `{"code":"bad_price","errors":[{"field":"content.price","code":"bad_price","message":"<b>` + testSecret + `</b>"}]}`,
		page(`{"id":1003,"name":"Trà","required_documents":["food_safety"]}`), `<html><script>x</script>502</html>`, `{"items":[{"id":"P1","state":"on_sale","content":{"attributes":{"ocop_certificate":[1]}}}]}`,
	} {
		f.Add(200, []byte(seed))
		f.Add(422, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			status = 200 + (status&0x7fffffff)%400
		}
		m := answeringMarket(answering{status, body})
		ctx := context.Background()
		if p, err := m.List(ctx, ""); !isClear(t, err) {
			for _, r := range p.Remotes {
				if r.ID == "" || r.State == "" {
					t.Errorf("a remote without id or state: %+v", r)
				}
			}
		}
		if remotes, err := m.Find(ctx, []listing.SKU{"A"}); !isClear(t, err) {
			for _, r := range remotes {
				if r.SKU != "A" {
					t.Errorf("Find(A) gives %+v", r)
				}
			}
		}
		if facts, err := m.Facts(ctx); !isClear(t, err) && len(facts.Categories) == 0 {
			t.Error("facts without categories")
		}
		if reviews, err := m.Reviews(ctx, []listing.Record{{Submission: "R1", SKU: "A"}}); !isClear(t, err) {
			for _, r := range reviews {
				if r.Submission != "R1" || r.SKU != "A" {
					t.Errorf("a review of another: %+v", r)
				}
			}
		}
		out := m.Apply(ctx, []listing.Order{{Kind: listing.Unlist, SKU: "A", ID: "P1"}})[0]
		if !isClear(t, out.Err) && (out.Remote == nil || out.Remote.ID != "P1") {
			t.Errorf("unlist shows %+v", out.Remote)
		}
	})
}

// isClear says whether err is a failure, and holds it to what failures promise.
func isClear(t *testing.T, err error) bool {
	t.Helper()
	if err == nil {
		return false
	}
	var e *market.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T instead of a market error: %v", err, err)
	}
	if e.Kind == "" || e.Op == "" || strings.ContainsAny(e.Words, "\n\r") || utf8.RuneCountInString(e.Words) > 300 || !utf8.ValidString(e.Words) {
		t.Errorf("not clear: %+v", e)
	}
	if strings.Contains(e.Error(), testSecret) || strings.Contains(e.Error(), "token-of-the-shop") {
		t.Errorf("a secret in %v", e)
	}
	return true
}
