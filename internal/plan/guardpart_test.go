package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

var usual = plan.GuardPolicy{MaxShrinkPercent: 20, MaxUnlistPercent: 30, MaxUpdatePercent: 50, PriceJumpPercent: 60} //nolint:gochecknoglobals // read only

// planOf has so many changes of each kind, in pairs; "held" is a price that jumps.
func planOf(pairs ...any) plan.Plan {
	var p plan.Plan
	for i := 0; i < len(pairs); i += 2 {
		kind := pairs[i].(listing.Kind)
		for n := range pairs[i+1].(int) {
			code := ocop.Code(fmt.Sprintf("%s-%03d", kind, n))
			c := listing.Change{Kind: kind, Code: code, SKU: listing.SKU("OCOP-" + code), Why: "w"}
			switch kind {
			case listing.Create:
				c.From = string(listing.NotListed)
			case listing.Update, listing.Adopt:
				c.Fields = listing.FieldPrice
			case listing.Unlist:
				c.Reasons = ocop.Reasons{ocop.CertificateExpired}
			case listing.Hold:
				c.Held, c.Fields, c.Reasons = listing.Update, listing.FieldPrice, ocop.Reasons{ocop.PriceJump}
			case listing.None, listing.Relist, listing.Retire, listing.Resolve:
			}
			p.Add(c)
		}
	}
	p.Sort()
	return p
}

func TestPartGuards(t *testing.T) {
	t.Parallel()
	day := func(ocop.Code) ocop.Day { return ocop.Day{Year: 2026, Month: 11, Dom: 22} }
	all := usual
	all.HoldAll = true
	const todo = "; look at what would be done, then approve or refuse it"
	const first = "this is the first run on a shop that already holds 5 listings, none of them ours; " +
		"see whether products are among them already, for these would be there twice" + todo
	for _, tt := range []struct {
		name  string
		guard plan.GuardPolicy
		plan  plan.Plan
		stand plan.Stand
		why   string
		goes  string // the kinds that go on, with their numbers
	}{
		{"30 % leave the sale", usual, planOf(listing.Unlist, 3), plan.Stand{OnSale: 10}, "", "unlist 3"},
		{"over 30 % leave the sale", usual, planOf(listing.Unlist, 4, listing.Create, 2, listing.Update, 1, listing.Retire, 1), plan.Stand{OnSale: 10},
			"4 of 10 listings would leave the sale, more than 30 %" + todo, "retire 1, update 1, create 2"},
		{"few listings", usual, planOf(listing.Unlist, 9, listing.Update, 9), plan.Stand{OnSale: 9}, "", "unlist 9, update 9"},
		{"a cohort", usual, planOf(listing.Unlist, 4), plan.Stand{OnSale: 10, LastDay: day},
			"4 of 10 listings would leave the sale, more than 30 %; the certificates of 4 products ended on 2026-11-22, which is no fault of the data" + todo, ""},
		{"50 % are changed", usual, planOf(listing.Update, 3, listing.Adopt, 2), plan.Stand{OnSale: 10}, "", "update 3, adopt 2"},
		{"over 50 % are changed", usual, planOf(listing.Update, 4, listing.Adopt, 2, listing.Unlist, 1), plan.Stand{OnSale: 10},
			"6 of 10 listings would be changed, more than 50 %" + todo, "unlist 1"},
		{"prices that jump count as changed", usual, planOf(listing.Hold, 6), plan.Stand{OnSale: 10}, "6 of 10 listings would be changed, more than 50 %" + todo, ""},
		{"prices that jump wait alone", usual, planOf(listing.Hold, 5, listing.Create, 1), plan.Stand{OnSale: 10}, "", "create 1"},
		{"both", usual, planOf(listing.Unlist, 4, listing.Update, 6), plan.Stand{OnSale: 10},
			"4 of 10 listings would leave the sale, more than 30 %; 6 of 10 listings would be changed, more than 50 %" + todo, ""},
		{"all wait", all, planOf(listing.Unlist, 4, listing.Create, 2, listing.Retire, 1), plan.Stand{OnSale: 10},
			"4 of 10 listings would leave the sale, more than 30 %" + todo, ""},
		{"nothing is held, so nothing waits", all, planOf(listing.Unlist, 3, listing.Create, 2), plan.Stand{OnSale: 10}, "", "unlist 3, create 2"},
		{"first run", usual, planOf(listing.Create, 2), plan.Stand{First: 5}, first, ""},
		{"first run with nothing to do", usual, planOf(), plan.Stand{First: 5}, "", ""},
	} {
		held, why := tt.guard.Judge(tt.plan, tt.stand)
		if why != tt.why {
			t.Errorf("%s: %q, want %q", tt.name, why, tt.why)
		}
		for _, clause := range strings.Split(why, "; ") {
			if why != "" && plan.Vietnamese(clause) == clause {
				t.Errorf("%s: no Vietnamese for %q", tt.name, clause)
			}
		}
		n := held.Count()
		var goes []string
		for _, k := range []listing.Kind{listing.Retire, listing.Unlist, listing.Update, listing.Adopt, listing.Create} {
			if n[k] > 0 {
				goes = append(goes, fmt.Sprint(k, " ", n[k]))
			}
		}
		if got := strings.Join(goes, ", "); got != tt.goes {
			t.Errorf("%s: goes on: %q, want %q", tt.name, got, tt.goes)
		}
		if held.Len() != tt.plan.Len() {
			t.Errorf("%s: %d changes became %d", tt.name, tt.plan.Len(), held.Len())
		}
	}
}

