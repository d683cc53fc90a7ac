package market

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// limits are what an answer's headers say of the quota.
type limits struct {
	quota        float64       // q: calls in a window; 0: not said
	window       time.Duration // w
	remaining    float64       // r
	reset        time.Duration // t
	hasRemaining bool
}

func (l limits) empty() bool { return l.quota == 0 && !l.hasRemaining }

// readLimits reads the headers of draft-ietf-httpapi-ratelimit-headers:
//
//	RateLimit-Policy: "shop";q=20;w=1
//	RateLimit: "shop";r=12;t=1
//
// They are looked up as net/http spells them. Where several policies are named, the strictest counts. What can't be read
// is not said.
func readLimits(h http.Header) limits {
	var out limits
	for _, item := range items(h["Ratelimit-Policy"]) {
		q, okQ := parameter(item, "q")
		w, okW := parameter(item, "w")
		if !okQ || !okW || q <= 0 || w <= 0 {
			continue
		}
		window := seconds(w)
		if out.quota == 0 || q/window.Seconds() < out.quota/out.window.Seconds() {
			out.quota, out.window = q, window
		}
	}
	for _, item := range items(h["Ratelimit"]) {
		r, okR := parameter(item, "r")
		t, okT := parameter(item, "t")
		if !okR || !okT || r < 0 || t < 0 {
			continue
		}
		if !out.hasRemaining || r < out.remaining {
			out.remaining, out.reset, out.hasRemaining = r, seconds(t), true
		}
	}
	return out
}

func items(values []string) []string {
	if len(values) == 0 {
		return nil
	}
	return strings.Split(strings.Join(values, ","), ",")
}

func parameter(item, name string) (float64, bool) {
	for _, part := range strings.Split(item, ";")[1:] {
		key, value, found := strings.Cut(strings.TrimSpace(part), "=")
		if !found || key != name {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	return 0, false
}

// seconds makes a duration, bounded so that no header can overflow it.
func seconds(s float64) time.Duration {
	const most = 400 * 24 * time.Hour
	if s >= most.Seconds() {
		return most
	}
	return time.Duration(s * float64(time.Second))
}

// retryAfter reads Retry-After (RFC 9110, section 10.2.3): seconds, or a date,
// which counts from the answer's own Date so that clocks need not agree, else
// from now. A zero now is unknown.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0, false
	}
	if s, err := strconv.ParseFloat(value, 64); err == nil {
		return max(0, seconds(s)), !math.IsNaN(s)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	if now.IsZero() {
		return 0, false
	}
	return max(0, min(at.Sub(now), seconds(math.MaxInt32))), true
}
