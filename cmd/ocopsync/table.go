package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"ocopsync/internal/ocop"
)

// A table is printed when it ends, each column as wide as its widest cell.
type table struct{ tw *tabwriter.Writer }

// table begins a table with its head.
func (a *app) table(head ...ocop.Text) table {
	t := table{tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)}
	cells := make([]any, len(head))
	for i, h := range head {
		cells[i] = a.text(h)
	}
	t.row(cells...)
	return t
}

func (t table) row(cells ...any) {
	words := make([]string, len(cells))
	for i, c := range cells {
		words[i] = fmt.Sprint(c)
	}
	_, _ = fmt.Fprintln(t.tw, strings.Join(words, "\t"))
}

func (t table) end() { _ = t.tw.Flush() }
