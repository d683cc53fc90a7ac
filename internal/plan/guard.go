package plan

import (
	"fmt"
	"strconv"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// GuardPolicy bounds what a run may do without a person (promise P3).
type GuardPolicy struct {
	MaxShrinkPercent int // of eligible products since the last good reading, 20
	MaxUnlistPercent int // of the market's listings on sale, 30
}

// GuardFloor is the number of listings or products from which percentages mean
// something. Below it a guard holds only what is plainly wrong: a registry that
// lost more than half of its products, a shop that shows nothing any more.
const GuardFloor = 10

// Source judges a reading of the registry before any market is called: what is
// wrong with it, or "". Before is the number of eligible products of the last
// good reading, 0 when there was none.
func (g GuardPolicy) Source(before, total, eligible int) string {
	switch {
	case total == 0:
		return "the registry's reading is empty"
	case before >= GuardFloor && (before-eligible)*100 > before*g.MaxShrinkPercent, before < GuardFloor && before > 1 && eligible*2 < before:
		return fmt.Sprintf("eligible products fell from %d to %d, more than %s", before, eligible, g.shrink(before))
	}
	return ""
}

func (g GuardPolicy) shrink(before int) string {
	if before < GuardFloor {
		return "half of so few"
	}
	return strconv.Itoa(g.MaxShrinkPercent) + " %"
}

// Shop judges a complete look at a market: why nothing may be concluded from
// it, or "". OnSale is the number of our listings remembered on sale, shown how
// many of them the market showed, in whatever state. A shop that seems emptied
// would otherwise be filled a second time.
func (g GuardPolicy) Shop(onSale, shown int) string {
	if onSale > 1 && shown == 0 {
		return fmt.Sprintf("the market shows none of our %d listings that were on sale", onSale)
	}
	if onSale >= GuardFloor && (onSale-shown)*100 > onSale*g.MaxUnlistPercent {
		return fmt.Sprintf("the market shows %d of our listings, %d were on sale, more than %d %% are missing", shown, onSale, g.MaxUnlistPercent)
	}
	return ""
}

// Part judges a plan as a whole before anything of it is applied: why it must
// wait for a person, or "". OnSale is the number of our listings on sale.
func (g GuardPolicy) Part(p Plan, onSale int) string {
	unlists := p.Count()[listing.Unlist]
	if onSale >= GuardFloor && unlists*100 > onSale*g.MaxUnlistPercent {
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

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
