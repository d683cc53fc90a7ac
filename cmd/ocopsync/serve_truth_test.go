package main

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// Promise P8 through the API: status, coverage, products and metrics say what the
// sandbox's ledger says.

type toldStatus struct {
	AsOf        time.Time `json:"as_of"`
	FiguresAsOf time.Time `json:"figures_as_of"`
	Pause       *state.Pause
	Overall     *sandbox.Figure
	Markets     []struct {
		Market    listing.Market
		LastRun   string `json:"last_run"`
		LastState string `json:"last_state"`
		Pause     *state.Pause
		Coverage  *toldFigure
	}
}

type toldFigure struct {
	Counted  int `json:"counted"`
	OnSale   int `json:"on_sale"`
	InReview int `json:"in_review"`
}

type toldProduct struct {
	Code    string
	Markets []struct {
		Market  string
		State   string
		OnSale  bool `json:"on_sale"`
		Missing *struct {
			Reason ocop.Reason
			Party  ocop.Party
		}
	}
}

// status reads /api/v1/status.
func (r *replica) status() toldStatus {
	r.t.Helper()
	var s toldStatus
	r.read("/api/v1/status", &s)
	return s
}

// products reads all pages of a list of products, a few at a time.
func (r *replica) products(query string) []toldProduct {
	r.t.Helper()
	var all []toldProduct
	cursor := ""
	for {
		var page struct {
			Total int
			Next  string
			Items []toldProduct
		}
		r.read("/api/v1/products?limit=17"+query+cursor, &page)
		all = append(all, page.Items...)
		if page.Next == "" {
			if len(all) != page.Total {
				r.t.Errorf("the pages of %q hold %d products of %d", query, len(all), page.Total)
			}
			return all
		}
		cursor = "&cursor=" + page.Next
	}
}

// explained gives what the daemon states for what is missing, as Judge takes it.
func (r *replica) explained() map[string]map[string]string {
	r.t.Helper()
	out := make(map[string]map[string]string)
	for _, p := range r.products("") {
		for _, on := range p.Markets {
			if out[on.Market] == nil {
				out[on.Market] = make(map[string]string)
			}
			if on.Missing != nil {
				out[on.Market][p.Code] = string(on.Missing.Reason)
			}
		}
	}
	return out
}

// figures are the ledger's, as status, coverage and metrics tell them.
func (r *replica) toldFigures() map[string]sandbox.Figures {
	r.t.Helper()
	of := func() sandbox.Figures { return sandbox.Figures{Markets: make(map[string]sandbox.Figure)} }
	status, table, metrics := of(), of(), of()
	st := r.status()
	if st.Overall == nil {
		return nil
	}
	status.Overall = *st.Overall
	for _, m := range st.Markets {
		if m.Coverage != nil {
			status.Markets[string(m.Market)] = sandbox.Figure{Counted: m.Coverage.Counted, OnSale: m.Coverage.OnSale}
		}
	}
	type row struct {
		Key      string
		Eligible int
		Counted  int
		OnSale   int `json:"on_sale"`
	}
	var cov struct {
		Total row
		Rows  []row
	}
	r.read("/api/v1/coverage?by=market", &cov)
	table.Eligible, table.Overall = cov.Total.Eligible, sandbox.Figure{Counted: cov.Total.Counted, OnSale: cov.Total.OnSale}
	for _, m := range cov.Rows {
		table.Markets[m.Key] = sandbox.Figure{Counted: m.Counted, OnSale: m.OnSale}
	}
	gauges := r.metrics()
	metrics.Eligible = int(gauges["products_eligible"])
	metrics.Overall = sandbox.Figure{Counted: int(gauges["coverage_overall_counted"]), OnSale: int(gauges["coverage_overall_on_sale"])}
	for _, m := range sandbox.Markets() {
		metrics.Markets[m] = sandbox.Figure{
			Counted: int(gauges["coverage_counted,market="+m]), OnSale: int(gauges["coverage_on_sale,market="+m]),
		}
	}
	status.Eligible = table.Eligible // it does not tell this one
	return map[string]sandbox.Figures{"status": status, "coverage": table, "metrics": metrics}
}

