package main

import (
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/state"
)

func (a *app) planCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "plan",
		Short: "show what a run would do; nothing is applied or remembered",
		Long: `plan reads everything that a sync reads and shows the changes that it would make.
It writes neither to a market nor to Redis.

Exit codes: 0 nothing to change, 2 there are changes, 3 a guard would hold them,
1 something could not be read.`,
		Example: "  ocopsync plan --verify\n  ocopsync plan --market lamdong --json",
		RunE: func(c *cobra.Command, _ []string) error {
			return a.plan(c, f)
		},
	}
	f.add(c)
	a.offerMarkets(c)
	return c
}

// planReport is what plan prints with --json.
type planReport struct {
	Source state.SourceSummary           `json:"source"`
	Parts  map[listing.Market]planOfPart `json:"parts"`
	Faults []ocop.Fault                  `json:"faults,omitempty"`
}

type planOfPart struct {
	State    string           `json:"state"`
	Held     string           `json:"held,omitempty"`
	Checksum string           `json:"checksum,omitempty"`
	Failures []state.Failure  `json:"failures,omitempty"`
	Counts   map[string]int   `json:"counts"`
	Changes  []listing.Change `json:"changes"`
}

func (a *app) plan(c *cobra.Command, f runFlags) (err error) {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	req, err := f.request(cfg)
	if err != nil {
		return err
	}
	req.DryRun = true
	log, flush, err := a.logger(cfg.Log.Level)
	if err != nil {
		return err
	}
	defer flush()
	bar := newProgress(a.err)
	w, err := build(c.Context(), cfg, wiring{now: a.now, log: log, progress: bar.show, readOnly: true})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := w.Close(); err == nil {
			err = cerr
		}
	}()
	res, err := w.engine.Run(c.Context(), req)
	bar.done()
	if err != nil {
		return err
	}
	report := planReport{Source: res.Run.Source, Parts: make(map[listing.Market]planOfPart), Faults: res.Faults}
	report.Source.AsOf = time.Time{} // the same plan is the same bytes, whenever it is made
	changes := 0
	for m, p := range res.Run.Parts {
		shown := worthShowing(res.Plans[m])
		changes += len(shown)
		report.Parts[m] = planOfPart{State: p.State, Held: p.Held, Checksum: p.Checksum, Failures: p.Failures, Counts: p.Counts, Changes: shown}
	}
	if a.json {
		if err := a.printJSON(report); err != nil {
			return err
		}
	} else {
		a.printFaults(res.Faults)
		a.printPlan(report)
	}
	return planExit(res.Run, changes)
}

// worthShowing leaves out what is as it should be or can't be changed.
func worthShowing(p plan.Plan) []listing.Change {
	out := []listing.Change{}
	for _, c := range p.Changes {
		if c.Kind != listing.None {
			out = append(out, c)
		}
	}
	return out
}

func planExit(r state.Run, changes int) error {
	switch {
	case r.State == state.Failed || r.State == state.Cancelled || r.State == state.Partial:
		return &exitError{code: exitFailed, text: "not everything could be read"}
	case r.State == state.Held:
		return &exitError{code: exitHeld}
	case changes > 0:
		return &exitError{code: exitChanges}
	}
	return nil
}

func (a *app) printPlan(r planReport) {
	if r.Source.Held != "" {
		a.printf("HELD: %s\n", r.Source.Held)
		return
	}
	for _, m := range slices.Sorted(maps.Keys(r.Parts)) {
		p := r.Parts[m]
		a.printf("\n%s: %d changes, checksum %s\n", m, len(p.Changes), p.Checksum)
		if p.Held != "" {
			a.printf("  HELD: %s\n", p.Held)
		}
		for _, f := range p.Failures {
			a.printf("  failed: %s\n", f.Words)
		}
		for _, c := range p.Changes {
			kind := string(c.Kind)
			if c.Kind == listing.Hold {
				kind = "hold " + string(c.Held)
			}
			a.printf("  %s %-7s %s  %s\n", sign(c), kind, c.SKU, c.Why)
			if c.From != "" || c.To != "" {
				a.printf("              %s -> %s\n", orDash(c.From), orDash(c.To))
			}
		}
	}
}

func sign(c listing.Change) string {
	switch c.Kind {
	case listing.Create:
		return "+"
	case listing.Unlist, listing.Retire:
		return "-"
	case listing.Hold, listing.Resolve:
		return "!"
	case listing.None, listing.Adopt, listing.Update, listing.Relist:
	}
	return "~"
}

func orDash(s string) string {
	if s == "" {
		return "(nothing)"
	}
	return s
}
