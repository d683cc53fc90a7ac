package lamdong

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"ocopsync/internal/market"
)

// newCategoryShop lists the categories given as JSON and answers a creation
// with the recording.
func newCategoryShop(t *testing.T, listed string, created recording) *shop {
	t.Helper()
	return newShop(t, func(w http.ResponseWriter, a asked) {
		if a.method == http.MethodGet {
			w.Header().Set("X-WP-Total", fmt.Sprint(strings.Count(listed, `"id"`)))
			writeText(w, 200, "["+listed+"]")
			return
		}
		created.write(w)
	})
}

func TestFactsAreKeyedBySlug(t *testing.T) {
	t.Parallel()
	const listed = `{"id":16,"name":"Trà &amp; cà phê","slug":"tra"},{"id":"17","name":"Mứt","slug":"mut"}`
	s := newCategoryShop(t, listed, recording{})
	f, err := s.Facts(context.Background())
	checkKind(t, err, "", "", "")
	want := map[string]string{"tra": "Trà & cà phê", "mut": "Mứt"}
	got := make(map[string]string)
	for key, c := range f.Categories {
		if c.ID != key {
			t.Errorf("category %q has id %q", key, c.ID)
		}
		got[key] = c.Name
	}
	if !maps.Equal(got, want) {
		t.Errorf("categories %v, want %v", got, want)
	}
	again, err := s.Facts(context.Background())
	checkKind(t, err, "", "", "")
	other, err := newCategoryShop(t, strings.Replace(listed, "Mứt", "Mứt tết", 1), recording{}).Facts(context.Background())
	checkKind(t, err, "", "", "")
	if f.Version == "" || f.Version != again.Version || f.Version == other.Version {
		t.Errorf("versions %q, again %q, after a change %q", f.Version, again.Version, other.Version)
	}
}

func TestFactsReadsEveryPage(t *testing.T) {
	t.Parallel()
	const total = 230
	for _, missing := range []int{0, 1} {
		s := newShop(t, func(w http.ResponseWriter, a asked) {
			var page, entries int
			_, _ = fmt.Sscan(a.query["page"][0], &page)
			var b strings.Builder
			for i := (page-1)*pageSize + 1; i <= min(page*pageSize, total-missing); i++ {
				if entries++; entries > 1 {
					b.WriteByte(',')
				}
				fmt.Fprintf(&b, `{"id":%d,"name":"N%d","slug":"s%d"}`, i, i, i)
			}
			w.Header().Set("X-WP-Total", fmt.Sprint(total))
			writeText(w, 200, "["+b.String()+"]")
		})
		f, err := s.Facts(context.Background())
		if missing > 0 {
			checkKind(t, err, market.Protocol, "", "229 of 230 categories came")
			continue
		}
		checkKind(t, err, "", "", "")
		if len(f.Categories) != total || len(s.calls()) != 3 {
			t.Errorf("%d categories in %d calls, want %d in 3", len(f.Categories), len(s.calls()), total)
		}
	}
}

func TestEnsureCategories(t *testing.T) {
	t.Parallel()
	const listed = `{"id":16,"name":"Trà","slug":"che-tra"},{"id":17,"name":"Mứt","slug":"mut"}`
	made := recording{status: 201, body: []byte(`{"id":40,"name":"Rau","slug":"rau"}`)}
	s := newCategoryShop(t, listed, made)
	ids, err := s.EnsureCategories(context.Background(), []CategorySpec{
		{Slug: "mut", Name: "Mứt kẹo"}, // by slug
		{Slug: "tra", Name: "trà"},     // by name: no second "Trà"
		{Slug: "rau", Name: "Rau"},     // made
	})
	checkKind(t, err, "", "", "")
	if want := map[string]int64{"mut": 17, "tra": 16, "rau": 40}; !maps.Equal(ids, want) {
		t.Errorf("ids %v, want %v", ids, want)
	}
	if n := countCalls(s, http.MethodPost); n != 1 {
		t.Errorf("%d categories were made, want 1", n)
	}

	// The shop's "che-tra" goes by "tra" from now on, in what is read too.
	p := product{Categories: []category{{ID: "16", Slug: "che-tra"}}}
	if got := p.remote(s.categories.Load()).Category; got != "tra" {
		t.Errorf("observed category %q, want tra", got)
	}
	f, err := s.Facts(context.Background())
	checkKind(t, err, "", "", "")
	if _, ok := f.Categories["tra"]; !ok || len(f.Categories) != 2 {
		t.Errorf("facts after ensuring: %v, want tra and mut as the shop lists them", f.Categories)
	}
}

func TestEnsureCategoriesStopsAtAnError(t *testing.T) {
	t.Parallel()
	refused := recording{status: 401, body: []byte(`{"code":"woocommerce_rest_cannot_create","message":"Sorry","data":{"status":401}}`)}
	s := newCategoryShop(t, `{"id":17,"name":"Mứt","slug":"mut"}`, refused)
	ids, err := s.EnsureCategories(context.Background(), []CategorySpec{{Slug: "mut"}, {Slug: "rau"}, {Slug: "qua"}})
	checkKind(t, err, market.Auth, "woocommerce_rest_cannot_create", "")
	if ids["mut"] != 17 || countCalls(s, http.MethodPost) != 1 {
		t.Errorf("ids %v after %d creations, want mut's after 1", ids, countCalls(s, http.MethodPost))
	}
}

func TestFactsWaitsForItsTurnNoLongerThanItsContext(t *testing.T) {
	t.Parallel()
	s := newCategoryShop(t, "", recording{})
	if err := s.lockCategories(context.Background(), "test"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := s.Facts(ctx)
	checkKind(t, err, market.Cancelled, "", "")
}

func TestObservedCategory(t *testing.T) {
	t.Parallel()
	for want, slugs := range map[string][]string{"": nil, "tra": {"tra"}, "dac-san,tra": {"tra", "dac-san"}} {
		var p product
		for _, slug := range slugs {
			p.Categories = append(p.Categories, category{ID: "9", Slug: slug})
		}
		if got := p.remote(nil).Category; got != want {
			t.Errorf("categories %v observed as %q, want %q", slugs, got, want)
		}
	}
}

func countCalls(s *shop, method string) int {
	n := 0
	for _, a := range s.calls() {
		if a.method == method {
			n++
		}
	}
	return n
}
