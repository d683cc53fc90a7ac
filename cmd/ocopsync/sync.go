package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ocopsync/internal/config"
	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// runFlags are the flags of every command that does a run.
type runFlags struct {
	markets []string
	codes   []string
	verify  bool
}

func (f *runFlags) add(c *cobra.Command) {
	c.Flags().StringSliceVarP(&f.markets, "market", "m", nil, "only these markets (default all)")
	c.Flags().StringSliceVar(&f.codes, "code", nil, "only these product codes; refusals of the market are tried again")
	c.Flags().BoolVar(&f.verify, "verify", false, "read the registry and the markets in full: finds drift, duplicates, take-downs")
}

// request is what the flags ask for; a market that is not configured is a
// mistake in the call.
func (f *runFlags) request(cfg *config.Config) (reconcile.Request, error) {
	req := reconcile.Request{Mode: reconcile.Sync, Trigger: triggerForeground, By: "command line"}
	if f.verify {
		req.Mode = reconcile.Verify
	}
	for _, m := range f.markets {
		if !cfg.Markets[m].Enabled {
			return req, &usageError{fmt.Errorf("--market %q is not configured; configured are %s", m, strings.Join(enabled(cfg), ", "))}
		}
		req.Markets = append(req.Markets, listing.Market(m))
	}
	for _, c := range f.codes {
		req.Codes = append(req.Codes, ocop.Code(c))
	}
	return req, nil
}

func enabled(cfg *config.Config) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(cfg.Markets)) {
		if cfg.Markets[name].Enabled {
			names = append(names, name)
		}
	}
	return names
}

func (a *app) syncCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "sync",
		Short: "do one run in the foreground, with progress",
		Long: `sync reads the registry and the price list, plans, and brings the markets' listings
in step. A market's first run looks at the whole shop, as --verify does.

Exit codes: 0 done, 1 something failed, 3 a guard holds the run.`,
		Example: "  ocopsync sync --config config/ocopsync.yaml\n  ocopsync sync --market voso --verify",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.load()
			if err != nil {
				return err
			}
			req, err := f.request(cfg)
			if err != nil {
				return err
			}
			return a.sync(c.Context(), cfg, req)
		},
	}
	f.add(c)
	a.offerMarkets(c)
	return c
}

func (a *app) load() (*config.Config, error) {
	return config.Load(a.configPath, a.getenv, checkSchedules, knownColumns)
}

func (a *app) sync(ctx context.Context, cfg *config.Config, req reconcile.Request) (err error) {
	log, flush, err := a.logger(cfg.Log.Level)
	if err != nil {
		return err
	}
	defer flush()
	bar := a.newProgress()
	w, err := build(ctx, cfg, wiring{now: a.now, log: log, progress: bar.show})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := w.Close(); err == nil {
			err = cerr
		}
	}()
	res, err := w.engine.Run(ctx, req)
	bar.done()
	if err != nil && res.Run.ID == "" {
		return err
	}
	markets, products, serr := w.engine.Standing(context.WithoutCancel(ctx))
	if serr != nil { // the sources could not be read: the run says why
		if perr := a.reportRun(res, nil, nil); perr != nil {
			return perr
		}
		return a.runExit(res.Run, err)
	}
	if err := a.reportRun(res, markets, products); err != nil {
		return err
	}
	return a.runExit(res.Run, err)
}

// runReport is what sync prints with --json.
type runReport struct {
	Run      state.Run          `json:"run"`
	Coverage *coverage.Figures  `json:"coverage,omitempty"`
	Missing  []coverage.Missing `json:"missing,omitempty"`
	Faults   []ocop.Fault       `json:"faults,omitempty"`
}

func (a *app) reportRun(res reconcile.Result, markets []listing.Market, products []coverage.Product) error {
	r := runReport{Run: res.Run, Faults: res.Faults}
	if markets != nil {
		figures := coverage.Compute(markets, products)
		r.Coverage, r.Missing = &figures, coverage.MissingList(markets, products)
	}
	if a.json {
		return a.printJSON(r)
	}
	a.printRun(res.Run)
	a.printFaults(res.Run.Source, res.Faults)
	if r.Coverage != nil {
		a.printCoverage(*r.Coverage, r.Missing)
	}
	return nil
}

func (a *app) runExit(r state.Run, err error) error {
	switch {
	case err != nil:
		return err
	case r.State == state.Succeeded:
		return nil
	case r.State == state.Held:
		return &exitError{code: exitHeld}
	}
	var failed []string
	for _, m := range slices.Sorted(maps.Keys(r.Parts)) {
		if p := r.Parts[m]; p.State != state.Succeeded {
			failed = append(failed, fmt.Sprintf("%s %s", m, a.text(word(stateWords(), p.State))))
		}
	}
	return &exitError{code: exitFailed, text: a.notWhole() + strings.Join(failed, ", ")}
}
