package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/ocop"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// The end of a round: faults end, time passes, and the ledger is asked which
// promises were kept.

// verdict counts the promises that were broken.
type verdict struct {
	counts map[string]int // of violations, by promise
	words  []string
	voso   int // slipped in on voso while a daemon was stalled; no violation once retired
}

func newVerdict() *verdict { return &verdict{counts: make(map[string]int)} }

func (v *verdict) add(promise, format string, args ...any) {
	v.counts[promise]++
	v.words = append(v.words, promise+" broken: "+fmt.Sprintf(format, args...))
}

func (v *verdict) violations() int {
	n := 0
	for _, c := range v.counts {
		n += c
	}
	return n
}

func (v *verdict) String() string {
	var b strings.Builder
	for p := 1; p <= 8; p++ {
		fmt.Fprintf(&b, " P%d=%d", p, v.counts[fmt.Sprintf("P%d", p)])
	}
	return strings.TrimSpace(b.String())
}

// calm ends what was played and lets one settling time pass. It gives a daemon
// that has lived through it.
func (r *round) calm() *replica {
	r.t.Helper()
	r.fuse.disarm()
	r.box.ClearFaults()
	must(r.t, r.box.SetRegistryMode(sandbox.ModeNormal))
	r.box.LockShop(false)
	r.box.LimitNewPerDay(0)
	if len(r.alive()) == 0 {
		r.boot(r.nodes[0])
	}
	d := r.alive()[0].r
	for _, id := range r.accepted {
		r.lost(d, id)
	}
	r.box.WaitLateEffects()
	for range 2 { // two looks must miss a call on a market without unique SKUs
		r.leap(longAfter)
		d.awaitEnd(d.resync(`{"mode":"verify"}`), soon)
		r.box.Settle()
	}
	return d
}

// lost judges P7 of an accepted run.
func (r *round) lost(d *replica, id string) {
	r.t.Helper()
	limit := time.Now().Add(soon)
	for {
		got, err := d.ask(r.secrets[state.Viewer], "GET", "/api/v1/runs/"+id, "")
		var run state.Run
		if err == nil && got.status == 200 && got.json(&run) == nil && state.Ended(run.State) {
			return
		}
		if time.Now().After(limit) {
			r.verdict.add("P7", "run %s, which was accepted, has not ended: %v %s\n%s", id, err, got.body, d.logged())
			return
		}
		r.rest(100 * time.Millisecond)
	}
}

// judge judges a province that is calm.
func (r *round) judge(d *replica) {
	r.t.Helper()
	r.converges(d)
	r.honest(d)
	for _, v := range r.box.Judge(d.explained()).Violations {
		if v.Promise == "P1" && v.Market == sandbox.Voso && r.did["one stalled"] > 0 && r.onSale(v.Code)[v.Market] < 2 {
			r.verdict.voso++ // design P1: found at the next look and retired
			continue
		}
		r.verdict.add(v.Promise, "%s: %s %s: %s\n%s", v.Market, v.SKU, v.Code, v.What, r.history(v.Market, v.SKU))
	}
	r.unearned()
}

// converges judges P6: quiet is reached, and then a verify writes nothing.
func (r *round) converges(d *replica) {
	r.t.Helper()
	const most = 12
	var run state.Run
	for n, quiet := 0, 0; quiet < 2; n++ {
		if n == most {
			r.verdict.add("P6", "not quiet after %d runs, the last: %+v\n%s", most, run, d.logged())
			return
		}
		run = d.awaitEnd(d.resync(`{}`), soon)
		r.box.Settle()
		if quiet++; run.State != state.Succeeded && run.State != state.Held || written(run) > 0 {
			quiet = 0
		}
	}
	r.box.ResetCounts()
	d.awaitEnd(d.resync(`{"mode":"verify"}`), soon)
	for _, m := range sandbox.Markets() {
		if n := r.box.Writes()[m]; n > 0 {
			r.verdict.add("P6", "%s got %d writing calls in a verify after it was quiet\n%s", m, n, d.logged())
		}
	}
}

// honest judges P8: what is told is what the ledger says.
func (r *round) honest(d *replica) {
	r.t.Helper()
	limit := time.Now().Add(10 * time.Second) // the page's figures follow the runs
	for {
		diff, want := "", r.box.Figures()
		told := d.toldFigures()
		for _, where := range slices.Sorted(maps.Keys(told)) {
			if where != "metrics" || len(r.nodes) == 1 {
				diff += cmp.Diff(want, told[where])
			}
		}
		if diff == "" && told != nil {
			return
		}
		if time.Now().After(limit) {
			r.verdict.add("P8", "(-ledger +told)\n%s", diff)
			return
		}
		r.rest(100 * time.Millisecond)
	}
}

// unearned judges P3: nothing that had its right all the time was taken off sale
// by the program, but for the second of two.
func (r *round) unearned() {
	r.t.Helper()
	on := map[string]string{sandbox.Postmart: "on_sale", sandbox.Voso: "ON", sandbox.Lamdong: "publish"}
	eligible := make(map[string]bool)
	for _, l := range r.box.Labels() {
		eligible[l.Code] = l.Eligible
	}
	for _, m := range sandbox.Markets() {
		for _, l := range r.box.Listings(m, "") {
			if !eligible[l.Code] || r.moved[l.Code] || len(r.box.Listings(m, l.SKU)) > 1 {
				continue
			}
			for i := 1; i < len(l.History); i++ {
				if e := l.History[i]; e.ByAPI && e.State != on[m] && l.History[i-1].State == on[m] {
					r.verdict.add("P3", "%s: %s was taken off sale although it had its right\n%s", m, l.SKU, r.history(m, l.SKU))
				}
			}
		}
	}
}

// history tells what became of a SKU's listings on a market.
func (r *round) history(market, sku string) string {
	var b strings.Builder
	for _, l := range r.box.Listings(market, sku) {
		fmt.Fprintf(&b, "  %s %s %s, code %q:", l.ID, l.SKU, l.State, ocop.Code(l.Code))
		for _, e := range l.History {
			fmt.Fprintf(&b, " %s %s->%s;", e.At.Format("15:04:05.000"), e.What, e.State)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
