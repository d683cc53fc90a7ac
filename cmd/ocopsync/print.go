package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
)

func (a *app) text(t ocop.Text) string {
	if a.lang == "vi" {
		return t.VI
	}
	return t.EN
}

func (a *app) printRun(r state.Run) {
	a.printf("\nRun %s (%s): %s\n", r.ID, r.Mode, r.State)
	const untouched = "Nothing was changed on any market; the last good reading stays."
	if r.Source.Held != "" {
		a.printf("HELD: %s. %s\n", r.Source.Held, untouched)
		return
	}
	if words := sourceFailure(r); words != "" {
		a.printf("FAILED: %s. %s\n", words, untouched)
		return
	}
	if r.Source.Total > 0 {
		a.printf("Registry: %d products, %d eligible (%s reading)\n", r.Source.Total, r.Source.Eligible, r.Source.Kind)
	}
	for _, m := range slices.Sorted(maps.Keys(r.Parts)) {
		p := r.Parts[m]
		a.printf("  %-9s %-9s %s\n", m, p.State, partWords(r, p))
		if p.Held != "" {
			a.printf("            HELD: %s; nothing was changed on this market\n", p.Held)
		}
		a.printFailures("            ", p.Failures)
	}
}

// partWords says what was done in a part, of one that has not ended where it is.
func partWords(r state.Run, p state.Part) string {
	switch {
	case p.State == state.Queued:
		return ""
	case p.State == state.Running:
		return describeStep(eventOf("", p))
	case r.Mode == modePlan:
		return plannedCounts(p.Counts)
	}
	return counts(p.Counts)
}

// sourceFailure says why the registry or the price list could not be read, ""
// where they could.
func sourceFailure(r state.Run) string {
	for _, p := range r.Parts {
		for _, f := range p.Failures {
			if f.Kind == "source" {
				return f.Words
			}
		}
	}
	return ""
}

// counts writes what was done, without what was only planned.
func counts(n map[string]int) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(n)) {
		if !strings.HasPrefix(k, "planned_") && n[k] > 0 {
			words = append(words, fmt.Sprintf("%s %d", strings.ReplaceAll(k, "_", " "), n[k]))
		}
	}
	if len(words) == 0 {
		return "nothing to do"
	}
	return strings.Join(words, ", ")
}

// plannedCounts writes what would be done.
func plannedCounts(n map[string]int) string {
	would := make(map[string]int)
	for k, v := range n {
		if kind, is := strings.CutPrefix(k, "planned_"); is && kind != string(listing.None) {
			would[kind] = v
		}
	}
	return "planned: " + counts(would)
}

func (a *app) printFaults(faults []ocop.Fault) {
	report := registry.Report
	if a.lang == "vi" {
		report = registry.ReportVI
	}
	if len(faults) > 0 {
		a.printf("\nNot read surely in the sources (%d):\n%s\n", len(faults), strings.TrimRight(report(faults), "\n"))
	}
}

func (a *app) printCoverage(f coverage.Figures, missing []coverage.Missing) {
	a.printf("\nCoverage: %d of the registry's %d products are eligible\n", f.Eligible, f.Products)
	tw := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	row := func(format string, args ...any) { _, _ = fmt.Fprintf(tw, format, args...) }
	row("  market\ton sale\tcounted\tcoverage\tin review\tnot sellable here\texempt\n")
	for _, m := range f.Markets {
		row("  %s\t%d\t%d\t%.1f %%\t%d\t%d\t%d\n", m.Market, m.OnSale, m.Counted, coverage.Percent(m.OnSale, m.Counted), m.InReview, m.NotSellable, m.Exempt)
	}
	row("  everywhere\t%d\t%d\t%.1f %%\t\t\t\n", f.OnSale, f.Counted, coverage.Percent(f.OnSale, f.Counted))
	_ = tw.Flush()
	if len(f.Left) > 0 {
		a.printf("Not eligible, so not counted: %s\n", a.byReason(f.Left))
	}
	a.printMissing(missing)
}

func (a *app) byReason(list []coverage.ByReason) string {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = fmt.Sprintf("%d %s", r.Count, r.Reason)
	}
	return strings.Join(words, ", ")
}

// printMissing says how many products need whom to act, with the reasons and
// the first products of each.
func (a *app) printMissing(missing []coverage.Missing) {
	if len(missing) == 0 {
		a.printf("Nothing is missing.\n")
		return
	}
	a.printf("\nWho must act (%d listings are missing):\n", len(missing))
	for _, party := range []ocop.Party{ocop.PartyProducer, ocop.PartyOfficer, ocop.PartyMarketplace, ocop.PartySystem} {
		a.printParty(party, missing)
	}
}

func (a *app) printParty(party ocop.Party, missing []coverage.Missing) {
	byReason := make(map[ocop.Reason][]coverage.Missing)
	n := 0
	for _, m := range missing {
		if m.Party == party {
			byReason[m.Reason] = append(byReason[m.Reason], m)
			n++
		}
	}
	if n == 0 {
		return
	}
	a.printf("  %s: %d\n", a.text(party.Text()), n)
	reasons := slices.SortedFunc(maps.Keys(byReason), func(x, y ocop.Reason) int {
		return len(byReason[y])*1000 - y.Rank() - (len(byReason[x])*1000 - x.Rank())
	})
	const shown = 3
	for _, r := range reasons {
		list := byReason[r]
		a.printf("    %3d x %s: %s\n          %s\n", len(list), r, a.text(r.Text()), a.text(r.Todo()))
		for _, m := range list[:min(shown, len(list))] {
			words := ""
			if m.Words != "" {
				words = " (" + m.Words + ")"
			}
			a.printf("          - %s %s on %s%s\n", m.Code, shorten(m.Name, 50), m.Market, words)
		}
		if len(list) > shown {
			a.printf("          - and %d more\n", len(list)-shown)
		}
	}
}

func shorten(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}
