package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
)

func (a *app) printRun(r state.Run) {
	a.say(ocop.Text{VI: "\nLượt đồng bộ %s (%s): %s\n", EN: "\nRun %s (%s): %s\n"}, r.ID, a.text(word(modeWords(), r.Mode)), a.text(word(stateWords(), r.State)))
	untouched := a.text(ocop.Text{
		VI: "Không có gì thay đổi trên sàn nào; lần đọc tốt gần nhất vẫn được giữ.",
		EN: "Nothing was changed on any market; the last good reading stays.",
	})
	if r.Source.Held != "" {
		a.printf("%s: %s. %s\n", a.text(heldHead()), a.why(r.Source.Held), untouched)
		return
	}
	if words := sourceFailure(r); words != "" {
		a.printf("%s: %s. %s\n", a.text(failedHead()), words, untouched)
		return
	}
	if r.Source.Total > 0 {
		a.say(ocop.Text{VI: "Sổ đăng ký: %s, %d đủ điều kiện (%s)\n", EN: "Registry: %s, %d eligible (%s)\n"},
			a.counted(r.Source.Total, productNoun()), r.Source.Eligible, a.text(word(readingWords(), r.Source.Kind)))
	}
	for _, m := range slices.Sorted(maps.Keys(r.Parts)) {
		a.printPart(r.Mode, m, r.Parts[m])
	}
}

func (a *app) printPart(mode string, m listing.Market, p state.Part) {
	a.printf("  %-9s %-10s %s\n", m, a.text(word(stateWords(), p.State)), a.partDeeds(mode, p))
	waits := a.wouldDo(heldKey, p.Counts)
	if p.Held != "" {
		a.printf("             %s: %s\n", a.text(heldHead()), a.why(p.Held))
	} else if waits != "" {
		a.printf("             %s: %s\n", a.text(heldHead()), a.why(plan.JumpsWait))
	}
	if waits != "" {
		a.printf("             %s\n", waits)
	}
	a.printFailures("             ", p.Failures)
}

// partDeeds says what was done in a part; of one that has not ended, how far it
// is; of one that applies nothing, what would be done.
func (a *app) partDeeds(mode string, p state.Part) string {
	switch {
	case p.State == state.Queued:
		return ""
	case p.State == state.Running:
		return a.step(eventOf("", p))
	case mode == modePlan && wouldChange(p.Counts):
		return a.wouldDo(plannedKey, p.Counts)
	case p.Held != "" && p.Counts[writesKey] == 0:
		return a.text(ocop.Text{VI: "không có gì thay đổi trên sàn này", EN: "nothing was changed on this market"})
	}
	return a.deeds(p.Counts)
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

func heldHead() ocop.Text   { return ocop.Text{VI: "GIỮ LẠI", EN: "HELD"} }
func failedHead() ocop.Text { return ocop.Text{VI: "THẤT BẠI", EN: "FAILED"} }
func productNoun() noun     { return noun{"product", "products", "sản phẩm"} }

// why says a sentence of the planner or of a guard.
func (a *app) why(sentence string) string {
	return a.text(ocop.Text{VI: plan.Vietnamese(sentence), EN: sentence})
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

// printFaults lists what could not be read surely. What follows from a held
// reading alone, that prices find no product in it, is only counted.
func (a *app) printFaults(src state.SourceSummary, faults []ocop.Fault) {
	if src.Held != "" {
		all := len(faults)
		faults = slices.DeleteFunc(slices.Clone(faults), registry.OfNoProduct)
		if n := all - len(faults); n > 0 {
			a.say(ocop.Text{
				VI: "\nVì lần đọc này không được tin nên %s không khớp với sản phẩm nào.\n",
				EN: "\nAs the reading is not believed, %s no product.\n",
			}, a.counted(n, noun{"row of the price list finds", "rows of the price list find", "dòng của bảng giá"}))
		}
	}
	report := registry.Report
	if a.lang == "vi" {
		report = registry.ReportVI
	}
	if len(faults) > 0 {
		a.printf("\n%s", report(faults))
	}
}

func (a *app) printCoverage(f coverage.Figures, missing []coverage.Missing) {
	a.say(ocop.Text{
		VI: "\nTỷ lệ phủ: %[1]d trên %[2]s trong sổ đăng ký đủ điều kiện\n", EN: "\nCoverage: %d of the registry's %s are eligible\n",
	}, f.Eligible, a.counted(f.Products, productNoun()))
	tw := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	row := func(cells ...any) {
		_, _ = fmt.Fprintf(tw, "  "+strings.TrimSuffix(strings.Repeat("%v\t", len(cells)), "\t")+"\n", cells...)
	}
	head := coverageHead()
	cells := make([]any, len(head))
	for i, t := range head {
		cells[i] = a.text(t)
	}
	row(cells...)
	for _, m := range f.Markets {
		row(m.Market, m.OnSale, m.Counted, a.covered(m.OnSale, m.Counted), m.InReview, m.NotSellable, m.Exempt)
	}
	row(a.text(ocop.Text{VI: "mọi sàn", EN: "everywhere"}), f.OnSale, f.Counted, a.covered(f.OnSale, f.Counted))
	_ = tw.Flush()
	a.printLeft(f.Left)
	a.printMissing(missing)
}

func coverageHead() []ocop.Text {
	return []ocop.Text{
		{VI: "sàn", EN: "market"}, {VI: "đang bán", EN: "on sale"}, {VI: "cần có", EN: "counted"}, {VI: "tỷ lệ phủ", EN: "coverage"},
		{VI: "chờ duyệt", EN: "in review"}, {VI: "không bán ở đây", EN: "not sellable here"}, {VI: "miễn", EN: "exempt"},
	}
}

// printLeft says which products are not counted, and why.
func (a *app) printLeft(left []coverage.ByReason) {
	if len(left) == 0 {
		return
	}
	a.say(ocop.Text{VI: "\nChưa đủ điều kiện nên không tính:\n", EN: "\nNot eligible, so not counted:\n"})
	for _, r := range left {
		a.printf("    %3d x %s: %s\n", r.Count, r.Reason, a.text(r.Reason.Text()))
	}
}

// printMissing says how many products need whom to act, with the reasons and
// the first products of each.
func (a *app) printMissing(missing []coverage.Missing) {
	if len(missing) == 0 {
		a.say(ocop.Text{VI: "Không thiếu tin đăng nào.\n", EN: "Nothing is missing.\n"})
		return
	}
	a.missingHead(len(missing))
	for _, party := range parties() {
		a.printParty(party, missing)
	}
}

func (a *app) missingHead(n int) {
	a.say(ocop.Text{VI: "\nAi cần làm gì (%s):\n", EN: "\nWho must act (%s):\n"},
		a.counted(n, noun{"listing is missing", "listings are missing", "tin đăng còn thiếu"}))
}

// parties are those who may have to act, in the order of the lists.
func parties() []ocop.Party {
	return []ocop.Party{ocop.PartyProducer, ocop.PartyOfficer, ocop.PartyMarketplace, ocop.PartySystem}
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
		return cmp.Or(len(byReason[y])-len(byReason[x]), x.Rank()-y.Rank())
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
			a.say(ocop.Text{VI: "          - %s %s trên %s%s\n", EN: "          - %s %s on %s%s\n"}, m.Code, shorten(m.Name, 50), m.Market, words)
		}
		if len(list) > shown {
			a.say(ocop.Text{VI: "          - và %d sản phẩm khác\n", EN: "          - and %d more\n"}, len(list)-shown)
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