func TestShopGuard(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		onSale, shown int
		held          bool
	}{{2, 0, true}, {1, 0, false}, {10, 7, false}, {10, 6, true}, {9, 1, false}} {
		if why := usual.Shop(tt.onSale, tt.shown); (why != "") != tt.held {
			t.Errorf("%d of %d are shown: %q", tt.shown, tt.onSale, why)
		}
	}
}

// TestJudge draws plans, and holds that nothing writes that a guard names and
// nobody approved, that what is approved goes, and that nothing is lost.
func TestJudge(t *testing.T) {
	t.Parallel()
	kinds := []listing.Kind{listing.Create, listing.Update, listing.Adopt, listing.Relist, listing.Unlist, listing.Retire, listing.Hold}
	rapid.Check(t, func(t *rapid.T) {
		g := usual
		g.HoldAll = rapid.Bool().Draw(t, "hold all")
		var pairs []any
		for _, k := range kinds {
			pairs = append(pairs, k, rapid.IntRange(0, 12).Draw(t, string(k)))
		}
		p := planOf(pairs...)
		every := rapid.IntRange(1, 3).Draw(t, "approved of")
		approved := func(c listing.Change) bool {
			return len(c.Why+string(c.Code))%every == 0 && strings.HasSuffix(string(c.Code), "1")
		}
		stand := plan.Stand{OnSale: rapid.IntRange(0, 30).Draw(t, "on sale"), Approved: approved}
		if rapid.IntRange(0, 3).Draw(t, "first") == 0 {
			stand.First = 7
		}
		out, why := g.Judge(p, stand)
		before := make(map[ocop.Code]listing.Change)
		for c := range p.All() {
			before[c.Code] = c
		}
		unlists, updates := p.Count()[listing.Unlist], p.Count()[listing.Update]+p.Count()[listing.Adopt]+p.Count()[listing.Hold]
		tooManyLeave := stand.OnSale >= 10 && unlists*100 > stand.OnSale*30
		tooManyChange := stand.OnSale >= 10 && updates*100 > stand.OnSale*50
		for c := range out.All() {
			was, known := before[c.Code]
			if !known {
				t.Fatalf("a change from nowhere: %+v", c)
			}
			delete(before, c.Code)
			named := stand.First > 0 || g.HoldAll && (tooManyLeave || tooManyChange) || was.Kind == listing.Unlist && tooManyLeave ||
				(was.Kind == listing.Update || was.Kind == listing.Adopt) && tooManyChange || was.Kind == listing.Hold
			switch {
			case approved(was) && !plan.Writes(c):
				t.Fatalf("approved and held: %+v", c)
			case !approved(was) && named == plan.Writes(c):
				t.Fatalf("named=%v and writes=%v: %+v", named, plan.Writes(c), c)
			case c.Kind == listing.Hold && len(c.Reasons) == 0:
				t.Fatalf("held without a reason: %+v", c)
			case c.Kind == listing.Hold && was.Kind != listing.Hold && (plan.Release(c).Kind != was.Kind || !slices.Equal(plan.Release(c).Reasons, was.Reasons)):
				t.Fatalf("released it is another: %+v", plan.Release(c))
			}
		}
		if len(before) > 0 {
			t.Fatalf("lost: %v", before)
		}
		if why == "" && out.Count()[listing.Hold] > p.Count()[listing.Hold] {
			t.Fatalf("held without a word")
		}
	})
}
