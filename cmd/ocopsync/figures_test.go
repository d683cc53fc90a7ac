package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"ocopsync/internal/config"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state/redistest"
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

// benchStep asks the engine for a run; benchDone is what it cost.
type benchStep struct {
	Mode reconcile.Mode `json:"mode"`
}

type benchDone struct {
	State   string  `json:"state"`
	Source  string  `json:"source"`
	Words   string  `json:"words"`
	CPU     float64 `json:"cpu"`      // seconds, user and system
	PeakMiB float64 `json:"peak_mib"` // resident, since the process began
	NowMiB  float64 `json:"now_mib"`
	Trips   int64   `json:"trips"` // round trips to Redis
}

// TestEngineRole is the measured process; run by hand it does nothing.
func TestEngineRole(t *testing.T) {
	if os.Getenv(benchRole) != "engine" {
		return
	}
	if err := engineRole(os.Stdin, os.NewFile(3, "answers")); err != nil {
		t.Fatal(err)
	}
}

func engineRole(in io.Reader, out io.Writer) error {
	debug.SetGCPercent(gcPercent) // as main does
	if v := os.Getenv("XGC"); v != "" {
		n := 0
		fmt.Sscan(v, &n)
		debug.SetGCPercent(n)
	}
	ctx := context.Background()
	cfg, err := config.Load(os.Getenv(benchConfig), os.LookupEnv)
	if err != nil {
		return err
	}
	w, err := build(ctx, cfg, wiring{log: zap.NewNop()})
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }()
	stop, err := profile(os.Getenv("OCOPSYNC_BENCH_PROFILE"))
	if err != nil {
		return err
	}
	defer stop()
	steps, answers := json.NewDecoder(in), json.NewEncoder(out)
	for {
		var step benchStep
		if err := steps.Decode(&step); err != nil {
			return nil //nolint:nilerr // the driver closed its end: done
		}
		cpu, trips := cpuSeconds(), w.trips.Total()
		res, err := w.engine.Run(ctx, reconcile.Request{Mode: step.Mode, Trigger: "bench"})
		if path := os.Getenv("OCOPSYNC_BENCH_HEAP"); path != "" {
			if err := heapProfile(path); err != nil {
				return err
			}
		}
		d := benchDone{State: res.Run.State, Source: res.Run.Source.Kind, CPU: cpuSeconds() - cpu, Trips: int64(w.trips.Total() - trips)}
		d.PeakMiB, d.NowMiB = resident("VmHWM"), resident("VmRSS")
		if err != nil {
			d.Words = err.Error()
		}
		for m, p := range res.Run.Parts {
			for _, f := range p.Failures {
				d.Words += fmt.Sprintf(" %s: %d x %s;", m, f.Count, f.Words)
			}
		}
		if err := answers.Encode(d); err != nil {
			return err
		}
	}
}

// profile writes a CPU profile of the measured process, when asked to.
func profile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); _ = f.Close() }, nil
}

// heapProfile writes what is live after a run, each over the last one.
func heapProfile(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	runtime.GC()
	return pprof.WriteHeapProfile(f)
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func resident(key string) float64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, key+":"); ok {
			var kib float64
			if _, err := fmt.Sscanf(rest, "%f", &kib); err == nil {
				return kib / 1024
			}
		}
	}
	return 0
}

// figures collects what make bench prints.
type figures struct {
	t    *testing.T
	over int
}

func (f *figures) print(name string, value float64, unit string, limit float64) {
	verdict := "ok"
	if limit > 0 && value > limit {
		verdict = "over"
		f.over++
	}
	_, _ = fmt.Fprintf(os.Stdout, "%s %.3f %s %g %s\n", name, value, unit, limit, verdict)
}

// TestFigures is make bench.
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
	f := &figures{t: t}
	first := e.run(t, reconcile.Verify)
	calls := 0
	for _, n := range box.CallCounts() {
		calls += n
	}
	t.Logf("calls %v, pictures %v, %v", box.CallCounts(), box.PictureFetches(), box.Calls())
	f.print("first_sync_cpu_per_10k_calls", first.CPU/float64(calls)*10_000, "s", 0.8)
	f.print("first_sync_resident_peak", first.PeakMiB, "MiB", 96)
	f.print("first_sync_calls", float64(calls), "calls", 0)
	f.print("first_sync_cpu", first.CPU, "s", 0)
	f.print("raw_client_cpu_per_10k_calls", rawAlone(t, box), "s", 0)
	f.print("raw_client_and_sandbox_cpu_per_10k_calls", rawTogether(t, box), "s", 0)
	if os.Getenv("OCOPSYNC_BENCH") == "first" {
		return
	}
	for range 3 { // reviews are decided, what was approved is looked at
		settle := e.run(t, reconcile.Sync)
		f.print("settling_sync_cpu", settle.CPU, "s", 0)
	}
	e.run(t, reconcile.Verify)
	box.ResetCounts()
	full := e.run(t, reconcile.Verify)
	f.print("noop_verify_cpu", full.CPU, "s", 0)
	f.print("noop_verify_writes", float64(sum(box.Writes())), "calls", 0)
	noop := noopFigures(t, f, e, box)
	writeFigures(t, f, e, box)
	_ = noop
	if f.over > 0 {
		t.Errorf("%d figure(s) are over their limit", f.over)
	}
}

