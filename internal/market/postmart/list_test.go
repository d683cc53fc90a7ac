package postmart

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

const (
	productsDoor     = "GET /partner/v1/products"
	listRequestsDoor = "GET /partner/v1/product-requests"
)

// serve answers a list by its query: "" for the first page, "cursor=x" and
// "sku=x" for those; everything else is an empty page.
func (s *shop) serve(door string, pages map[string]string) {
	s.on(door, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("limit") != "100" {
			s.t.Errorf("%s asked with limit %q, want 100", door, q.Get("limit"))
		}
		key := ""
		for _, name := range []string{"sku", "cursor"} {
			if q.Has(name) {
				key = name + "=" + q.Get(name)
			}
		}
		body, ok := pages[key]
		if !ok {
			body = page()
		}
		reply(w, 200, body)
	})
}

// readAll walks the list and gives one line per remote.
func readAll(t *testing.T, m market.Market) []string {
	t.Helper()
	var out []string
	for cursor := ""; ; {
		p, err := m.List(t.Context(), cursor)
		if err != nil {
			t.Fatalf("list from %q: %v", cursor, err)
		}
		if p.Total != -1 {
			t.Errorf("total %d, want -1 (the market does not say)", p.Total)
		}
		for _, r := range p.Remotes {
			out = append(out, line(p.Section, r))
		}
		if p.Next == "" {
			return out
		}
		cursor = p.Next
	}
}

func line(section string, r listing.Remote) string {
	s := fmt.Sprintf("%s %s %s", r.SKU, r.State, section)
	if r.ID != "" {
		s += " " + r.ID
	}
	if r.Submission != "" {
		s += " " + r.Submission
	}
	if r.Words != "" {
		s += " (" + r.Words + ")"
	}
	return s
}

func TestListShowsWhatMatters(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	taken := `{"id":"P3","state":"taken_down","state_reason":"ảnh\n mờ","updated_at":"2026-11-20T08:00:00Z","content":{"sku":"C"}}`
	s.serve(productsDoor, map[string]string{
		"":         pageNext("x", productOf("P1", "A", "on_sale"), productOf("P2", "B", "unlisted")),
		"cursor=x": pageNext("y"), // empty, and not the end
		"cursor=y": page(taken, productOf("P4", "D", "locked"), productOf("P5", "", "on_sale")),
		"sku=M":    page(productOf("P9", "M", "on_sale")),
	})
	why := `,"reasons":[{"code":"photo","message":"Ảnh mờ"},{"message":"Thiếu hạn dùng"}],"decided_at":"2026-11-23T08:00:00Z"`
	s.serve(listRequestsDoor, map[string]string{
		"": pageNext("r2",
			request("R9", "create", "E", "queued", ""),
			request("R8", "update", "A", "in_review", `,"product_id":"P1"`),
			request("R7", "create", "F", "rejected", why),
			request("R6", "update", "B", "rejected", why), // B has a product
			request("R5", "create", "M", "approved", `,"product_id":"P9"`)),
		"cursor=r2": page(
			request("R4", "create", "F", "rejected", why), // not the newest
			request("R3", "create", "E", "rejected", why), // not the newest
			request("R2", "create", "A", "approved", `,"product_id":"P1"`),
			request("R1", "create", "G", "rejected", "")),
	})
	want := []string{
		"A on_sale products P1", "B off_sale products P2", "C taken_down products P3 (ảnh mờ)", "D locked products P4", " on_sale products P5",
		"E in_review requests R9", "A in_review requests P1 R8", "F rejected requests R7 (photo: Ảnh mờ; Thiếu hạn dùng)",
		"M on_sale requests P9", "G rejected requests R1",
	}
	for _, reading := range []string{"first", "second"} {
		if diff := cmp.Diff(want, readAll(t, s.market)); diff != "" {
			t.Errorf("%s reading (-want +got):\n%s", reading, diff)
		}
	}
	if n := len(s.market.readings.under); n != 0 {
		t.Errorf("%d readings are still remembered", n)
	}
}

