package queue

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Window is a part of each day in which a market may be worked, by the wall
// clock: from From until just before To, over midnight when From is later.
type Window struct {
	From, To time.Duration // since midnight; at most 24 h
}

// Windows are the times at which a market may be worked; none: always.
type Windows []Window

// ParseWindow reads "22:00-05:30"; "00:00-24:00" is the whole day.
func ParseWindow(text string) (Window, error) {
	from, to, ok := strings.Cut(strings.TrimSpace(text), "-")
	bad := fmt.Errorf("window %q: expected two different times of day like 22:00-05:30", text)
	if !ok {
		return Window{}, bad
	}
	var w Window
	var okFrom, okTo bool
	w.From, okFrom = timeOfDay(from)
	w.To, okTo = timeOfDay(to)
	if !okFrom || !okTo || w.From == w.To || w.From == 24*time.Hour {
		return Window{}, bad
	}
	return w, nil
}

func timeOfDay(text string) (time.Duration, bool) {
	hours, minutes, ok := strings.Cut(strings.TrimSpace(text), ":")
	if !ok || len(hours) != 2 || len(minutes) != 2 {
		return 0, false
	}
	h, herr := strconv.ParseUint(hours, 10, 8)
	m, merr := strconv.ParseUint(minutes, 10, 8)
	at := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	return at, herr == nil && merr == nil && m < 60 && at <= 24*time.Hour
}

func (w Window) String() string {
	return clockText(w.From) + "-" + clockText(w.To)
}

func clockText(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d/time.Hour), int(d/time.Minute)%60)
}

// Opens gives when the market may next be worked, where that is not now; zero
// where it may.
func (ws Windows) Opens(t time.Time) time.Time {
	var soonest time.Time
	if ws.Open(t) {
		return soonest
	}
	for _, w := range ws {
		at := time.Date(t.Year(), t.Month(), t.Day(), 0, int(w.From/time.Minute), 0, 0, t.Location())
		if at.Before(t) {
			at = at.AddDate(0, 0, 1)
		}
		if soonest.IsZero() || at.Before(soonest) {
			soonest = at
		}
	}
	return soonest
}

// Open says whether the market may be worked at t, by t's own wall clock.
func (ws Windows) Open(t time.Time) bool {
	h, m, s := t.Clock()
	at := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second
	for _, w := range ws {
		switch {
		case w.From < w.To && at >= w.From && at < w.To,
			w.From > w.To && (at >= w.From || at < w.To):
			return true
		}
	}
	return len(ws) == 0
}
