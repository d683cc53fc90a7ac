package reconcile_test

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
)

// A death is what happens to a process at the n-th thing that it does with
// Redis or the market: each is two moments, before it and when it is done but
// not yet answered.
type death struct {
	kind string
	at   int

	mu     sync.Mutex
	n      int
	dead   bool
	cancel context.CancelFunc // nil until the run begins
}

// everyMoment makes TestDeathAtEveryStep leave no moment out.
var everyMoment = flag.Bool("every", false, "die at every moment, not only at a part of them")

// The ways to die.
const (
	byKill   = "kill"   // everything ends: kill -9
	byCut    = "cut"    // Redis is gone from then on, the market is there
	byCancel = "cancel" // the run is cancelled, both are there
	byAnswer = "answer" // the answer of this one call is lost, nothing else
)

// moment counts one moment and says whether it fails.
func (d *death) moment(redis, answer bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cancel == nil || d.kind == byCut && !redis || d.kind == byAnswer && (redis || !answer) {
		return nil // nothing that it could happen at
	}
	d.n++
	if d.n == d.at {
		d.dead = true
		if d.kind == byKill || d.kind == byCancel {
			d.cancel()
		}
	}
	switch {
	case !d.dead || d.kind == byCancel || d.kind == byAnswer && d.n != d.at:
		return nil
	case redis:
		return errCut
	}
	return context.Canceled
}

// reached says whether the run was long enough for it.
func (d *death) reached() bool { return d.n >= d.at }

// run does a run that meets its death.
func (d *death) run(ctx context.Context, w *world, req reconcile.Request) {
	w.hooks = append(w.hooks, &cut{
		when:  func(string) bool { return d.moment(true, false) != nil },
		after: func(string) bool { return d.moment(true, true) != nil },
	})
	w.end()
	w.begin()
	for _, s := range w.markets {
		s.tap.before = func(string) error { return d.moment(false, false) }
		s.tap.after = func(string) error { return d.moment(false, true) }
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d.mu.Lock()
	d.cancel = cancel
	d.mu.Unlock()
	_, _ = w.engine.Run(ctx, req)
}

// lifeAfter is another process, on what the dead one left behind.
func (w *world) lifeAfter() {
	w.t.Helper()
	for _, s := range w.markets {
		s.tap.before, s.tap.after = nil, nil
	}
	w.restart()
}

// TestDeathAtEveryStep ends a verify that has everything to do at every moment
// between its plan and its last record, in every way. Another process then
// brings all into order: nothing was ever twice on sale, everything eligible is
// on sale, and the verify after it writes nothing.
func TestDeathAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, kind := range []markettest.ModelOptions{likePostmart, likeVoso, likeLamdong} {
		t.Run(string(kind.Name), func(t *testing.T) {
			t.Parallel()
			r, dir := realRedis(t), memoryDir(t)
			for way, step := range map[string]int{byKill: 3, byCut: 4, byCancel: 9, byAnswer: 1} {
				if *everyMoment {
					step = 1
				}
				for at := 1; ; at += step {
					name := fmt.Sprintf("%s-%s-%d", kind.Name, way, at)
					w := buildWorld(t, r, filepath.Join(dir, name), name, goodOnes(4), kind)
					d := &death{kind: way, at: at}
					w.dieAndLive(d)
					w.end()
					if t.Failed() {
						t.Fatalf("that was %s at moment %d", way, at)
					}
					if !d.reached() {
						t.Logf("%s: %d moments", way, d.n)
						break
					}
				}
			}
		})
	}
}

func (w *world) dieAndLive(d *death) {
	w.t.Helper()
	w.begin()
	w.settle()
	s := w.markets[0]
	w.src.all = append(w.src.all, good(5), good(6), good(7))
	w.src.all[0].price += 1000
	w.src.all[1].status = "revoked"
	w.src.all[3].text = "<p>Mới.</p>"
	w.save()
	s.Edit("OCOP-68-003", func(r *listing.Remote) { r.State = listing.OffSale })
	s.AddForeign(listing.Listing{SKU: "OCOP-68-007", Title: w.src.all[6].name, Description: w.src.all[6].text, Category: "1001",
		Price: 9000, Unit: w.src.all[6].unit, Pictures: []string{"https://anh.example/x.jpg"}})
	foreign := s.AddForeign(listing.Listing{SKU: "HTX-7", Title: "Của người khác", Price: 1000})

	d.run(context.Background(), w, reconcile.Request{Mode: reconcile.Verify})
	w.lifeAfter()
	for range 3 {
		w.clock.pass(20 * time.Minute)
		w.clean(w.verify())
		w.decide()
	}
	w.clean(w.sync())
	w.quiet()
	w.holdsToCoverage()
	for i := range w.src.all {
		g := &w.src.all[i]
		want := 1
		if !g.mayBeSold(w.clock.now()) {
			want = 0
		}
		if n := s.OnSale(g.sku()); n != want {
			w.t.Errorf("%s: %d on sale, want %d", g.code, n, want)
		}
	}
	for _, r := range s.Remotes() {
		if r.ID == foreign && (r.State != listing.OnSale || r.Price != 1000) {
			w.t.Errorf("P4: the foreign listing was changed: %+v", r)
		}
		if r.State == listing.OnSale && r.SKU == "OCOP-68-001" && r.Price != ocop.VND(w.src.all[0].price) {
			w.t.Errorf("the price is %s", r.Price)
		}
	}
	if twice := s.TwiceOnSale(); len(twice) > 0 {
		w.t.Errorf("P1: twice on sale: %v", twice)
	}
	if open := w.intents(); len(open) > 0 {
		w.t.Errorf("intents are still open: %v", open)
	}
}