func TestListPageTwiceIsTheSame(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.serve(productsDoor, nil)
	s.serve(listRequestsDoor, map[string]string{"": pageNext("more", request("R1", "create", "F", "rejected", ""))})
	first, err := s.market.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		p, err := s.market.List(t.Context(), first.Next)
		if err != nil || len(p.Remotes) != 1 {
			t.Errorf("%d remotes, %v; want 1", len(p.Remotes), err)
		}
	}
}

func TestListCursors(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.serve(productsDoor, map[string]string{"": pageNext("a:b&c")})
	p, err := s.market.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.market.List(t.Context(), p.Next); err != nil {
		t.Errorf("a cursor with signs of our own in it: %v", err)
	}
	if calls := s.heardAt("GET", "/partner/v1/products"); calls[1].query != "limit=100&cursor=a%3Ab%26c" {
		t.Errorf("asked with %q", calls[1].query)
	}
	for range readingsKept { // the first reading is forgotten
		if _, err := s.market.List(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, cursor := range []string{p.Next, "nonsense", "1:trash:", "999:products:x", "x:products:"} {
		before := s.callCount()
		_, err := s.market.List(t.Context(), cursor)
		if e := failure(t, err); e.Kind != market.Protocol || e.Retryable {
			t.Errorf("cursor %q: %v", cursor, e)
		}
		if s.callCount() != before {
			t.Errorf("cursor %q was sent to the market", cursor)
		}
	}
}

func TestListsOutsideTheContract(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, door, body string }{
		{"no items", productsDoor, `{}`},
		{"items null", productsDoor, `{"items":null}`},
		{"a product without id", productsDoor, page(productOf("", "A", "on_sale"))},
		{"an unknown state", productsDoor, page(productOf("P1", "A", "floating"))},
		{"cut short", productsDoor, `{"items":[{"id":"P1"`},
		{"more behind the end", productsDoor, `{"items":[]} {"items":[]}`},
		{"a number for a text", productsDoor, `{"items":[{"id":7}]}`},
		{"a request without SKU", listRequestsDoor, page(request("R1", "create", "", "queued", ""))},
		{"a request of no kind", listRequestsDoor, page(request("R1", "delete", "A", "queued", ""))},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.serve(productsDoor, nil)
			s.says(c.door, 200, c.body)
			p, err := s.market.List(t.Context(), "")
			if err == nil {
				_, err = s.market.List(t.Context(), p.Next)
			}
			if e := failure(t, err); e.Kind != market.Protocol || e.MaybeDone {
				t.Errorf("%v", e)
			}
		})
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	door := "GET /partner/v1/categories"
	a := `{"id":1003,"name":"Trà","required_attributes":["producer"],"required_documents":["food_safety"]}`
	b := `{"id":1010,"name":"Cà phê"}`
	version := func(body string) string {
		t.Helper()
		s.says(door, 200, body)
		facts, err := s.market.Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return facts.Version
	}
	first := version(page(a, b))
	if version(page(b, a)) != first {
		t.Error("the order of the categories changes the version")
	}
	if version(page(a)) == first || version(page(a, `{"id":1010,"name":"Cà phê bột"}`)) == first {
		t.Error("another list has the same version")
	}
	s.says(door, 200, page(a, b))
	facts, err := s.market.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := listing.Category{ID: "1003", Name: "Trà", Attributes: []string{"producer"}, Documents: facts.Categories["1003"].Documents}
	if diff := cmp.Diff(want, facts.Categories["1003"]); diff != "" || len(want.Documents) != 1 || want.Documents[0] != "food_safety" {
		t.Errorf("category: %s %v", diff, want.Documents)
	}
	for _, body := range []string{`{}`, page()} {
		s.says(door, 200, body)
		if _, err := s.market.Facts(t.Context()); market.KindOf(err) != market.Protocol {
			t.Errorf("%s: %v, want a protocol error", body, err)
		}
	}
}

func TestReviewedAtIsShown(t *testing.T) {
	t.Parallel()
	q := decodeBody[productRequest](t, []byte(request("R1", "create", "A", "rejected", `,"decided_at":"2026-11-23T08:00:00Z"`)))
	if got := q.remote().UpdatedAt; !got.Equal(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("updated at %v", got)
	}
}
