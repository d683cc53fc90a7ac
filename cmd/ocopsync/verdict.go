package main

import (
	"context"
	"errors"
	"fmt"

	"ocopsync/internal/coverage"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// demoReport is what demo prints with --json.
type demoReport struct {
	runReport                 // of the last verify
	Ledger    sandbox.Figures `json:"ledger"`
	OnSale    int             `json:"on_sale"`   // listings, by the ledger
	Explained int             `json:"explained"` // missing pairs with a stated reason
	Broken    []string        `json:"broken"`    // promises that do not hold
}

// demoVerdict looks at everything once more, which must write nothing, prints
// the coverage and asks the ledger.
func (a *app) demoVerdict(ctx context.Context, w *works, box *sandbox.Sandbox, bar *progress, settled bool) (demoReport, error) {
	box.ResetCounts()
	res, err := w.engine.Run(ctx, reconcile.Request{Mode: reconcile.Verify, Trigger: "demo", By: "demo"})
	bar.done()
	if err != nil {
		return demoReport{}, errors.Join(err, context.Cause(ctx))
	}
	a.printf("\nEverything is decided; a last verify reads all of it again.")
	a.printRun(res.Run)
	markets, products, err := w.engine.Standing(ctx)
	if err != nil {
		return demoReport{}, err
	}
	figures := coverage.Compute(markets, products)
	r := demoReport{runReport: runReport{
		Run: res.Run, Coverage: &figures, Missing: coverage.MissingList(markets, products), Faults: res.Faults,
	}}
	a.printFaults(r.Faults)
	a.printCoverage(figures, r.Missing)
	judge(&r, box, settled)
	a.printf("\nThe sandbox's ledger: %d listings on sale, %d missing pairs explained.\n", r.OnSale, r.Explained)
	if len(r.Broken) == 0 {
		a.printf("Every promise holds.\n")
	}
	for _, b := range r.Broken {
		a.printf("BROKEN %s\n", b)
	}
	return r, nil
}

// judge compares what the program says with the sandbox's ledger.
func judge(r *demoReport, box *sandbox.Sandbox, settled bool) {
	r.Broken = []string{}
	broken := func(format string, args ...any) { r.Broken = append(r.Broken, fmt.Sprintf(format, args...)) }
	verdict := box.Judge(stated(r.Missing))
	for _, v := range verdict.Violations {
		broken("%s on %s: %s %s: %s", v.Promise, v.Market, v.SKU, v.Code, v.What)
	}
	writes := box.Writes()
	for _, m := range sandbox.Markets() {
		if writes[m] > 0 {
			broken("P6 on %s: %d writing calls in a settled verify", m, writes[m])
		}
	}
	if !settled || r.Run.State != state.Succeeded {
		broken("P6: the last verify %s, settled: %t", r.Run.State, settled)
	}
	r.Ledger, r.OnSale, r.Explained = box.Figures(), verdict.Counts["on_sale"], verdict.Counts["explained"]
	for _, m := range r.Coverage.Markets {
		if l := r.Ledger.Markets[string(m.Market)]; l.Counted != m.Counted || l.OnSale != m.OnSale {
			broken("P8 on %s: %d of %d on sale as printed, %d of %d by the ledger", m.Market, m.OnSale, m.Counted, l.OnSale, l.Counted)
		}
	}
	if l := r.Ledger.Overall; l.Counted != r.Coverage.Counted || l.OnSale != r.Coverage.OnSale {
		broken("P8 overall: %d of %d as printed, %d of %d by the ledger", r.Coverage.OnSale, r.Coverage.Counted, l.OnSale, l.Counted)
	}
}

// stated is the one reason of each missing product: market, code, reason.
func stated(missing []coverage.Missing) map[string]map[string]string {
	out := make(map[string]map[string]string)
	for _, m := range missing {
		if out[string(m.Market)] == nil {
			out[string(m.Market)] = make(map[string]string)
		}
		out[string(m.Market)][string(m.Code)] = string(m.Reason)
	}
	return out
}
