package main

import (
	"context"
	"fmt"

	"ocopsync/internal/coverage"
	"ocopsync/internal/ocop"
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
	broken    []ocop.Text     // the same, in both languages
}

// demoVerdict looks at everything once more, which must write nothing, prints
// the coverage and asks the ledger.
func (a *app) demoVerdict(ctx context.Context, p *demoPlay, settled bool) (demoReport, error) {
	p.box.ResetCounts()
	run, err := p.run(ctx, reconcile.Verify)
	p.bar.done()
	if err != nil {
		return demoReport{}, err
	}
	a.say(ocop.Text{
		VI: "\nMọi việc đã được quyết định; lượt kiểm tra cuối đọc lại tất cả.", EN: "\nEverything is decided; a last verify reads all of it again.",
	})
	a.printRun(run)
	markets, products, err := p.engine.Standing(ctx)
	if err != nil {
		return demoReport{}, err
	}
	figures := coverage.Compute(markets, products)
	r := demoReport{runReport: runReport{
		Run: run, Coverage: &figures, Missing: coverage.MissingList(markets, products), Faults: p.engine.Faults(),
	}}
	a.printFaults(r.Run.Source, r.Faults)
	a.printCoverage(figures, r.Missing)
	judge(&r, p.box, settled)
	a.say(ocop.Text{VI: "\nSổ cái của sandbox: %s, %s.\n", EN: "\nThe sandbox's ledger: %s, %s.\n"},
		a.counted(r.OnSale, noun{"listing on sale", "listings on sale", "tin đang bán"}),
		a.counted(r.Explained, noun{"missing pair explained", "missing pairs explained", "cặp còn thiếu có lý do"}))
	if len(r.Broken) == 0 {
		a.say(ocop.Text{VI: "Mọi lời hứa đều được giữ.\n", EN: "Every promise holds.\n"})
	}
	for _, b := range r.broken {
		a.say(ocop.Text{VI: "KHÔNG GIỮ ĐƯỢC %s\n", EN: "BROKEN %s\n"}, a.text(b))
	}
	return r, nil
}

// judge compares what the program says with the sandbox's ledger.
func judge(r *demoReport, box *sandbox.Sandbox, settled bool) {
	r.Broken = []string{}
	broken := func(t ocop.Text, args ...any) {
		t = ocop.Text{VI: fmt.Sprintf(t.VI, args...), EN: fmt.Sprintf(t.EN, args...)}
		r.Broken, r.broken = append(r.Broken, t.EN), append(r.broken, t)
	}
	verdict := box.Judge(stated(r.Missing))
	for _, v := range verdict.Violations {
		broken(ocop.Text{VI: "%s trên %s: %s %s: %s", EN: "%s on %s: %s %s: %s"}, v.Promise, v.Market, v.SKU, v.Code, v.What)
	}
	writes := box.Writes()
	for _, m := range sandbox.Markets() {
		if n := writes[m]; n > 0 {
			broken(ocop.Text{VI: "P6 trên %[1]s: %[2]d lệnh ghi trong một lượt kiểm tra đã ổn định", EN: "P6 on %[1]s: %[3]s in a settled verify"},
				m, n, ocop.Count(n, "writing call", "writing calls"))
		}
	}
	if !settled || r.Run.State != state.Succeeded {
		broken(ocop.Text{VI: "P6: lượt kiểm tra cuối %s, ổn định: %t", EN: "P6: the last verify %s, settled: %t"}, r.Run.State, settled)
	}
	figures := ocop.Text{
		VI: "P8 trên %s: in ra %d trên %d đang bán, sổ cái ghi %d trên %d", EN: "P8 on %s: %d of %d on sale as printed, %d of %d by the ledger",
	}
	r.Ledger, r.OnSale, r.Explained = box.Figures(), verdict.Counts["on_sale"], verdict.Counts["explained"]
	for _, m := range r.Coverage.Markets {
		if l := r.Ledger.Markets[string(m.Market)]; l.Counted != m.Counted || l.OnSale != m.OnSale {
			broken(figures, m.Market, m.OnSale, m.Counted, l.OnSale, l.Counted)
		}
	}
	if l := r.Ledger.Overall; l.Counted != r.Coverage.Counted || l.OnSale != r.Coverage.OnSale {
		broken(figures, "all", r.Coverage.OnSale, r.Coverage.Counted, l.OnSale, l.Counted)
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
