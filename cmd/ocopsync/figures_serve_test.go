package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ocopsync/internal/state"
)

// What the daemon's watchers cost. The daemon is a process of its own, so that its
// CPU seconds are its alone; sandbox and watchers are this one.

const (
	watchRate = 500 // readings of the status a second
	watchTime = 10 * time.Second
	benchRuns = 3 // of which the middle one counts
)

// TestServeFigures is a part of make bench.
func TestServeFigures(t *testing.T) {
	if os.Getenv("OCOPSYNC_BENCH") == "" {
		t.Log("make bench runs this")
		return
	}
	f := newFleetOf(t, benchSize)
	r := f.serve()
	for range 3 { // reviews are decided, what was approved is looked at
		r.awaitEnd(r.resync(`{"mode":"verify"}`), 20*time.Minute)
		f.box.Settle()
	}
	out := &figures{}

	r.quiet()
	before := r.cpu()
	w := r.watch()
	time.Sleep(watchTime) // what is measured is a rate
	took := w.end(t)
	r.quiet()
	spent := r.cpu() - before
	rate := float64(w.answered.Load()) / took.Seconds()
	if rate < 0.95*watchRate {
		t.Errorf("only %.0f readings a second were made: this machine is too busy to tell", rate)
	}
	perReading := spent / float64(w.answered.Load())
	out.tell("status_readings", rate, "per_s")
	out.print("status_readings_cpu", spent/took.Seconds(), "cores", 1)

	// What the readings cost an idle daemon is taken off. That is rather more than
	// they cost a busy one, which need not be woken for each, so that the outcome
	// may be below 0; what both cost together is told beside it.
	alone, both, beside := make([]float64, benchRuns), make([]float64, benchRuns), make([]float64, benchRuns)
	for i := range benchRuns { // in turn, so that all see the same machine
		alone[i] = r.verifyCPU(t, nil)
		w := r.watch()
		both[i] = r.verifyCPU(t, w)
		beside[i] = both[i] - perReading*float64(w.answered.Load())
	}
	t.Logf("CPU seconds of a verify: alone %.2f, with readings %.2f, what they cost by themselves taken off %.2f", alone, both, beside)
	out.tell("verify_cpu_alone", middle(alone), "s")
	out.tell("verify_cpu_with_status_readings", 100*(middle(both)/middle(alone)-1), "percent_more")
	out.print("verify_cpu_beside_status_readings", 100*(middle(beside)/middle(alone)-1), "percent_more", 10)
	r.stopped()
	if out.over > 0 {
		t.Errorf("%d figure(s) are over their limit", out.over)
	}
}

func middle(of []float64) float64 { return slices.Sorted(slices.Values(of))[len(of)/2] }

// verifyCPU gives the CPU seconds of the daemon during a verify in which nothing
// is to be done, watched or not, with what follows it.
func (r *replica) verifyCPU(t *testing.T, w *watchers) float64 {
	t.Helper()
	if w == nil {
		r.quiet()
	}
	before := r.cpu()
	run := r.awaitEnd(r.resync(`{"mode":"verify"}`), 20*time.Minute)
	if run.State != state.Succeeded && run.State != state.Partial || written(run) > 0 {
		t.Errorf("the verify wrote %d and ended %s", written(run), run.State)
	}
	if w != nil {
		w.end(t)
	}
	r.quiet()
	return r.cpu() - before
}

// cpu gives the CPU seconds that the process has used, user and system.
func (r *replica) cpu() float64 {
	r.t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.pid))
	must(r.t, err)
	const perSecond = 100 // ticks, on every Linux there is
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	user, err := strconv.ParseFloat(fields[11], 64)
	must(r.t, err)
	system, err := strconv.ParseFloat(fields[12], 64)
	must(r.t, err)
	return (user + system) / perSecond
}

// quiet waits until the daemon has done what follows a run.
func (r *replica) quiet() {
	r.t.Helper()
	for last := -1.0; ; {
		now := r.cpu()
		if now-last < 0.03 {
			return
		}
		last = now
		time.Sleep(time.Second)
	}
}

// watchers read the status of a daemon at watchRate.
type watchers struct {
	answered atomic.Int64
	wrong    atomic.Pointer[string]
	began    time.Time
	stop     chan struct{}
	all      sync.WaitGroup
}

func (r *replica) watch() *watchers {
	const readers = 10
	w := &watchers{began: time.Now(), stop: make(chan struct{})}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: readers}, Timeout: 10 * time.Second}
	for i := range readers {
		w.all.Go(func() {
			defer client.CloseIdleConnections()
			for n := 0; ; n++ {
				due := w.began.Add(time.Duration(n*readers+i) * time.Second / watchRate)
				select {
				case <-w.stop:
					return
				case <-time.After(time.Until(due)):
				}
				if err := w.read(client, r); err != nil {
					said := err.Error()
					w.wrong.Store(&said)
					return
				}
				w.answered.Add(1)
			}
		})
	}
	return w
}

func (w *watchers) read(client *http.Client, r *replica) error {
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+"/api/v1/status", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+r.secrets[state.Viewer])
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	n, err := io.Copy(io.Discard, res.Body)
	if err == nil && (res.StatusCode != http.StatusOK || n < 500) {
		err = fmt.Errorf("answered %d with %d bytes", res.StatusCode, n)
	}
	return err
}

// end stops the reading and says how long it went on.
func (w *watchers) end(t *testing.T) time.Duration {
	t.Helper()
	close(w.stop)
	w.all.Wait()
	if wrong := w.wrong.Load(); wrong != nil {
		t.Errorf("a reading of the status: %s", *wrong)
	}
	return time.Since(w.began)
}
