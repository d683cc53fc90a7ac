package queue

import (
	"testing"
	"time"
)

func saigon(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	must(t, err)
	return loc
}

func TestParseWindow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, want string // want "": refused
	}{
		{"08:00-17:30", "08:00-17:30"}, {" 22:00 - 05:30 ", "22:00-05:30"},
		{"00:00-24:00", "00:00-24:00"}, {"23:59-00:00", "23:59-00:00"},
		{"", ""}, {"08:00", ""}, {"8:00-9:00", ""}, {"08:00-08:00", ""}, {"08:60-09:00", ""},
		{"24:00-05:00", ""}, {"00:00-24:01", ""}, {"25:00-26:00", ""}, {"08.00-09.00", ""}, {"-1:00-02:00", ""}, {"+1:00-02:00", ""},
	} {
		w, err := ParseWindow(c.text)
		switch {
		case c.want == "" && err == nil:
			t.Errorf("ParseWindow(%q) = %s, expected an error", c.text, w)
		case c.want != "" && (err != nil || w.String() != c.want):
			t.Errorf("ParseWindow(%q) = %s, %v, expected %s", c.text, w, err, c.want)
		}
	}
}

func TestWindows(t *testing.T) {
	t.Parallel()
	loc := saigon(t)
	for _, c := range []struct {
		name    string
		windows []string
		open    []string // 2006-01-02 15:04:05
		shut    []string
	}{
		{"none is always", nil, []string{"2026-11-23 00:00:00", "2026-11-23 23:59:59"}, nil},
		{"by day", []string{"08:00-17:30"},
			[]string{"2026-11-23 08:00:00", "2026-11-23 17:29:59"},
			[]string{"2026-11-23 07:59:59", "2026-11-23 17:30:00", "2026-11-23 00:00:00"}},
		{"over midnight", []string{"22:00-05:30"},
			[]string{"2026-11-23 22:00:00", "2026-11-23 23:59:59", "2026-11-24 00:00:00", "2026-11-24 05:29:59"},
			[]string{"2026-11-23 21:59:59", "2026-11-24 05:30:00", "2026-11-24 12:00:00"}},
		{"until midnight", []string{"20:00-24:00"},
			[]string{"2026-11-23 20:00:00", "2026-11-23 23:59:59"}, []string{"2026-11-24 00:00:00"}},
		{"until midnight, as 00:00", []string{"20:00-00:00"},
			[]string{"2026-11-23 23:59:59"}, []string{"2026-11-24 00:00:00"}},
		{"whole day", []string{"00:00-24:00"}, []string{"2026-11-23 00:00:00", "2026-11-23 23:59:59"}, nil},
		{"two", []string{"06:00-08:00", "23:00-01:00"},
			[]string{"2026-11-23 07:00:00", "2026-11-23 23:30:00", "2026-11-24 00:30:00"},
			[]string{"2026-11-23 08:00:00", "2026-11-24 01:00:00"}},
		// Vietnam has no summer time: on the nights on which others have an hour
		// less or more, a window is as long as ever.
		{"nights of others' summer time", []string{"01:00-03:00"},
			[]string{"2026-03-29 02:30:00", "2026-10-25 02:30:00", "2026-03-08 02:30:00"},
			[]string{"2026-03-29 03:00:00", "2026-10-25 03:00:00"}},
	} {
		var ws Windows
		for _, text := range c.windows {
			w, err := ParseWindow(text)
			must(t, err)
			ws = append(ws, w)
		}
		for want, times := range map[bool][]string{true: c.open, false: c.shut} {
			for _, text := range times {
				at, err := time.ParseInLocation(time.DateTime, text, loc)
				must(t, err)
				if got := ws.Open(at); got != want {
					t.Errorf("%s: %v at %s: open = %t, expected %t", c.name, ws, text, got, want)
				}
			}
		}
	}
}

func TestVietnamHasNoSummerTime(t *testing.T) {
	t.Parallel()
	loc := saigon(t)
	for day := range 365 {
		at := time.Date(2026, 1, 1+day, 12, 0, 0, 0, loc)
		if _, offset := at.Zone(); offset != 7*3600 {
			t.Fatalf("on %s the clock is %d s ahead of UTC, expected 7 h", at, offset)
		}
	}
}

func TestWindowsMeet(t *testing.T) {
	t.Parallel()
	loc := saigon(t)
	for _, c := range []struct {
		spec, windows string
		want          bool
	}{
		{"30 2 * * *", "", true}, {"30 2 * * *", "06:00-22:00", false}, {"30 2 * * *", "22:00-02:31", true}, {"30 2 * * *", "22:00-02:30", false},
		{"*/15 * * * *", "03:01-03:15", false}, {"*/15 * * * *", "03:01-03:16", true}, {"* 0-4 * * *", "05:00-24:00", false},
		{"0 8 29 2 *", "08:00-08:01", true}, {"0 8 29 2 *", "09:00-10:00", false}, {"0 8 1 * MON", "08:00-09:00", true},
		{Off, "", false},
	} {
		var ws Windows
		if c.windows != "" {
			w, err := ParseWindow(c.windows)
			must(t, err)
			ws = Windows{w}
		}
		if got, err := ws.Meet(c.spec, loc); err != nil || got != c.want {
			t.Errorf("%s in %q: %t, %v, expected %t", c.spec, c.windows, got, err, c.want)
		}
	}
	if _, err := (Windows{}).Meet("nonsense", loc); err == nil {
		t.Error("nonsense is no schedule")
	}
}

func TestWindowsOpens(t *testing.T) {
	t.Parallel()
	hanoi := time.FixedZone("+07", 7*3600)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, hanoi) }
	night := Windows{{From: 22 * time.Hour, To: 5*time.Hour + 30*time.Minute}}
	noon := append(Windows{{From: 12 * time.Hour, To: 13 * time.Hour}}, night...)
	for _, c := range []struct {
		windows Windows
		now     time.Time
		want    time.Time
	}{
		{nil, at(23, 9, 0), time.Time{}},
		{night, at(23, 23, 0), time.Time{}},
		{night, at(23, 5, 29), time.Time{}},
		{night, at(23, 5, 30), at(23, 22, 0)},
		{noon, at(23, 9, 0), at(23, 12, 0)},
		{noon, at(23, 13, 0), at(23, 22, 0)},
		{noon[:1], at(30, 13, 0), time.Date(2026, 12, 1, 12, 0, 0, 0, hanoi)},
	} {
		if got := c.windows.Opens(c.now); !got.Equal(c.want) {
			t.Errorf("%v at %s: opens %s, want %s", c.windows, c.now, got, c.want)
		}
	}
}
