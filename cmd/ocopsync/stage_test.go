package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	shipped "ocopsync/config"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state/redistest"
)

// stage is a province at play: a sandbox, a Redis and the shipped configuration
// with their addresses. The command is called on it as a person would.
type stage struct {
	t      *testing.T
	box    *sandbox.Sandbox
	redis  *redistest.Server
	dir    string
	prices string   // path of the price list, .xlsx
	config string   // path of the configuration
	runs   string   // the program that start starts
	env    []string // of what it starts, beside this process's
	ahead  atomic.Int64
}

// now is the machine's time, put ahead by pass: the sandbox and the command
// within this process live by it.
func (s *stage) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// pass lets time pass at once.
func (s *stage) pass(d time.Duration) { s.ahead.Add(int64(d)) }

// an edit changes the shipped configuration, which has no limits of pace here.
type edit func(config string) string

// with replaces a part of the configuration, which must be there.
func with(old, by string) edit {
	return func(config string) string {
		if !strings.Contains(config, old) {
			panic("the shipped configuration has no " + old)
		}
		return strings.ReplaceAll(config, old, by)
	}
}

// newStage plays the 71 made-up products.
func newStage(t *testing.T, edits ...edit) *stage {
	t.Helper()
	return newStageOf(t, 0, edits...)
}

// newSmallStage plays few products, for what does not depend on which.
func newSmallStage(t *testing.T, edits ...edit) *stage {
	t.Helper()
	return newStageOf(t, 24, edits...)
}

func newStageOf(t *testing.T, products int, edits ...edit) *stage {
	t.Helper()
	s := &stage{t: t, dir: t.TempDir(), runs: "ocopsync"}
	box, err := sandbox.New(sandbox.Options{SKUPrefix: "OCOP-", Now: s.now, Products: products, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	s.box = box
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Errorf("close the sandbox: %v", err)
		}
	})
	s.redis = redistest.New(t)
	s.prices = filepath.Join(s.dir, "banggia.xlsx")
	must(t, box.WritePriceList(s.prices))
	s.settled(s.prices)
	s.writeConfig(edits...)
	return s
}

// writeConfig writes config/ as shipped, with this stage's addresses.
func (s *stage) writeConfig(edits ...edit) {
	s.t.Helper()
	files, err := fs.ReadDir(shipped.Files, ".")
	must(s.t, err)
	for _, f := range files {
		b, err := shipped.Files.ReadFile(f.Name())
		must(s.t, err)
		if f.Name() == "ocopsync.yaml" {
			b = []byte(s.localize(string(b), edits))
		}
		must(s.t, os.WriteFile(filepath.Join(s.dir, f.Name()), b, 0o600))
	}
	s.config = filepath.Join(s.dir, "ocopsync.yaml")
}

func (s *stage) localize(config string, edits []edit) string {
	edits = append([]edit{
		with("redis://127.0.0.1:6379/0", "redis://"+s.redis.Addr+"/0"),
		with("http://127.0.0.1:8090", s.box.URL(sandbox.Registry)),
		with("http://127.0.0.1:8091", s.box.URL(sandbox.Postmart)),
		with("http://127.0.0.1:8092", s.box.URL(sandbox.Voso)),
		with("http://127.0.0.1:8093", s.box.URL(sandbox.Lamdong)),
		with("127.0.0.1:8090", hostOf(s.box.URL(sandbox.Registry))),
		with("../data/banggia.xlsx", s.prices),
		with("data_dir: data ", "data_dir: "+filepath.Join(s.dir, "data")+" "),
		with("price_jump_percent: 60", "price_jump_percent: 0"), // tests set prices as they like
		func(c string) string { return regexp.MustCompile(`(rate|burst): \d+`).ReplaceAllString(c, "$1: 0") },
	}, edits...)
	for _, e := range edits {
		config = e(config)
	}
	return config
}

// settled makes a file look as if it had been left alone for a while, so that
// no reader waits for it.
func (s *stage) settled(path string) {
	s.t.Helper()
	past := time.Now().Add(-time.Minute)
	must(s.t, os.Chtimes(path, past, past))
}

// setPrice changes a price in the price list's workbook.
func (s *stage) setPrice(code string, vnd int64) {
	s.t.Helper()
	must(s.t, s.box.SetPrice(code, vnd))
	s.settled(s.prices)
}

// said is what a call of the command came to.
type said struct {
	code     int
	out, err string
}

func (r said) String() string {
	const most = 2000 // of each
	r.out, r.err = r.out[:min(len(r.out), most)], r.err[max(0, len(r.err)-most):]
	return fmt.Sprintf("exit %d\n--- stdout\n%s\n--- stderr\n%s", r.code, r.out, r.err)
}

// call runs the command within this process.
func (s *stage) call(args ...string) said {
	s.t.Helper()
	var out, errs bytes.Buffer
	a := newApp(&out, &errs)
	a.now = s.now
	code := a.run(s.t.Context(), append(args, "--config", s.config))
	return said{code, out.String(), errs.String()}
}

// start runs the command as a process of its own, by the machine's clock.
func (s *stage) start(args ...string) *process {
	s.t.Helper()
	p := &process{t: s.t, cmd: exec.CommandContext(s.t.Context(), s.runs, append(args, "--config", s.config)...)}
	p.cmd.Env = append(p.cmd.Environ(), s.env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	must(s.t, p.cmd.Start())
	return p
}

type process struct {
	t         *testing.T
	cmd       *exec.Cmd
	out, errs bytes.Buffer
}

// wait gives how it ended; a killed one has the code -1.
func (p *process) wait() said {
	p.t.Helper()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return said{p.cmd.ProcessState.ExitCode(), p.out.String(), p.errs.String()}
}

// anyEnd stands for exit 0 or 1: refused items make a run partial.
const anyEnd = -1

// sync does a run and wants the exit code; it gives the printed report.
func (s *stage) sync(want int, args ...string) runReport {
	s.t.Helper()
	got := s.call(append([]string{"sync", "--json"}, args...)...)
	if got.code != want && (want != anyEnd || got.code > exitFailed) {
		s.t.Fatalf("sync %v: expected exit %d\n%s", args, want, got)
	}
	return s.report(got)
}

func (s *stage) report(got said) runReport {
	s.t.Helper()
	var r runReport
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		s.t.Fatalf("the output of --json can't be read: %v\n%s", err, got)
	}
	return r
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
