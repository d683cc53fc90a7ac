package reconcile_test

import (
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

// TestPolicies: under each policy only what it allows is called, and what is left
// undone says so.
func TestPolicies(t *testing.T) {
	t.Parallel()
	for _, policy := range plan.Policies() {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			w := settled(t, 6, likePostmart, likeVoso, likeLamdong)
			w.policy = policy
			w.restart()
			w.src.all[0].status = "revoked"
			w.src.all[1].price += 1000
			w.src.all = append(w.src.all, good(7))
			w.save()
			for _, s := range w.markets { // off sale by hand, a new listing of ours, and a duplicate where that is possible
				s.Edit("OCOP-68-003", func(r *listing.Remote) { r.State = listing.OffSale })
				g := good(8)
				s.AddForeign(onMarket(&g))
			}
			w.src.all = append(w.src.all, good(8))
			w.src.all[len(w.src.all)-1].price += 1000 // adopted, and to be corrected
			w.save()
			w.clean(w.verify())
			w.decide()
			w.clean(w.sync())
			for _, s := range w.markets {
				for code, kind := range map[string]listing.Kind{"68-001": listing.Unlist, "68-002": listing.Update, "68-003": listing.Relist, "68-007": listing.Create, "68-008": listing.Adopt} {
					done := map[listing.Kind]bool{
						listing.Unlist: s.OnSale("OCOP-68-001") == 0, listing.Update: s.only1("OCOP-68-002") == 103_000, listing.Relist: s.OnSale("OCOP-68-003") == 1,
						listing.Create: s.OnSale("OCOP-68-007") == 1, listing.Adopt: s.only1("OCOP-68-008") == 109_000,
					}[kind]
					if done != policy.Allows(kind) {
						t.Errorf("%s: %s of %s was done: %v", s.Name(), kind, code, done)
					}
					r := w.record(s.Name(), code)
					left := r != nil && len(r.Reasons) > 0 && r.Reasons[len(r.Reasons)-1] == ocop.LeftByPolicy
					if left == policy.Allows(kind) {
						t.Errorf("%s: %s of %s says %+v", s.Name(), kind, code, r)
					}
				}
				if policy == plan.PolicyObserve && (s.Writes() != 0 || s.Calls(markettest.OpCreate) != 0) {
					t.Errorf("%s: %d writes of an observer", s.Name(), s.Writes())
				}
			}
			if policy != plan.PolicyObserve {
				w.quiet()
			}
		})
	}
}

// only1 is the price of the one listing of a SKU on sale; 0 where there is none.
func (s *shop) only1(sku listing.SKU) ocop.VND {
	for _, r := range s.Remotes() {
		if r.SKU == sku && r.State == listing.OnSale {
			return r.Price
		}
	}
	return 0
}
