package queue

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// This file reads asynq's keys: its Inspector takes no context, and can't tell in
// one moment's view what waits and what is worked. TestLookSeesWhatAsynqSees holds
// it to what the Inspector says.

// alive are the parts that will be worked or are: what waits, and what a living
// worker has.
type alive map[part]bool

// look gives what is alive in both queues. A part in neither may have been taken
// from the one while the other was read, or have ended just now.
func (q *Queue) look(ctx context.Context) (alive, error) {
	found := make(alive)
	for _, name := range q.both() {
		keys := []string{key(name, "pending"), key(name, "scheduled"), key(name, "retry"), key(name, "active")}
		ids, err := lookScript.Run(ctx, q.client, keys, beatPrefix(name)).StringSlice()
		if err != nil {
			return nil, fmt.Errorf("look into queue %s: %w", name, err)
		}
		for _, id := range ids {
			if p, ok := partOfID(id); ok {
				found[p] = true
			}
		}
	}
	return found, nil
}

// lookScript gives the tasks that wait and those whose worker lives.
//
//	KEYS 1 pending, 2 scheduled, 3 retry, 4 active
//	ARGV 1 prefix of the beats' keys
//	returns ids
var lookScript = redis.NewScript(`
local out = redis.call('LRANGE', KEYS[1], 0, -1)
for i = 2, 3 do
  for _, id in ipairs(redis.call('ZRANGE', KEYS[i], 0, -1)) do table.insert(out, id) end
end
for _, id in ipairs(redis.call('LRANGE', KEYS[4], 0, -1)) do
  if redis.call('EXISTS', ARGV[1] .. id) == 1 then table.insert(out, id) end
end
return out`)

// underWay says whether another tick of the market, not later and looking at as
// much, still waits or is worked.
func (q *Queue) underWay(ctx context.Context, t Tick) (bool, error) {
	found, err := q.look(ctx)
	if err != nil {
		return false, err
	}
	for p := range found {
		other, is := tickOf(p.run)
		if is && p != t.part() && p.market == t.Market && !other.At.After(t.At) && other.Mode.covers(t.Mode) {
			return true, nil
		}
	}
	return false, nil
}

// Depth is how full a Queue is.
type Depth struct {
	Waiting int // due and not begun
	Delayed int // ticks before their time, and parts that are asked again later
	Active  int // worked by a worker that lives
	// Broken are tasks that no worker could read; they are kept for a person.
	Broken int
	// Oldest is how long the one that is due longest has waited; 0: none waits.
	Oldest time.Duration
}

// Depth gives the depth of the tenant's queues. It fails when Redis does not
// answer.
func (q *Queue) Depth(ctx context.Context) (Depth, error) {
	var d Depth
	var since time.Time
	for _, name := range q.both() {
		keys := []string{
			key(name, "pending"), key(name, "scheduled"), key(name, "retry"),
			key(name, "active"), key(name, "archived"),
		}
		out, err := depthScript.Run(ctx, q.client, keys, key(name, "t:"), beatPrefix(name)).StringSlice()
		if err != nil {
			return Depth{}, fmt.Errorf("measure queue %s: %w", name, err)
		}
		var n [6]int64
		for i := range n {
			if n[i], err = strconv.ParseInt(out[i], 10, 64); err != nil {
				return Depth{}, fmt.Errorf("measure queue %s: %w", name, err)
			}
		}
		d.Waiting += int(n[0])
		d.Delayed += int(n[1])
		d.Active += int(n[2])
		d.Broken += int(n[3])
		for _, t := range []time.Time{time.Unix(0, n[4]), time.Unix(n[5], 0)} {
			if t.Unix() > 0 && (since.IsZero() || t.Before(since)) {
				since = t
			}
		}
	}
	if !since.IsZero() {
		d.Oldest = max(0, q.now().Sub(since))
	}
	return d, nil
}

// depthScript counts one queue's tasks.
//
//	KEYS 1 pending, 2 scheduled, 3 retry, 4 active, 5 archived
//	ARGV 1 prefix of the tasks' keys, 2 of the beats'
//	returns how many wait, are delayed, are active, are archived; since when the
//	first in line waits (ns, 0: none or not told); when the first of the delayed
//	is due (s, 0: none)
var depthScript = redis.NewScript(`
local since, due = '0', '0'
local first = redis.call('LINDEX', KEYS[1], -1)
if first then since = redis.call('HGET', ARGV[1] .. first, 'pending_since') or '0' end
for i = 2, 3 do
  local next = redis.call('ZRANGE', KEYS[i], 0, 0, 'WITHSCORES')
  if next[2] and (due == '0' or tonumber(next[2]) < tonumber(due)) then due = next[2] end
end
local active = 0
for _, id in ipairs(redis.call('LRANGE', KEYS[4], 0, -1)) do
  active = active + redis.call('EXISTS', ARGV[2] .. id)
end
return {
  tostring(redis.call('LLEN', KEYS[1])),
  tostring(redis.call('ZCARD', KEYS[2]) + redis.call('ZCARD', KEYS[3])),
  tostring(active),
  tostring(redis.call('ZCARD', KEYS[5])),
  since, due}`)
