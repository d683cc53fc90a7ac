package state

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// What the guarded scripts answer. They check before their first write, and
// their first write is one that Redis refuses when its memory is full, so that
// a refusal leaves everything as it was.
const (
	saidOK        = "ok"
	saidForgotten = "forgotten" // the epoch is another
	saidFenced    = "fenced"    // a later lease was granted
	saidMissing   = "missing"   // no such run
	saidExists    = "exists"
	saidEnded     = "ended"
)

// guard begins every script that writes under a lease.
//
//	KEYS 1 meta, 2 facts; ARGV 1 epoch, 2 holder
//	sets ok, which such a script returns: ok, how often the market was written, and
//	how often all of memory (see wrote)
const guard = `
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 'forgotten' end
if redis.call('HGET', KEYS[2], 'holder') ~= ARGV[2] then return 'fenced' end
local writes = redis.call('HINCRBY', KEYS[1], 'writes', 1)
local written = redis.call('HINCRBY', KEYS[2], 'written', 1)
local ok = 'ok ' .. string.format('%.0f %.0f', written, writes)
`

// refusal gives the error of a script's answer, nil for ok.
func refusal(said string) error {
	switch said {
	case saidOK:
		return nil
	case saidForgotten:
		return ErrMemoryLost
	case saidFenced:
		return ErrFenced
	case saidMissing:
		return ErrNotFound
	case saidExists:
		return ErrExists
	case saidEnded:
		return ErrEnded
	}
	return fmt.Errorf("script answered %q", said)
}

// pipelined is how many script calls go to Redis in one round trip.
const pipelined = 8

// runAll runs one script once per list of arguments, several calls to a round
// trip. The calls must not depend on each other's order. It stops at the first
// round trip with a failure.
func (s *Store) runAll(ctx context.Context, script *redis.Script, keys []string, calls [][]any) ([]*redis.Cmd, error) {
	answers := make([]*redis.Cmd, 0, len(calls))
	for len(calls) > 0 {
		n := min(pipelined, len(calls))
		got, err := s.runPipeline(ctx, script, keys, calls[:n])
		if err != nil {
			return answers, err
		}
		answers, calls = append(answers, got...), calls[n:]
	}
	return answers, nil
}

// runPipeline sends the calls by the script's hash. A Redis that does not know
// it (started anew, or another master) gets the calls that it refused once more,
// the first with the script's text, which it then knows.
func (s *Store) runPipeline(ctx context.Context, script *redis.Script, keys []string, calls [][]any) ([]*redis.Cmd, error) {
	if len(calls) == 1 {
		cmd := script.Run(ctx, s.client, keys, calls[0]...)
		return []*redis.Cmd{cmd}, cmd.Err()
	}
	answers := make([]*redis.Cmd, len(calls))
	pipe := s.client.Pipeline()
	for i, args := range calls {
		answers[i] = script.EvalSha(ctx, pipe, keys, args...)
	}
	_, _ = pipe.Exec(ctx) // each command carries its own error
	again, known := s.client.Pipeline(), false
	for i, args := range calls {
		switch {
		case !redis.HasErrorPrefix(answers[i].Err(), "NOSCRIPT"):
		case known:
			answers[i] = script.EvalSha(ctx, again, keys, args...)
		default:
			answers[i], known = script.Eval(ctx, again, keys, args...), true
		}
	}
	if known {
		_, _ = again.Exec(ctx)
	}
	for _, a := range answers {
		if a.Err() != nil {
			return answers, a.Err()
		}
	}
	return answers, nil
}
