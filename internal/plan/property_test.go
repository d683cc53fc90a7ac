package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

var states = []listing.State{
	listing.OnSale, listing.InReview, listing.AwaitingPerson, listing.Rejected, listing.TakenDown, listing.Locked,
	listing.OffSale, listing.Gone, listing.NotListed,
}

func drawDigest(t *rapid.T, label string) listing.Digest {
	switch rapid.IntRange(0, 3).Draw(t, label) {
	case 0:
		return listing.Digest{}
	case 1:
		return digestOf("Trà atisô túi lọc", 120000)
	case 2:
		return shownOf("Trà atisô túi lọc", 120000)
	}
	return digestOf(rapid.SampledFrom([]string{"Trà atisô túi lọc", "Cà phê Cầu Đất"}).Draw(t, label+" title"),
		ocop.VND(rapid.Int64Range(1, 5).Draw(t, label+" price")*1000))
}

// drawItem draws anything that the engine could hand to the planner.
func drawItem(t *rapid.T, n int) plan.Item {
	it := plan.Item{Code: ocop.Code(fmt.Sprintf("c%03d", n)), Looked: rapid.Bool().Draw(t, "looked"), Forced: rapid.Bool().Draw(t, "forced")}
	it.Doubted = it.Looked && rapid.Bool().Draw(t, "doubted")
	it.Exempt = rapid.IntRange(0, 4).Draw(t, "exempt") == 0
	it.SKU = listing.SKU("OCOP-" + it.Code)
	if rapid.IntRange(0, 4).Draw(t, "wanted") > 0 {
		w := plan.Wanted{Code: it.Code, SKU: it.SKU}
		switch rapid.IntRange(0, 3).Draw(t, "standing") {
		case 0:
			w.Reasons = ocop.Reasons{rapid.SampledFrom([]ocop.Reason{ocop.CertificateExpired, ocop.Revoked, ocop.NotSellableHere}).Draw(t, "why")}
		case 1:
			w.Sell, w.Reasons = true, ocop.Reasons{ocop.MissingPrice}
		default:
			w.Sell, w.Ready, w.Digest = true, true, digestOf("Trà atisô túi lọc", ocop.VND(rapid.Int64Range(1, 5).Draw(t, "price")*1000))
		}
		it.Wanted = &w
	}
	if rapid.Bool().Draw(t, "remembered") {
		r := listing.Record{Code: it.Code, SKU: it.SKU, State: rapid.SampledFrom(states).Draw(t, "state"),
			Sent: drawDigest(t, "sent"), Stored: drawDigest(t, "stored"), Pending: drawDigest(t, "pending"), Absent: rapid.IntRange(0, 2).Draw(t, "absent")}
		if rapid.Bool().Draw(t, "has id") {
			r.ID = "1"
		}
		if rapid.Bool().Draw(t, "has submission") {
			r.Submission = "R-1"
		}
		if rapid.Bool().Draw(t, "failed") {
			r.FailureKind, r.Reasons = "invalid", ocop.Reasons{ocop.BadImage}
		}
		it.Record = &r
	}
	if rapid.Bool().Draw(t, "intent") {
		it.Intent = &listing.Intent{Code: it.Code, SKU: it.SKU}
	}
	if it.Looked {
		for i := range rapid.IntRange(0, 3).Draw(t, "shown") {
			s := plan.Seen{State: rapid.SampledFrom(states[:7]).Draw(t, "shown state"), Digest: drawDigest(t, "shown digest"),
				Trashed: rapid.IntRange(0, 5).Draw(t, "trashed") == 0}
			if rapid.IntRange(0, 3).Draw(t, "submission") == 0 {
				s.Submission = fmt.Sprintf("R-%d", i+1)
			} else {
				s.ID = fmt.Sprint(i + 1)
			}
			it.Seen = append(it.Seen, s)
		}
	}
	return it
}

