package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// The states of a run and of its parts.
const (
	Queued    = "queued"
	Running   = "running"
	Succeeded = "succeeded"
	Partial   = "partial" // some items failed
	Failed    = "failed"
	Held      = "held" // a guard waits for a person
	Cancelled = "cancelled"
)

// A Run is what one tick or one request asked for.
type Run struct {
	ID        string           `json:"id"` // unique within the tenant; [A-Za-z0-9._-]
	Mode      string           `json:"mode"`
	Trigger   string           `json:"trigger"`      // schedule, request, foreground
	By        string           `json:"by,omitempty"` // who asked
	Markets   []listing.Market `json:"markets"`
	Codes     []ocop.Code      `json:"codes,omitempty"` // only these products; none: all
	CreatedAt time.Time        `json:"created_at"`
	StartedAt time.Time        `json:"started_at,omitzero"`
	EndedAt   time.Time        `json:"ended_at,omitzero"`
	Source    SourceSummary    `json:"source"`
	// Parts are written by SavePart; SaveRun leaves them alone.
	Parts map[listing.Market]Part `json:"parts,omitempty"`
	State string                  `json:"state"`
}

// SourceSummary is what a run read.
type SourceSummary struct {
	Kind      string    `json:"kind,omitempty"` // province, ocopvietnam, workbook
	Total     int       `json:"total"`
	Eligible  int       `json:"eligible"`
	Faults    int       `json:"faults"`
	AsOf      time.Time `json:"as_of,omitzero"`
	Unchanged bool      `json:"unchanged,omitempty"` // the source said so (304)
	Held      string    `json:"held,omitempty"`      // why it was not believed
}

// A Part is a run's work on one market.
type Part struct {
	State     string         `json:"state"`
	StartedAt time.Time      `json:"started_at,omitzero"`
	EndedAt   time.Time      `json:"ended_at,omitzero"`
	Counts    map[string]int `json:"counts,omitempty"` // by kind of change and outcome
	Failures  []Failure      `json:"failures,omitempty"`
	Held      string         `json:"held,omitempty"`     // why
	Checksum  string         `json:"checksum,omitempty"` // of what is held
	Phase     string         `json:"phase,omitempty"`    // what it is doing
	Done      int            `json:"done"`
	Total     int            `json:"total"`
	Fence     int64          `json:"fence,omitempty"` // of the lease it ran under
}

// A Failure is one kind of failure among a part's items.
type Failure struct {
	Kind    string      `json:"kind"`
	Words   string      `json:"words,omitempty"` // of the first one
	Count   int         `json:"count"`
	Example listing.SKU `json:"example,omitempty"`
}

// SaveRun writes a run anew, but not its parts. It fails with ErrNotFound when
// the run is gone.
func (s *Store) SaveRun(ctx context.Context, r Run) error {
	body, err := marshalRun(r)
	if err != nil {
		return fmt.Errorf("save run %s: %w", r.ID, err)
	}
	said, err := saveScript.Run(ctx, s.client, []string{s.runKey(r.ID)}, "run", body, "", 0).Text()
	if err != nil {
		return told(err, "save run %s", r.ID)
	}
	if err := refusal(said); err != nil {
		return fmt.Errorf("save run %s: %w", r.ID, err)
	}
	return nil
}

// SavePart writes one part of a run. It is refused with ErrFenced when the part
// was last written under a later lease (Part.Fence), and fails with ErrNotFound
// when the run is gone.
func (s *Store) SavePart(ctx context.Context, runID string, m listing.Market, p Part) error {
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("save part %s of run %s: %w", m, runID, err)
	}
	said, err := saveScript.Run(ctx, s.client, []string{s.runKey(runID)},
		partField(m), body, "fence:"+string(m), p.Fence).Text()
	if err != nil {
		return told(err, "save part %s of run %s", m, runID)
	}
	if err := refusal(said); err != nil {
		return fmt.Errorf("save part %s of run %s: %w", m, runID, err)
	}
	return nil
}

// saveScript writes one field of a run that is there.
//
//	KEYS 1 run
//	ARGV 1 field, 2 value, 3 field of the fence or "", 4 fence
//	returns ok | missing | fenced
var saveScript = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
if ARGV[3] ~= '' then
  local last = tonumber(redis.call('HGET', KEYS[1], ARGV[3]) or '0')
  if tonumber(ARGV[4]) < last then return 'fenced' end
  redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 'ok'`)

// Run gives a run with its parts, or ErrNotFound.
func (s *Store) Run(ctx context.Context, id string) (Run, error) {
	found, err := s.client.HGetAll(ctx, s.runKey(id)).Result()
	if err != nil {
		return Run{}, told(err, "read run %s", id)
	}
	if len(found) == 0 {
		return Run{}, fmt.Errorf("read run %s: %w", id, ErrNotFound)
	}
	r, err := unmarshalRun(found)
	if err != nil {
		return Run{}, fmt.Errorf("read run %s (key %s): %w", id, s.runKey(id), err)
	}
	return r, nil
}

// Runs gives up to limit runs, newest first, that are older than the run
// before; "" begins with the newest. It fails with ErrNotFound when before is
// gone.
func (s *Store) Runs(ctx context.Context, before string, limit int) ([]Run, error) {
	if limit <= 0 {
		return nil, nil
	}
	var start int64
	if before != "" {
		rank, err := s.client.ZRevRank(ctx, s.key("runs"), before).Result()
		if errors.Is(err, redis.Nil) {
			return nil, fmt.Errorf("list runs before %s: %w", before, ErrNotFound)
		}
		if err != nil {
			return nil, told(err, "list runs before %s", before)
		}
		start = rank + 1
	}
	ids, err := s.client.ZRangeArgs(ctx, redis.ZRangeArgs{
		Key: s.key("runs"), Start: start, Stop: start + int64(limit) - 1, Rev: true,
	}).Result()
	if err != nil {
		return nil, told(err, "list runs")
	}
	pipe := s.client.Pipeline()
	found := make([]*redis.MapStringStringCmd, len(ids))
	for i, id := range ids {
		found[i] = pipe.HGetAll(ctx, s.runKey(id))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, told(err, "read %s", ocop.Count(len(ids), "run", "runs"))
	}
	runs := make([]Run, 0, len(ids))
	for i, id := range ids {
		if len(found[i].Val()) == 0 { // its time ran out just now
			continue
		}
		r, err := unmarshalRun(found[i].Val())
		if err != nil {
			return nil, fmt.Errorf("read run %s (key %s): %w", id, s.runKey(id), err)
		}
		runs = append(runs, r)
	}
	return runs, nil
}

const partPrefix = "part:"

func partField(m listing.Market) string { return partPrefix + string(m) }

func (s *Store) runKey(id string) string { return s.key("run:" + id) }

func marshalRun(r Run) ([]byte, error) {
	r.Parts = nil
	return json.Marshal(r)
}

func unmarshalRun(fields map[string]string) (Run, error) {
	var r Run
	if err := json.Unmarshal([]byte(fields["run"]), &r); err != nil {
		return Run{}, err
	}
	for f, value := range fields {
		m, is := strings.CutPrefix(f, partPrefix)
		if !is {
			continue
		}
		var p Part
		if err := json.Unmarshal([]byte(value), &p); err != nil {
			return Run{}, fmt.Errorf("part %s: %w", m, err)
		}
		if r.Parts == nil {
			r.Parts = make(map[listing.Market]Part)
		}
		r.Parts[listing.Market(m)] = p
	}
	return r, nil
}