// noopFigures measures runs in which nothing has to be done.
func noopFigures(t *testing.T, f *figures, e *engineProcess, box *sandbox.Sandbox) benchDone {
	same := e.run(t, reconcile.Sync)
	if same.Source != "not_modified" {
		t.Errorf("expected a 304, the source says %s", same.Source)
	}
	same = e.run(t, reconcile.Sync)
	f.print("noop_304_cpu", same.CPU, "s", 0.15)
	f.print("noop_304_resident", same.NowMiB, "MiB", 0)
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
		delta := e.run(t, reconcile.Sync)
		if delta.Source != "delta" {
			t.Errorf("expected a delta, the source says %s", delta.Source)
		}
		if i == 1 {
			f.print("noop_updated_since_cpu", delta.CPU, "s", 0.05)
			f.print("noop_updated_since_round_trips", float64(delta.Trips), "trips", 20+3)
		}
	}
	return same
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
	e.run(t, reconcile.Sync)
	for _, m := range sandbox.Markets() {
		f.print("price_change_writes_"+m, float64(box.Writes()[m]), "calls", writesLimit(m, changed))
	}
	e.run(t, reconcile.Sync)
	box.ResetCounts()
	e.run(t, reconcile.Sync)
	f.print("unchanged_writes", float64(sum(box.Writes())), "calls", 0)
	if sum(box.Writes()) > 0 {
		t.Error("a settled sync wrote")
	}
	if after := box.Figures(); after.Overall != before.Overall {
		t.Errorf("coverage moved: %+v, before %+v", after.Overall, before.Overall)
	}
}

// writesLimit is one writing call per changed product; lamdong's go in batches.
func writesLimit(_ string, changed int) float64 { return float64(changed) }

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

// rawCalls is what the raw figures count.
const (
	rawCalls   = 10_000
	rawWorkers = 20 // about as many as the engine's, for the three markets
)

// rawTogether is the CPU that a bare net/http client and the sandbox that it
// calls cost together in one process for 10,000 calls with a body of a product's
// size.
func rawTogether(t *testing.T, box *sandbox.Sandbox) float64 {
	t.Helper()
	cpu := cpuSeconds()
	if err := rawClient(box.URL(sandbox.Voso)+"/v2/seller/product/list", 1); err != nil {
		t.Fatal(err)
	}
	return cpuSeconds() - cpu
}

// rawAlone is what the same client costs in a process of its own, as the engine
// is measured: less than this nobody gets with net/http.
func rawAlone(t *testing.T, box *sandbox.Sandbox) float64 {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestRawRole$", "-test.timeout=0")
	cmd.Env = append(os.Environ(), benchRole+"=raw", benchRaw+"="+box.URL(sandbox.Voso)+"/v2/seller/product/list")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var cpu float64
	if _, err := fmt.Sscan(string(out), &cpu); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return cpu
}

// TestRawRole is the process of rawAlone; run by hand it does nothing.
func TestRawRole(t *testing.T) {
	if os.Getenv(benchRole) != "raw" {
		return
	}
	cpu := cpuSeconds()
	if err := rawClient(os.Getenv(benchRaw), rawWorkers); err != nil {
		t.Fatal(err)
	}
	_, _ = fmt.Println(cpuSeconds() - cpu)
}

// rawClient makes the calls by so many workers side by side.
func rawClient(address string, workers int) error {
	body := []byte(`{"PAGE":1,"SELLER_SKU":"` + strings.Repeat("x", 1500) + `"}`)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	defer client.CloseIdleConnections()
	var g errgroup.Group
	for range workers {
		g.Go(func() error {
			for range rawCalls / workers {
				res, err := client.Post(address, "application/json", bytes.NewReader(body)) //nolint:noctx // a bare client is what is measured
				if err != nil {
					return err
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
			return nil
		})
	}
	return g.Wait()
}

type engineProcess struct {
	ask    *json.Encoder
	answer *json.Decoder
	box    *sandbox.Sandbox
}

func startEngine(t *testing.T, box *sandbox.Sandbox) *engineProcess {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "ocopsync.yaml")
	prices := filepath.Join(dir, "banggia.csv")
	if err := box.WritePriceList(prices); err != nil {
		t.Fatal(err)
	}
	writeBenchConfig(t, path, prices, box, redistest.Start(t))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestEngineRole$", "-test.timeout=0")
	cmd.Env = append(os.Environ(), benchRole+"=engine", benchConfig+"="+path)
	cmd.ExtraFiles, cmd.Stderr = []*os.File{w}, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
		_ = r.Close()
	})
	return &engineProcess{ask: json.NewEncoder(in), answer: json.NewDecoder(bufio.NewReader(r)), box: box}
}

func (e *engineProcess) run(t *testing.T, mode reconcile.Mode) benchDone {
	t.Helper()
	e.box.DecideReviewsNow()
	if err := e.ask.Encode(benchStep{mode}); err != nil {
		t.Fatal(err)
	}
	var d benchDone
	if err := e.answer.Decode(&d); err != nil {
		t.Fatalf("the measured process ended: %v", err)
	}
	t.Logf("%s: %+v", mode, d)
	return d
}

func writeBenchConfig(t *testing.T, path, prices string, box *sandbox.Sandbox, redis string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "config", "ocopsync.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		"redis://127.0.0.1:6379/0", "redis://"+redis+"/0",
		"http://127.0.0.1:8090", box.URL(sandbox.Registry), "127.0.0.1:8090", strings.TrimPrefix(box.URL(sandbox.Registry), "http://"),
		"http://127.0.0.1:8091", box.URL(sandbox.Postmart), "http://127.0.0.1:8092", box.URL(sandbox.Voso), "http://127.0.0.1:8093", box.URL(sandbox.Lamdong),
		"../data/banggia.xlsx", prices, "data_dir: data", "data_dir: "+filepath.Join(filepath.Dir(path), "data"),
		"    rate: 20 ", "    rate: 0 ", "    rate: 10\n", "    rate: 0\n",
	).Replace(string(b))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	categories, err := os.ReadFile(filepath.Join("..", "..", "config", "categories.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "categories.yaml"), categories, 0o600); err != nil {
		t.Fatal(err)
	}
}
