package ocop

import (
	"strings"
	"time"
)

// Dates of the programme lie in these years; a year outside is a slip of the keyboard.
const (
	firstYear = 2000
	lastYear  = 2099
)

// ReadDays reads a date as people and programs write it, the day always before
// the month: "15/1/2020", "15-01-2020", "15.1.2020", "ngày 15 tháng 1 năm 2020",
// "15-Jan-2020", an ISO date, "2020-01-15 08:30". A month ("1/2020", "tháng 1
// năm 2020", "2020-01"), a quarter ("quý I/2020") or a year ("2020") is the
// interval of its days. Empty, "-" and "không có" are no date, without an error.
//
// A date-time with a zone names the day in Asia/Ho_Chi_Minh; where the day as
// written is another, it may be either. Years of two digits are refused:
// spreadsheets show 5 January 2020 as "01-05-20" and "05-01-20".
func ReadDays(s string) (Days, error) {
	if err := checkReadable(s); err != nil {
		return Days{}, err
	}
	s = strings.Trim(CleanText(s), "'")
	if s == "" {
		return Days{}, nil
	}
	if days, ok := readISO(s); ok {
		return checkYears(s, days)
	}
	r := dateReader{tokens: scan(s)}
	if nothingGiven(r.tokens) {
		return Days{}, nil
	}
	days, ok := r.read()
	if !ok {
		return Days{}, refuse(s, "Không đọc được ngày: ghi ngày/tháng/năm với năm đủ bốn chữ số, ví dụ 15/1/2020.",
			"not a date that can be read surely: write day/month/year with a year of four digits, for example 15/1/2020")
	}
	return checkYears(s, days)
}

// ReadSerial reads a number in a date cell of a workbook: a serial of the 1900
// date system (days since 30 December 1899; a time of day is dropped), or a bare
// year, which is the interval of its days.
func ReadSerial(n float64) (Days, error) {
	value := formatFloat(n)
	if !(n >= 0 && n < 1e6) {
		return Days{}, refuse(value, "Số này không phải là ngày của bảng tính.", "no date of a workbook")
	}
	whole := int(n)
	if firstYear <= whole && whole <= lastYear && float64(whole) == n {
		return yearOf(whole), nil
	}
	return checkYears(value, OneDay(Day{1899, time.December, 30}.AddDays(whole)))
}

func checkYears(value string, d Days) (Days, error) {
	if d.First.Year < firstYear || d.Last.Year > lastYear {
		return Days{}, refuse(value, "Năm phải từ 2000 đến 2099: kiểm tra lại ngày.", "the year lies outside 2000 to 2099: check the date")
	}
	return d, nil
}

// readISO reads what programs write: a date, or a date with a time of day.
func readISO(s string) (Days, bool) {
	if len(s) < len(time.DateOnly) || s[4] != '-' {
		return Days{}, false
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return OneDay(DayOf(t, time.UTC)), true
		}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02T15:04Z07:00"} {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		// Vietnam has been at +07:00 without summer time since 1975.
		written, here := DayOf(t, t.Location()), DayOf(t, time.FixedZone("+07", 7*60*60))
		if here.Compare(written) < 0 {
			written, here = here, written
		}
		return Days{written, here}, true
	}
	return Days{}, false
}

func yearOf(y int) Days { return Days{Day{y, time.January, 1}, Day{y, time.December, 31}} }

// monthsOf is the interval of n whole months from the given one on.
func monthsOf(y, m, n int) Days {
	first := Day{y, time.Month(m), 1}
	return Days{first, first.AddMonths(n).AddDays(-1)}
}

// dayOf is one day, if the calendar has it.
func dayOf(y, m, d int) (Days, bool) {
	if m < 1 || m > 12 || d < 1 || d > (Day{y, time.Month(m), 31}).AddMonths(0).Dom {
		return Days{}, false
	}
	return OneDay(Day{y, time.Month(m), d}), true
}
