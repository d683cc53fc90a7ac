package admin

import (
	"maps"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// How many wrong tokens an address may send at once, and how often one more.
const (
	wrongBurst   = 10
	wrongEvery   = 6 * time.Second
	maxAddresses = 4096 // remembered, twice
)

// A throttle slows addresses down that send wrong tokens. It is guarded by its
// owner.
type throttle struct{ buckets recent[netip.Addr, bucket] }

// A bucket holds how many wrong tokens more an address may send, as of a time.
type bucket struct {
	left float64
	at   time.Time
}

// wait says how long the address must wait before another is looked at.
func (t *throttle) wait(from netip.Addr, now time.Time) time.Duration {
	b, there := t.buckets.get(network(from))
	if !there {
		return 0
	}
	if left := b.leftAt(now); left < 1 {
		return time.Duration((1 - left) * float64(wrongEvery))
	}
	return 0
}

// note counts a wrong one.
func (t *throttle) note(from netip.Addr, now time.Time) {
	b, there := t.buckets.get(network(from))
	if !there {
		b = bucket{wrongBurst, now}
	}
	t.buckets.set(network(from), bucket{max(0, b.leftAt(now)-1), now})
}

func (b bucket) leftAt(now time.Time) float64 {
	return min(wrongBurst, b.left+float64(max(0, now.Sub(b.at)))/float64(wrongEvery))
}

// network is what one person can be thought to hold: an IPv4 address, or the /64
// of an IPv6 one.
func network(a netip.Addr) netip.Addr {
	if a.Is4() || a.Is4In6() {
		return a.Unmap()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}

// recent is a map of a bounded size, at most twice most: when the younger half is
// full, the older one is forgotten. What is asked for becomes young again.
type recent[K comparable, V any] struct {
	most       int
	young, old map[K]V
}

func (r *recent[K, V]) get(k K) (V, bool) {
	if v, there := r.young[k]; there {
		return v, true
	}
	v, there := r.old[k]
	if there {
		r.set(k, v)
	}
	return v, there
}

func (r *recent[K, V]) set(k K, v V) {
	if _, there := r.young[k]; !there && len(r.young) >= r.most || r.young == nil {
		r.old, r.young = r.young, make(map[K]V)
	}
	r.young[k] = v
}

func (r *recent[K, V]) remove(k K) {
	delete(r.young, k)
	delete(r.old, k)
}

func (r *recent[K, V]) removeIf(is func(V) bool) {
	for _, m := range []map[K]V{r.young, r.old} {
		maps.DeleteFunc(m, func(_ K, v V) bool { return is(v) })
	}
}

// address gives who calls: the connection's other end, or, where that is a
// trusted proxy, the last address in X-Forwarded-For that is none.
func (s *Server) address(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		return netip.IPv4Unspecified()
	}
	at = at.Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusted(at); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = next.Unmap().WithZone("")
	}
	return at
}

func (s *Server) trusted(a netip.Addr) bool {
	for _, p := range s.o.Trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