// TestPromisesOfThePlanner draws anything and holds what must always be true.
func TestPromisesOfThePlanner(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var in plan.Input
		in.MayCreate = rapid.Bool().Draw(t, "may create")
		in.Policy = rapid.SampledFrom(append(plan.Policies(), "")).Draw(t, "policy")
		in.PriceJumpPercent = rapid.SampledFrom([]int{0, 60, 150}).Draw(t, "price jump")
		items := make(map[ocop.Code]plan.Item)
		for n := range rapid.IntRange(1, 8).Draw(t, "items") {
			it := drawItem(t, n)
			items[it.Code] = it
			in.Items = append(in.Items, it)
		}
		p := plan.Make(in)
		for c := range p.All() {
			holdChange(t, items[c.Code], c)
			if kind := plan.Release(c).Kind; plan.Writes(c) && !in.Policy.Allows(c.Kind) || c.Kind == listing.Hold && !in.Policy.Allows(kind) {
				t.Fatalf("the policy %q does not allow it: %+v", in.Policy, c)
			}
		}
		shuffled := in
		shuffled.Items = append([]plan.Item{}, in.Items...)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled.Items), func(i, j int) { //nolint:gosec // an order, no secret
			shuffled.Items[i], shuffled.Items[j] = shuffled.Items[j], shuffled.Items[i]
		})
		if diff := cmp.Diff(slices.Collect(p.All()), slices.Collect(plan.Make(shuffled).All())); diff != "" {
			t.Fatalf("the order of the items changed the plan:\n%s", diff)
		}
	})
}

func holdChange(t *rapid.T, it plan.Item, c listing.Change) {
	if c.Why == "" {
		t.Fatalf("a change without a reason: %+v", c)
	}
	if it.Exempt && (plan.Writes(c) || !slices.Contains(c.Reasons, ocop.Exempt)) {
		t.Fatalf("decision 10: an exempt product is written, or nothing says that it is exempt: %+v\n%+v", it, c)
	}
	w := it.Wanted
	live := 0
	for _, s := range it.Seen {
		if !s.Trashed {
			live++
		}
	}
	switch c.Kind {
	case listing.Create:
		if w == nil || !w.Sell || !w.Ready {
			t.Fatalf("P2: created what may not be sold or is not ready: %+v", it)
		}
		if it.Intent != nil && live == 0 {
			t.Fatalf("P1: created while an earlier attempt is unresolved: %+v", it)
		}
		for _, s := range it.Seen {
			if !s.Trashed && (s.ID != "" || s.State == listing.InReview) {
				t.Fatalf("P1: created although the market shows it: %+v", it)
			}
		}
		if r := it.Record; r != nil && !it.Looked && r.ID != "" && r.State != listing.Gone {
			t.Fatalf("P1: created although it is remembered: %+v", it)
		}
	case listing.Update, listing.Relist:
		if w == nil || !w.Sell || !w.Ready {
			t.Fatalf("P2: wrote a listing of what may not be sold: %+v", it)
		}
		if c.Fields == 0 {
			t.Fatalf("a writing change with nothing to write: %+v", c)
		}
	case listing.Unlist:
		if w != nil && w.Sell {
			t.Fatalf("P3: took off sale what is to be sold: %+v", it)
		}
		if c.ID == "" {
			t.Fatalf("unlists nothing in particular: %+v", c)
		}
	case listing.None, listing.Resolve, listing.Hold:
		onSale := false
		for _, s := range it.Seen {
			onSale = onSale || s.State == listing.OnSale && !s.Trashed
		}
		if !it.Looked && it.Record != nil && it.Record.State == listing.OnSale {
			onSale = true
		}
		if w != nil && w.Sell && !onSale && len(c.Reasons) == 0 {
			t.Fatalf("P5: not on sale, and nothing says why: %+v\n%+v", it, c)
		}
	case listing.Adopt, listing.Retire:
	}
	if w == nil || !w.Sell {
		if c.Kind == listing.Create || c.Kind == listing.Update || c.Kind == listing.Relist || c.Kind == listing.Adopt {
			t.Fatalf("P2: %s for what may not be on sale: %+v", c.Kind, it)
		}
	}
}
