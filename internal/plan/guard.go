package plan

import (
	"fmt"
	"strconv"
	"strings"

	"ocopsync/internal/ocop"
)

// GuardPolicy bounds what a run may do without a person (promise P3). Shares
// are exceeded strictly: 30 % of 10 are 3, and a guard speaks from 4.
type GuardPolicy struct {
	MaxShrinkPercent int // of eligible products, and of prices, since the last good reading, 20
	MaxUnlistPercent int // of the market's listings on sale, 30
	MaxUpdatePercent int // of the market's listings on sale, 50
	// PriceJumpPercent is how far a price may move at once, either way: 60 lets
	// 100 become 40 to 160 (design decision 5); 0: any.
	PriceJumpPercent int
	// HoldAll makes everything of a part wait when a guard holds any of it; else
	// only what the guard names.
	HoldAll bool
}

// GuardFloor is the number of listings or products from which percentages mean
// something. Below it a guard holds only what is plainly wrong: a registry that
// lost more than half of its products, a shop that shows nothing any more.
const GuardFloor = 10

// A Cohort is how many certificates end on one day.
type Cohort struct {
	Day   ocop.Day // the last one on which they count
	Count int
}

// told says that certificates ended, which is no fault of the data.
func (c Cohort) told() string {
	if c.Count < cohortFloor {
		return ""
	}
	return fmt.Sprintf("the certificates of %d products ended on %s, which is no fault of the data", c.Count, c.Day)
}

// Notable says whether so many certificates of eligible products that end on one
// day are to be foretold: their leaving the sale could be held.
func (g GuardPolicy) Notable(count, eligible int) bool {
	return count >= GuardFloor || count >= cohortFloor && over(count, eligible, min(g.MaxShrinkPercent, g.MaxUnlistPercent))
}

// cohortFloor is how many certificates that end on one day are worth a word.
const cohortFloor = 3

// clauses joins what a guard says: what it found, what explains it, what to do.
// Vietnamese takes them apart.
func clauses(said ...string) string {
	kept := said[:0]
	for _, s := range said {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, "; ")
}

// over says whether part is strictly more than percent of whole.
func over(part, whole, percent int) bool { return part*100 > whole*percent }

// fell says whether a number fell by more than percent; of numbers below the
// floor, to less than half.
func fell(before, now, percent int) bool {
	if before < GuardFloor {
		return before > 1 && now*2 < before
	}
	return over(before-now, before, percent)
}

// bound says what fell goes by.
func bound(before, percent int) string {
	if before < GuardFloor {
		return "half of so few"
	}
	return strconv.Itoa(percent) + " %"
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
