package state

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
)

// SavePart writes how far one part of a run is; the first one that runs begins
// the run. It is refused with ErrFenced when the part was last written under a
// later lease (Part.Fence), with ErrEnded when the part has ended, and fails with
// ErrNotFound when the run is gone.
func (s *Store) SavePart(ctx context.Context, runID string, m listing.Market, p Part) error {
	_, err := s.savePart(ctx, runID, m, p, "")
	return err
}

// EndPart writes the end of a part, and with that of the last one the end of the
// run, as the worst of its parts ended; last says so. The first end stands: a
// later one is refused with ErrEnded; otherwise it fails as SavePart does. With a
// mode the part becomes the market's last one (LastParts).
func (s *Store) EndPart(ctx context.Context, runID, mode string, m listing.Market, p Part) (last bool, err error) {
	if !Ended(p.State) {
		return false, fmt.Errorf("end part %s of run %s: %q is no end", m, runID, p.State)
	}
	if mode == "" {
		return s.savePart(ctx, runID, m, p, "")
	}
	kept, err := json.Marshal(LastPart{Run: runID, Mode: mode, Part: p})
	if err != nil {
		return false, fmt.Errorf("end part %s of run %s: %w", m, runID, err)
	}
	return s.savePart(ctx, runID, m, p, string(kept))
}

func (s *Store) savePart(ctx context.Context, runID string, m listing.Market, p Part, kept string) (last bool, err error) {
	body, err := json.Marshal(p)
	if err != nil {
		return false, fmt.Errorf("save part %s of run %s: %w", m, runID, err)
	}
	keys := []string{s.runKey(runID), s.key("unfinished"), s.key("last")}
	said, err := partScript.Run(ctx, s.client, keys,
		partField(m), body, p.State, "fence:"+string(m), p.Fence, millis(s.now()), runID, string(m), kept).Text()
	if err != nil {
		return false, told(err, "save part %s of run %s", m, runID)
	}
	if said == "last" {
		return true, nil
	}
	if err := refusal(said); err != nil {
		return false, fmt.Errorf("save part %s of run %s: %w", m, runID, err)
	}
	return false, nil
}

// partScript writes one part of a run that is there, begins the run with its
// first part and ends it with its last.
//
//	KEYS 1 run, 2 unfinished, 3 last
//	ARGV 1 field of the part, 2 value, 3 its state, 4 field of the fence, 5 fence,
//	     6 now (ms), 7 run id, 8 market, 9 what is kept as the market's last part or ""
//	returns ok | last | missing | fenced | ended
var partScript = redis.NewScript(`
local rank = {}
for i, name in ipairs({'` + strings.Join(ends(), "','") + `'}) do rank[name] = i end
if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
if tonumber(ARGV[5]) < tonumber(redis.call('HGET', KEYS[1], ARGV[4]) or '0') then return 'fenced' end
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before and before ~= ARGV[2] and rank[cjson.decode(before).state] then return 'ended' end
redis.call('HSET', KEYS[1], ARGV[4], ARGV[5], ARGV[1], ARGV[2])
if ARGV[3] == 'queued' then return 'ok' end
redis.call('HSETNX', KEYS[1], 'started', ARGV[6])
if not rank[ARGV[3]] then
  redis.call('HSET', KEYS[1], 'state', ARGV[3])
  return 'ok'
end
if ARGV[9] ~= '' then redis.call('HSET', KEYS[3], ARGV[8], ARGV[9]) end
local worst = 1
local names = {'` + strings.Join(ends(), "','") + `'}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.sub(field, 1, 5) == '` + partPrefix + `' then
    local at = rank[cjson.decode(redis.call('HGET', KEYS[1], field)).state]
    if not at then return 'ok' end
    worst = math.max(worst, at)
  end
end
redis.call('HSET', KEYS[1], 'state', names[worst], 'ended', ARGV[6])
redis.call('ZREM', KEYS[2], ARGV[7])
return 'last'`)

// SaveSource writes what a run read, or why it was not believed. It becomes the
// last one (LastSource).
func (s *Store) SaveSource(ctx context.Context, runID string, src SourceSummary) error {
	body, err := json.Marshal(src)
	if err != nil {
		return fmt.Errorf("save what run %s read: %w", runID, err)
	}
	said, err := sourceScript.Run(ctx, s.client, []string{s.runKey(runID), s.key("source")}, body).Text()
	if err != nil {
		return told(err, "save what run %s read", runID)
	}
	if err := refusal(said); err != nil {
		return fmt.Errorf("save what run %s read: %w", runID, err)
	}
	return nil
}

// LastSource gives what was read last, whatever came of it; the zero value before.
func (s *Store) LastSource(ctx context.Context) (SourceSummary, error) {
	var src SourceSummary
	err := fromJSON(s.client.Get(ctx, s.key("source")), &src)
	return src, told(err, "read what was read last")
}

// sourceScript: KEYS 1 run, 2 the last source; ARGV 1 source; returns ok | missing.
var sourceScript = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
redis.call('HSET', KEYS[1], 'source', ARGV[1])
redis.call('SET', KEYS[2], ARGV[1])
return 'ok'`)

// A LastPart is the newest part on a market that ended, of a run that was to
// change something.
type LastPart struct {
	Run  string `json:"run"`
	Mode string `json:"mode"`
	Part Part   `json:"part"`
}

// LastParts gives the newest part that ended, by market.
func (s *Store) LastParts(ctx context.Context) (map[listing.Market]LastPart, error) {
	found, err := s.client.HGetAll(ctx, s.key("last")).Result()
	if err != nil {
		return nil, told(err, "read the markets' last parts")
	}
	out := make(map[listing.Market]LastPart, len(found))
	for m, value := range found {
		var p LastPart
		if err := json.Unmarshal([]byte(value), &p); err != nil {
			return nil, fmt.Errorf("read the last part on %s: %w", m, err)
		}
		out[listing.Market(m)] = p
	}
	return out, nil
}
