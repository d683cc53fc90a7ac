package state

import (
	"context"
	"errors"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/state/redistest"
)

func TestOneHolderAtATime(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		first, err := s.Acquire(t.Context(), "voso", "box-1 pid 17", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		k.clock.add(time.Minute)
		_, err = s.Acquire(t.Context(), "voso", "box-2 pid 4", time.Minute)
		var busy *BusyError
		if !errors.Is(err, ErrBusy) || !errors.As(err, &busy) || busy.Owner != "box-1 pid 17" || !busy.Since.Equal(monday) {
			t.Fatalf("second holder: %v, want ErrBusy with the first one's name and %v", err, monday)
		}
		if other := lease(t, s, "postmart"); other.Fence != 1 {
			t.Errorf("fence on another market is %d, want 1", other.Fence)
		}
		if err := first.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		second := lease(t, s, "voso")
		if second.Fence <= first.Fence {
			t.Errorf("fence went from %d to %d: it must grow", first.Fence, second.Fence)
		}
		if err := first.Release(t.Context()); err != nil {
			t.Errorf("giving back twice: %v", err)
		}
		if _, err := s.Acquire(t.Context(), "voso", "third", time.Minute); !errors.Is(err, ErrBusy) {
			t.Errorf("the first holder's second Release freed the second one's lease: %v", err)
		}
		if _, err := s.Acquire(t.Context(), "lamdong", "x", 0); err == nil {
			t.Error("a lease without duration was granted")
		}
	})
}

func TestWritesAreFenced(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		old, err := s.Acquire(t.Context(), "voso", "stalled", 50*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		write(t, s, old, Batch{Put: []listing.Record{record(1)}})
		if k.pass != nil {
			k.pass(time.Second)
		}
		until(t, "the lease has run out", func() bool {
			return k.client.Exists(t.Context(), s.marketKey("voso", "lease")).Val() == 0
		})
		// Nobody has taken it: what became of a call that was made is kept.
		write(t, s, old, Batch{Put: []listing.Record{record(2)}})

		next := lease(t, s, "voso")
		for what, err := range map[string]error{
			"Write":            s.Write(t.Context(), old, Batch{Put: []listing.Record{record(3)}, Close: codes(1)}),
			"Write of many":    s.Write(t.Context(), old, Batch{Put: records(3, 2000)}),
			"SaveMarketState":  s.SaveMarketState(t.Context(), old, "voso", MarketState{OnSale: 9}),
			"Write of intents": s.Write(t.Context(), old, Batch{Open: []listing.Intent{intent(3)}}),
		} {
			if !errors.Is(err, ErrFenced) {
				t.Errorf("%s under a lease that another has taken since: %v, want ErrFenced", what, err)
			}
		}
		if n := len(all(t, s, "voso")); n != 2 {
			t.Errorf("%d records are there, want 2: a refused write wrote", n)
		}
		gen, err := s.Generation(t.Context(), "voso")
		if err != nil || gen != 2 {
			t.Errorf("generation %d (%v), want 2: a refused write counted", gen, err)
		}
		write(t, s, next, Batch{Put: []listing.Record{record(3)}})
		if err := next.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Write(t.Context(), next, Batch{Put: []listing.Record{record(4)}}); !errors.Is(err, ErrFenced) {
			t.Errorf("a write after the lease was given back: %v, want ErrFenced", err)
		}
		if err := s.SaveMarketState(t.Context(), next, "postmart", MarketState{}); err == nil {
			t.Error("a lease on voso wrote the state of postmart")
		}
	})
}

func TestKeepRenews(t *testing.T) {
	t.Parallel()
	k := &kit{client: clientOf(t, redistest.Start(t)), clock: newClock()}
	s := k.open(t)
	const ttl = time.Second
	l, err := s.Acquire(t.Context(), "voso", "keeper", ttl)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := l.Keep(t.Context())
	longer, cancel := context.WithTimeout(t.Context(), 2*ttl)
	defer cancel()
	select {
	case <-ctx.Done():
		t.Fatalf("the kept lease ended: %v", context.Cause(ctx))
	case <-longer.Done():
	}
	if _, err := s.Acquire(t.Context(), "voso", "other", ttl); !errors.Is(err, ErrBusy) {
		t.Errorf("after twice its ttl the kept lease is free: %v", err)
	}
	stop()
	stop()
	if !errors.Is(context.Cause(ctx), context.Canceled) {
		t.Errorf("after stop the cause is %v, want context.Canceled", context.Cause(ctx))
	}
	until(t, "a lease no longer renewed has ended", func() bool {
		_, err := s.Acquire(t.Context(), "voso", "other", time.Minute)
		return err == nil
	})
}

func TestKeepEndsWhenTheLeaseIsLost(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(t *testing.T, k *kit, s *Store, server *redistest.Server){
		"taken away": func(t *testing.T, k *kit, s *Store, _ *redistest.Server) {
			if err := k.client.Del(t.Context(), s.marketKey("voso", "lease")).Err(); err != nil {
				t.Fatal(err)
			}
			lease(t, s, "voso")
		},
		"Redis emptied": func(t *testing.T, k *kit, _ *Store, _ *redistest.Server) {
			if err := k.client.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		},
		"Redis gone": func(_ *testing.T, _ *kit, _ *Store, server *redistest.Server) { server.Stop() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.New(t)
			k := &kit{client: clientOf(t, server.Addr), clock: newClock()}
			s := k.open(t)
			l, err := s.Acquire(t.Context(), "voso", "keeper", 400*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := l.Keep(t.Context())
			defer stop()
			lose(t, k, s, server)
			limit, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			select {
			case <-ctx.Done():
				if !errors.Is(context.Cause(ctx), ErrLeaseLost) {
					t.Errorf("it ended with %v, want ErrLeaseLost", context.Cause(ctx))
				}
			case <-limit.Done():
				t.Error("10 s later the context still runs: a worker would go on calling the market")
			}
		})
	}
}

func TestKeepEndsWithItsContext(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		parent, cancel := context.WithCancel(t.Context())
		ctx, stop := lease(t, k.open(t), "voso").Keep(parent)
		cancel()
		<-ctx.Done()
		if errors.Is(context.Cause(ctx), ErrLeaseLost) {
			t.Error("a cancelled worker is told that its lease was lost")
		}
		stop()
	})
}

// A server that is killed and comes back has lost nothing that was answered.
func TestAKilledServerRemembers(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	k := &kit{client: clientOf(t, server.Addr), clock: newClock()}
	s := k.open(t)
	l := lease(t, s, "voso")
	write(t, s, l, Batch{Put: records(0, 1200), Open: []listing.Intent{intent(7)}})
	server.Stop()
	server.Run()
	if n := len(all(t, s, "voso")); n != 1200 {
		t.Errorf("%d records after the restart, want 1200", n)
	}
	open, err := s.Intents(t.Context(), "voso")
	if err != nil || len(open) != 1 {
		t.Errorf("open intents after the restart: %v, %v; want one", open, err)
	}
	write(t, s, l, Batch{Close: codes(7)}) // the scripts are loaded anew
}
