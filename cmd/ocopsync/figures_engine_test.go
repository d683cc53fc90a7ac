package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
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

	"ocopsync/internal/config"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/registry"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state/redistest"
)

// benchStep asks the engine for a run; benchDone is what it cost.
type benchStep struct {
	Mode reconcile.Mode `json:"mode"`
	Full bool           `json:"full"` // the registry is read in full, whatever the mode
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
	ctx := context.Background()
	cfg, err := config.Load(os.Getenv(benchConfig), os.LookupEnv)
	if err != nil {
		return err
	}
	var source fullSource
	w, err := build(ctx, cfg, wiring{log: zap.NewNop(), source: source.wrap})
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
		source.full = step.Full
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

// fullSource reads the registry in full when it is told to, as a sync does whose
// ETag and cursor are of no use.
type fullSource struct {
	registry.Source
	full bool
}

func (s *fullSource) wrap(within registry.Source) registry.Source {
	s.Source = within
	return s
}

func (s *fullSource) Read(ctx context.Context, held *registry.Held, how registry.How, progress func(registry.Progress)) (registry.Reading, error) {
	if s.full {
		how = registry.Full
	}
	return s.Source.Read(ctx, held, how, progress)
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

func (e *engineProcess) run(t *testing.T, step benchStep) benchDone {
	t.Helper()
	e.box.DecideReviewsNow()
	if err := e.ask.Encode(step); err != nil {
		t.Fatal(err)
	}
	var d benchDone
	if err := e.answer.Decode(&d); err != nil {
		t.Fatalf("the measured process ended: %v", err)
	}
	t.Logf("%+v: %+v", step, d)
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
		"price_jump_percent: 60", "price_jump_percent: 0", // prices are set as the figures need them
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
