package market

import (
	"context"
	"math"
	"net/http"
	"sync"
	"time"
)

// DefaultHeadroom is the share of a market's rate that is used.
const DefaultHeadroom = 0.97

const (
	// defaultPause is how long a 429 without Retry-After stops everybody.
	defaultPause = time.Second
	// maxPause bounds what a market's header can make us wait.
	maxPause = time.Hour
)

// PacerOptions are a market's quota.
type PacerOptions struct {
	Rate     float64 // calls per second that the market allows; 0: unpaced
	Burst    int     // calls at once that the market allows; 0 is 1: evenly spaced
	Headroom float64 // share of Rate that is used, 0 to 1; DefaultHeadroom when 0
	Now      func() time.Time
	Sleep    func(ctx context.Context, d time.Duration) error // ends early with ctx's error
}

// PacerStats are a pacer's figures since its start.
type PacerStats struct {
	Calls       int64         // turns given
	Refused     int64         // 429 answers learnt of
	Waited      time.Duration // by all callers together, for their turns
	PausedUntil time.Time     // zero when nothing is paused
}

// A Pacer spaces the calls to one shop, whoever makes them, so that the market
// never has to refuse one. Turns are given in the order of asking. With a Burst
// of 1 two turns are never closer than the rate allows, however late a caller
// woke: a bucket without burst would refuse the second. A 429 stops everybody
// until the market's Retry-After. It is safe for concurrent use.
type Pacer struct {
	now      func() time.Time
	sleep    func(context.Context, time.Duration) error
	headroom float64
	turn     chan struct{} // held by whoever is next; channels serve in order

	mu      sync.Mutex
	rate    float64 // calls per second in use, headroom taken off; 0: unpaced
	burst   float64
	tokens  float64
	filled  time.Time // when tokens was right
	slow    float64   // a lower rate until slowEnd
	slowEnd time.Time
	stats   PacerStats
}

// NewPacer gives a pacer.
func NewPacer(o PacerOptions) *Pacer {
	p := &Pacer{now: o.Now, sleep: o.Sleep, headroom: o.Headroom, turn: make(chan struct{}, 1)}
	if p.now == nil {
		p.now = time.Now
	}
	if p.sleep == nil {
		p.sleep = Sleep
	}
	if p.headroom <= 0 || p.headroom > 1 {
		p.headroom = DefaultHeadroom
	}
	p.rate = max(0, o.Rate) * p.headroom
	p.burst = float64(max(1, o.Burst))
	p.tokens = p.burst
	return p
}

// Wait gives the caller its turn: one call may be made now. It ends early with
// ctx's error, and the turn then goes to the next.
func (p *Pacer) Wait(ctx context.Context) error {
	asked := p.now()
	if p.free(asked) {
		return ctx.Err()
	}
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.turn }()
	for {
		now := p.now()
		d := p.take(now, asked)
		if d <= 0 {
			return ctx.Err()
		}
		if err := p.sleep(ctx, d); err != nil {
			return err
		}
	}
}

// free gives a turn at once where nothing is paced.
func (p *Pacer) free(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rateAt(now) > 0 || now.Before(p.stats.PausedUntil) {
		return false
	}
	p.stats.Calls++
	return true
}

// take takes a token, or says how long to wait for one. A pause may have begun
// during the wait, so the caller asks again after it.
func (p *Pacer) take(now, asked time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.stats.PausedUntil.Sub(now); d > 0 {
		return d
	}
	rate := p.rateAt(now)
	if rate > 0 {
		if now.After(p.filled) {
			if !p.filled.IsZero() {
				p.tokens = math.Min(p.burst, p.tokens+now.Sub(p.filled).Seconds()*rate)
			}
			p.filled = now
		}
		const almost = 1e-9 // a nanosecond's rounding is no reason to sleep again
		if p.tokens < 1-almost {
			return time.Duration(math.Ceil((1 - p.tokens) / rate * float64(time.Second)))
		}
		p.tokens--
	}
	p.stats.Calls++
	p.stats.Waited += now.Sub(asked)
	return 0
}

func (p *Pacer) rateAt(now time.Time) float64 {
	if p.slow > 0 && now.Before(p.slowEnd) && (p.rate == 0 || p.slow < p.rate) {
		return p.slow
	}
	return p.rate
}

// Learn takes in what an answer says of the quota: RateLimit-Policy lowers the
// rate for good, RateLimit for as long as it speaks of, and a 429 pauses
// everybody until its Retry-After. Nothing raises the rate above the configured.
func (p *Pacer) Learn(status int, h http.Header) {
	limits := readLimits(h)
	if status != http.StatusTooManyRequests && limits.empty() {
		return
	}
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if status == http.StatusTooManyRequests {
		p.stats.Refused++
		after, ok := retryAfter(h, now)
		if !ok || after <= 0 {
			after = defaultPause
		}
		p.pause(now, after)
	}
	p.learnPolicy(limits)
	p.learnRemaining(limits, now)
}

// pause stops everybody; a burst that had been saved up is gone afterwards.
func (p *Pacer) pause(now time.Time, d time.Duration) {
	until := now.Add(min(d, maxPause))
	if until.After(p.stats.PausedUntil) {
		p.stats.PausedUntil = until
		p.tokens, p.filled = 1, until // one call at its end, then evenly spaced
	}
}

func (p *Pacer) learnPolicy(l limits) {
	if l.quota <= 0 || l.window <= 0 {
		return
	}
	rate := l.quota / l.window.Seconds() * p.headroom
	if p.rate == 0 || rate < p.rate {
		p.rate = rate
	}
	// A market that counts per window must not see more than its quota in any
	// window: what the headroom leaves is all that may come at once.
	p.burst = math.Min(p.burst, math.Max(1, math.Floor(l.quota*(1-p.headroom))))
	p.tokens = math.Min(p.tokens, p.burst)
}

// learnRemaining slows down where little is left: other programs may use the
// same shop's quota.
func (p *Pacer) learnRemaining(l limits, now time.Time) {
	if !l.hasRemaining || l.reset <= 0 {
		return
	}
	const low = 4 // a quarter
	switch {
	case l.remaining <= 0:
		p.pause(now, l.reset)
	case l.quota <= 0 || l.remaining*low < l.quota:
		p.slow, p.slowEnd = l.remaining/l.reset.Seconds(), now.Add(l.reset)
	}
}

// Rate is the rate in use in calls per second, headroom taken off; 0 is unpaced.
func (p *Pacer) Rate() float64 {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rateAt(now)
}

// Stats gives the figures so far.
func (p *Pacer) Stats() PacerStats {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.stats
	if !now.Before(out.PausedUntil) {
		out.PausedUntil = time.Time{}
	}
	return out
}

// Sleep waits for d or until ctx ends, and then says why.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
