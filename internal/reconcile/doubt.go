package reconcile

import (
	"slices"
	"strings"

	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
)

// doubt asks the source guards about a reading: why it must not be believed, or "".
func (e *Engine) doubt(cat *catalog, read registry.Reading, prices *registry.Prices, before state.ReadingFigures) string {
	if before.Total == 0 { // a Redis that knows nothing of the reading that is held
		before.Eligible = e.heldEligible()
	}
	r := plan.Reading{
		Before: plan.Figures{Total: before.Total, Eligible: before.Eligible, Prices: before.Prices, Median: before.MedianPrice},
		High:   before.High(e.o.Now()), Now: figuresOf(cat, prices), Ended: largest(cat.ends, cat.today.AddDays(-lately), cat.today.AddDays(-1)),
	}
	if e.o.Prices == nil { // there is no list any more, by configuration
		r.Before.Prices = 0
	}
	if read.Kind == registry.KindFull {
		r.Missing = slices.DeleteFunc(slices.Clone(e.o.Canaries), func(c ocop.Code) bool {
			return slices.ContainsFunc(cat.products, func(p product) bool { return strings.EqualFold(string(p.entry.Code), string(c)) })
		})
	}
	return e.o.Guard.Source(r)
}

func figuresOf(cat *catalog, prices *registry.Prices) plan.Figures {
	f := plan.Figures{Total: len(cat.products), Eligible: cat.eligible}
	if prices != nil {
		f.Prices, f.Median = prices.Priced(), prices.Median()
	}
	return f
}

// heldEligible counts the eligible products of the reading that is held on disk.
func (e *Engine) heldEligible() int {
	n := 0
	for _, entry := range e.o.Held.Entries() {
		if len(entry.Check(e.o.Rules, e.today())) == 0 {
			n++
		}
	}
	return n
}
