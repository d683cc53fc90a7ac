package reconcile_test

import (
	"context"
	"fmt"
	"strings"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// run does one run and wants no error of it as a whole.
func (w *world) run(req reconcile.Request) reconcile.Result {
	w.t.Helper()
	res, err := w.engine.Run(context.Background(), req)
	if err != nil {
		w.t.Fatalf("%s: %v", req.Mode, err)
	}
	return res
}

func (w *world) sync() reconcile.Result {
	w.t.Helper()
	return w.run(reconcile.Request{Mode: reconcile.Sync})
}

func (w *world) verify() reconcile.Result {
	w.t.Helper()
	return w.run(reconcile.Request{Mode: reconcile.Verify})
}

// clean wants every part of the run to have succeeded.
func (w *world) clean(res reconcile.Result) {
	w.t.Helper()
	for m, p := range res.Run.Parts {
		if p.State != state.Succeeded {
			w.t.Errorf("%s ended %s (%s), want succeeded: %s %+v", m, p.State, res.Run.Mode, p.Held, p.Failures)
		}
	}
}

// quiet wants a verify to write nothing on any market.
func (w *world) quiet() {
	w.t.Helper()
	before := w.writes()
	res := w.verify()
	w.clean(res)
	if n := w.writes() - before; n != 0 {
		w.t.Errorf("P6: a settled verify made %d writing calls:\n%s", n, planned(res))
	}
}

func (w *world) writes() int {
	n := 0
	for _, s := range w.markets {
		n += s.Writes()
	}
	return n
}

// planned shows what a run wanted to do.
func planned(res reconcile.Result) string {
	var b strings.Builder
	for m, p := range res.Plans {
		for c := range p.All() {
			if c.Kind != listing.None {
				fmt.Fprintf(&b, "%s %s %s %v %v: %s\n", m, c.Kind, c.SKU, c.Fields.Names(), c.Reasons, c.Why)
			}
		}
	}
	return b.String()
}

// figures are what the engine says of the province now.
func (w *world) figures() ([]listing.Market, []coverage.Product) {
	w.t.Helper()
	markets, products, err := w.engine.Standing(context.Background())
	if err != nil {
		w.t.Fatalf("standing: %v", err)
	}
	return markets, products
}

// record is what is remembered of a product on a market, nil when nothing is.
func (w *world) record(m listing.Market, code string) *listing.Record {
	w.t.Helper()
	got, err := w.store.RecordsOf(context.Background(), m, []ocop.Code{ocop.Code(code)})
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	if r, ok := got[ocop.Code(code)]; ok {
		return &r
	}
	return nil
}

// reason is the stated reason of a product that is not on sale on a market, ""
// when it is.
func (w *world) reason(m listing.Market, code string) ocop.Reason {
	w.t.Helper()
	markets, products := w.figures()
	for i, name := range markets {
		for _, p := range products {
			if name != m || p.Code != ocop.Code(code) {
				continue
			}
			if len(p.Why) > 0 {
				return p.Why.First()
			}
			if p.On[i].OnSale() {
				return p.On[i].Reasons.First()
			}
			return coverage.Stated(p.On[i])
		}
	}
	w.t.Fatalf("the engine knows no product %s on %s", code, m)
	return ""
}
