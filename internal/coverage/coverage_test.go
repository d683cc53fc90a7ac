package coverage_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

var update = flag.Bool("update", false, "write the golden files anew")

func markets() []listing.Market { return []listing.Market{"lamdong", "postmart", "voso"} }

func seen(state listing.State, reasons ...ocop.Reason) coverage.Standing {
	return coverage.Standing{State: state, Seen: true, Reasons: reasons}
}

func told(state listing.State, reasons ...ocop.Reason) coverage.Standing {
	return coverage.Standing{State: state, Reasons: reasons}
}

// province is a small province with something of everything.
func province() []coverage.Product {
	monday := time.Date(2024, time.June, 3, 1, 0, 0, 0, time.UTC)
	onSale, off := seen(listing.OnSale), told(listing.NotListed)
	rejected := seen(listing.Rejected, ocop.RejectedByMarket)
	rejected.Since, rejected.Words, rejected.URL = monday, "Ảnh mờ", "https://postmart.example/p/4"
	products := []coverage.Product{
		{Name: "on sale everywhere", On: []coverage.Standing{onSale, onSale, onSale}},
		{Name: "differs on one market", On: []coverage.Standing{seen(listing.OnSale, ocop.DriftFlapping), onSale, onSale}},
		{Name: "exempt on one, on sale on the others", On: []coverage.Standing{seen(listing.OffSale, ocop.Exempt), onSale, onSale}},
		{Name: "exempt and on sale", On: []coverage.Standing{seen(listing.OnSale, ocop.Exempt), rejected, onSale}},
		{Name: "spirit without a licence", On: []coverage.Standing{onSale, seen(listing.NotListed, ocop.NotSellableHere), told(listing.NotListed, ocop.NotSellableHere, ocop.MissingPrice)}},
		{Name: "tourism", On: []coverage.Standing{told("", ocop.NotSellableHere), told("", ocop.NotSellableHere), told("", ocop.NotSellableHere)}},
		{Name: "without price and unit", On: []coverage.Standing{
			told(listing.NotListed, ocop.MissingPrice, ocop.MissingUnit), told(listing.NotListed, ocop.MissingPrice), told(listing.NotListed, ocop.MissingUnit, ocop.MissingPrice),
		}},
		{Name: "answered, not shown", On: []coverage.Standing{told(listing.OnSale), told(listing.InReview), told(listing.OffSale)}},
		{Name: "in review", On: []coverage.Standing{onSale, seen(listing.InReview), seen(listing.InReview, ocop.AwaitingReview)}},
		{Name: "by the market's will", On: []coverage.Standing{seen(listing.TakenDown), seen(listing.Locked), seen(listing.Rejected)}},
		{Name: "never run, by a person, gone", On: []coverage.Standing{off, told(listing.AwaitingPerson), seen(listing.Gone)}},
		{Name: "revoked", Why: ocop.Reasons{ocop.CertificateExpired, ocop.Revoked}, On: []coverage.Standing{onSale, onSale, onSale}},
		{Name: "revoked and exempt", Why: ocop.Reasons{ocop.Revoked}, On: []coverage.Standing{seen(listing.OnSale, ocop.Revoked, ocop.Exempt), seen(listing.OffSale, ocop.Revoked, ocop.Exempt), told(listing.OnSale, ocop.Revoked, ocop.Exempt)}},
		{Name: "two stars", Why: ocop.Reasons{ocop.BelowMinStars}, On: []coverage.Standing{off, off, off}},
		{Name: "expired, reasons out of order", Why: ocop.Reasons{ocop.BelowMinStars, ocop.CertificateExpired}, On: []coverage.Standing{off, off, off}},
	}
	for i := range products {
		products[i].Code = ocop.Code(fmt.Sprintf("68-%02d", i+1))
	}
	return products
}

func TestFiguresOfAProvince(t *testing.T) {
	t.Parallel()
	golden(t, "figures.json", coverage.Compute(markets(), province()))
	golden(t, "missing.json", coverage.MissingList(markets(), province()))
	golden(t, "nothing.json", coverage.Compute(markets(), nil))
	if got := coverage.MissingList(markets(), nil); len(got) != 0 {
		t.Errorf("of no products are missing: %v", got)
	}
}

func golden(t *testing.T, name string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s:\n got %s\nwant %s", file, got, want)
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		part, whole int
		want        float64
	}{
		{0, 0, 100}, {0, 1, 0}, {1, 1, 100}, {1, 2, 50}, {2, 3, 66.6}, {1, 3, 33.3}, {999, 1000, 99.9}, {9999, 10000, 99.9},
		{1, 10000, 0}, {16_999_999, 17_000_000, 99.9}, {17_000_000, 17_000_000, 100}, {71, 71, 100}, {57, 71, 80.2},
	} {
		if got := coverage.Percent(tt.part, tt.whole); got != tt.want {
			t.Errorf("%d of %d is %v %%, want %v", tt.part, tt.whole, got, tt.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.IntRange(1, 1_000_000_000).Draw(t, "whole")
		part := rapid.OneOf(rapid.IntRange(0, whole), rapid.Just(whole-1)).Draw(t, "part")
		got := coverage.Percent(part, whole)
		if (got == 100) != (part == whole) || fmt.Sprintf("%.1f", got) == "100.0" && part < whole || got > 100*float64(part)/float64(whole)+1e-9 || got < 0 {
			t.Fatalf("%d of %d is %v %%", part, whole, got)
		}
	})
}

