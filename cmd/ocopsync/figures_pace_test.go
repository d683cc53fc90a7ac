package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// Whether those who watch slow a run down. A run goes at the pace of the markets'
// quotas; so what counts is whether it still makes the calls that they allow.

const (
	paceRate   = 40 // calls a second that each market allows, above what is shipped
	paceWindow = 10 * time.Second
)

// paced has every market allow paceRate calls a second.
func paced(config string) string {
	return strings.ReplaceAll(strings.ReplaceAll(config, "rate: 0 ", "rate: 40 "), "rate: 0\n", "rate: 40\n")
}

// TestServePaceFigures is a part of make bench.
func TestServePaceFigures(t *testing.T) {
	if os.Getenv("OCOPSYNC_BENCH") == "" {
		t.Log("make bench runs this")
		return
	}
	f := newFleetOf(t, 6000, paced) // more than can be done meanwhile
	r := f.serve()
	id := r.resync(`{"mode":"verify"}`)
	until(t, time.Minute, "the run applies", func() bool { return f.marketCalls() > 3*paceRate })
	calls := func() float64 {
		before := f.marketCalls()
		time.Sleep(paceWindow) // what is measured is a rate
		return float64(f.marketCalls()-before) * float64(time.Minute) / float64(paceWindow)
	}
	alone, watched := make([]float64, benchRuns), make([]float64, benchRuns)
	for i := range benchRuns { // in turn, so that both see the same machine
		alone[i] = calls()
		w := r.watch()
		watched[i] = calls()
		w.end(t)
	}
	if run := r.run(id); state.Ended(run.State) {
		t.Fatalf("the run ended %s before it was measured", run.State)
	}
	out := &figures{}
	out.tell("run_calls_per_minute", middle(alone), "calls")
	out.tell("run_calls_per_minute_with_status_readings", middle(watched), "calls")
	out.print("run_slowed_by_status_readings", 100*(1-middle(watched)/middle(alone)), "percent", 10)
	if out.over > 0 {
		t.Error("status readings slow a run down")
	}
}

// marketCalls counts the calls to all markets, pictures aside.
func (f *fleet) marketCalls() int {
	n := 0
	for _, m := range sandbox.Markets() {
		n += f.box.CallCounts()[m]
	}
	return n
}
