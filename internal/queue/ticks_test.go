package queue

import (
	"strings"
	"testing"
	"time"

	"ocopsync/internal/listing"
)

func TestCheckSpec(t *testing.T) {
	t.Parallel()
	for spec, says := range map[string]string{
		DefaultSync: "", DefaultVerify: "", Off: "", "@hourly": "", "0 6-22/2 * * MON-SAT": "",
		"":                          "schedule",
		"* * * *":                   "expected exactly 5 fields",
		"0 0 * * * *":               "expected exactly 5 fields",
		"61 * * * *":                "above maximum",
		"@every 10m":                "write @every as minutes",
		"TZ=":                       "time zone is one for all",
		"CRON_TZ=Asia/Ho_Chi_Minh ": "time zone is one for all",
		"0 0 30 2 *":                "no such day",
	} {
		err := CheckSpec(spec)
		if (says == "") != (err == nil) || (err != nil && !strings.Contains(err.Error(), says)) {
			t.Errorf("CheckSpec(%q) = %v, expected %q in it", spec, err, says)
		}
	}
}

func TestLastTick(t *testing.T) {
	t.Parallel()
	loc := saigon(t)
	for _, c := range []struct{ spec, now, want string }{
		{"*/15 * * * *", "2026-11-23 09:15:00", "2026-11-23 09:15:00"},
		{"*/15 * * * *", "2026-11-23 09:14:59", "2026-11-23 09:00:00"},
		{"* * * * *", "2026-11-23 09:14:59", "2026-11-23 09:14:00"},
		{"30 2 * * *", "2026-11-23 02:29:59", "2026-11-22 02:30:00"},
		{"30 2 * * *", "2026-11-23 20:00:00", "2026-11-23 02:30:00"},
		{"0 8 * * MON", "2026-11-22 12:00:00", "2026-11-16 08:00:00"},
		{"0 8 1 1 *", "2026-12-31 12:00:00", "2026-01-01 08:00:00"},
	} {
		spec, err := parseSpec(c.spec)
		must(t, err)
		now, err := time.ParseInLocation(time.DateTime, c.now, loc)
		must(t, err)
		got, ok := lastTick(spec, now)
		if !ok || got.Format(time.DateTime) != c.want {
			t.Errorf("lastTick(%s, %s) = %s %t, expected %s", c.spec, c.now, got.Format(time.DateTime), ok, c.want)
		}
	}
}

func TestJitterIsBoundedSpreadAndTheSameEverywhere(t *testing.T) {
	t.Parallel()
	const most = 30 * time.Second
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	var low, high int
	for day := range 500 {
		for _, m := range []listing.Market{"postmart", "voso", "lamdong"} {
			tick := Tick{m, Sync, at.Add(time.Duration(day) * 15 * time.Minute)}
			next := tick.At.Add(15 * time.Minute)
			got := jitter("da-lat", tick, next, most)
			if got < 0 || got >= most {
				t.Fatalf("jitter of %s = %s, expected 0 to less than %s", tick.Run(), got, most)
			}
			local := tick
			local.At = tick.At.In(time.FixedZone("+07", 7*3600))
			if again := jitter("da-lat", local, next, most); again != got {
				t.Errorf("jitter of %s is %s here and %s there", tick.Run(), got, again)
			}
			if got < most/3 {
				low++
			}
			if got > most*2/3 {
				high++
			}
		}
	}
	if low < 350 || high < 350 { // a third of 1,500 each
		t.Errorf("of 1500 ticks %d are in the first third and %d in the last", low, high)
	}
	tick := Tick{postmart, Sync, at}
	if a, b := jitter("da-lat", tick, time.Time{}, most), jitter("bao-loc", tick, time.Time{}, most); a == b {
		t.Errorf("two tenants have the same jitter %s", a)
	}
	if got := jitter("da-lat", tick, at.Add(time.Minute), 15*time.Minute); got >= 30*time.Second {
		t.Errorf("jitter = %s, expected less than half of the minute to the next tick", got)
	}
	if got := jitter("da-lat", tick, at.Add(time.Minute), 0); got != 0 {
		t.Errorf("without jitter it is %s", got)
	}
}
