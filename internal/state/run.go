package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	// CancelAsked is when somebody first asked for it to be cancelled.
	CancelAsked time.Time     `json:"cancel_asked,omitzero"`
	Source      SourceSummary `json:"source"`
	// Parts are written by SavePart and EndPart, and with them StartedAt,
	// EndedAt and State.
	Parts map[listing.Market]Part `json:"parts,omitempty"`
	State string                  `json:"state"`
}

// Ended says whether a state is an end: of a part, or of a run.
func Ended(state string) bool { return slices.Contains(ends(), state) }

// ends are the states in which a part or a run ends, the worst last: a run ends
// as the worst of its parts did.
func ends() []string { return []string{Succeeded, Partial, Held, Cancelled, Failed} }

// SourceSummary is what a run read.
type SourceSummary struct {
	Kind      string    `json:"kind,omitempty"` // province, ocopvietnam, workbook
	Total     int       `json:"total"`
	Eligible  int       `json:"eligible"`
	Faults    int       `json:"faults"`
	AsOf      time.Time `json:"as_of,omitzero"`
	Unchanged bool      `json:"unchanged,omitempty"` // the source said so (304)
	Held      string    `json:"held,omitempty"`      // why it was not believed
	Checksum  string    `json:"checksum,omitempty"`  // of what was held, where a person may say that it is right
	Ending    []Ending  `json:"ending,omitempty"`    // certificates that end together within 30 days
}

// An Ending says how many products lose their certificate after a day, so many
// that a guard may hold their leaving the sale.
type Ending struct {
	Day   ocop.Day `json:"day"` // the last one on which it counts
	Count int      `json:"count"`
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

// Worst is the state in which a run ends whose parts have all ended.
func Worst(parts map[listing.Market]Part) string {
	worst := 0
	for _, p := range parts {
		worst = max(worst, slices.Index(ends(), p.State))
	}
	return ends()[worst]
}

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
	runs, _, err := s.readRuns(ctx, ids)
	return runs, err
}

// readRuns reads runs in one round trip. gone are those that are not there.
func (s *Store) readRuns(ctx context.Context, ids []string) (runs []Run, gone []string, err error) {
	pipe := s.client.Pipeline()
	found := make([]*redis.MapStringStringCmd, len(ids))
	for i, id := range ids {
		found[i] = pipe.HGetAll(ctx, s.runKey(id))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, nil, told(err, "read %s", ocop.Count(len(ids), "run", "runs"))
	}
	runs = make([]Run, 0, len(ids))
	for i, id := range ids {
		if len(found[i].Val()) == 0 { // its time ran out just now
			gone = append(gone, id)
			continue
		}
		r, err := unmarshalRun(found[i].Val())
		if err != nil {
			return nil, nil, fmt.Errorf("read run %s (key %s): %w", id, s.runKey(id), err)
		}
		runs = append(runs, r)
	}
	return runs, gone, nil
}

const partPrefix = "part:"

func partField(m listing.Market) string { return partPrefix + string(m) }

func (s *Store) runKey(id string) string { return s.key("run:" + id) }

func marshalRun(r Run) ([]byte, error) {
	r.Parts = nil
	return json.Marshal(r)
}

// The fields of a run's hash that change, beside those of its parts.
const (
	fieldState   = "state"
	fieldStarted = "started" // ms
	fieldEnded   = "ended"   // ms
	fieldSource  = "source"  // JSON
	fieldCancel  = "cancel"  // when somebody asked for it (ms)
)

// overlay lays over a run what was written since it was made.
func (r *Run) overlay(fields map[string]string) error {
	if s := fields[fieldState]; s != "" {
		r.State = s
	}
	for name, at := range map[string]*time.Time{fieldStarted: &r.StartedAt, fieldEnded: &r.EndedAt, fieldCancel: &r.CancelAsked} {
		if fields[name] == "" {
			continue
		}
		t, err := fromMillis(fields[name])
		if err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
		*at = t
	}
	if s := fields[fieldSource]; s != "" {
		r.Source = SourceSummary{}
		if err := json.Unmarshal([]byte(s), &r.Source); err != nil {
			return fmt.Errorf("field %s: %w", fieldSource, err)
		}
	}
	return nil
}

func unmarshalRun(fields map[string]string) (Run, error) {
	var r Run
	if err := json.Unmarshal([]byte(fields["run"]), &r); err != nil {
		return Run{}, err
	}
	if err := r.overlay(fields); err != nil {
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
