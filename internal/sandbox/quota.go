package sandbox

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// bucket is a token bucket on the sandbox's clock, with voso's lock.
type bucket struct {
	mu     sync.Mutex
	quota  Quota
	tokens float64
	last   time.Time
	locked time.Time // until when
	lock   time.Duration
}

func newBucket(q Quota) *bucket {
	if q.Rate > 0 && q.Burst <= 0 {
		q.Burst = int(math.Ceil(q.Rate))
	}
	return &bucket{quota: q, tokens: float64(q.Burst), lock: q.Lock}
}

// take lets one call through, or says how long to wait. A call while locked
// starts the lock again, as voso's gateway does.
func (b *bucket) take(now time.Time) (time.Duration, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Before(b.locked) {
		b.locked = now.Add(b.lock)
		return b.lock, false
	}
	if b.quota.Rate <= 0 {
		return 0, true
	}
	b.refill(now)
	if b.tokens >= 1 {
		b.tokens--
		return 0, true
	}
	if b.lock > 0 {
		b.locked = now.Add(b.lock)
		return b.lock, false
	}
	return time.Duration((1 - b.tokens) / b.quota.Rate * float64(time.Second)), false
}

func (b *bucket) refill(now time.Time) {
	if !b.last.IsZero() && now.After(b.last) {
		b.tokens = math.Min(float64(b.quota.Burst), b.tokens+now.Sub(b.last).Seconds()*b.quota.Rate)
	}
	if b.last.IsZero() || now.After(b.last) {
		b.last = now
	}
}

// lockFor locks as if the quota had been passed.
func (b *bucket) lockFor(now time.Time, d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lock, b.locked = d, now.Add(d)
}

// announce writes postmart's RateLimit headers.
func (b *bucket) announce(h http.Header, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.quota.Rate <= 0 {
		return
	}
	b.refill(now)
	window := max(1, int(math.Ceil(float64(b.quota.Burst)/b.quota.Rate)))
	h.Set("RateLimit-Policy", `"shop";q=`+strconv.Itoa(b.quota.Burst)+`;w=`+strconv.Itoa(window))
	h.Set("RateLimit", `"shop";r=`+strconv.Itoa(int(b.tokens))+`;t=`+strconv.Itoa(window))
}
