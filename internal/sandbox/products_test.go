package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
)

func products(t testing.TB, o Options) *catalogue {
	t.Helper()
	if o.Now == nil {
		o.Now = newClock().now
	}
	return newCatalogue(makeProducts(o, "http://registry.example"))
}

func TestDaLatHasItsShape(t *testing.T) {
	c := products(t, Options{})
	stars, proposed, eligible := map[int]int{}, 0, 0
	why, blocked, unsold := map[string]int{}, map[string]int{}, 0
	for _, it := range c.items {
		if it.Stars == 4 && it.ProposedStars == 5 {
			proposed++
		}
	}
	for _, l := range c.labels(newClock().now()) {
		if !l.Eligible {
			why[l.Why]++
			continue
		}
		eligible++
		stars[c.codes[l.Code].Stars]++
		if len(l.NotSellable) > 0 {
			unsold++
		}
		for market, reason := range l.Blocked {
			blocked[market+" "+reason]++
		}
	}
	if len(c.items) != 71 || eligible != 57 || proposed != 3 || unsold != 2 {
		t.Errorf("%d products, %d eligible, %d put forward, %d not sellable", len(c.items), eligible, proposed, unsold)
	}
	if diff := cmp.Diff(map[int]int{5: 2, 4: 40, 3: 15}, stars); diff != "" {
		t.Errorf("stars (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{
		"below_min_stars": 2, "certificate_unclear": 3, "certificate_expired": 6, "revoked": 2, "withdrawn": 1,
	}, why); diff != "" {
		t.Errorf("why not (-want +got):\n%s", diff)
	}
	want := map[string]int{"postmart missing_document": 1, "postmart name_too_short": 1, "postmart name_too_long": 2, "voso name_too_long": 1, "voso price_step": 1}
	for _, m := range Markets() {
		want[m+" missing_price"], want[m+" bad_price"], want[m+" missing_unit"], want[m+" missing_stock"] = 2, 1, 1, 1
		want[m+" missing_image"], want[m+" bad_image"] = 1, 1
	}
	want["postmart bad_image"] = 2
	if diff := cmp.Diff(want, blocked); diff != "" {
		t.Errorf("blocked (-want +got):\n%s", diff)
	}
}

// Labels must hold whatever the day, leap days and ends of months included.
func TestDaLatHoldsOnAnyDay(t *testing.T) {
	c := newClock()
	for range 400 { // every other day of two years
		c.pass(48 * time.Hour)
		eligible := 0
		for _, it := range makeProducts(Options{Now: c.now}, "http://registry.example") {
			if it.why(c.now()) == "" {
				eligible++
			}
		}
		if eligible != 57 {
			t.Fatalf("%s: %d eligible", c.now(), eligible)
		}
	}
}

func TestGeneratedProducts(t *testing.T) {
	const n = 20_000
	c := products(t, Options{Products: n, Seed: 7})
	names, numbers, plain, size := map[string]bool{}, map[string]bool{}, 0, 0
	for _, it := range c.items {
		names[strings.ToLower(cleanName(it.Name))] = true
		if it.Certificate != nil {
			if numbers[it.Certificate.Number] {
				t.Errorf("certificate %s twice", it.Certificate.Number)
			}
			numbers[it.Certificate.Number] = true
		}
		size += len(it.encoded)
	}
	for _, l := range c.labels(newClock().now()) {
		if l.Eligible && len(l.NotSellable) == 0 && len(l.Blocked) == 0 {
			plain++
		}
	}
	if len(names) != n || len(c.codes) != 2*n {
		t.Errorf("%d distinct names, %d codes", len(names), len(c.codes))
	}
	if plain < n*91/100 || plain > n*94/100 {
		t.Errorf("%d plainly sellable", plain)
	}
	if size < 27e6 || size > 36e6 {
		t.Errorf("%d bytes of JSON", size)
	}
	again := products(t, Options{Products: n, Seed: 7})
	for i := range c.items {
		if string(c.items[i].encoded) != string(again.items[i].encoded) {
			t.Fatalf("another product for the same seed: %s", again.items[i].encoded)
		}
	}
}

func TestNamesThatHurt(t *testing.T) {
	nfd, spaced, script := 0, 0, 0
	for _, it := range products(t, Options{}).items {
		if !norm.NFC.IsNormalString(it.Name) {
			nfd++
		}
		if strings.Contains(it.Name, "  ") {
			spaced++
		}
		if strings.Contains(it.Name, "<script>") {
			script++
		}
	}
	if nfd != 1 || spaced != 1 || script != 1 {
		t.Errorf("nfd %d, spaces %d, scripts %d", nfd, spaced, script)
	}
}

func TestFindByWhatASKUEndsWith(t *testing.T) {
	c := products(t, Options{})
	code := c.byID[4].Code
	for _, text := range []string{code, strings.ToLower(code), "X-" + code, "OV-5"} {
		if got, ok := c.find(text); !ok || got != code {
			t.Errorf("%s: %s", text, got)
		}
	}
	for _, text := range []string{"", "nothing", "OV-72", code + "-9"} {
		if got, ok := c.find(text); ok {
			t.Errorf("%s: %s", text, got)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		products(b, Options{Products: 20_000})
	}
}
