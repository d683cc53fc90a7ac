package main

import (
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"ocopsync/internal/admin"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

func (a *app) statusCommand() *cobra.Command {
	var r reach
	c := &cobra.Command{
		Use:   "status",
		Short: "say how a running daemon and its markets are",
		Long: `status shows of each market when it last succeeded and when it is next worked, who
paused it and why, whether it is left alone because it fails, what waits for a
person, what is under way and what failed last. It takes a viewer's token. Times
are the province's (` + ocop.Zone + `).

Exit codes: 0 shown, however the markets are; 1 the daemon can't be reached or
refuses.`,
		Example: "  ocopsync status\n  ocopsync status --json --address https://ocop.example.vn --token-file /run/secrets/viewer",
		RunE: func(c *cobra.Command, _ []string) error {
			var st statusAnswer
			return a.fetch(c.Context(), r, "/api/v1/status", nil, &st, func(t teller) { a.printStatus(t, &st) })
		},
	}
	r.add(c)
	return c
}

// statusAnswer is what GET /api/v1/status gives.
type statusAnswer struct {
	admin.Status
	FiguresAsOf time.Time `json:"figures_as_of"`
	Overall     *struct {
		Counted int     `json:"counted"`
		OnSale  int     `json:"on_sale"`
		Percent float64 `json:"percent"`
	} `json:"overall"`
	Markets []marketAnswer `json:"markets"`
}

type marketAnswer struct {
	admin.MarketStatus
	Coverage *marketFigures `json:"coverage"`
}

func (a *app) printStatus(t teller, st *statusAnswer) {
	a.printf("%s at %s (%s)\n", st.Tenant, t.at(st.AsOf, "-"), ocop.Zone)
	if p := st.Pause; p != nil {
		a.printf("EVERYTHING IS PAUSED by %s since %s: %s\n", oneLine(p.By), t.ago(p.At, "-"), oneLine(p.Reason))
	}
	a.printSourceStatus(t, st.Source)
	a.printf("Work: %s waiting, %d running\n", count(st.Queue.Waiting, "part"), st.Queue.Running)
	if st.Overall == nil {
		a.printf("On sale: not known until the registry was read\n")
	} else {
		a.printf("On sale wherever it counts: %d of %s (%.1f %%), as of %s\n",
			st.Overall.OnSale, count(st.Overall.Counted, "product"), st.Overall.Percent, t.ago(st.FiguresAsOf, "-"))
	}
	a.printf("\n")
	tw := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(tw, "market\tnow\tlast success\tnext sync\tnext verify\ton sale")
	for i := range st.Markets {
		m := &st.Markets[i]
		onSale := "-"
		if m.Coverage != nil {
			onSale = fmt.Sprintf("%d of %d (%.1f %%)", m.Coverage.OnSale, m.Coverage.Counted, m.Coverage.Percent)
		}
		_, _ = fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\n", m.Market, marketNow(m), t.ago(m.LastSuccess, "never"), t.at(m.NextSync, "-"), t.at(m.NextVerify, "-"), onSale)
	}
	_ = tw.Flush()
	for i := range st.Markets {
		a.printMarketStatus(t, &st.Markets[i])
	}
}

func (a *app) printSourceStatus(t teller, s state.SourceSummary) {
	if s.AsOf.IsZero() {
		a.printf("Registry: not read yet\n")
		return
	}
	a.printf("Registry: %s, %d eligible, read %s", count(s.Total, "product"), s.Eligible, t.ago(s.AsOf, "-"))
	if s.Faults > 0 {
		a.printf("; %s not read surely", count(s.Faults, "value"))
	}
	a.printf("\n")
	if s.Held != "" {
		a.printf("HELD: that reading is not believed: %s\n", oneLine(s.Held))
	}
}

// marketNow is a market in a word, the worst first.
func marketNow(m *marketAnswer) string {
	switch {
	case m.Pause != nil:
		return "PAUSED"
	case m.Held != nil:
		return "HELD"
	case m.Circuit != nil:
		return "FAILING"
	case m.Work != nil:
		return "at work"
	case !m.WindowOpens.IsZero():
		return "closed"
	case slices.Contains([]string{state.Failed, state.Partial}, m.LastState):
		return "last run " + m.LastState
	}
	return "ready"
}

// printMarketStatus says of a market what does not fit the table; nothing where
// all is well.
func (a *app) printMarketStatus(t teller, m *marketAnswer) {
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, oneLine(fmt.Sprintf(format, args...))) }
	if p := m.Pause; p != nil && !p.All { // that of everything is told above
		say("PAUSED by %s since %s: %s", p.By, t.ago(p.At, "-"), p.Reason)
	}
	if h := m.Held; h != nil {
		say("HELD since %s, a person must decide: %s (run %s, checksum %s)", t.ago(h.Since, "-"), h.Why, h.Run, h.Checksum)
	}
	if c := m.Circuit; c != nil {
		say("FAILING since %s, so it is left alone (%s), tried again %s: %s", t.ago(c.Since, "-"), c.State, t.ago(c.Until, "soon"), orDash(c.Why))
	}
	if !m.WindowOpens.IsZero() {
		say("outside its allowed hours until %s", t.ago(m.WindowOpens, "-"))
	}
	if w := m.Work; w != nil {
		at := w.Phase
		if w.Total > 0 {
			at += fmt.Sprintf(" %d/%d", w.Done, w.Total)
		}
		say("at work: %s (run %s)", at, w.Run)
	}
	if len(m.Failures) > 0 {
		say("newest failures, %s (run %s):", t.ago(m.LastAttempt, "-"), m.LastRun)
	}
	if len(lines) == 0 && len(m.Failures) == 0 {
		return
	}
	a.printf("\n%s\n", m.Market)
	for _, l := range lines {
		a.printf("  %s\n", l)
	}
	a.printFailures("    ", m.Failures)
}

// printFailures lists what failed, each kind with its first words.
func (a *app) printFailures(indent string, failures []state.Failure) {
	for _, f := range failures {
		example := ""
		if f.Example != "" {
			example = " (" + string(f.Example) + ")"
		}
		a.printf("%s%d x %s: %s%s\n", indent, f.Count, a.text(word(failureWords(), f.Kind)), oneLine(f.Words), example)
	}
}
