package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ocopsync/internal/config"
	"ocopsync/internal/listing"
	"ocopsync/internal/queue"
)

// report takes a fault of the configuration, under the path of its key. One
// fault is kept per key and what is below it.
type report = func(path, format string, args ...any)

// rhythm is a schedule of a market, and the key that gives it.
type rhythm struct{ spec, path string }

func (r rhythm) off() bool { return strings.TrimSpace(r.spec) == queue.Off }

// rhythmsOf gives a market's two schedules, its own or the general ones.
func rhythmsOf(cfg *config.Config, name string) (sync, verify rhythm) {
	pick := func(own, general, key string) rhythm {
		if own != "" {
			return rhythm{own, "markets." + name + "." + key}
		}
		return rhythm{general, "schedule." + key}
	}
	m := cfg.Markets[name]
	return pick(m.Sync, cfg.Schedule.Sync, "sync"), pick(m.Verify, cfg.Schedule.Verify, "verify")
}

// plansOf gives when each enabled market is worked by the daemon. bad is told of
// every window that can't be read; a configuration from load has none.
func plansOf(cfg *config.Config, bad report) []queue.Plan {
	var plans []queue.Plan
	for _, name := range enabled(cfg) {
		sync, verify := rhythmsOf(cfg, name)
		p := queue.Plan{Market: listing.Market(name), Sync: sync.spec, Verify: verify.spec}
		for i, text := range cfg.Markets[name].Windows {
			w, err := queue.ParseWindow(text)
			if err != nil {
				bad("markets."+name+".windows["+strconv.Itoa(i)+"]", "%s", err)
				continue
			}
			p.Windows = append(p.Windows, w)
		}
		plans = append(plans, p)
	}
	return plans
}

// checkSchedules reports schedules and windows that can't be read, and those
// that can and yet never do what they are there for.
func checkSchedules(cfg *config.Config, bad report) {
	checkSpec(rhythm{cfg.Schedule.Sync, "schedule.sync"}, bad)
	checkSpec(rhythm{cfg.Schedule.Verify, "schedule.verify"}, bad)
	loc, err := time.LoadLocation(cfg.TimeZone)
	if err != nil {
		loc = time.UTC // time_zone has a fault of its own; a clock is a clock
	}
	for _, p := range plansOf(cfg, bad) {
		sync, verify := rhythmsOf(cfg, string(p.Market))
		var never []string
		for _, r := range []rhythm{sync, verify} {
			if !checkSpec(r, bad) || r.off() {
				continue
			}
			if meets, _ := p.Windows.Meet(r.spec, loc); !meets { // its error was told
				never = append(never, fmt.Sprintf("%s (%s)", r.path, r.spec))
			}
		}
		if len(never) > 0 {
			bad("markets."+string(p.Market)+".windows", "never open when %s is due: that would never be done; change the windows, or give %s a time within them, or off",
				strings.Join(never, " and "), p.Market)
		}
		if same := strings.Join(strings.Fields(sync.spec), " "); same == strings.Join(strings.Fields(verify.spec), " ") && !sync.off() {
			bad(sync.path, "is the same as %s, and a verify does all that a sync does: write off here, or another time", verify.path)
		}
	}
}

func checkSpec(r rhythm, bad report) bool {
	err := queue.CheckSpec(r.spec)
	if err != nil {
		bad(r.path, "%s (minute hour day month weekday, or off)", err)
	}
	return err == nil
}
