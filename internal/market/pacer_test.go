package market

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// bucket is a market's own quota: it refuses a call that comes too soon.
type bucket struct {
	rate, burst, tokens float64
	last                time.Time
	refused, taken      int
}

func (b *bucket) take() {
	now := time.Now()
	if !b.last.IsZero() {
		b.tokens = min(b.burst, b.tokens+now.Sub(b.last).Seconds()*b.rate)
	}
	b.last = now
	if b.tokens < 1-1e-9 {
		b.refused++
		return
	}
	b.tokens--
	b.taken++
}

func TestPacerNeverExceedsTheQuota(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rate           float64
		serverBurst    int
		burst, workers int
	}{
		"no burst":          {rate: 3, serverBurst: 1, burst: 1, workers: 16},
		"no burst, fast":    {rate: 200, serverBurst: 1, burst: 1, workers: 16},
		"burst of a second": {rate: 20, serverBurst: 20, burst: 20, workers: 32},
		"one worker":        {rate: 20, serverBurst: 1, burst: 1, workers: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := NewPacer(PacerOptions{Rate: c.rate, Burst: c.burst})
				server := &bucket{rate: c.rate, burst: float64(c.serverBurst), tokens: float64(c.serverBurst)}
				var mu sync.Mutex
				var wg sync.WaitGroup
				const length = 60 * time.Second
				ctx, cancel := context.WithTimeout(t.Context(), length)
				defer cancel()
				for range c.workers {
					wg.Go(func() {
						for p.Wait(ctx) == nil {
							mu.Lock()
							server.take()
							mu.Unlock()
							_ = Sleep(ctx, 30*time.Millisecond) // the call's latency
						}
					})
				}
				wg.Wait()
				if server.refused > 0 {
					t.Errorf("%d of %d calls were refused", server.refused, server.refused+server.taken)
				}
				most := min(c.rate, float64(c.workers)/0.030) * length.Seconds()
				if share := float64(server.taken) / most; share < 0.95 {
					t.Errorf("only %.0f %% of the quota was used: %d calls", 100*share, server.taken)
				}
				if got := p.Stats(); got.Calls < int64(server.taken) || got.Refused != 0 {
					t.Errorf("stats %+v for %d calls", got, server.taken)
				}
			})
		})
	}
}

func TestPacerIsFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerOptions{Rate: 1, Headroom: 1})
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		for n := range 20 {
			wg.Go(func() {
				if p.Wait(t.Context()) == nil {
					mu.Lock()
					order = append(order, n)
					mu.Unlock()
				}
			})
			synctest.Wait() // n is in line before the next comes
		}
		wg.Wait()
		for i, n := range order {
			if n != i {
				t.Fatalf("turns were given in the order %v", order)
			}
		}
	})
}

func TestPacerWaitHonoursContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerOptions{Rate: 0.1, Headroom: 1})
		_ = p.Wait(t.Context())
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		for range 3 { // one at the head of the line, two behind it
			wg.Go(func() {
				if err := p.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Wait gave %v", err)
				}
			})
		}
		wg.Wait()
		if d := time.Since(begun); d != time.Second {
			t.Errorf("waited %v for a context of 1 s", d)
		}
		if err := p.Wait(t.Context()); err != nil || time.Since(begun) != 10*time.Second {
			t.Errorf("the next turn came after %v (%v), those who left took none: expected 10 s", time.Since(begun), err)
		}
		ended, stop := context.WithCancel(t.Context())
		stop()
		for _, p := range []*Pacer{p, NewPacer(PacerOptions{})} {
			if err := p.Wait(ended); !errors.Is(err, context.Canceled) {
				t.Errorf("Wait with an ended context gave %v", err)
			}
		}
	})
}

func TestPacerPausesEverybody(t *testing.T) {
	t.Parallel()
	header := func(pairs ...string) http.Header {
		h := make(http.Header)
		for i := 0; i < len(pairs); i += 2 {
			h.Set(pairs[i], pairs[i+1])
		}
		return h
	}
	for name, c := range map[string]struct {
		rate   float64
		header func(now time.Time) http.Header
		want   time.Duration
	}{
		"seconds":             {10, func(time.Time) http.Header { return header("Retry-After", "7") }, 7 * time.Second},
		"unpaced":             {0, func(time.Time) http.Header { return header("Retry-After", "7") }, 7 * time.Second},
		"fraction":            {0, func(time.Time) http.Header { return header("Retry-After", "0.25") }, 250 * time.Millisecond},
		"none":                {10, func(time.Time) http.Header { return nil }, time.Second},
		"zero":                {10, func(time.Time) http.Header { return header("Retry-After", "0") }, time.Second},
		"nonsense":            {10, func(time.Time) http.Header { return header("Retry-After", "soon") }, time.Second},
		"longer than an hour": {10, func(time.Time) http.Header { return header("Retry-After", "1e12") }, time.Hour},
		"date, by our clock": {10, func(now time.Time) http.Header {
			return header("Retry-After", now.Add(9*time.Second).UTC().Format(http.TimeFormat))
		}, 9 * time.Second},
		"date, by their clock": {10, func(now time.Time) http.Header {
			theirs := now.Add(-3 * time.Hour).UTC()
			return header("Date", theirs.Format(http.TimeFormat), "Retry-After", theirs.Add(4*time.Second).Format(http.TimeFormat))
		}, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := NewPacer(PacerOptions{Rate: c.rate, Headroom: 1})
				_ = p.Wait(t.Context())
				begun := time.Now()
				p.Learn(http.StatusTooManyRequests, c.header(begun))
				if got := p.Stats(); got.Refused != 1 || !got.PausedUntil.Equal(begun.Add(c.want)) {
					t.Errorf("stats after a 429: %+v, expected a pause of %v", got, c.want)
				}
				var wg sync.WaitGroup
				for range 5 {
					wg.Go(func() {
						_ = p.Wait(t.Context())
						if d := time.Since(begun); d < c.want {
							t.Errorf("a turn after %v, the pause is %v", d, c.want)
						}
					})
				}
				wg.Wait()
				least := c.want
				if c.rate > 0 {
					least += 400 * time.Millisecond // five turns, evenly spaced
				}
				if d := time.Since(begun); d < least || d > least+150*time.Millisecond {
					t.Errorf("five turns took %v, expected about %v", d, least)
				}
			})
		})
	}
}

