package state

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A kit is one Redis, empty, with a clock.
type kit struct {
	client redis.UniversalClient
	clock  *clock
	// pass lets d pass for keys that end by themselves, where that can be done.
	pass func(d time.Duration)
}

// onBoth runs a test on a real redis-server and on the in-process one.
func onBoth(t *testing.T, test func(t *testing.T, k *kit)) {
	t.Helper()
	t.Parallel()
	t.Run("redis-server", func(t *testing.T) {
		t.Parallel()
		test(t, &kit{client: clientOf(t, redistest.Start(t)), clock: newClock()})
	})
	t.Run("in-process", func(t *testing.T) {
		t.Parallel()
		m := miniredis.RunT(t)
		test(t, &kit{client: clientOf(t, m.Addr()), clock: newClock(), pass: m.FastForward})
	})
}

func clientOf(t *testing.T, addr string) redis.UniversalClient {
	t.Helper()
	c, err := Dial(Config{Addresses: []string{addr}})
	if err != nil {
		t.Fatalf("dial %s: %v", addr, err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func (k *kit) open(t *testing.T) *Store { return k.openAs(t, "da-lat") }

func (k *kit) openAs(t *testing.T, tenant string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Client: k.client, Tenant: tenant, Now: k.clock.now})
	if err != nil {
		t.Fatalf("open the state of %s: %v", tenant, err)
	}
	return s
}

// until asks again and again, as fast as Redis answers, until is says so.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited 20 s in vain until %s", what)
		case <-tick.C:
		}
	}
}

func lease(t *testing.T, s *Store, m listing.Market) *Lease {
	t.Helper()
	l, err := s.Acquire(t.Context(), m, "tester", time.Hour)
	if err != nil {
		t.Fatalf("take the lease on %s: %v", m, err)
	}
	return l
}

func write(t *testing.T, s *Store, l *Lease, b Batch) {
	t.Helper()
	if err := s.Write(t.Context(), l, b); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// all gives every record of a market, and fails on one that comes twice.
func all(t *testing.T, s *Store, m listing.Market) map[ocop.Code]listing.Record {
	t.Helper()
	records := make(map[ocop.Code]listing.Record)
	err := s.Records(t.Context(), m, func(r listing.Record) error {
		if _, twice := records[r.Code]; twice {
			t.Errorf("record %s came twice", r.Code)
		}
		records[r.Code] = r
		return nil
	})
	if err != nil {
		t.Fatalf("read the records of %s: %v", m, err)
	}
	return records
}

var monday = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

func record(n int) listing.Record {
	code := ocop.Code(fmt.Sprintf("68-672-%05d-1-2024", n))
	return listing.Record{
		Code: code, SKU: listing.NewSKU("LD-", code), ID: fmt.Sprint("pm-", n), State: listing.OnSale, Seen: true,
		Sent: listing.Digest{Title: uint64(n), Price: 125_000, Stock: 40}, CreatedAt: monday, SeenAt: monday, Since: monday,
	}
}

func intent(n int) listing.Intent {
	r := record(n)
	return listing.Intent{Code: r.Code, SKU: r.SKU, Key: fmt.Sprint("key-", n), Run: "run-1", OpenedAt: monday, Deadline: monday.Add(time.Minute)}
}

// A clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: monday} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}
