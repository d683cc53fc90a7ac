package queue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// The default schedule, and the word for none.
const (
	DefaultSync   = "*/15 * * * *"
	DefaultVerify = "30 2 * * *"
	Off           = "off"
)

// DefaultJitter is what a configuration without a word about it should use.
const DefaultJitter = 30 * time.Second

// maxJitter keeps jitter and five minutes of clock skew well below Retention.
const maxJitter = 15 * time.Minute

// CheckSpec says what is wrong with a schedule of a configuration: five fields as
// cron has them, @hourly, @daily and the like, or Off.
func CheckSpec(spec string) error {
	_, err := parseSpec(spec)
	return err
}

// parseSpec reads a schedule; nil: Off. @every is refused: it counts from each
// process' own start, so that two replicas would never mean the same tick.
func parseSpec(spec string) (cron.Schedule, error) {
	spec = strings.TrimSpace(spec)
	if spec == Off {
		return nil, nil
	}
	if strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ=") {
		return nil, fmt.Errorf("schedule %q: the time zone is one for all schedules", spec)
	}
	s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor).Parse(spec)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", spec, err)
	}
	if _, every := s.(cron.ConstantDelaySchedule); every {
		return nil, fmt.Errorf("schedule %q: write @every as minutes, like */15 * * * *", spec)
	}
	if s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, fmt.Errorf("schedule %q: %w", spec, errors.New("there is no such day"))
	}
	return s, nil
}

// lastTick gives the schedule's last tick that is not after now; false: none in
// the last year or so.
func lastTick(s cron.Schedule, now time.Time) (time.Time, bool) {
	for back := time.Hour; back < 800*24*time.Hour; back *= 5 {
		at := s.Next(now.Add(-back))
		if at.IsZero() || at.After(now) {
			continue
		}
		for {
			next := s.Next(at)
			if next.IsZero() || next.After(now) {
				return at, true
			}
			at = next
		}
	}
	return time.Time{}, false
}

// jitter is by how much a tick's work is put off, so that many tenants do not
// call a market in the same second: the same on every replica, at least 0, below
// most, and below half the time to the next tick.
func jitter(tenant string, t Tick, next time.Time, most time.Duration) time.Duration {
	if !next.IsZero() {
		most = min(most, next.Sub(t.At)/2)
	}
	if most <= 0 {
		return 0
	}
	h := fnv.New64a()
	for _, word := range []string{tenant, "\x00", t.Run()} {
		_, _ = h.Write([]byte(word)) // never fails
	}
	// FNV's high bits hardly differ among ids that differ at their end: mix.
	var sum [8]byte
	binary.BigEndian.PutUint64(sum[:], h.Sum64())
	_, _ = h.Write(sum[:])
	return time.Duration(h.Sum64() % uint64(most))
}

// Meet says whether a schedule ever ticks within the windows, by the wall clock
// of loc and without jitter. With Off it never does. The error is CheckSpec's.
func (ws Windows) Meet(spec string, loc *time.Location) (bool, error) {
	s, err := parseSpec(spec)
	if s == nil || err != nil {
		return false, err
	}
	// From a fixed day on, so that a configuration is as right or wrong on any
	// other: a leap year's days, or every minute of a week.
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, loc)
	for range 7 * 24 * 60 {
		at = s.Next(at)
		if at.IsZero() || at.Year() > 2030 {
			return false, nil
		}
		if ws.Open(at) {
			return true, nil
		}
	}
	return false, nil
}
