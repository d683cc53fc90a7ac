package main

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ocopsync/internal/coverage"
	"ocopsync/internal/ocop"
)

func coverageKeys() []string { return []string{"market", "stars", "group", "commune", "producer"} }

func keyWords() map[string]ocop.Text {
	return map[string]ocop.Text{
		"stars": {VI: "hạng sao", EN: "stars"}, "group": {VI: "nhóm", EN: "group"}, "commune": {VI: "xã, phường", EN: "commune"},
		"producer": {VI: "chủ thể", EN: "producer"},
	}
}

func (a *app) coverageCommand() *cobra.Command {
	var r reach
	by := "market"
	c := &cobra.Command{
		Use:   "coverage",
		Short: "show how much of what should be on sale is",
		Long: `coverage asks a running daemon for its figures. Coverage of a market = on sale of
the counted / counted, where counted = eligible − exempt − not sellable there. Only
what the market itself showed on sale at the last look is on sale. It takes a
viewer's token.

Exit codes: 0 shown; 1 there are no figures yet, or the daemon can't be reached or
refuses.`,
		Example: "  ocopsync coverage\n  ocopsync coverage --by producer --json",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := wantOneOf("by", by, coverageKeys()); err != nil {
				return err
			}
			var answer coverageAnswer
			return a.fetch(c.Context(), r, "/api/v1/coverage", url.Values{"by": {by}}, &answer, func(t teller) { t.printFigures(&answer) })
		},
	}
	r.add(c)
	c.Flags().StringVar(&by, "by", by, strings.Join(coverageKeys(), ", "))
	offer(c, "by", coverageKeys())
	return c
}

// coverageAnswer is what GET /api/v1/coverage gives.
type coverageAnswer struct {
	AsOf  time.Time     `json:"as_of"`
	By    string        `json:"by"`
	Total coverageRow   `json:"total"`
	Rows  []coverageRow `json:"rows"`
}

type coverageRow struct {
	Key      string          `json:"key"`
	Name     *ocop.Text      `json:"name"` // of a group
	Products int             `json:"products"`
	Eligible int             `json:"eligible"`
	Counted  int             `json:"counted"`
	OnSale   int             `json:"on_sale"`
	Percent  float64         `json:"percent"`
	LeftOut  []reasonCount   `json:"left_out"`
	Markets  []marketFigures `json:"markets"`
}

// marketCounts lets the embedded struct's own Market be reached.
type marketCounts = coverage.Market

type marketFigures struct {
	marketCounts
	Percent float64       `json:"percent"`
	Missing []reasonCount `json:"missing"`
}

type reasonCount struct {
	coverage.ByReason
	Text ocop.Text `json:"text"`
}

func (t teller) printFigures(f *coverageAnswer) {
	total := &f.Total
	t.say(ocop.Text{VI: "Số liệu lúc %s: %d trên %s trong sổ đăng ký đủ điều kiện\n", EN: "As of %s: %d of the registry's %s are eligible\n"},
		t.ago(f.AsOf, "-"), total.Eligible, t.counted(total.Products, productNoun()))
	if f.By == "market" {
		t.printByMarket(total)
	} else {
		t.printByKey(f)
	}
	left := make([]coverage.ByReason, len(total.LeftOut))
	for i, l := range total.LeftOut {
		left[i] = l.ByReason
	}
	t.printLeft(left)
	t.printMissingCounts(total.Markets)
}

func (t teller) printByMarket(total *coverageRow) {
	tb := t.table(append(coverageHead(), ocop.Text{VI: "sai lệch", EN: "differs"})...)
	for _, m := range total.Markets {
		tb.row(m.Market, m.OnSale, m.Counted, t.covered(m.OnSale, m.Counted), m.InReview, m.NotSellable, m.Exempt, m.Differs)
	}
	tb.row(t.text(ocop.Text{VI: "mọi sàn", EN: "everywhere"}), total.OnSale, total.Counted, t.covered(total.OnSale, total.Counted))
	tb.end()
}

func (t teller) printByKey(f *coverageAnswer) {
	head := []ocop.Text{
		word(keyWords(), f.By), {VI: "sản phẩm", EN: "products"}, {VI: "đủ điều kiện", EN: "eligible"}, {VI: "đang bán mọi nơi", EN: "on sale everywhere"},
		{VI: "cần có", EN: "counted"}, {VI: "tỷ lệ phủ", EN: "coverage"},
	}
	for _, m := range f.Total.Markets {
		head = append(head, ocop.Text{VI: string(m.Market), EN: string(m.Market)})
	}
	tb := t.table(head...)
	row := func(name string, r *coverageRow) {
		cells := []any{name, r.Products, r.Eligible, r.OnSale, r.Counted, t.covered(r.OnSale, r.Counted)}
		for _, m := range r.Markets {
			cells = append(cells, t.share(m.OnSale, m.Counted))
		}
		tb.row(cells...)
	}
	for i := range f.Rows {
		row(t.rowName(f.By, &f.Rows[i]), &f.Rows[i])
	}
	row(t.text(ocop.Text{VI: "tất cả", EN: "all"}), &f.Total)
	tb.end()
}

// share is a part of a whole.
func (a *app) share(part, whole int) string {
	return a.fill(ocop.Text{VI: "%d trên %d", EN: "%d of %d"}, part, whole)
}

// rowName is what a row is about, in words.
func (a *app) rowName(by string, r *coverageRow) string {
	switch {
	case r.Name != nil && a.text(*r.Name) != "":
		return a.text(*r.Name)
	case by == "stars" && r.Key == "0":
		return a.text(ocop.Text{VI: "chưa có", EN: "none"})
	case r.Key == "":
		return a.text(ocop.Text{VI: "(không rõ)", EN: "(not told)"})
	}
	return shorten(oneLine(r.Key), 50)
}

// printMissingCounts says how many listings need whom to act, and why.
func (a *app) printMissingCounts(markets []marketFigures) {
	type entry struct {
		reasonCount
		total int
		on    []string
	}
	byReason := make(map[ocop.Reason]*entry)
	var all []*entry
	missing := 0
	for _, m := range markets {
		for _, r := range m.Missing {
			e := byReason[r.Reason]
			if e == nil {
				e = &entry{reasonCount: r}
				byReason[r.Reason] = e
				all = append(all, e)
			}
			e.total += r.Count
			e.on = append(e.on, fmt.Sprintf("%s %d", m.Market, r.Count))
			missing += r.Count
		}
	}
	if missing == 0 {
		a.printMissing(nil)
		return
	}
	slices.SortStableFunc(all, func(x, y *entry) int {
		return cmp.Or(partyRank(x.Party)-partyRank(y.Party), y.total-x.total)
	})
	a.missingHead(missing)
	var party ocop.Party
	for _, e := range all {
		if e.Party != party {
			party = e.Party
			a.printf("  %s\n", a.text(party.Text()))
		}
		a.printf("    %3d x %s: %s (%s)\n", e.total, e.Reason, a.text(e.Text), strings.Join(e.on, ", "))
	}
}

// partyRank orders those who must act as the other lists do.
func partyRank(p ocop.Party) int { return slices.Index(parties(), p) }
