package plan_test

import (
	"slices"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

// TestPolicies: what each policy makes of each kind of change.
func TestPolicies(t *testing.T) {
	t.Parallel()
	jump := cases()["relist"]
	jump.Wanted = sell(500000)
	for name, it := range map[string]plan.Item{
		"create": cases()["create"], "update": cases()["update_price_in_sync"], "relist": cases()["relist"], "unlist": cases()["unlist_expired"],
		"adopt": cases()["adopt_and_update"], "retire": cases()["retire_duplicate"], "hold": jump,
	} {
		it.Code, it.SKU = "68-1", "OCOP-68-1"
		for _, policy := range plan.Policies() {
			in := plan.Input{Rules: plan.Rules{MayCreate: true, PriceJumpPercent: 60, Policy: policy}, Items: []plan.Item{it}}
			got := slices.Collect(plan.Make(in).All())
			writes, left, says := false, false, false
			for _, c := range got {
				writes = writes || plan.Writes(c) || c.Kind == listing.Hold
				left = left || slices.Contains(c.Reasons, ocop.LeftByPolicy)
				says = says || plan.Vietnamese(c.Why) == c.Why
			}
			allowed := map[plan.Policy][]string{
				plan.PolicySync:       {"create", "update", "relist", "unlist", "adopt", "retire", "hold"},
				plan.PolicyUpsertOnly: {"create", "update", "relist", "adopt", "hold"},
				plan.PolicyCreateOnly: {"create"},
			}
			may := slices.Contains(allowed[policy], name)
			if writes != may || left == may || says {
				t.Errorf("%s under %s: writes=%v, left with a reason=%v, want writes=%v: %+v", name, policy, writes, left, may, got)
			}
			if name == "retire" && !may && !slices.Contains(got[len(got)-1].Reasons, ocop.DuplicateListings) {
				t.Errorf("under %s nobody is told of the duplicate: %+v", policy, got)
			}
			if name == "adopt" && got[0].Kind != listing.Adopt {
				t.Errorf("under %s it is not adopted: %+v", policy, got)
			}
		}
	}
}
