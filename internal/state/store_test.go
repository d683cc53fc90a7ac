package state

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
)

func TestOpenWritesTheSchemaOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		first := k.open(t)
		seen := first.Seen()
		if seen.Epoch == "" || seen.Writes != 0 {
			t.Fatalf("new memory: %+v; want some id, 0 writes", seen)
		}
		write(t, first, lease(t, first, "voso"), Batch{Put: []listing.Record{record(1)}})
		k.clock.add(time.Hour)
		seen.Writes = 1
		second := k.open(t)
		ms, err := second.MarketState(t.Context(), "voso")
		if again := second.Seen(); err != nil || again != seen || first.Seen() != seen || !ms.MemorySince.Equal(monday) || !ms.Lost.IsZero() {
			t.Errorf("opened again: %+v, %+v, %v; want %+v, since %v", again, ms, err, seen, monday)
		}
		if err := first.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A reader leaves an empty Redis empty, remembers nothing there, and reads what
// there is as any other.
func TestReadOnlyWritesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		read := func() *Store {
			t.Helper()
			s, err := Open(t.Context(), Options{Client: k.client, Tenant: "da-lat", Now: k.clock.now, ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		empty := read()
		mem, err := empty.Memory(t.Context(), "voso")
		if want := (MarketState{MemorySince: monday}); err != nil || mem.State != want || len(mem.Intents) != 0 || mem.Generation != 0 {
			t.Errorf("an empty Redis remembers %+v, %v; want nothing, since %v", mem, err, monday)
		}
		err = empty.Records(t.Context(), "voso", func(r listing.Record) error { t.Errorf("record %+v", r); return nil })
		if err != nil {
			t.Error(err)
		}
		if f, err := empty.LastReading(t.Context()); err != nil || !reflect.DeepEqual(f, ReadingFigures{}) {
			t.Errorf("an empty Redis has read %+v, %v", f, err)
		}
		if err := empty.Writable(t.Context()); err != nil {
			t.Errorf("a Redis that takes writes: %v", err)
		}
		if n, err := k.client.DBSize(t.Context()).Result(); err != nil || n != 0 {
			t.Errorf("a reader left %d keys, %v", n, err)
		}

		s := k.open(t)
		write(t, s, lease(t, s, "voso"), Batch{Put: []listing.Record{record(1)}})
		if _, err := empty.Memory(t.Context(), "voso"); !errors.Is(err, ErrMemoryLost) {
			t.Errorf("a memory that began since: %v, want ErrMemoryLost", err)
		}
		k.clock.add(time.Hour)
		mem, err = read().Memory(t.Context(), "voso")
		if err != nil || !mem.State.MemorySince.Equal(monday) || mem.Generation == 0 {
			t.Errorf("a reader sees %+v, %v; want what was written", mem, err)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		for _, c := range []struct {
			tenant string
			meta   map[string]any
			is     error
			says   string
		}{
			{tenant: "newer", meta: map[string]any{"schema": 2, "epoch": "e"}, is: ErrSchemaNewer,
				says: "written by a newer version of ocopsync (schema 2, this version knows 1): run that version, or give another Redis"},
			{tenant: "foreign", meta: map[string]any{"schema": "x", "epoch": "e"}, says: `schema "x" is none of ocopsync's`},
			{tenant: "nought", meta: map[string]any{"schema": 0, "epoch": "e"}, says: `schema "0" is none of ocopsync's`},
			{tenant: "half", meta: map[string]any{"schema": 1}, says: "has a schema and no epoch"},
			{tenant: "Đà Lạt", says: "expected lower-case letters, digits and inner hyphens, at most 40"},
			{tenant: "", says: "tenant \"\""},
			{tenant: "a}b", says: "tenant \"a}b\""},
			{tenant: strings.Repeat("a", 41), says: "at most 40"},
		} {
			key := "ocopsync:{" + c.tenant + "}:meta"
			if c.meta != nil {
				if err := k.client.HSet(t.Context(), key, c.meta).Err(); err != nil {
					t.Fatal(err)
				}
			}
			_, err := Open(t.Context(), Options{Client: k.client, Tenant: c.tenant, Now: k.clock.now})
			if err == nil || !strings.Contains(err.Error(), c.says) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("tenant %q with %v: error is\n%v\nand should say\n%s", c.tenant, c.meta, err, c.says)
			}
			if found := k.client.HGetAll(t.Context(), key).Val(); len(found) != len(c.meta) {
				t.Errorf("tenant %q: a refused Open changed %v into %v", c.tenant, c.meta, found)
			}
		}
		if _, err := Open(t.Context(), Options{Tenant: "x"}); err == nil {
			t.Error("opened without a client")
		}
	})
}

