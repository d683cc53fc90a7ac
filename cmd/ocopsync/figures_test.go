package main

import (
	"fmt"
	"os"
	"testing"

	"ocopsync/internal/market/lamdong"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/sandbox"
)

// The figures of `make bench`. The engine runs in a process of its own, so that
// its CPU seconds and memory are the daemon's alone; sandbox and driver are
// this one. Nothing here looks at a clock.

const (
	benchRole   = "OCOPSYNC_BENCH_ROLE" // engine: be measured
	benchConfig = "OCOPSYNC_BENCH_CONFIG"
	benchRaw    = "OCOPSYNC_BENCH_RAW" // address that the raw client calls
	benchSize   = 20_000
)

// figures collects what make bench prints.
type figures struct{ over int }

// print prints a figure that must not be over its limit.
func (f *figures) print(name string, value float64, unit string, limit float64) {
	verdict := "ok"
	if value > limit {
		verdict = "over"
		f.over++
	}
	_, _ = fmt.Fprintf(os.Stdout, "%s %.3f %s %g %s\n", name, value, unit, limit, verdict)
}

// tell prints a figure that has no limit of its own.
func (f *figures) tell(name string, value float64, unit string) {
	_, _ = fmt.Fprintf(os.Stdout, "%s %.3f %s - ok\n", name, value, unit)
}

// TestFigures is make bench. OCOPSYNC_BENCH=first ends after the first sync.
func TestFigures(t *testing.T) {
	if os.Getenv("OCOPSYNC_BENCH") == "" {
		t.Log("make bench runs this")
		return
	}
	box, err := sandbox.New(sandbox.Options{Products: benchSize, Seed: 7, SKUPrefix: "OCOP-"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = box.Close() }()
	e := startEngine(t, box)
	f := &figures{}
	first := e.run(t, benchStep{Mode: reconcile.Verify})
	calls := 0
	for _, n := range box.CallCounts() {
		calls += n
	}
	t.Logf("calls %v, pictures %v, %v", box.CallCounts(), box.PictureFetches(), box.Calls())
	f.print("first_sync_cpu_per_10k_calls", first.CPU/float64(calls)*10_000, "s", 0.8)
	f.print("first_sync_resident_peak", first.PeakMiB, "MiB", 96)
	f.tell("first_sync_calls", float64(calls), "calls")
	f.tell("first_sync_cpu", first.CPU, "s")
	f.tell("raw_client_cpu_per_10k_calls", rawAlone(t, box), "s")
	f.tell("raw_client_and_sandbox_cpu_per_10k_calls", rawTogether(t, box), "s")
	if os.Getenv("OCOPSYNC_BENCH") != "first" {
		laterFigures(t, f, e, box)
	}
	if f.over > 0 {
		t.Errorf("%d figure(s) are over their limit", f.over)
	}
}

// laterFigures are those of the runs after the first.
func laterFigures(t *testing.T, f *figures, e *engineProcess, box *sandbox.Sandbox) {
	t.Helper()
	for range 3 { // reviews are decided, what was approved is looked at
		settle := e.run(t, benchStep{Mode: reconcile.Sync})
		f.tell("settling_sync_cpu", settle.CPU, "s")
	}
	e.run(t, benchStep{Mode: reconcile.Verify})
	box.ResetCounts()
	full := e.run(t, benchStep{Mode: reconcile.Verify})
	f.tell("noop_verify_cpu", full.CPU, "s")
	f.print("noop_verify_writes", float64(sum(box.Writes())), "calls", 0)
	noopFigures(t, f, e, box)
	writeFigures(t, f, e, box)
}

// noopFigures measures runs in which nothing has to be done.
func noopFigures(t *testing.T, f *figures, e *engineProcess, box *sandbox.Sandbox) {
	t.Helper()
	same := e.run(t, benchStep{Mode: reconcile.Sync})
	if same.Source != "not_modified" {
		t.Errorf("expected a 304, the source says %s", same.Source)
	}
	same = e.run(t, benchStep{Mode: reconcile.Sync})
	f.print("noop_304_cpu", same.CPU, "s", 0.15)
	f.tell("noop_304_resident", same.NowMiB, "MiB")
	f.print("noop_304_round_trips", float64(same.Trips), "trips", 20+3)
	ineligible := ""
	for _, l := range box.Labels() {
		if !l.Eligible && l.Why == "below_min_stars" {
			ineligible = l.Code
			break
		}
	}
	for i := range 2 {
		if err := box.Rename(ineligible, fmt.Sprintf("Sản phẩm chưa đủ sao %d", i)); err != nil {
			t.Fatal(err)
		}
		delta := e.run(t, benchStep{Mode: reconcile.Sync})
		if delta.Source != "delta" {
			t.Errorf("expected a delta, the source says %s", delta.Source)
		}
		if i == 1 {
			f.print("noop_updated_since_cpu", delta.CPU, "s", 0.05)
			f.print("noop_updated_since_round_trips", float64(delta.Trips), "trips", 20+3)
		}
	}
	box.ResetCounts()
	full := e.run(t, benchStep{Mode: reconcile.Sync, Full: true})
	if full.Source != "full" {
		t.Errorf("expected a full reading, the source says %s", full.Source)
	}
	for _, m := range sandbox.Markets() {
		if n := box.CallCounts()[m]; n > 0 {
			t.Errorf("a sync in which nothing changed called %s %d times", m, n)
		}
	}
	f.print("noop_full_read_cpu", full.CPU, "s", 1)
}

// writeFigures counts the writing calls that changes cost.
func writeFigures(t *testing.T, f *figures, e *engineProcess, box *sandbox.Sandbox) {
	const changed = 50
	before := box.Figures()
	codes := sellable(box, changed)
	box.ResetCounts()
	for i, code := range codes {
		if err := box.SetPrice(code, int64(200_000+1000*i)); err != nil {
			t.Fatal(err)
		}
	}
	e.run(t, benchStep{Mode: reconcile.Sync})
	for _, m := range sandbox.Markets() {
		f.print("price_change_writes_"+m, float64(box.Writes()[m]), "calls", writesLimit(m, changed))
	}
	e.run(t, benchStep{Mode: reconcile.Sync})
	box.ResetCounts()
	e.run(t, benchStep{Mode: reconcile.Sync})
	f.print("unchanged_writes", float64(sum(box.Writes())), "calls", 0)
	if after := box.Figures(); after.Overall != before.Overall {
		t.Errorf("coverage moved: %+v, before %+v", after.Overall, before.Overall)
	}
}

// writesLimit is one writing call for each changed product. lamdong takes a
// batch in one call; where one batch would do, each worker gets its own.
func writesLimit(m string, changed int) float64 {
	if m != string(lamdong.Name) {
		return float64(changed)
	}
	caps := lamdong.New(lamdong.Options{}).Capabilities()
	return float64(max((changed+caps.BatchSize-1)/caps.BatchSize, caps.Workers))
}

func sellable(box *sandbox.Sandbox, n int) []string {
	var codes []string
	for _, l := range box.Labels() {
		if l.Eligible && len(l.Blocked) == 0 && len(l.NotSellable) == 0 && len(codes) < n {
			codes = append(codes, l.Code)
		}
	}
	return codes
}

func sum(n map[string]int) int {
	all := 0
	for _, v := range n {
		all += v
	}
	return all
}
