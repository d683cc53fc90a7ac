package main

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"ocopsync/internal/config"
	"ocopsync/internal/listing"
	"ocopsync/internal/queue"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// newParts gives the parts of a stage's engine, by the stage's clock.
func newParts(t *testing.T) (*fleet, *parts) {
	t.Helper()
	f := newFleet(t)
	cfg, err := config.Load(f.config, func(string) (string, bool) { return "", false })
	must(t, err)
	w, err := build(t.Context(), cfg, wiring{now: f.now, log: zap.NewNop()})
	must(t, err)
	t.Cleanup(func() { _ = w.Close() })
	return f, &parts{engine: w.engine, store: w.store, now: f.now, log: zap.NewNop(), lost: func(err error) { t.Errorf("lost: %v", err) }}
}

func (f *fleet) record(p *parts, id, trigger string, part state.Part) {
	f.t.Helper()
	must(f.t, p.store.CreateRun(f.t.Context(), state.Run{
		ID: id, Mode: "sync", Trigger: trigger, CreatedAt: f.now(), State: state.Queued,
		Markets: []listing.Market{sandbox.Voso}, Parts: map[listing.Market]state.Part{sandbox.Voso: {State: state.Queued}},
	}))
	if part.State != "" {
		must(f.t, p.store.SavePart(f.t.Context(), id, sandbox.Voso, part))
	}
}

// A foreground run is its own process' to work; one whose process is gone is
// ended, and one that may live is left alone.
func TestUnfinishedEndsDeadForegroundRuns(t *testing.T) {
	t.Parallel()
	f, p := newParts(t)
	lease, err := p.store.Acquire(t.Context(), sandbox.Voso, "a sync, process 42", time.Hour)
	must(t, err)
	dead := lease.Fence
	must(t, lease.Release(t.Context()))
	lease, err = p.store.Acquire(t.Context(), sandbox.Voso, "a sync, process 43", time.Hour)
	must(t, err)

	f.record(p, "tick", triggerSchedule, state.Part{})
	f.record(p, "asked", triggerRequest, state.Part{State: state.Running, Fence: lease.Fence})
	f.record(p, "alive", triggerForeground, state.Part{State: state.Running, Fence: lease.Fence})
	f.record(p, "dead", triggerForeground, state.Part{State: state.Running, Fence: dead})
	f.record(p, "reading", triggerForeground, state.Part{})

	want := func(when string, wantParts map[string]bool, wantStates map[string]string) {
		t.Helper()
		found, err := p.Unfinished(t.Context())
		must(t, err)
		got := make(map[string]bool) // run: alive
		for _, part := range found {
			got[part.Run] = part.Alive
			if part.Urgent != (part.Run == "asked") {
				t.Errorf("%s: %+v: only what a person asks for is urgent", when, part)
			}
		}
		if !maps.Equal(got, wantParts) {
			t.Errorf("%s: the queue's parts, and whether they live, are %v, expected %v", when, got, wantParts)
		}
		for _, id := range slices.Sorted(maps.Keys(wantStates)) {
			if run, err := p.store.Run(t.Context(), id); err != nil || run.State != wantStates[id] {
				t.Errorf("%s: run %s is %s, %v; expected %s", when, id, run.State, err, wantStates[id])
			}
		}
	}
	want("at first", map[string]bool{"tick": false, "asked": true},
		map[string]string{"alive": state.Running, "dead": state.Failed, "reading": state.Queued, "asked": state.Running})
	f.pass(foregroundLost + time.Second)
	want("an hour later", map[string]bool{"tick": false, "asked": true},
		map[string]string{"alive": state.Running, "reading": state.Failed, "tick": state.Queued})
	must(t, lease.Release(t.Context()))
	want("its lease given back", map[string]bool{"tick": false, "asked": false}, map[string]string{"alive": state.Failed})
}

// A tick makes one run, and none on a paused market.
func TestRecordTickOnceAndNotWhilePaused(t *testing.T) {
	t.Parallel()
	f, p := newParts(t)
	tick := queue.Tick{Market: sandbox.Voso, Mode: queue.Sync, At: f.now().Truncate(time.Minute)}
	must(t, p.store.SetPause(t.Context(), sandbox.Voso, state.Pause{Reason: "x", By: "test", At: f.now()}))
	if did, err := p.RecordTick(t.Context(), tick); did || !errors.Is(err, queue.ErrSkip) {
		t.Errorf("a paused market: recorded %t, %v", did, err)
	}
	must(t, p.store.Resume(t.Context(), sandbox.Voso))
	for i, want := range []bool{true, false} {
		if did, err := p.RecordTick(t.Context(), tick); did != want || err != nil {
			t.Errorf("time %d: recorded %t, %v", i+1, did, err)
		}
	}
	run, err := p.store.Run(t.Context(), tick.Run())
	must(t, err)
	if run.Trigger != triggerSchedule || run.Mode != "sync" || len(run.Parts) != 1 || run.Parts[sandbox.Voso].State != state.Queued {
		t.Errorf("recorded as %+v", run)
	}
}

// Promise P7: once a run is recorded its asker is told that it is accepted, also
// when it can't be queued at the moment.
func TestSubmitAcceptsWhatIsRecorded(t *testing.T) {
	t.Parallel()
	f, p := newParts(t)
	gone := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialerRetries: 1})
	defer func() { _ = gone.Close() }()
	q, err := queue.New(queue.Options{Client: gone, Tenant: "da-lat", Now: f.now})
	must(t, err)
	core, said := observer.New(zap.WarnLevel)
	changed := 0
	r := &requests{store: p.store, queue: q, changed: func() { changed++ }, log: zap.New(core)}
	run := state.Run{
		ID: "r1", Mode: "sync", Trigger: triggerRequest, CreatedAt: f.now(), State: state.Queued,
		Markets: []listing.Market{sandbox.Voso}, Parts: map[listing.Market]state.Part{sandbox.Voso: {State: state.Queued}},
	}
	if err := r.Submit(t.Context(), run); err != nil || changed != 1 || said.FilterMessageSnippet("the next sweep does").Len() != 1 {
		t.Errorf("recorded and not queued: %v, told %d times, said %v", err, changed, said.All())
	}
	if found, err := p.Unfinished(t.Context()); err != nil || len(found) != 1 || found[0].Run != "r1" {
		t.Errorf("the sweeper is given %+v, %v", found, err)
	}
	if err := r.Submit(t.Context(), run); !errors.Is(err, state.ErrExists) {
		t.Errorf("an id that is taken: %v", err)
	}
}
