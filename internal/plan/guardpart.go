package plan

import (
	"fmt"
	"slices"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// Shop judges a complete look at a market: why nothing may be concluded from
// it, or "". OnSale is the number of our listings remembered on sale, shown how
// many of them the market showed, in whatever state. A shop that seems emptied
// would otherwise be filled a second time.
func (g GuardPolicy) Shop(onSale, shown int) string {
	if onSale > 1 && shown == 0 {
		return fmt.Sprintf("the market shows none of our %d listings that were on sale", onSale)
	}
	if onSale >= GuardFloor && over(onSale-shown, onSale, g.MaxUnlistPercent) {
		return fmt.Sprintf("the market shows %d of our listings, %d were on sale, more than %d %% are missing", shown, onSale, g.MaxUnlistPercent)
	}
	return ""
}

// A Stand is how a market stands when the plan for it is judged.
type Stand struct {
	OnSale int // our listings on sale
	// First is how many listings the shop held, none of them ours, before our
	// first run on it, while no person has let it go; 0: no such run.
	First int
	// LastDay gives the last day of a product's certificate; zero: unknown.
	LastDay func(ocop.Code) ocop.Day
	// Approved says that a person has approved exactly this change; nil: none.
	Approved func(listing.Change) bool
}

// Judge judges a plan as a whole before anything of it is applied: why it must
// wait for a person, or "", and the plan with what waits held. What was approved
// counts towards a guard's share but does not wait. Prices that jump wait
// whatever Judge says, until they are approved.
func (g GuardPolicy) Judge(p Plan, s Stand) (Plan, string) {
	unlists, updates := 0, 0
	for c := range p.All() {
		switch {
		case c.Kind == listing.Unlist:
			unlists++
		case c.Kind == listing.Update, c.Kind == listing.Adopt && c.Fields != 0, c.Held == listing.Update:
			updates++
		}
	}
	tooMany := func(n, percent int) bool { return s.OnSale >= GuardFloor && over(n, s.OnSale, percent) }
	var why []string
	names := make(map[listing.Kind]bool)
	if tooMany(unlists, g.MaxUnlistPercent) {
		names[listing.Unlist] = true
		why = append(why, fmt.Sprintf("%d of %d listings would leave the sale, more than %d %%", unlists, s.OnSale, g.MaxUnlistPercent), cohortOf(p, s.LastDay).told())
	}
	if tooMany(updates, g.MaxUpdatePercent) {
		names[listing.Update], names[listing.Adopt] = true, true
		why = append(why, fmt.Sprintf("%d of %d listings would be changed, more than %d %%", updates, s.OnSale, g.MaxUpdatePercent))
	}
	reason, all := ocop.GuardHold, g.HoldAll && len(why) > 0
	todo := "look at what would be done, then approve or refuse it"
	if s.First > 0 {
		reason, all = ocop.AwaitingApproval, true
		why = append([]string{"this is the first run on a shop that already holds " + ocop.Count(s.First, "listing, which is not ours", "listings, none of them ours")}, why...)
		todo = clauses("see whether products are among them already, for these would be there twice", todo)
	}
	out, waits := p.hold(reason, func(c listing.Change) bool { return all || names[c.Kind] }, s.Approved)
	if len(why) == 0 || !waits {
		return out, ""
	}
	return out, clauses(append(why, todo)...)
}

// hold gives the plan with the writing changes held that named says and nobody
// approved, and prices that jump let go where they were approved. waits says
// that anything waits that named says.
func (p Plan) hold(reason ocop.Reason, named, approved func(listing.Change) bool) (out Plan, waits bool) {
	for c := range p.All() {
		passes := approved != nil && (Writes(c) || c.Kind == listing.Hold) && approved(c)
		switch {
		case c.Kind == listing.Hold && passes:
			c = Release(c)
		case c.Kind == listing.Hold:
			released := c
			released.Kind = c.Held
			waits = waits || named(released)
		case Writes(c) && named(c) && !passes:
			c.Held, c.Kind = c.Kind, listing.Hold
			c.Reasons = append(ocop.Reasons{reason}, c.Reasons...).Sorted()
			waits = true
		}
		out.Add(c)
	}
	out.Sort()
	return out, waits
}

// Release gives a held change as it is once it is let go.
func Release(c listing.Change) listing.Change {
	c.Kind, c.Held = c.Held, ""
	c.Reasons = slices.DeleteFunc(slices.Clone(c.Reasons), func(r ocop.Reason) bool {
		return r == ocop.GuardHold || r == ocop.AwaitingApproval || r == ocop.PriceJump || r == ocop.RefusedByOfficer
	})
	if len(c.Reasons) == 0 {
		c.Reasons = nil
	}
	return c
}

// cohortOf gives the largest cohort of certificates among what would leave the
// sale because they ended; of equal ones the earlier.
func cohortOf(p Plan, lastDay func(ocop.Code) ocop.Day) Cohort {
	n := make(map[ocop.Day]int)
	var out Cohort
	for c := range p.All() {
		if lastDay == nil || c.Kind != listing.Unlist || !slices.Contains(c.Reasons, ocop.CertificateExpired) {
			continue
		}
		day := lastDay(c.Code)
		if day.IsZero() {
			continue
		}
		n[day]++
		if n[day] > out.Count || n[day] == out.Count && day.Compare(out.Day) < 0 {
			out = Cohort{Day: day, Count: n[day]}
		}
	}
	return out
}

// Refused gives the plan with what waits marked as refused by a person.
func (p Plan) Refused() Plan {
	var out Plan
	for c := range p.All() {
		if c.Kind == listing.Hold {
			held := c.Held
			c = Release(c)
			c.Kind, c.Held = listing.Hold, held
			c.Reasons = append(ocop.Reasons{ocop.RefusedByOfficer}, c.Reasons...).Sorted()
		}
		out.Add(c)
	}
	out.Sort()
	return out
}
