package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

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
		Short: "play a whole province on this machine: registry, markets, daemon, status page",
		Long: `demo starts a sandbox (a registry with 71 made-up products and the three markets, on
loopback), an in-process Redis and the daemon with the shipped configuration, and has
it sync until everything is settled. Then it prints the coverage, judges the outcome
by the sandbox's own ledger, and prints the address of the status page with a link
that signs in once. It stays, with a sync every minute, until Ctrl-C.

With --once it does the same runs in the foreground, without the daemon, and exits.
With --json the result goes to standard output and everything else to standard error.

Exit codes: 0 every promise holds by the ledger, 1 one does not.`,
		Example: "  ocopsync demo\n  ocopsync demo --once",
		RunE:    func(c *cobra.Command, _ []string) error { return a.demo(c.Context(), once) },
	}
	c.Flags().BoolVar(&once, "once", false, "run until settled, judge, and exit")
	return c
}

// Bounds of a demo: it must end, or stay, whatever happens.
const (
	demoRuns    = 60
	demoPause   = time.Second
	demoTimeout = 4 * time.Minute
)

// demoPlay is what a demo plays on.
type demoPlay struct {
	dir    string
	box    *sandbox.Sandbox
	cfg    *config.Config
	redis  *state.EmbeddedRedis
	bar    *progress
	result io.Writer // for --json
	// run does one run to its end, by whatever does it.
	run    func(ctx context.Context, mode reconcile.Mode) (state.Run, error)
	engine *reconcile.Engine
}

func (a *app) demo(ctx context.Context, once bool) (err error) {
	dir, err := os.MkdirTemp("", "ocopsync-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	p := &demoPlay{dir: dir, bar: a.newProgress(), result: a.out}
	if a.json {
		a.out = a.err // the story goes beside the result
	}
	a.say(demoStart())
	p.box, err = sandbox.New(sandbox.Options{
		ReviewDelay: 3 * time.Second, VosoPending: time.Second, Latency: 5 * time.Millisecond, SKUPrefix: "OCOP-",
		Quota: sandboxQuotas(5 * time.Second),
	})
	if err != nil {
		return fmt.Errorf("start the sandbox: %w", err)
	}
	defer func() { err = errors.Join(err, p.box.Close()) }()
	if p.cfg, err = demoConfig(dir, p.box, a.getenv); err != nil {
		return err
	}
	if p.redis, err = state.Embedded(context.WithoutCancel(ctx)); err != nil { // it ends after those who use it
		return fmt.Errorf("start the in-process Redis: %w", err)
	}
	defer func() { err = errors.Join(err, p.redis.Close()) }()
	log, flush, err := a.logger(p.cfg.Log.Level)
	if err != nil {
		return err
	}
	defer flush()
	if once {
		return a.demoOnce(ctx, p, log)
	}
	return a.demoStay(ctx, p, log)
}

// demoOnce does the runs in the foreground, as sync does.
func (a *app) demoOnce(ctx context.Context, p *demoPlay, log *zap.Logger) (err error) {
	w, err := build(ctx, p.cfg, wiring{redis: p.redis.Client(), now: a.now, log: log, progress: p.bar.show})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	p.engine = w.engine
	p.run = func(ctx context.Context, mode reconcile.Mode) (state.Run, error) {
		res, err := w.engine.Run(ctx, reconcile.Request{Mode: mode, Trigger: triggerForeground, By: "demo"})
		return res.Run, err
	}
	return a.demoReport(ctx, p)
}

// demoReport has everything settle and prints what came of it.
func (a *app) demoReport(ctx context.Context, p *demoPlay) error {
	ctx, cancel := context.WithTimeoutCause(ctx, demoTimeout, errors.New("the demo did not settle in time"))
	defer cancel()
	report, err := a.demoRuns(ctx, p)
	if err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	if a.json {
		out := a.out
		a.out = p.result
		err := a.printJSON(report)
		if a.out = out; err != nil {
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
func (a *app) demoRuns(ctx context.Context, p *demoPlay) (demoReport, error) {
	settled := false
	for n := 1; n <= demoRuns && !settled; n++ {
		mode := reconcile.Sync
		if n == 1 {
			mode = reconcile.Verify
		}
		run, err := p.run(ctx, mode)
		p.bar.done()
		if err != nil {
			return demoReport{}, err
		}
		if n == 1 || written(run) > 0 {
			a.printRun(run)
		}
		markets, products, err := p.engine.Standing(ctx)
		if err != nil {
			return demoReport{}, err
		}
		waiting := inReview(markets, products)
		settled = n > 1 && waiting == 0 && written(run) == 0
		if !settled {
			if waiting > 0 && written(run) == 0 {
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
	return a.demoVerdict(ctx, p, settled)
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
