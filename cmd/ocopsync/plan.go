package main

import (
	"maps"
	"slices"
	"strings"
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
	bar := a.newProgress()
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
		a.printFaults(res.Run.Source, res.Faults)
		a.printPlan(report)
	}
	return a.planExit(res.Run, changes)
}

// worthShowing leaves out what is as it should be or can't be changed.
func worthShowing(p plan.Plan) []listing.Change {
	out := []listing.Change{}
	for c := range p.All() {
		if c.Kind != listing.None {
			out = append(out, c)
		}
	}
	return out
}

func (a *app) planExit(r state.Run, changes int) error {
	switch {
	case r.State == state.Failed || r.State == state.Cancelled || r.State == state.Partial:
		return &exitError{code: exitFailed, text: a.text(ocop.Text{VI: "không đọc được tất cả", EN: "not everything could be read"})}
	case r.State == state.Held:
		return &exitError{code: exitHeld}
	case changes > 0:
		return &exitError{code: exitChanges}
	}
	return nil
}

func (a *app) printPlan(r planReport) {
	if r.Source.Held != "" {
		a.printf("%s: %s\n", a.text(heldHead()), a.why(r.Source.Held))
		return
	}
	for _, m := range slices.Sorted(maps.Keys(r.Parts)) {
		p := r.Parts[m]
		a.say(ocop.Text{VI: "\n%s: %s, mã kiểm %s\n", EN: "\n%s: %s, checksum %s\n"},
			m, a.counted(len(p.Changes), noun{"change", "changes", "thay đổi"}), p.Checksum)
		if p.Held != "" {
			a.printf("  %s: %s\n", a.text(heldHead()), a.why(p.Held))
		}
		for _, f := range p.Failures {
			a.printf("  %s: %s\n", a.text(failedHead()), f.Words)
		}
		for _, c := range p.Changes {
			a.printChange(c)
		}
	}
}

func (a *app) printChange(c listing.Change) {
	kind := a.text(c.Kind.Text())
	if c.Kind == listing.Hold {
		kind += " (" + a.text(c.Held.Text()) + ")"
	}
	a.printf("  %s %-7s %s  %s\n", sign(c), kind, c.SKU, a.why(c.Why))
	if c.From != "" || c.To != "" {
		a.printf("              %s -> %s\n", a.detail(c.From), a.detail(c.To))
	}
}

// detail says what a change goes from or to: a state, or fields with their
// values ("price 120.000đ, title").
func (a *app) detail(s string) string {
	if s == "" {
		return a.text(ocop.Text{VI: "(không có gì)", EN: "(nothing)"})
	}
	words := strings.Split(s, ", ")
	for i, w := range words {
		name, value, valued := strings.Cut(w, " ")
		switch said := listing.FieldText(name); {
		case said.VI != said.EN && valued:
			words[i] = a.text(said) + " " + value
		case said.VI != said.EN:
			words[i] = a.text(said)
		default:
			words[i] = a.text(listing.State(w).Text())
		}
	}
	return strings.Join(words, ", ")
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
