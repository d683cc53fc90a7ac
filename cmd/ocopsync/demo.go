package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	shipped "ocopsync/config"
	"ocopsync/internal/config"
	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

func (a *app) demoCommand() *cobra.Command {
	var once bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "play a whole province on this machine: registry, markets, syncs, coverage",
		Long: `demo starts a sandbox (a registry with 71 made-up products and the three markets, on
loopback) and an in-process Redis, and runs the same syncs as sync does, with the
shipped configuration, until everything is settled. Then it prints the coverage
and judges the outcome by the sandbox's own ledger. With --json the result goes to
standard output and everything else to standard error.

Exit codes: 0 every promise holds by the ledger, 1 one does not.`,
		RunE: func(c *cobra.Command, _ []string) error { return a.demo(c.Context()) },
	}
	c.Flags().BoolVar(&once, "once", true, "run until settled, judge, and exit")
	return c
}

// Bounds of a demo: it must end whatever happens.
const (
	demoRuns    = 60
	demoPause   = time.Second
	demoTimeout = 4 * time.Minute
)

func (a *app) demo(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, demoTimeout, errors.New("the demo did not settle in time"))
	defer cancel()
	dir, err := os.MkdirTemp("", "ocopsync-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	result := a.out
	if a.json {
		a.out = a.err // the story goes beside the result
	}
	a.say(demoStart())
	box, err := sandbox.New(sandbox.Options{
		ReviewDelay: 3 * time.Second, VosoPending: time.Second, Latency: 5 * time.Millisecond, SKUPrefix: "OCOP-",
		Quota: sandboxQuotas(5 * time.Second),
	})
	if err != nil {
		return fmt.Errorf("start the sandbox: %w", err)
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	cfg, err := demoConfig(dir, box, a.getenv)
	if err != nil {
		return err
	}
	redis, err := state.Embedded(ctx)
	if err != nil {
		return fmt.Errorf("start the in-process Redis: %w", err)
	}
	defer func() { err = errors.Join(err, redis.Close()) }()
	log, flush, err := a.logger(cfg.Log.Level)
	if err != nil {
		return err
	}
	defer flush()
	bar := a.newProgress()
	w, err := build(ctx, cfg, wiring{redis: redis.Client(), now: a.now, log: log, progress: bar.show})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	report, err := a.demoRuns(ctx, w, box, bar)
	if err != nil {
		return err
	}
	if a.json {
		a.out = result
		if err := a.printJSON(report); err != nil {
			return err
		}
	}
	if n := len(report.Broken); n > 0 {
		return &exitError{code: exitFailed, text: a.brokenPromises(n)}
	}
	return nil
}

// demoConfig is the shipped configuration with the sandbox's addresses.
func demoConfig(dir string, box *sandbox.Sandbox, getenv func(string) (string, bool)) (*config.Config, error) {
	files, err := fs.ReadDir(shipped.Files, ".")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b, err := shipped.Files.ReadFile(f.Name())
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name()), b, 0o600); err != nil {
			return nil, err
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "ocopsync.yaml"), getenv, checkSchedules)
	if err != nil {
		return nil, err
	}
	cfg.DataDir = filepath.Join(dir, "data")
	cfg.Registry.URL = box.URL(sandbox.Registry)
	cfg.PriceList.Path = filepath.Join(dir, "banggia.xlsx")
	if err := box.WritePriceList(cfg.PriceList.Path); err != nil {
		return nil, err
	}
	cfg.Pictures.AllowHosts = []string{hostOf(box.URL(sandbox.Registry))}
	for _, name := range []string{sandbox.Postmart, sandbox.Voso, sandbox.Lamdong} {
		m := cfg.Markets[name]
		m.URL = box.URL(name)
		cfg.Markets[name] = m
	}
	return cfg, nil
}

// demoRuns does runs until every review is decided and nothing is left to
// write, then gives the verdict.
func (a *app) demoRuns(ctx context.Context, w *works, box *sandbox.Sandbox, bar *progress) (demoReport, error) {
	settled := false
	for n := 1; n <= demoRuns && !settled; n++ {
		mode := reconcile.Sync
		if n == 1 {
			mode = reconcile.Verify
		}
		res, err := w.engine.Run(ctx, reconcile.Request{Mode: mode, Trigger: "demo", By: "demo"})
		bar.done()
		if err != nil {
			return demoReport{}, errors.Join(err, context.Cause(ctx))
		}
		if n == 1 || written(res.Run) > 0 {
			a.printRun(res.Run)
		}
		markets, products, err := w.engine.Standing(ctx)
		if err != nil {
			return demoReport{}, err
		}
		waiting := inReview(markets, products)
		settled = n > 1 && waiting == 0 && written(res.Run) == 0
		if !settled {
			if waiting > 0 && written(res.Run) == 0 {
				_, _ = fmt.Fprintln(a.err, a.waitingFor(waiting))
			}
			if err := pause(ctx, demoPause); err != nil {
				return demoReport{}, err
			}
		}
	}
	if !settled {
		a.say(demoUnsettled(), demoRuns)
	}
	return a.demoVerdict(ctx, w, box, bar, settled)
}

func written(r state.Run) int {
	n := 0
	for _, p := range r.Parts {
		n += p.Counts["writes"]
	}
	return n
}

func inReview(markets []listing.Market, products []coverage.Product) int {
	n := 0
	for _, m := range coverage.Compute(markets, products).Markets {
		n += m.InReview
	}
	return n
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
