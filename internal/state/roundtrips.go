package state

import (
	"context"
	"net"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// RoundTrips counts what a client sends, for benchmarks and tests. Single
// commands and pipelines are a round trip each, whatever a pipeline holds; what
// a new connection says of itself is not counted.
type RoundTrips struct {
	commands, pipelines atomic.Int64
}

// CountRoundTrips counts from now on everything that the client sends.
func CountRoundTrips(client redis.UniversalClient) *RoundTrips {
	t := new(RoundTrips)
	client.AddHook(t)
	return t
}

// Total is the number of round trips so far.
func (t *RoundTrips) Total() int64 { return t.Commands() + t.Pipelines() }

// Commands is how many of them were single commands.
func (t *RoundTrips) Commands() int64 { return t.commands.Load() }

// Pipelines is how many of them were pipelines.
func (t *RoundTrips) Pipelines() int64 { return t.pipelines.Load() }

// DialHook is part of redis.Hook; connections are not counted.
func (t *RoundTrips) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook is part of redis.Hook.
func (t *RoundTrips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if !greeting(cmd) {
			t.commands.Add(1)
		}
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook is part of redis.Hook.
func (t *RoundTrips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if len(cmds) > 0 && !greeting(cmds[0]) {
			t.pipelines.Add(1)
		}
		return next(ctx, cmds)
	}
}

// greeting says whether a command is one that a new connection begins with.
func greeting(cmd redis.Cmder) bool {
	switch strings.ToLower(cmd.Name()) {
	case "hello", "auth", "select", "client":
		return true
	}
	return false
}
