package state

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// CreateRun keeps a new run with its parts, before it is queued (decision 11),
// and lets go of runs beyond the retention. It fails with ErrExists when the id
// is taken.
func (s *Store) CreateRun(ctx context.Context, r Run) error {
	if r.ID == "" || strings.Trim(r.ID, runIDs) != "" {
		return fmt.Errorf("create run %q: its id must be of letters, digits, dots, hyphens and underscores", r.ID)
	}
	body, err := marshalRun(r)
	if err != nil {
		return fmt.Errorf("create run %s: %w", r.ID, err)
	}
	args := []any{
		r.ID, millis(r.CreatedAt), s.keep.For.Milliseconds(),
		millis(s.now().Add(-s.keep.For)), s.keep.Runs, "run", body,
	}
	for m, p := range r.Parts {
		part, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("create run %s: part %s: %w", r.ID, m, err)
		}
		args = append(args, partField(m), part)
	}
	out, err := createRunScript.Run(ctx, s.client, []string{s.runKey(r.ID), s.key("runs"), s.key("unfinished")}, args...).StringSlice()
	if err != nil {
		return told(err, "create run %s", r.ID)
	}
	if err := refusal(out[0]); err != nil {
		return fmt.Errorf("create run %s: %w", r.ID, err)
	}
	return s.forget(ctx, out[1:])
}

const runIDs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

// createRunScript keeps a run and takes the runs beyond the retention out of the
// index, at most 100 at a time.
//
//	KEYS 1 run, 2 runs, 3 unfinished
//	ARGV 1 id, 2 created (ms), 3 lifetime (ms), 4 keep those created after (ms),
//	     5 keep at most, then field, value, ...
//	returns ok, ids that were taken out ... | exists
var createRunScript = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then return {'exists'} end
redis.call('HSET', KEYS[1], unpack(ARGV, 6))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
local out = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[4], 'LIMIT', 0, 100)
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[5])
if #out == 0 and over > 0 then
  out = redis.call('ZRANGE', KEYS[2], 0, math.min(over, 100) - 1)
end
if #out > 0 then redis.call('ZREM', KEYS[2], unpack(out)) end
table.insert(out, 1, 'ok')
return out`)

// forget removes runs that are no longer in the index, with their items.
func (s *Store) forget(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	pipe := s.client.Pipeline()
	fields := make([]*redis.StringSliceCmd, len(ids))
	for i, id := range ids {
		fields[i] = pipe.HKeys(ctx, s.runKey(id))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return told(err, "let go of %s", ocop.Count(len(ids), "old run", "old runs"))
	}
	var keys []string
	for i, id := range ids {
		keys = append(keys, s.runKey(id))
		for _, f := range fields[i].Val() {
			if m, is := strings.CutPrefix(f, partPrefix); is {
				keys = append(keys, s.itemsKey(id, listing.Market(m)))
			}
		}
	}
	return told(s.client.Unlink(ctx, keys...).Err(), "let go of %s", ocop.Count(len(ids), "old run", "old runs"))
}
