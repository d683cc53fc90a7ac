package main

import (
	"fmt"
	"slices"
	"testing"

	"ocopsync/internal/config"
	"ocopsync/internal/queue"
)

// Schedules that are read and do nothing, or do a thing twice, are faults; the
// script config.txt has those that can't be read.
func TestSchedulesThatDoNothing(t *testing.T) {
	t.Parallel()
	const never = "never open when %s is due: that would never be done; change the windows, or give voso a time within them, or off"
	const same = "is the same as %s, and a verify does all that a sync does: write off here, or another time"
	for _, c := range []struct {
		name    string
		general config.Schedule
		market  config.Market
		want    []string
	}{
		{"as shipped", config.Defaults().Schedule, config.Market{}, nil},
		{"nothing by itself", config.Schedule{Sync: "off", Verify: "off"}, config.Market{Windows: []string{"08:00-09:00"}}, nil},
		{"no sync", config.Schedule{Sync: "off", Verify: "0 * * * *"}, config.Market{}, nil},
		{"by day, with the verify of the night", config.Defaults().Schedule, config.Market{Windows: []string{"06:00-22:00"}},
			[]string{"markets.voso.windows: " + fmt.Sprintf(never, "schedule.verify (30 2 * * *)")}},
		{"by day, with a verify of its own", config.Defaults().Schedule, config.Market{Windows: []string{"06:00-22:00"}, Verify: "0 21 * * 0"}, nil},
		{"by day, without a verify", config.Defaults().Schedule, config.Market{Windows: []string{"06:00-22:00"}, Verify: "off"}, nil},
		{"neither", config.Defaults().Schedule, config.Market{Windows: []string{"03:00-03:10"}, Sync: "0 */2 * * *"},
			[]string{"markets.voso.windows: " + fmt.Sprintf(never, "markets.voso.sync (0 */2 * * *) and schedule.verify (30 2 * * *)")}},
		{"in one of two", config.Defaults().Schedule, config.Market{Windows: []string{"06:00-22:00", "02:30-02:31"}}, nil},
		{"twice the same", config.Schedule{Sync: "0 * * * *", Verify: "0  * * * *"}, config.Market{},
			[]string{"schedule.sync: " + fmt.Sprintf(same, "schedule.verify")}},
		{"its own is the same", config.Defaults().Schedule, config.Market{Sync: "30 2 * * *"},
			[]string{"markets.voso.sync: " + fmt.Sprintf(same, "schedule.verify")}},
	} {
		c.market.Enabled = true
		cfg := &config.Config{TimeZone: "Asia/Ho_Chi_Minh", Schedule: c.general, Markets: map[string]config.Market{
			"voso": c.market, "postmart": {Sync: "nonsense", Windows: []string{"nonsense"}}, // not enabled
		}}
		var got []string
		checkSchedules(cfg, func(path, format string, args ...any) { got = append(got, path+": "+fmt.Sprintf(format, args...)) })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestPlansOf(t *testing.T) {
	t.Parallel()
	cfg := config.Defaults()
	cfg.Markets = map[string]config.Market{
		"voso":     {Enabled: true, Verify: "off", Windows: []string{"22:00-05:30", "12:00-13:00"}},
		"lamdong":  {Enabled: true, Sync: "5 * * * *"},
		"postmart": {},
	}
	got := plansOf(&cfg, func(path, _ string, _ ...any) { t.Errorf("a fault at %s", path) })
	if len(got) != 2 || got[0].Market != "lamdong" || got[0].Sync != "5 * * * *" || got[0].Verify != queue.DefaultVerify || len(got[0].Windows) != 0 ||
		got[1].Market != "voso" || got[1].Sync != queue.DefaultSync || got[1].Verify != queue.Off || fmt.Sprint(got[1].Windows) != "[22:00-05:30 12:00-13:00]" {
		t.Errorf("got %+v", got)
	}
	if d := config.Defaults().Schedule; d.Sync != queue.DefaultSync || d.Verify != queue.DefaultVerify || d.Jitter != queue.DefaultJitter {
		t.Errorf("the defaults of configuration and queue differ: %+v", d)
	}
}

// What is remembered of a shop must outlive its rotating key, and a slash.
func TestAccountOf(t *testing.T) {
	t.Parallel()
	woo := config.Market{URL: "https://san.example", ConsumerKey: "ck_1", ConsumerSecret: "cs_1"}
	for name, c := range map[string]struct {
		a, b config.Market
		same bool
	}{
		"another key":         {woo, config.Market{URL: "https://san.example/", ConsumerKey: "ck_2", ConsumerSecret: "cs_2"}, true},
		"another shop":        {woo, config.Market{URL: "https://san.example/shop2"}, false},
		"another login":       {config.Market{URL: "u", Username: "1"}, config.Market{URL: "u", Username: "2"}, false},
		"another client":      {config.Market{URL: "u", ClientID: "1"}, config.Market{URL: "u", ClientID: "2"}, false},
		"named, and moved":    {config.Market{URL: "u", Username: "1", Account: "dl"}, config.Market{URL: "v", Username: "2", Account: "dl"}, true},
		"named differently":   {config.Market{URL: "u", Account: "dl"}, config.Market{URL: "u", Account: "ld"}, false},
		"named and not named": {config.Market{URL: "u", Account: "dl"}, config.Market{URL: "u"}, false},
	} {
		if a, b := accountOf(c.a), accountOf(c.b); (a == b) != c.same || a == "" {
			t.Errorf("%s: %q and %q", name, a, b)
		}
	}
	if got := accountOf(config.Market{URL: "u", Account: "dl"}); got != "dl" {
		t.Errorf("the account that is named dl is %q", got)
	}
}