// TestPacerPauseMeetsWaiters pauses while callers already wait for their turns.
func TestPacerPauseMeetsWaiters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerOptions{Rate: 1, Headroom: 1})
		_ = p.Wait(t.Context())
		begun := time.Now()
		done := make(chan time.Duration)
		go func() { _ = p.Wait(t.Context()); done <- time.Since(begun) }()
		_ = Sleep(t.Context(), 500*time.Millisecond)
		p.Learn(http.StatusTooManyRequests, http.Header{"Retry-After": {"5"}})
		if d := <-done; d != 5500*time.Millisecond {
			t.Errorf("the waiting caller had its turn after %v, expected 5.5 s", d)
		}
	})
}

func TestPacerLearns(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rate   float64
		policy string
		limit  string
		want   float64
	}{
		"lower than configured":  {100, `"shop";q=20;w=1`, "", 19.4},
		"higher than configured": {10, `"shop";q=20;w=1`, "", 9.7},
		"unpaced learns":         {0, `"shop";q=60;w=60`, "", 0.97},
		"strictest of several":   {0, `"burst";q=20;w=1, "day";q=8640;w=86400`, "", 0.097},
		"little is left":         {100, `"shop";q=100;w=10`, `"shop";r=10;t=5`, 2},
		"enough is left":         {100, `"shop";q=100;w=10`, `"shop";r=50;t=5`, 9.7},
		"nothing readable":       {10, `shop;q=x;w=1`, `r=;t`, 9.7},
		"nonsense":               {10, `"shop";q=-5;w=0`, `"shop";r=-1;t=1`, 9.7},
		"infinite":               {10, `"shop";q=inf;w=1`, `"shop";r=NaN;t=1`, 9.7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := NewPacer(PacerOptions{Rate: c.rate})
			h := http.Header{}
			h.Set("RateLimit-Policy", c.policy)
			h.Set("RateLimit", c.limit)
			p.Learn(http.StatusOK, h)
			if got := p.Rate(); got < c.want*0.999 || got > c.want*1.001 {
				t.Errorf("rate %v, expected %v", got, c.want)
			}
		})
	}
}

func TestPacerStopsWhenNothingIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerOptions{Rate: 100, Burst: 50})
		begun := time.Now()
		p.Learn(http.StatusOK, http.Header{"Ratelimit": {`"shop";r=0;t=3`}})
		_ = p.Wait(t.Context())
		if d := time.Since(begun); d < 3*time.Second {
			t.Errorf("a turn after %v where nothing was left for 3 s", d)
		}
	})
}

// TestPacerKeepsToAWindow learns a quota that the market counts per window.
func TestPacerKeepsToAWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerOptions{Rate: 1000, Burst: 100})
		p.Learn(http.StatusOK, http.Header{"Ratelimit-Policy": {`"shop";q=20;w=1`}})
		var at []time.Time
		for range 200 {
			_ = p.Wait(t.Context())
			at = append(at, time.Now())
		}
		for i := 20; i < len(at); i++ {
			if at[i].Sub(at[i-20]) < time.Second {
				t.Fatalf("21 calls within %v", at[i].Sub(at[i-20]))
			}
		}
	})
}

func FuzzReadLimits(f *testing.F) {
	f.Add(`"shop";q=20;w=1`, `"shop";r=12;t=1`, "1")
	f.Add(`"a";q=1;w=1,"b";q=2;w=9`, `"a";r=0;t=0`, "Wed, 21 Oct 2026 07:28:00 GMT")
	f.Add(`;;;=,,`, `q=1e999`, "-1")
	f.Fuzz(func(t *testing.T, policy, limit, after string) {
		h := http.Header{"Ratelimit-Policy": {policy}, "Ratelimit": {limit}, "Retry-After": {after}}
		l := readLimits(h)
		if l.quota < 0 || l.window < 0 || l.remaining < 0 || l.reset < 0 {
			t.Errorf("%q %q: %+v", policy, limit, l)
		}
		if d, ok := retryAfter(h, time.Unix(1_700_000_000, 0)); ok && d < 0 {
			t.Errorf("Retry-After %q is %v", after, d)
		}
		p := NewPacer(PacerOptions{Rate: 5})
		p.Learn(http.StatusTooManyRequests, h)
		if r := p.Rate(); r < 0 || r > 5 {
			t.Errorf("%q %q: rate %v", policy, limit, r)
		}
	})
}
