package plan

import (
	"slices"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// Policy says what may be done on a market without a person doing it by hand.
type Policy string

// The policies. Looking, remembering and reporting go on under each of them.
const (
	PolicySync       Policy = "sync"        // everything
	PolicyUpsertOnly Policy = "upsert-only" // nothing is taken off sale, no duplicate either
	PolicyCreateOnly Policy = "create-only" // what is there stays as it is
	PolicyObserve    Policy = "observe"     // nothing is written at all
)

// Policies lists them, the freest first.
func Policies() []Policy {
	return []Policy{PolicySync, PolicyUpsertOnly, PolicyCreateOnly, PolicyObserve}
}

// Allows says whether a change of the kind may be made; "" is PolicySync.
func (p Policy) Allows(k listing.Kind) bool {
	switch p {
	case PolicyUpsertOnly:
		return k != listing.Unlist && k != listing.Retire
	case PolicyCreateOnly:
		return k == listing.Create
	case PolicyObserve:
		return false
	case PolicySync, "":
	}
	return true
}

// limit leaves undone what the policy does not allow, with its reason: every
// change passes here, so that neither engine nor adapter can forget it. What was
// found is adopted all the same, and written to by nobody.
func (p Policy) limit(changes []listing.Change) []listing.Change {
	var out []listing.Change
	var duplicates ocop.Reasons
	for _, c := range changes {
		kind := c.Kind
		if kind == listing.Hold {
			kind = c.Held
		}
		asked := Writes(c) || c.Kind == listing.Hold
		switch {
		case !asked || p.Allows(kind):
			out = append(out, c)
		case kind == listing.Retire: // said of the listing that is kept
			duplicates = append(slices.Clone(c.Reasons), ocop.LeftByPolicy)
		case c.Kind == listing.Adopt:
			c.Fields, c.To = 0, ""
			c.Reasons = append(slices.Clone(c.Reasons), ocop.LeftByPolicy).Sorted()
			out = append(out, c)
		default:
			out = append(out, listing.Change{
				Kind: listing.None, Code: c.Code, SKU: c.SKU, ID: c.ID, Reasons: append(slices.Clone(c.Reasons), ocop.LeftByPolicy).Sorted(),
				Why: "left undone: the market's policy is " + string(p),
			})
		}
	}
	if last := len(out) - 1; len(duplicates) > 0 && last >= 0 {
		out[last].Reasons = append(slices.Clone(out[last].Reasons), duplicates...).Sorted()
	}
	return out
}
