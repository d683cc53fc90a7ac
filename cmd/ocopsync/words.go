package main

import (
	"fmt"
	"strings"

	"ocopsync/internal/coverage"
	"ocopsync/internal/ocop"
)

// text gives a text in the language of --lang.
func (a *app) text(t ocop.Text) string {
	if a.lang == "vi" {
		return t.VI
	}
	return t.EN
}

// say prints a text whose verbs take args in both languages.
func (a *app) say(t ocop.Text, args ...any) { a.printf("%s", a.fill(t, args...)) }

// fill puts args into a text, whose verbs stand in the same order in both
// languages or are numbered.
func (a *app) fill(t ocop.Text, args ...any) string { return fmt.Sprintf(a.text(t), args...) }

// A noun is a thing that is counted. Vietnamese has one form for any number.
type noun struct{ one, many, vi string }

func (a *app) counted(n int, what noun) string {
	return a.text(ocop.Text{VI: fmt.Sprintf("%d %s", n, what.vi), EN: ocop.Count(n, what.one, what.many)})
}

// covered writes a coverage; of nothing there is none.
func (a *app) covered(onSale, counted int) string {
	if counted == 0 {
		return "-"
	}
	return a.percent(coverage.Percent(onSale, counted))
}

// percent writes a share, in Vietnamese with a decimal comma.
func (a *app) percent(share float64) string {
	s := fmt.Sprintf("%.1f %%", share)
	return a.text(ocop.Text{VI: strings.ReplaceAll(s, ".", ","), EN: s})
}
