package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"ocopsync/internal/ocop"
)

// Figures are what a reading of the registry and the price list came to.
type Figures struct {
	Total    int // products
	Eligible int
	Prices   int      // rows of the price list with a price; 0 without a price list
	Median   ocop.VND // of those
}

// A Reading is a reading of the sources that is to be judged.
type Reading struct {
	Before Figures // of the last good reading; zero: there was none
	// High is the highest number of eligible products of the last day, so that a
	// registry that loses a little with every reading is seen too.
	High int
	Now  Figures
	// Missing are canaries, codes that must always be there, which a full
	// reading lacks.
	Missing []ocop.Code
	Ended   Cohort // the largest of the certificates that ended lately
}

// Checksum names what is to be judged, so that a person can say that exactly
// this reading is right; "" where nobody can: an empty one, or one without a
// canary.
func (r Reading) Checksum() string {
	if r.Now.Total == 0 || len(r.Missing) > 0 {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "reading %+v %+v", r.Before, r.Now))
	return hex.EncodeToString(sum[:8])
}

// Source judges a reading before any market is called: what is wrong with it
// and what to do, or "".
func (g GuardPolicy) Source(r Reading) string {
	const mend = "mend the registry, or approve the reading if it is right"
	before, now := r.Before, r.Now
	switch {
	case now.Total == 0:
		return clauses("the registry's reading is empty", "mend the registry, for an empty one is never taken over")
	case len(r.Missing) > 0:
		return clauses(fmt.Sprintf("a full reading of %d products lacks %s, which must always be there", now.Total, r.Missing[0]),
			"mend the registry, or take the code out of registry.canaries")
	case fell(before.Eligible, now.Eligible, g.MaxShrinkPercent):
		return clauses(fmt.Sprintf("eligible products fell from %d to %d, more than %s", before.Eligible, now.Eligible, bound(before.Eligible, g.MaxShrinkPercent)),
			r.Ended.told(), mend)
	case fell(r.High, now.Eligible, g.MaxShrinkPercent):
		return clauses(fmt.Sprintf("eligible products fell from %d to %d within a day, more than %s", r.High, now.Eligible, bound(r.High, g.MaxShrinkPercent)),
			r.Ended.told(), mend)
	}
	return g.prices(before, now)
}

// unitFactor is how far the median price may not move: a list in thousands of
// đồng, in dollars, or with a digit too many moves it by this or more.
const unitFactor = 10

func (g GuardPolicy) prices(before, now Figures) string {
	const mend = "mend the price list, or approve the reading if it is right"
	switch {
	case fell(before.Prices, now.Prices, g.MaxShrinkPercent):
		return clauses(fmt.Sprintf("prices in the price list fell from %d to %d, more than %s", before.Prices, now.Prices, bound(before.Prices, g.MaxShrinkPercent)), mend)
	case before.Prices > 1 && now.Median > 0 && (now.Median >= unitFactor*before.Median || unitFactor*now.Median <= before.Median):
		return clauses(fmt.Sprintf("the median price moved from %s to %s, tenfold or more, as with a wrong unit", before.Median, now.Median), mend)
	}
	return ""
}
