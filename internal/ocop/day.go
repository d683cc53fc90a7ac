package ocop

import (
	"fmt"
	"time"
)

// Zone is the province's time zone: every "today" is decided in it.
const Zone = "Asia/Ho_Chi_Minh"

// Day is a calendar day without a clock. The zero Day is "unknown".
type Day struct {
	Year  int
	Month time.Month
	Dom   int // day of the month, from 1
}

// DayOf gives the day of an instant in loc.
func DayOf(t time.Time, loc *time.Location) Day {
	y, m, d := t.In(loc).Date()
	return Day{y, m, d}
}

// IsZero says whether the day is unknown.
func (d Day) IsZero() bool { return d == Day{} }

// Compare orders days: negative when d is before e.
func (d Day) Compare(e Day) int {
	if d.Year != e.Year {
		return d.Year - e.Year
	}
	if d.Month != e.Month {
		return int(d.Month - e.Month)
	}
	return d.Dom - e.Dom
}

// AddDays gives the day n days later.
func (d Day) AddDays(n int) Day {
	return DayOf(time.Date(d.Year, d.Month, d.Dom+n, 0, 0, 0, 0, time.UTC), time.UTC)
}

// AddMonths gives the day with the same number n months later, or that month's
// last day where it has no such number (Civil Code 2015, article 148).
func (d Day) AddMonths(n int) Day {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Day{first.Year(), first.Month(), min(d.Dom, last)}
}

// String is the ISO form, "" for the zero Day.
func (d Day) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Dom)
}

// MarshalText is String.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the ISO form.
func (d *Day) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Day{}
		return nil
	}
	t, err := time.Parse(time.DateOnly, string(b))
	if err != nil {
		return fmt.Errorf("day %q: expected YYYY-MM-DD", b)
	}
	*d = DayOf(t, time.UTC)
	return nil
}

// Days is an interval of days, both ends included: a date that is known only to
// the month or the year (design decision 4). A surely known day has equal ends.
type Days struct {
	First Day `json:"first"`
	Last  Day `json:"last"`
}

// OneDay is the interval of a surely known day.
func OneDay(d Day) Days { return Days{d, d} }

// IsZero says whether no date is given.
func (r Days) IsZero() bool { return r == Days{} }

// Exact says whether the day is surely known.
func (r Days) Exact() bool { return r.First == r.Last && !r.IsZero() }

// AddMonths moves both ends.
func (r Days) AddMonths(n int) Days { return Days{r.First.AddMonths(n), r.Last.AddMonths(n)} }

// AddDays moves both ends.
func (r Days) AddDays(n int) Days { return Days{r.First.AddDays(n), r.Last.AddDays(n)} }

// String is one ISO day, or "first..last".
func (r Days) String() string {
	if r.IsZero() || r.Exact() {
		return r.First.String()
	}
	return r.First.String() + ".." + r.Last.String()
}