func drawStanding(t *rapid.T) coverage.Standing {
	return coverage.Standing{
		State: rapid.SampledFrom([]listing.State{
			"", listing.OnSale, listing.OnSale, listing.InReview, listing.AwaitingPerson, listing.Rejected, listing.TakenDown, listing.Locked, listing.OffSale,
			listing.Gone, listing.NotListed,
		}).Draw(t, "state"),
		Seen:    rapid.Bool().Draw(t, "seen"),
		Reasons: ocop.Reasons(rapid.SliceOfN(rapid.SampledFrom(ocop.AllReasons()), 0, 3).Draw(t, "reasons")).Sorted(),
	}
}

func drawProducts(t *rapid.T) []coverage.Product {
	n := 0
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) coverage.Product {
		n++
		p := coverage.Product{Code: ocop.Code(fmt.Sprintf("%05d", n)), On: rapid.SliceOfN(rapid.Custom(drawStanding), 3, 3).Draw(t, "on")}
		if rapid.IntRange(0, 4).Draw(t, "eligible") == 0 {
			p.Why = ocop.Reasons(rapid.SliceOfN(rapid.SampledFrom(ocop.AllReasons()[:8]), 1, 2).Draw(t, "why")).Sorted()
		}
		return p
	}), 0, 12).Draw(t, "products")
}

func sum(list []coverage.ByReason) int {
	n := 0
	for _, r := range list {
		n += r.Count
	}
	return n
}

func TestFiguresAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		products := drawProducts(t)
		f := coverage.Compute(markets(), products)
		missing := coverage.MissingList(markets(), products)
		if f.Products != len(products) || f.Products != f.Eligible+sum(f.Left) || f.OnSale > f.Counted || f.Counted > f.Eligible {
			t.Fatalf("the whole does not add up: %+v", f)
		}
		for _, m := range f.Markets {
			if m.Eligible != f.Eligible || m.Eligible != m.Counted+m.Exempt+m.NotSellable || m.Counted != m.OnSale+sum(m.Missing) ||
				m.InReview > sum(m.Missing) || m.Differs > m.OnSale || m.OnSale < f.OnSale-(f.Eligible-m.Counted) {
				t.Fatalf("%s does not add up: %+v", m.Market, m)
			}
			listed := make(map[ocop.Reason]int)
			for _, p := range missing {
				if p.Market == m.Market {
					listed[p.Reason]++
				}
			}
			for _, r := range m.Missing {
				if r.Reason == "" || r.Party == "" || r.Count == 0 || r.Party != r.Reason.Party() || listed[r.Reason] != r.Count {
					t.Fatalf("%s states %+v, listed are %d", m.Market, r, listed[r.Reason])
				}
				delete(listed, r.Reason)
			}
			if len(listed) > 0 {
				t.Fatalf("%s lists reasons that it does not count: %v", m.Market, listed)
			}
		}
		for _, p := range missing {
			if p.Reason == "" || p.Party == "" || len(p.Reasons) > 0 && p.Reason != p.Reasons[0] {
				t.Fatalf("a missing pair without its reason or party: %+v", p)
			}
		}
	})
}

// Everything that is missing is stated, and nothing else: by the words of
// promises P5 and P8, product by product.
func TestEveryPairIsOnSaleLeftOutOrStated(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		products := drawProducts(t)
		missing := coverage.MissingList(markets(), products)
		overall := 0
		for _, p := range products {
			all, counts := true, false
			for j, s := range p.On {
				stated := slices.ContainsFunc(missing, func(m coverage.Missing) bool { return m.Code == p.Code && m.Market == markets()[j] })
				onSale := s.State == listing.OnSale && s.Seen
				out := len(p.Why) > 0 || slices.Contains(s.Reasons, ocop.Exempt) || slices.Contains(s.Reasons, ocop.NotSellableHere)
				if stated == (onSale || out) {
					t.Fatalf("%s on %s: stated %v, on sale %v, left out %v: %+v", p.Code, markets()[j], stated, onSale, out, s)
				}
				all, counts = all && (onSale || out), counts || !out
			}
			if counts && all {
				overall++
			}
		}
		if f := coverage.Compute(markets(), products); f.OnSale != overall {
			t.Fatalf("overall %d are on sale, want %d", f.OnSale, overall)
		}
	})
}

func TestOrderDoesNotDependOnTheProducts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		products := drawProducts(t)
		shuffled := slices.Clone(products)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		given := slices.Clone(shuffled)
		if a, b := coverage.Compute(markets(), products), coverage.Compute(markets(), shuffled); !reflect.DeepEqual(a, b) {
			t.Fatalf("in another order\n%+v\nbecomes\n%+v", a, b)
		}
		if a, b := coverage.MissingList(markets(), products), coverage.MissingList(markets(), shuffled); !reflect.DeepEqual(a, b) {
			t.Fatalf("in another order\n%+v\nbecomes\n%+v", a, b)
		}
		if !reflect.DeepEqual(given, shuffled) {
			t.Fatal("the products were changed")
		}
	})
}

func BenchmarkCompute(b *testing.B) {
	var products []coverage.Product
	for range 20_000 / len(province()) {
		products = append(products, province()...)
	}
	b.ReportAllocs()
	for b.Loop() {
		coverage.Compute(markets(), products)
		coverage.MissingList(markets(), products)
	}
}
