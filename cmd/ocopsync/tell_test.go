package main

import (
	"testing"
	"time"
)

func TestAges(t *testing.T) {
	t.Parallel()
	en, vi := newApp(nil, nil), newApp(nil, nil)
	vi.lang = "vi"
	for d, want := range map[time.Duration][2]string{
		0:                          {"now", "bây giờ"},
		-59 * time.Second:          {"now", "bây giờ"},
		time.Minute:                {"1 minute ago", "1 phút trước"},
		119 * time.Minute:          {"119 minutes ago", "119 phút trước"},
		2 * time.Hour:              {"2 hours ago", "2 giờ trước"},
		47*time.Hour + time.Minute: {"47 hours ago", "47 giờ trước"},
		48 * time.Hour:             {"2 days ago", "2 ngày trước"},
		-14 * time.Minute:          {"in 14 minutes", "14 phút nữa"},
		-72 * time.Hour:            {"in 3 days", "3 ngày nữa"},
	} {
		if got := [2]string{en.age(d), vi.age(d)}; got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

func TestTimesAreTheProvinces(t *testing.T) {
	t.Parallel()
	a := newApp(nil, nil)
	a.now = func() time.Time { return monday }
	tell, err := a.teller()
	must(t, err)
	late := time.Date(2026, 12, 31, 17, 0, 0, 0, time.UTC)
	for got, want := range map[string]string{
		tell.at(late, "-"):                                        "2027-01-01 00:00",
		tell.ago(late, "-"):                                       "2027-01-01 00:00 (in 38 days)",
		tell.ago(time.Time{}, "never"):                            "never",
		took(monday, monday.Add(4260*time.Millisecond)):           "4.3s",
		took(monday, monday.Add(61*time.Second+time.Millisecond)): "1m1s",
		took(monday, time.Time{}):                                 "",
		oneLine(" a\tb\r\n\x1b[31mc\u0085d  đ "):                  "a b [31mc d đ",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
