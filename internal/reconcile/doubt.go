package reconcile

import (
	"context"
	"slices"
	"strings"

	"go.uber.org/zap"

	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
)

// doubt asks the source guards about a reading. The summary says why it must not
// be believed and by what a person can approve it; accepted says that one did.
func (e *Engine) doubt(ctx context.Context, r *reading, cat *catalog, read registry.Reading, prices *registry.Prices, before state.ReadingFigures) (accepted bool, err error) {
	judged := e.judged(cat, read, prices, before)
	if r.summary.Held = e.o.Guard.Source(judged); r.summary.Held == "" {
		return false, nil
	}
	r.summary.Checksum = judged.Checksum()
	word, err := e.o.Store.AcceptedReading(ctx)
	if err != nil || r.summary.Checksum == "" || word.Checksum != r.summary.Checksum {
		return false, err
	}
	e.o.Log.Info("a held reading is taken over, as a person approved it", zap.String("by", word.By), zap.String("was held", r.summary.Held))
	r.summary.Held, r.summary.Checksum = "", ""
	return true, nil
}

func (e *Engine) judged(cat *catalog, read registry.Reading, prices *registry.Prices, before state.ReadingFigures) plan.Reading {
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
	return r
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
