package main

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/sandbox"
)

// A deed is something that happens to the machines, in the middle of a call or of
// something that Redis is asked.
type deed struct {
	name string
	// at happens in the middle; it may be called from any goroutine.
	at func(r *round, victim *node)
	// then is what follows, until all is well again or a daemon stays away.
	then func(r *round, victim *node)
}

func deeds() []deed {
	kill := deed{"one killed", func(_ *round, victim *node) { victim.r.tell(syscall.SIGKILL) }, func(r *round, victim *node) {
		r.buried(victim)
		r.rest(time.Duration(r.dice.Int64N(int64(time.Second))))
		if r.dice.IntN(4) > 0 {
			r.boot(victim)
		}
	}}
	all := deed{"all killed", func(r *round, _ *node) {
		for _, nd := range r.nodes {
			if nd.r != nil {
				nd.r.tell(syscall.SIGKILL)
			}
		}
	}, func(r *round, victim *node) {
		for _, nd := range r.nodes {
			r.buried(nd)
		}
		if r.dice.IntN(2) == 0 {
			r.goneLong()
		}
		r.boot(victim)
	}}
	redisKilled := deed{"Redis killed", func(r *round, _ *node) { r.redis.Stop() }, func(r *round, _ *node) {
		r.kills++
		r.rest(time.Duration(r.dice.Int64N(int64(time.Second))))
		r.redis.Run()
	}}
	stalled := deed{"one stalled", func(_ *round, victim *node) { victim.r.tell(syscall.SIGSTOP) }, func(r *round, victim *node) {
		r.meanwhile(victim)
		r.outlast(victim)
		victim.r.tell(syscall.SIGCONT)
	}}
	apart := deed{"one cut from Redis", func(_ *round, victim *node) { victim.relay.cut() }, func(r *round, victim *node) {
		r.meanwhile(victim)
		r.outlast(victim)
		victim.relay.mend()
	}}
	told := deed{"one told to stop", func(_ *round, victim *node) { victim.r.stop() }, func(r *round, victim *node) {
		if end := victim.r.wait(30 * time.Second); end.code != exitOK {
			r.verdict.add("P7", "told to stop, a daemon ended so:\n%s\n%s", end, victim.r.logged())
		}
		victim.r = nil
	}}
	return []deed{kill, kill, all, redisKilled, redisKilled, stalled, apart, told}
}

// do asks for runs and lets the deed happen in the middle of them, at a drawn
// point or, should that never come, a moment later.
func (r *round) do(d deed) {
	r.t.Helper()
	victim := one(r.dice, r.alive())
	place, nth := atRedis, 1+r.dice.IntN(250)
	if r.dice.IntN(2) == 0 {
		place, nth = one(r.dice, sandbox.Markets()), 1+r.dice.IntN(40)
	}
	c := newCharge(place, nth, one(r.dice, []moment{before, after, late}), func() { d.at(r, victim) })
	asked := r.alive()
	r.fuse.arm(c)
	for _, nd := range asked {
		r.ask(nd)
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), 3*time.Second)
	defer cancel()
	select {
	case <-c.done:
		r.did["in the middle of a call"]++
	case <-ctx.Done():
		r.fuse.disarm()
		c.fire()
	}
	r.did[d.name]++
	d.then(r, victim)
}

// buried waits for the end of a killed daemon.
func (r *round) buried(nd *node) {
	r.t.Helper()
	if nd.r != nil {
		nd.r.wait(time.Minute)
		nd.r = nil
		r.kills++
	}
}

// goneLong lets more time pass than calls and their late effects take, with no
// daemon alive.
func (r *round) goneLong() {
	r.t.Helper()
	r.box.WaitLateEffects()
	r.rest(2 * time.Second) // what the doors do for callers that are gone
	r.leap(longAfter)
	r.did["gone for long"]++
}

// meanwhile lets the others have something to do.
func (r *round) meanwhile(victim *node) {
	r.t.Helper()
	for _, nd := range r.alive() {
		if nd != victim {
			r.ask(nd)
		}
	}
}

// outlast waits until the daemon holds no lease any more, and a little longer.
func (r *round) outlast(nd *node) {
	r.t.Helper()
	client := redis.NewClient(&redis.Options{Addr: r.redis.Addr})
	defer func() { _ = client.Close() }()
	until(r.t, 5*hurriedLease, "the leases of a stalled daemon end", func() bool {
		keys, err := client.Keys(r.t.Context(), "*:lease").Result()
		must(r.t, err)
		for _, key := range keys {
			if owner, err := client.HGet(r.t.Context(), key, "owner").Result(); err == nil && strings.HasSuffix(owner, fmt.Sprintf("process %d", nd.r.pid)) {
				return false
			}
		}
		return true
	})
	r.rest(time.Duration(r.dice.Int64N(int64(time.Second))))
}
