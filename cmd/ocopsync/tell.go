package main

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"ocopsync/internal/ocop"
)

// A teller writes times, ages and counts, the same everywhere: times as the
// province's clocks show them, whatever the machine's zone.
type teller struct {
	now  time.Time
	zone *time.Location
}

func (a *app) teller() (teller, error) {
	zone, err := time.LoadLocation(ocop.Zone)
	if err != nil {
		return teller{}, fmt.Errorf("time zone: %w", err)
	}
	return teller{now: a.now(), zone: zone}, nil
}

// at is a moment to the minute; otherwise stands for one that never was.
func (t teller) at(at time.Time, otherwise string) string {
	if at.IsZero() {
		return otherwise
	}
	return at.In(t.zone).Format("2006-01-02 15:04")
}

// ago is a moment with its age, or with how far off it is.
func (t teller) ago(at time.Time, otherwise string) string {
	if at.IsZero() {
		return otherwise
	}
	return t.at(at, "") + " (" + age(t.now.Sub(at)) + ")"
}

// age tells how long ago something was, or in how long it will be: in minutes
// below two hours, in hours below two days, else in days.
func age(d time.Duration) string {
	past := d >= 0
	d = d.Abs()
	var words string
	switch {
	case d < time.Minute:
		return "now"
	case d < 2*time.Hour:
		words = count(int(d/time.Minute), "minute")
	case d < 48*time.Hour:
		words = count(int(d/time.Hour), "hour")
	default:
		words = count(int(d/(24*time.Hour)), "day")
	}
	if past {
		return words + " ago"
	}
	return "in " + words
}

// took is how long something lasted, to the second or a tenth of one; "" where
// it has not ended.
func took(from, to time.Time) string {
	if from.IsZero() || to.IsZero() {
		return ""
	}
	d := to.Sub(from)
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// count is a number with its word, which takes an s when there are several.
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// oneLine takes out of somebody else's words what would break a table or speak
// to the terminal: line ends, tabs, control characters.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// orDash stands in for words that are missing.
func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
