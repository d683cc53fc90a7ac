package state

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/state/redistest"
)

// onServer gives a kit on a redis-server that can be put back.
func onServer(t *testing.T) (*kit, *redistest.Server) {
	t.Helper()
	server := redistest.New(t)
	return &kit{client: clientOf(t, server.Addr), clock: newClock()}, server
}

// doubted says whether the memory of a market is dated from now.
func doubted(t *testing.T, s *Store, m listing.Market, since time.Time) {
	t.Helper()
	ms, err := s.MarketState(t.Context(), m)
	if err != nil || !ms.MemorySince.Equal(since) || !ms.Lost.Equal(since) {
		t.Errorf("the memory of %s is of %v, lost at %v, %v; want it doubted at %v", m, ms.MemorySince, ms.Lost, err, since)
	}
}

// An old copy of Redis that is put back is noticed at the next start, by any of
// the replicas and once; decisions made since are put back.
func TestAnOlderMemoryIsNoticedAtTheStart(t *testing.T) {
	t.Parallel()
	k, server := onServer(t)
	r, other := k.replica(t), k.replica(t)
	l := lease(t, r.Store, "voso")
	write(t, r.Store, l, Batch{Put: records(0, 10)})
	restore := server.Copy()
	write(t, r.Store, l, Batch{Put: records(10, 20)})
	try(t, r.SetPause(t.Context(), "voso", Pause{Reason: "bảo trì"}), other.SetExemption(t.Context(), exempt(1, "", "của bản kia")))
	_, err := other.Memory(t.Context(), "voso")
	try(t, err)
	seen, others := r.Seen(), other.Seen()

	k.clock.add(time.Hour)
	r.start(t, seen)
	if ms, err := r.MarketState(t.Context(), "postmart"); err != nil || !ms.MemorySince.Equal(monday) || len(r.noticed) > 0 {
		t.Fatalf("a memory that is whole: since %v, %v, noticed %q", ms.MemorySince, err, r.noticed)
	}
	restore()
	reader, err := Open(t.Context(), Options{Client: k.client, Tenant: "da-lat", Now: k.clock.now, Seen: seen, ReadOnly: true})
	try(t, err)
	doubted(t, reader, "postmart", k.clock.now()) // and does not write that down
	k.clock.add(time.Minute)
	since := k.clock.now()
	r.start(t, seen)
	for _, m := range []listing.Market{"voso", "postmart"} {
		doubted(t, r.Store, m, since)
	}
	wantInForce(t, "decided by one after the copy", r.Store, "paused: bảo trì")
	both := []string{"68-672-00001-1-2024 exempt on \"\" until 2027-03-31: của bản kia", "paused: bảo trì"}
	wantInForce(t, "the other one runs on, and has heard of it", other.Store, both...)
	wantInForce(t, "so it is for all", r.Store, both...)
	if len(r.noticed) != 2 || !strings.Contains(r.noticed[1], "an older memory than was seen, of 1 writes instead of 2") {
		t.Errorf("noticed %q", r.noticed)
	}
	k.clock.add(time.Minute)
	other.start(t, others)
	doubted(t, other.Store, "voso", since)
	seen = r.Seen()
	r.start(t, seen)
	doubted(t, r.Store, "voso", since)
	if len(r.noticed)+len(other.noticed) > 0 {
		t.Errorf("it was doubted or filled again: %q, %q", r.noticed, other.noticed)
	}
}

// A process that runs notices it by its next reading or write, whichever it is.
func TestAnOlderMemoryIsNoticedUnderWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(t *testing.T, s *Store, l *Lease) error
		want error
	}{
		"a reading": {do: func(t *testing.T, s *Store, _ *Lease) error {
			got := 0
			err := s.Records(t.Context(), "voso", func(listing.Record) error { got++; return nil })
			if got != 10 {
				t.Errorf("%d records are read, want the 10 that are there", got)
			}
			return err
		}},
		"many at once": {do: func(t *testing.T, s *Store, _ *Lease) error {
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					if _, err := s.Memory(t.Context(), "voso"); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			return nil
		}},
		"a write": {want: ErrMemoryOlder, do: func(t *testing.T, s *Store, l *Lease) error {
			return s.Write(t.Context(), l, Batch{Open: []listing.Intent{intent(30)}})
		}},
		"the state of a market": {want: ErrMemoryOlder, do: func(t *testing.T, s *Store, l *Lease) error {
			return s.SaveMarketState(t.Context(), l, "voso", MarketState{})
		}},
		"a write, when others have made up the count": {want: ErrMemoryOlder, do: func(t *testing.T, s *Store, l *Lease) error {
			another, err := Open(t.Context(), Options{Client: s.client, Tenant: "da-lat", Now: s.now})
			try(t, err)
			theirs := lease(t, another, "postmart")
			for n := range 5 {
				write(t, another, theirs, Batch{Put: records(n, n+1)})
			}
			return s.Write(t.Context(), l, Batch{Open: []listing.Intent{intent(30)}})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, server := onServer(t)
			r := k.replica(t)
			l := lease(t, r.Store, "voso")
			write(t, r.Store, l, Batch{Put: records(0, 10)})
			restore := server.Copy()
			write(t, r.Store, l, Batch{Put: records(10, 20)})
			write(t, r.Store, l, Batch{Put: records(20, 30)})
			k.clock.add(time.Hour)
			restore()
			if err := c.do(t, r.Store, l); !errors.Is(err, c.want) {
				t.Errorf("gave %v, want %v", err, c.want)
			}
			doubted(t, r.Store, "voso", k.clock.now())
			if len(r.noticed) != 1 {
				t.Errorf("noticed %q, want it once", r.noticed)
			}
			// Where a reading has noticed it, what the lease has lost still ends its part.
			k.clock.add(time.Minute)
			if err := r.Write(t.Context(), l, Batch{Open: []listing.Intent{intent(30)}}); (err == nil) != (c.want != nil) || err != nil && !errors.Is(err, ErrMemoryOlder) {
				t.Errorf("the next write under the lease: %v", err)
			}
			write(t, r.Store, l, Batch{Put: records(10, 20)})
			doubted(t, r.Store, "postmart", k.clock.now().Add(-time.Minute))
			if len(r.noticed) != 1 {
				t.Errorf("noticed %q, want it once", r.noticed)
			}
		})
	}
}

// A Redis that was emptied or is another one is doubted where a memory was seen
// before, and is just new where none was.
func TestAnotherMemoryIsDoubted(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		r := k.replica(t)
		seen := r.Seen()
		k.wipe(t)
		k.clock.add(time.Hour)
		r.start(t, seen)
		doubted(t, r.Store, "voso", k.clock.now())
		if len(r.noticed) != 1 || !strings.Contains(r.noticed[0], "another memory than was last seen") {
			t.Errorf("noticed %q", r.noticed)
		}
		k.wipe(t)
		r.start(t)
		if ms, err := r.MarketState(t.Context(), "voso"); err != nil || !ms.Lost.IsZero() || len(r.noticed) > 0 {
			t.Errorf("a first start: %+v, %v, noticed %q", ms, err, r.noticed)
		}
	})
}
