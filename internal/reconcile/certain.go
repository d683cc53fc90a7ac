package reconcile

import "time"

// mayCreate says whether what we know of the market is fresh and certain
// enough for new listings.
func (p *part) mayCreate() bool {
	seen := p.memory.State.LastObservation
	if !p.asOf.IsZero() {
		seen = p.asOf
	}
	return !seen.IsZero() && p.e.o.Now().Sub(seen) < ObservationAge && !seen.Before(p.certainSince())
}

// certainSince is from when on a complete look shows all that there is of ours.
// After a loss of memory, creating calls may have been under way of which nothing
// is known. Where the market takes a SKU twice, such a call must have had its time
// to take effect before the look (design decision 8).
func (p *part) certainSince() time.Time {
	since, lost := p.memory.State.MemorySince, p.memory.State.Lost
	caps := p.shop.Market.Capabilities()
	if lost.IsZero() || caps.UniqueSKU {
		return since
	}
	if late := lost.Add(p.callBudget(max(caps.BatchSize, 1), caps) + caps.LateEffect); late.After(since) {
		return late
	}
	return since
}

// doubted says that memory was lost, and that this part looks at the whole
// market for the first time since: what is remembered may be older than what was
// sent last.
func (p *part) doubted() bool {
	ms := p.memory.State
	return p.whole && ms.LastObservation.Before(ms.Lost)
}
