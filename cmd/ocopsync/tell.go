package main

import (
	"strings"
	"time"
	"unicode"

	"ocopsync/internal/ocop"
)

// A teller writes times and ages, the same everywhere: times as the province's
// clocks show them, whatever the machine's zone.
type teller struct {
	*app
	asked time.Time // now
	zone  *time.Location
}

func (a *app) teller() (teller, error) {
	zone, err := time.LoadLocation(ocop.Zone)
	if err != nil {
		return teller{}, err
	}
	return teller{app: a, asked: a.now(), zone: zone}, nil
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
	return t.at(at, "") + " (" + t.age(t.asked.Sub(at)) + ")"
}

func (t teller) never() string { return t.text(ocop.Text{VI: "chưa có", EN: "never"}) }

// age tells how long ago something was, or in how long it will be: in minutes
// below two hours, in hours below two days, else in days.
func (a *app) age(d time.Duration) string {
	past := d >= 0
	d = d.Abs()
	var words string
	switch {
	case d < time.Minute:
		return a.text(ocop.Text{VI: "bây giờ", EN: "now"})
	case d < 2*time.Hour:
		words = a.counted(int(d/time.Minute), noun{"minute", "minutes", "phút"})
	case d < 48*time.Hour:
		words = a.counted(int(d/time.Hour), noun{"hour", "hours", "giờ"})
	default:
		words = a.counted(int(d/(24*time.Hour)), noun{"day", "days", "ngày"})
	}
	if past {
		return a.fill(ocop.Text{VI: "%s trước", EN: "%s ago"}, words)
	}
	return a.fill(ocop.Text{VI: "%s nữa", EN: "in %s"}, words)
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

// oneLine takes out of somebody else's words what would break a table or speak
// to the terminal: line ends, tabs, control characters.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// orMinus fills a table's empty cell.
func orMinus(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
