package plan_test

import (
	"slices"
	"strings"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/plan"
)

// TestPriceJumps compares what is decided of prices that move with the golden
// file. The name of a case begins with the last kind that it comes to.
func TestPriceJumps(t *testing.T) {
	t.Parallel()
	looked := func(it plan.Item) plan.Item { it.Looked = true; return it }
	got := make(map[string][]listing.Change)
	for name, it := range map[string]plan.Item{
		"hold_up_by_more_than_60_percent":           {Wanted: sell(192001), Record: record(listing.OnSale, 120000)},
		"update_up_by_exactly_60_percent":           {Wanted: sell(192000), Record: record(listing.OnSale, 120000)},
		"hold_down_by_more_than_60_percent":         {Wanted: sell(47999), Record: record(listing.OnSale, 120000)},
		"update_down_by_exactly_60_percent":         {Wanted: sell(48000), Record: record(listing.OnSale, 120000)},
		"hold_relist":                               {Wanted: sell(250000), Record: record(listing.OffSale, 120000)},
		"hold_of_what_is_adopted_which_goes_on":     looked(plan.Item{Wanted: sell(120000), Seen: []plan.Seen{seen("7", listing.OnSale, 12000)}}),
		"update_that_puts_back_what_others_changed": looked(plan.Item{Wanted: sell(120000), Record: record(listing.OnSale, 120000), Seen: []plan.Seen{seen("7", listing.OnSale, 1000)}}),
		"create_has_no_price_before":                looked(plan.Item{Wanted: sell(250000)}),
	} {
		it.Code, it.SKU = "68-1", "OCOP-68-1"
		in := plan.Input{Rules: plan.Rules{MayCreate: true, PriceJumpPercent: 60}, Items: []plan.Item{it}}
		got[name] = slices.Collect(plan.Make(in).All())
		last := got[name][len(got[name])-1]
		if kind, _, _ := strings.Cut(name, "_"); string(last.Kind) != kind {
			t.Errorf("%s: decided %s (%s)", name, last.Kind, last.Why)
		}
		if plan.Vietnamese(last.Why) == last.Why {
			t.Errorf("%s: no Vietnamese for %q", name, last.Why)
		}
	}
	golden(t, "pricejumps.json", got)
}
