package state

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// maxUnfinished is how many unfinished runs are looked at, the oldest first.
const maxUnfinished = 1000

// Unfinished gives the runs that have not ended, with their parts, the oldest
// first. Two round trips.
func (s *Store) Unfinished(ctx context.Context) ([]Run, error) {
	ids, err := s.client.ZRange(ctx, s.key("unfinished"), 0, maxUnfinished-1).Result()
	if err != nil {
		return nil, told(err, "list unfinished runs")
	}
	if len(ids) == 0 {
		return nil, nil
	}
	runs, gone, err := s.readRuns(ctx, ids)
	if err != nil {
		return nil, err
	}
	if len(gone) > 0 { // let go of by the retention while unfinished
		members := make([]any, len(gone))
		for i, id := range gone {
			members[i] = id
		}
		if err := s.client.ZRem(ctx, s.key("unfinished"), members...).Err(); err != nil {
			return nil, told(err, "forget %s", ocop.Count(len(gone), "run that is gone", "runs that are gone"))
		}
	}
	return runs, nil
}

// An EndedPart is a part whose end was recorded.
type EndedPart struct {
	Market listing.Market
	Part   Part
	Last   bool // and with it the run
}

// Cancel asks for a run to be cancelled: whoever works on it learns of it by
// Orders; parts that nobody has begun end at once and are given. One that has
// ended stays as it is. It fails with ErrNotFound.
func (s *Store) Cancel(ctx context.Context, runID string) ([]EndedPart, error) {
	run, err := s.Run(ctx, runID)
	if err != nil {
		return nil, err
	}
	now := s.now()
	said, err := cancelScript.Run(ctx, s.client, []string{s.runKey(runID)}, millis(now)).Text()
	if err != nil {
		return nil, told(err, "cancel run %s", runID)
	}
	if err := refusal(said); err != nil {
		return nil, fmt.Errorf("cancel run %s: %w", runID, err)
	}
	var ended []EndedPart
	for m, p := range run.Parts {
		if p.State != Queued || p.Fence != 0 {
			continue // somebody has begun it, and is told by the flag
		}
		p.State, p.EndedAt = Cancelled, now
		last, err := s.EndPart(ctx, runID, "", m, p)
		switch {
		case err == nil:
			ended = append(ended, EndedPart{m, p, last})
		case !errors.Is(err, ErrFenced) && !errors.Is(err, ErrEnded):
			return ended, err
		}
	}
	return ended, nil
}

// cancelScript: KEYS 1 run; ARGV 1 now (ms); returns ok | missing.
var cancelScript = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
redis.call('HSETNX', KEYS[1], 'cancel', ARGV[1])
return 'ok'`)

// Orders are what people have said about a part since it began.
type Orders struct {
	Cancelled bool
	Pause     *Pause // of its market, else of everything
	Decisions int64  // grows with every decision of anybody: as long as it is the same, exemptions are
}

// Orders reads them in one round trip. It fails with ErrMemoryLost.
func (s *Store) Orders(ctx context.Context, runID string, m listing.Market) (Orders, error) {
	var cancelled *redis.BoolCmd
	var pauses *redis.SliceCmd
	var decisions *redis.StringCmd
	err := s.watched(ctx, func(p redis.Pipeliner) {
		cancelled = p.HExists(ctx, s.runKey(runID), fieldCancel)
		pauses = p.HMGet(ctx, s.key("pauses"), pauseAll, string(m))
		decisions = p.HGet(ctx, s.key("decisions"), fieldChanges)
	})
	if err != nil {
		return Orders{}, told(err, "read what was said about run %s on %s", runID, m)
	}
	out := Orders{Cancelled: cancelled.Val()}
	if out.Pause, err = pauseIn(m, pauses.Val()); err != nil {
		return Orders{}, err
	}
	if out.Decisions, err = count(decisions); err != nil {
		return Orders{}, fmt.Errorf("read how many decisions there are: %w", err)
	}
	return out, nil
}

// Fences gives the fence of each market's lease that somebody holds now. One
// round trip.
func (s *Store) Fences(ctx context.Context, markets []listing.Market) (map[listing.Market]int64, error) {
	pipe := s.client.Pipeline()
	asked := make([]*redis.StringCmd, len(markets))
	for i, m := range markets {
		asked[i] = pipe.HGet(ctx, s.marketKey(m, "lease"), "fence")
	}
	cmds, _ := pipe.Exec(ctx)
	if err := firstError(cmds); err != nil {
		return nil, told(err, "read the leases")
	}
	out := make(map[listing.Market]int64)
	for i, m := range markets {
		fence, err := asked[i].Int64()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read the lease on %s: %w", m, err)
		}
		out[m] = fence
	}
	return out, nil
}
