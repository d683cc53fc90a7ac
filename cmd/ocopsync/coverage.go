package main

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"ocopsync/internal/coverage"
	"ocopsync/internal/ocop"
)

func coverageKeys() []string { return []string{"market", "stars", "group", "commune", "producer"} }

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
			var table coverageAnswer
			query := url.Values{"by": {by}}
			return a.fetch(c.Context(), r, "/api/v1/coverage", query, &table, func(t teller) { a.printTable(t, &table) })
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

func (a *app) printTable(t teller, table *coverageAnswer) {
	total := &table.Total
	a.printf("As of %s: %d of the registry's %s are eligible\n", t.ago(table.AsOf, "-"), total.Eligible, count(total.Products, "product"))
	tw := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	row := func(format string, args ...any) { _, _ = fmt.Fprintf(tw, format, args...) }
	if table.By == "market" {
		row("  market\ton sale\tcounted\tcoverage\tin review\tdiffers\tnot sellable here\texempt\n")
		for _, m := range total.Markets {
			row("  %s\t%d\t%d\t%.1f %%\t%d\t%d\t%d\t%d\n", m.Market, m.OnSale, m.Counted, m.Percent, m.InReview, m.Differs, m.NotSellable, m.Exempt)
		}
		row("  everywhere\t%d\t%d\t%.1f %%\t\t\t\t\n", total.OnSale, total.Counted, total.Percent)
	} else {
		row("  %s\tproducts\teligible\ton sale everywhere\tcounted\tcoverage", table.By)
		for _, m := range total.Markets {
			row("\t%s", m.Market)
		}
		row("\n")
		line := func(name string, r *coverageRow) {
			row("  %s\t%d\t%d\t%d\t%d\t%.1f %%", name, r.Products, r.Eligible, r.OnSale, r.Counted, r.Percent)
			for _, m := range r.Markets {
				row("\t%d of %d", m.OnSale, m.Counted)
			}
			row("\n")
		}
		for i := range table.Rows {
			line(a.rowName(table.By, &table.Rows[i]), &table.Rows[i])
		}
		line("all", total)
	}
	_ = tw.Flush()
	left := make([]coverage.ByReason, len(total.LeftOut))
	for i, l := range total.LeftOut {
		left[i] = l.ByReason
	}
	a.printLeft(left)
	a.printMissingCounts(total.Markets)
}

// rowName is what a row is about, in words.
func (a *app) rowName(by string, r *coverageRow) string {
	switch {
	case r.Name != nil && a.text(*r.Name) != "":
		return a.text(*r.Name)
	case by == "stars" && r.Key == "0":
		return "none"
	case r.Key == "":
		return "(not told)"
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
		a.printf("Nothing is missing.\n")
		return
	}
	slices.SortStableFunc(all, func(x, y *entry) int {
		return cmp.Or(partyRank(x.Party)-partyRank(y.Party), y.total-x.total)
	})
	a.printf("\nWho must act (%s missing):\n", count(missing, "listing"))
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
func partyRank(p ocop.Party) int {
	return slices.Index([]ocop.Party{ocop.PartyProducer, ocop.PartyOfficer, ocop.PartyMarketplace, ocop.PartySystem}, p)
}