func TestAWipedRedisIsNoticed(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		l := lease(t, s, "voso")
		write(t, s, l, Batch{Put: []listing.Record{record(1)}})
		if err := k.client.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		refused := func(when string) {
			t.Helper()
			_, stateErr := s.MarketState(t.Context(), "voso")
			_, intentsErr := s.Intents(t.Context(), "voso")
			_, someErr := s.RecordsOf(t.Context(), "voso", codes(1))
			_, genErr := s.Generation(t.Context(), "voso")
			_, readingErr := s.LastReading(t.Context())
			_, leaseErr := s.Acquire(t.Context(), "postmart", "tester", time.Minute)
			_, ordersErr := s.Orders(t.Context(), "", "voso")
			_, memoryErr := s.Memory(t.Context(), "voso")
			for what, err := range map[string]error{
				"Write":           s.Write(t.Context(), l, Batch{Put: []listing.Record{record(2)}}),
				"SaveMarketState": s.SaveMarketState(t.Context(), l, "voso", MarketState{}),
				"Records":         s.Records(t.Context(), "voso", func(listing.Record) error { return nil }),
				"MarketState":     stateErr, "Intents": intentsErr, "RecordsOf": someErr, "Generation": genErr,
				"LastReading": readingErr, "Acquire": leaseErr, "Orders": ordersErr, "Memory": memoryErr,
			} {
				if !errors.Is(err, ErrMemoryLost) {
					t.Errorf("%s: %s gave %v, want ErrMemoryLost", when, what, err)
				}
			}
		}
		refused("emptied")
		k.clock.add(time.Hour)
		fresh := k.open(t)
		refused("begun anew by another")
		ms, err := fresh.MarketState(t.Context(), "voso")
		if err != nil || !ms.MemorySince.Equal(monday.Add(time.Hour)) {
			t.Errorf("the new memory of voso begins %v (%v), want %v", ms.MemorySince, err, monday.Add(time.Hour))
		}
		if err := l.Release(t.Context()); err != nil {
			t.Errorf("giving back a lease that is gone: %v", err)
		}
	})
}

func TestTenantsAndAccountsAreApart(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		a, b := k.open(t), k.openAs(t, "bao-loc")
		write(t, a, lease(t, a, "voso"), Batch{Put: []listing.Record{record(1)}})
		if got := all(t, b, "voso"); len(got) != 0 {
			t.Errorf("another tenant sees %d records", len(got))
		}
		moved, err := Open(t.Context(), Options{Client: k.client, Tenant: "da-lat", Now: k.clock.now,
			Accounts: map[listing.Market]string{"voso": "shop:2}"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := all(t, moved, "voso"); len(got) != 0 {
			t.Errorf("another account sees %d records of the first", len(got))
		}
		if _, err := moved.Acquire(t.Context(), "voso", "tester", time.Minute); err != nil {
			t.Errorf("another account is held up by the first one's lease: %v", err)
		}
		tag := "ocopsync:{da-lat}:"
		for _, key := range k.client.Keys(t.Context(), "*da-lat*").Val() {
			if !strings.HasPrefix(key, tag) {
				t.Errorf("key %q does not begin with %q: it may live on another node", key, tag)
			}
		}
	})
}

func TestClaim(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		a, b := k.open(t), k.openAs(t, "bao-loc")
		for range 2 {
			if err := a.Claim(t.Context(), "voso", "0987-shop"); err != nil {
				t.Fatalf("claim: %v", err)
			}
		}
		err := b.Claim(t.Context(), "voso", "0987-shop")
		var other *ClaimedError
		if !errors.Is(err, ErrClaimed) || !errors.As(err, &other) || other.Tenant != "da-lat" {
			t.Errorf("claimed by another: %v, want ErrClaimed that names da-lat", err)
		}
		const says = `account "0987-shop" on voso is worked by tenant "da-lat": two tenants can't work one shop`
		if err == nil || err.Error() != says {
			t.Errorf("a person reads %q, want %q", err, says)
		}
		if err := b.Claim(t.Context(), "postmart", "0987-shop"); err != nil {
			t.Errorf("the same name on another market: %v", err)
		}
		if err := b.Unclaim(t.Context(), "voso", "0987-shop"); err != nil {
			t.Errorf("giving up what another holds: %v", err)
		}
		if err := b.Claim(t.Context(), "voso", "0987-shop"); !errors.Is(err, ErrClaimed) {
			t.Errorf("another tenant took the claim away: %v", err)
		}
		if err := a.Unclaim(t.Context(), "voso", "0987-shop"); err != nil {
			t.Fatal(err)
		}
		if err := b.Claim(t.Context(), "voso", "0987-shop"); err != nil {
			t.Errorf("claim after it was given up: %v", err)
		}
		s, err := Open(t.Context(), Options{Client: k.client, Tenant: "x", Accounts: map[listing.Market]string{"voso": "a"}})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Claim(t.Context(), "voso", "b"); err == nil || !strings.Contains(err.Error(), `opened for account "a"`) {
			t.Errorf("claimed an account other than the keys': %v", err)
		}
	})
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	e, err := Embedded(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: e.Addr()})
	defer client.Close()
	s, err := Open(t.Context(), Options{Client: e.Client(), Tenant: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Acquire(t.Context(), "voso", "first", 100*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	until(t, "a lease that nobody renews has ended", func() bool {
		_, err := s.Acquire(t.Context(), "voso", "second", time.Minute)
		return err == nil
	})
	if n, err := client.Exists(t.Context(), "ocopsync:{demo}:meta").Result(); err != nil || n != 1 {
		t.Errorf("its state as another client sees it: %d keys, %v", n, err)
	}
	for range 2 {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}