// metrics reads /metrics: ours by name without prefix and labels without tenant,
// as "parts_total,market=voso,state=succeeded".
func (r *replica) metrics() map[string]float64 {
	r.t.Helper()
	got, err := r.ask("", http.MethodGet, "/metrics", "")
	must(r.t, err)
	out := make(map[string]float64)
	for scan := bufio.NewScanner(strings.NewReader(got.body)); scan.Scan(); {
		rest, ours := strings.CutPrefix(scan.Text(), "ocopsync_")
		if !ours {
			continue
		}
		at := strings.LastIndexByte(rest, ' ')
		var value float64
		if _, err := fmt.Sscanf(rest[at+1:], "%g", &value); err != nil {
			r.t.Fatalf("/metrics: %v: %s", err, scan.Text())
		}
		name, labels, _ := strings.Cut(strings.TrimSuffix(rest[:at], "}"), "{")
		for _, l := range strings.Split(labels, ",") {
			if l != "" && !strings.HasPrefix(l, "tenant=") {
				name += "," + strings.ReplaceAll(l, `"`, "")
			}
		}
		out[name] = value
	}
	return out
}

// judge waits until what the daemon tells is what the ledger says, and fails the
// test where that shows a broken promise.
func (r *replica) judge() {
	r.t.Helper()
	untilSaid(r.t, soon, "the API tells the ledger's figures", func() string {
		want, all := r.box.Figures(), r.toldFigures()
		if all == nil {
			return "it has no figures"
		}
		for where, told := range all {
			if diff := cmp.Diff(want, told); diff != "" {
				return fmt.Sprintf("%s of %s (-ledger +told):\n%s\n%s", where, r.url, diff, r.logged())
			}
		}
		return ""
	})
	for _, v := range r.box.Judge(r.explained()).Violations {
		r.t.Errorf("%s broken on %s: %s %s: %s", v.Promise, v.Market, v.SKU, v.Code, v.What)
	}
}

// settle asks for runs until two in a row succeed and write nothing.
func (r *replica) settle() {
	r.t.Helper()
	quiet := 0
	for range 12 {
		run := r.awaitEnd(r.resync(`{}`), soon)
		r.box.Settle()
		if quiet++; run.State != state.Succeeded || written(run) > 0 {
			quiet = 0
		}
		if quiet == 2 {
			return
		}
	}
	r.t.Fatalf("not settled after 12 runs\n%s", r.logged())
}

// madeOnce wants that no market ever got two listings of a product.
func (f *fleet) madeOnce() {
	f.t.Helper()
	for _, m := range sandbox.Markets() {
		made := make(map[string]int)
		for _, l := range f.box.Listings(m, "") {
			if made[l.SKU]++; made[l.SKU] == 2 {
				f.t.Errorf("%s has two listings of %s", m, l.SKU)
			}
		}
	}
}

func TestServeTellsWhatTheLedgerSays(t *testing.T) {
	t.Parallel()
	f := newFleetOf(t, 0)
	r := f.serveHere()
	r.awaitEnd(r.resync(`{"mode":"verify"}`), soon)
	r.settle()
	r.judge()
	wantActs(t, r)

	codes := f.everywhere()
	must(t, f.box.SetPrice(codes[0], 0))
	f.settled(f.prices)
	must(t, f.box.Revoke(codes[1]))
	run := r.awaitEnd(r.resync(`{}`), soon)
	if run.State != state.Succeeded {
		t.Errorf("the run ended as %+v", run)
	}
	r.settle()
	r.judge()
	wantActs(t, r)
	if on := f.onSale(codes[1]); len(on) > 0 {
		t.Errorf("a revoked product is on sale on %v", on)
	}
	var one toldProduct
	r.read("/api/v1/products/"+codes[1], &one)
	for _, on := range one.Markets {
		if on.OnSale {
			t.Errorf("a revoked product is told to be on sale on %s", on.Market)
		}
	}
	f.box.ResetCounts()
	r.awaitEnd(r.resync(`{"mode":"verify"}`), soon)
	f.wantWrites(0)
	if f.box.Figures().Overall.OnSale < 20 {
		t.Errorf("only %+v", f.box.Figures())
	}
	r.stopped()
}

// wantActs wants the list of what the producers must see to to be that of the labels.
func wantActs(t *testing.T, r *replica) {
	t.Helper()
	want := make(map[string]bool)
	for _, l := range r.box.Labels() {
		for m, reason := range l.Blocked {
			on := r.onSale(l.Code)[m] > 0
			if l.Eligible && !l.NotSellable[m] && !on && ocop.Reason(reason).Party() == ocop.PartyProducer {
				want[l.Code] = true
			}
		}
	}
	got := make(map[string]bool)
	for _, p := range r.products("&act=producer") {
		got[p.Code] = true
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("products that wait for their producer (-labels +told):\n%s", diff)
	}
}
