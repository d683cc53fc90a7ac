package reconcile_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/market/markettest"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
	"ocopsync/internal/state/redistest"
)

// TestLostMemoryAndLateCreate: a call that was under way when Redis lost its
// memory, and that nobody remembers, must not be made a second time on a market
// that takes a SKU twice. Where the market refuses that, nothing waits.
func TestLostMemoryAndLateCreate(t *testing.T) {
	t.Parallel()
	w := settled(t, 4, likeVoso, likeLamdong)
	voso, lamdong := w.shop("voso"), w.shop("lamdong")
	w.src.all = append(w.src.all, good(5), good(6))
	w.save()
	voso.LateCreates(1)
	w.run(reconcile.Request{Mode: reconcile.Sync}) // times out on voso
	w.src.all = append(w.src.all, good(7))
	w.save()
	w.lose()
	made := voso.Calls(markettest.OpCreate)
	for range 3 {
		w.clean(w.sync())
		w.clock.pass(10 * time.Second)
	}
	if n := voso.Calls(markettest.OpCreate) - made; n != 0 {
		t.Errorf("voso: %d creating calls while an unknown one may be under way", n)
	}
	if why := w.reason("voso", "68-007"); why != "awaiting_observation" {
		t.Errorf("68-007 is not on voso because of %q", why)
	}
	if lamdong.OnSale("OCOP-68-007") != 1 {
		t.Error("lamdong, which takes no SKU twice, waits too")
	}
	voso.Land()
	w.clock.pass(5 * time.Minute)
	w.clean(w.sync())
	for i := range w.src.all {
		voso.only(t, w.src.all[i].sku())
	}
	if twice := voso.TwiceOnSale(); len(twice) > 0 {
		t.Errorf("P1: twice on sale: %v", twice)
	}
	w.quiet()
}

// TestOlderMemory: an old copy of Redis that is put back is looked at with doubt,
// by the process that runs as by a new one: what was made since is found again,
// nothing is made twice, and only what differs is written.
func TestOlderMemory(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]func(*world){
		"under a process that runs": func(*world) {},
		"before a new process": func(w *world) {
			w.seen = w.store.Seen()
			w.restart()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := redistest.New(t, "--appendfsync", "no")
			w := newWorld(t, &redis.Options{Addr: server.Addr}, goodOnes(6), likePostmart, likeVoso, likeLamdong)
			w.settle()
			restore := server.Copy()
			w.src.all = append(w.src.all, good(7), good(8))
			w.src.all[0].price += 1000
			w.src.all[1].status = "revoked"
			w.save()
			w.run(reconcile.Request{Mode: reconcile.Sync}) // the first connection may be the dead one
			w.clean(w.sync())
			w.decide()
			w.clean(w.sync())
			for _, s := range w.markets {
				s.ResetCounts()
			}
			restore()
			w.clock.pass(time.Minute)
			after(w)
			w.edit("68-003", func(g *goods) { g.price += 1000 })
			w.run(reconcile.Request{Mode: reconcile.Sync})
			w.clock.pass(5 * time.Minute)
			w.clean(w.sync())
			if len(w.noticed) != 1 || !strings.Contains(w.noticed[0], "an older memory than was seen") {
				t.Errorf("noticed %q", w.noticed)
			}
			for _, s := range w.markets {
				if n := s.Writes(); n != 1 {
					t.Errorf("%s: %d writing calls, want the one that differs", s.Name(), n)
				}
				if twice := s.TwiceOnSale(); len(twice) > 0 {
					t.Errorf("P1: twice on sale on %s: %v", s.Name(), twice)
				}
				for _, code := range []string{"68-007", "68-008"} {
					if r := w.record(s.Name(), code); r == nil || r.ID == "" {
						t.Errorf("%s on %s is remembered as %+v", code, s.Name(), r)
					}
				}
			}
			w.quiet()
			w.holdsToCoverage()
		})
	}
}

// TestOlderMemoryUnderWay: a part in whose midst Redis falls back makes no
// further creating call; the next one finds what it made.
func TestOlderMemoryUnderWay(t *testing.T) {
	t.Parallel()
	server := redistest.New(t, "--appendfsync", "no")
	w := newWorld(t, &redis.Options{Addr: server.Addr}, goodOnes(12), likeVoso)
	s := w.markets[0]
	w.queued("r1", reconcile.Verify)
	var restore func()
	n := 0
	s.tap.hold = func(context.Context, string) {
		switch n++; n {
		case 1: // its intents are noted, and its lease is held
			restore = server.Copy()
		case 6:
			restore()
		}
	}
	err := w.engine.Work(t.Context(), "r1", "voso")
	for err != nil && !errors.Is(err, state.ErrMemoryOlder) && n < 6 { // a connection that died is no answer
		err = w.engine.Work(t.Context(), "r1", "voso")
	}
	t.Logf("the part that met it: %v", err)
	s.tap.hold = nil
	if made := s.Calls(markettest.OpCreate); made > 6 {
		t.Errorf("%d creating calls, want none after the sixth", made)
	}
	w.restart()
	w.clock.pass(10 * time.Minute)
	for range 3 {
		w.run(reconcile.Request{Mode: reconcile.Verify})
		w.clock.pass(10 * time.Minute)
	}
	if twice := s.TwiceOnSale(); len(twice) > 0 {
		t.Errorf("P1: twice on sale: %v", twice)
	}
	for i := range w.src.all {
		s.only(t, w.src.all[i].sku())
	}
	w.quiet()
}
