package main

import (
	"context"
	"testing"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/queue"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
)

// silentRegistry takes calls and answers none.
type silentRegistry struct{ called chan struct{} }

func (s silentRegistry) Describe() string { return "a silent registry" }

func (s silentRegistry) Read(ctx context.Context, _ *registry.Held, _ registry.How, _ func(registry.Progress)) (registry.Reading, error) {
	select {
	case s.called <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return registry.Reading{}, ctx.Err()
}

// TestBoardLooksWhileTheRegistryIsSilent: an idle process that reads the sources
// for its figures goes on telling what people have said.
func TestBoardLooksWhileTheRegistryIsSilent(t *testing.T) {
	t.Parallel()
	r, err := state.Embedded(context.WithoutCancel(t.Context()))
	must(t, err)
	t.Cleanup(func() { must(t, r.Close()) })
	store, err := state.Open(t.Context(), state.Options{Client: r.Client(), Tenant: "da-lat", Now: time.Now})
	must(t, err)
	q, err := queue.New(queue.Options{Client: r.Client(), Tenant: "da-lat", Now: time.Now})
	must(t, err)
	silent := silentRegistry{called: make(chan struct{}, 1)}
	b := &board{
		tenant: "da-lat", store: store, queue: q, live: newLive(), zone: time.UTC, now: time.Now, log: zap.NewNop(),
		engine:   reconcile.New(reconcile.Options{Store: store, Source: silent, Held: heldIn(t), Location: time.UTC, Now: time.Now, Log: zap.NewNop()}),
		atWork:   func() int { return 0 },
		upcoming: func() []queue.Upcoming { return nil },
		lost:     func(err error) { t.Error(err) },
		wake:     make(chan struct{}, 1),
		readAt:   time.Now().Add(-readAnew),
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.keep(ctx)
	}()
	defer func() {
		stop()
		<-ended
	}()
	b.changed()
	<-silent.called
	must(t, store.SetPause(t.Context(), "", state.Pause{Reason: "Kiểm kê", By: "officer", At: time.Now()}))
	b.changed()
	for limit := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if s := b.Status(); s != nil && s.Pause != nil {
			return
		}
		if time.Now().After(limit) {
			t.Fatal("a pause is not shown while the registry does not answer")
		}
	}
}

func heldIn(t *testing.T) *registry.Held {
	t.Helper()
	held, err := registry.OpenHeld(t.TempDir())
	must(t, err)
	return held
}
