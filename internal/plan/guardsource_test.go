package plan_test

import (
	"strings"
	"testing"

	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

// reading is one after a last good reading of before eligible products.
func reading(before, total, eligible int) plan.Reading {
	return plan.Reading{
		Before: plan.Figures{Total: before, Eligible: before}, High: before, Now: plan.Figures{Total: total, Eligible: eligible},
	}
}

// priced is a reading whose price list went from some prices and their median
// to others.
func priced(before int, was ocop.VND, now int, is ocop.VND) plan.Reading {
	r := reading(50, 71, 50)
	r.Before.Prices, r.Before.Median, r.Now.Prices, r.Now.Median = before, was, now, is
	return r
}

func TestSourceGuards(t *testing.T) {
	t.Parallel()
	g := plan.GuardPolicy{MaxShrinkPercent: 20, MaxUnlistPercent: 30}
	slow := reading(42, 71, 40)
	slow.High = 50
	slower := slow
	slower.Now.Eligible = 39
	lacking := reading(50, 71, 50)
	lacking.Missing = []ocop.Code{"68-7"}
	cohort := reading(50, 71, 30)
	cohort.Ended = plan.Cohort{Day: ocop.Day{Year: 2026, Month: 11, Dom: 22}, Count: 18}
	pair := cohort
	pair.Ended.Count = 2
	const mendRegistry = "; mend the registry, or approve the reading if it is right"
	const mendPrices = "; mend the price list, or approve the reading if it is right"
	for _, tt := range []struct {
		name string
		read plan.Reading
		want string
	}{
		{"empty", reading(50, 0, 0), "the registry's reading is empty; mend the registry, for an empty one is never taken over"},
		{"first, empty", reading(0, 0, 0), "the registry's reading is empty; mend the registry, for an empty one is never taken over"},
		{"first", reading(0, 71, 50), ""},
		{"fall of exactly 20 %", reading(50, 71, 40), ""},
		{"fall of more", reading(50, 71, 39), "eligible products fell from 50 to 39, more than 20 %" + mendRegistry},
		{"rise", reading(50, 100, 80), ""},
		{"few products, half stay", reading(9, 6, 5), ""},
		{"few products, exactly half", reading(8, 6, 4), ""},
		{"few products, most are gone", reading(9, 3, 1), "eligible products fell from 9 to 1, more than half of so few" + mendRegistry},
		{"one product that goes", reading(1, 1, 0), ""},
		{"slow fall to exactly 80 % of the day's high", slow, ""},
		{"slow fall below", slower, "eligible products fell from 50 to 39 within a day, more than 20 %" + mendRegistry},
		{"canary missing", lacking, "a full reading of 71 products lacks 68-7, which must always be there; mend the registry, or take the code out of registry.canaries"},
		{"a cohort explains the fall", cohort, "eligible products fell from 50 to 30, more than 20 %; the certificates of 18 products ended on 2026-11-22, which is no fault of the data" + mendRegistry},
		{"two certificates are no cohort", pair, "eligible products fell from 50 to 30, more than 20 %" + mendRegistry},
		{"first price list", priced(0, 0, 60, 120_000), ""},
		{"prices fall by exactly 20 %", priced(60, 120_000, 48, 120_000), ""},
		{"prices fall by more", priced(60, 120_000, 47, 120_000), "prices in the price list fell from 60 to 47, more than 20 %" + mendPrices},
		{"no price can be read", priced(60, 120_000, 0, 0), "prices in the price list fell from 60 to 0, more than 20 %" + mendPrices},
		{"median just below tenfold", priced(60, 120_000, 60, 1_199_999), ""},
		{"median tenfold", priced(60, 120_000, 60, 1_200_000), "the median price moved from 120.000đ to 1.200.000đ, tenfold or more, as with a wrong unit" + mendPrices},
		{"median just above a tenth", priced(60, 120_000, 60, 12_001), ""},
		{"median a tenth", priced(60, 120_000, 60, 12_000), "the median price moved from 120.000đ to 12.000đ, tenfold or more, as with a wrong unit" + mendPrices},
		{"in thousands", priced(60, 120_000, 60, 120), "the median price moved from 120.000đ to 120đ, tenfold or more, as with a wrong unit" + mendPrices},
		{"one price is no list", priced(1, 120_000, 1, 120), ""},
	} {
		got := g.Source(tt.read)
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if got != "" && plan.Vietnamese(got) == got || strings.Contains(plan.Vietnamese(got), "mend") {
			t.Errorf("%s: no Vietnamese for %q: %q", tt.name, got, plan.Vietnamese(got))
		}
	}
}
