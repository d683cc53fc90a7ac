package state

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestHigh holds the kept falls against all readings of the last day.
func TestHigh(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		type read struct {
			eligible int
			until    time.Time // when another took its place
		}
		var all []read
		now, kept := monday, ReadingFigures{Eligible: rapid.IntRange(0, 30).Draw(t, "first")}
		for range rapid.IntRange(1, 40).Draw(t, "readings") {
			now = now.Add(time.Duration(rapid.IntRange(1, 600).Draw(t, "minutes")) * time.Minute)
			next := rapid.IntRange(0, 30).Draw(t, "eligible")
			all = append(all, read{kept.Eligible, now})
			kept = ReadingFigures{Eligible: next, Falls: kept.After(next, now)}
			want := next
			for _, r := range all {
				if now.Sub(r.until) < FallsFor {
					want = max(want, r.eligible)
				}
			}
			if got := kept.High(now); got != want {
				t.Fatalf("the highest of the last day is %d, want %d: %+v", got, want, kept)
			}
			for i := 1; i < len(kept.Falls); i++ {
				if kept.Falls[i].From >= kept.Falls[i-1].From {
					t.Fatalf("kept more than is needed: %+v", kept.Falls)
				}
			}
		}
	})
}
