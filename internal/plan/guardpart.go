package plan

import (
	"fmt"

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

// Part judges a plan as a whole before anything of it is applied: why it must
// wait for a person, or "". OnSale is the number of our listings on sale.
func (g GuardPolicy) Part(p Plan, onSale int) string {
	unlists := p.Count()[listing.Unlist]
	if onSale >= GuardFloor && over(unlists, onSale, g.MaxUnlistPercent) {
		return fmt.Sprintf("%d of %d listings would leave the sale, more than %d %%", unlists, onSale, g.MaxUnlistPercent)
	}
	return ""
}

// Held gives the plan with every writing change held.
func (p Plan) Held() Plan {
	var out Plan
	for c := range p.All() {
		if c.Kind != listing.None && c.Kind != listing.Resolve {
			c.Held, c.Kind = c.Kind, listing.Hold
			c.Reasons = append(ocop.Reasons{ocop.GuardHold}, c.Reasons...).Sorted()
		}
		out.Add(c)
	}
	return out
}
