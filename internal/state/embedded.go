package state

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// EmbeddedRedis is a Redis inside this process, for demo and for a trial of
// serve. Its memory ends with it: nothing is on disk, and the next start knows
// of no listing and no open call. It listens on loopback, so that other
// processes of this machine could reach it. It is not for work on real markets.
type EmbeddedRedis struct {
	server *miniredis.Miniredis
	client *redis.Client
	cancel context.CancelFunc
	done   chan struct{}
	once   sync.Once
}

// Embedded starts one. It ends with Close, or with ctx; Close must be called in
// either case.
func Embedded(ctx context.Context) (*EmbeddedRedis, error) {
	server := miniredis.NewMiniRedis()
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("start the in-process Redis: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	e := &EmbeddedRedis{
		server: server,
		client: redis.NewClient(&redis.Options{Addr: server.Addr(), ClientName: "ocopsync"}),
		cancel: cancel,
		done:   make(chan struct{}),
	}
	go e.age(ctx)
	return e, nil
}

// age lets time pass for keys that end by themselves: miniredis has no clock of
// its own.
func (e *EmbeddedRedis) age(ctx context.Context) {
	defer close(e.done)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.server.FastForward(time.Second)
		}
	}
}

// Client is a client of it; it is closed by Close.
func (e *EmbeddedRedis) Client() redis.UniversalClient { return e.client }

// Addr is its host:port, for what needs a client of its own.
func (e *EmbeddedRedis) Addr() string { return e.server.Addr() }

// Close stops it, and with it ends its memory. It may be called again.
func (e *EmbeddedRedis) Close() error {
	var err error
	e.once.Do(func() {
		e.cancel()
		<-e.done
		err = e.client.Close()
		e.server.Close()
	})
	return err
}
