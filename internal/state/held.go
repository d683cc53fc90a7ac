package state

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
)

// What bounds a held plan.
const (
	// HeldFor is how long a held plan can be approved; then it ends, and what is
	// still wanted is asked anew.
	HeldFor = 7 * 24 * time.Hour
	// MaxHeld is how many changes are kept of a held plan, the most urgent. Those
	// beyond are held anew once these are approved.
	MaxHeld = 50_000
	// HeldShown is how many of them HeldPlan.Shown has.
	HeldShown = 20
)

// A HeldPlan is what waits on a market for a person, as it was last planned.
type HeldPlan struct {
	Run      string               `json:"run"`             // that first held exactly this
	Checksum string               `json:"checksum"`        // of the changes
	Why      string               `json:"why,omitempty"`   // what the guard said; "": prices that jump, item by item
	First    int                  `json:"first,omitempty"` // of a first run: how many listings the shop held
	Since    time.Time            `json:"since"`
	Warned   time.Time            `json:"warned,omitzero"` // when the log last said that it waits
	Total    int                  `json:"total"`           // changes that wait; at most MaxHeld are kept
	Counts   map[listing.Kind]int `json:"counts"`          // by what they would do
	Shown    []listing.Change     `json:"shown"`           // the most urgent
}

// Ends is when the plan can no longer be approved.
func (h HeldPlan) Ends() time.Time { return h.Since.Add(HeldFor) }

// A HeldChange is a change that waits. Its mark says what it would do, so that a
// later plan of the same is known again.
type HeldChange struct {
	listing.Change
	Mark string `json:"mark"`
}

// A HeldDecision is a person's word on a held plan. The last one on a market is kept.
type HeldDecision struct {
	Checksum string    `json:"checksum"` // of what was decided on
	Held     string    `json:"held"`     // HeldPlan.Run of it
	Approved bool      `json:"approved"` // else refused
	Run      string    `json:"run,omitempty"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Reason   string    `json:"reason,omitempty"` // of a refusal
}

// Refuses says whether a person refused a plan with this checksum.
func (d *HeldDecision) Refuses(checksum string) bool {
	return d != nil && !d.Approved && d.Checksum == checksum
}

// Waiting is what is held on a market and what was last decided; either may be nil.
type Waiting struct {
	Plan     *HeldPlan
	Decision *HeldDecision
}

// Refused says that a person refused what is held: it waits, but is not asked again.
func (w Waiting) Refused() bool { return w.Plan != nil && w.Decision.Refuses(w.Plan.Checksum) }

// Waiting gives what is held on each of the markets. One round trip.
func (s *Store) Waiting(ctx context.Context, markets ...listing.Market) (map[listing.Market]Waiting, error) {
	found := make([]*redis.SliceCmd, len(markets))
	err := s.watched(ctx, func(p redis.Pipeliner) {
		for i, m := range markets {
			found[i] = s.askHeld(ctx, p, m)
		}
	})
	if err != nil {
		return nil, told(err, "read what is held")
	}
	out := make(map[listing.Market]Waiting, len(markets))
	for i, m := range markets {
		if out[m], err = waitingIn(m, found[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Store) askHeld(ctx context.Context, p redis.Pipeliner, m listing.Market) *redis.SliceCmd {
	return p.HMGet(ctx, s.marketKey(m, "held"), "plan", "decision")
}

func waitingIn(m listing.Market, found *redis.SliceCmd) (Waiting, error) {
	var w Waiting
	if err := errors.Join(intoNew(found.Val()[0], &w.Plan), intoNew(found.Val()[1], &w.Decision)); err != nil {
		return Waiting{}, fmt.Errorf("read what is held on %s: %w", m, err)
	}
	return w, nil
}

// intoNew reads an answered JSON value; one that is not there leaves v nil.
func intoNew[T any](found any, v **T) error {
	text, there := found.(string)
	if !there {
		return nil
	}
	*v = new(T)
	return json.Unmarshal([]byte(text), *v)
}

// HeldChanges gives all kept changes of the held plan, and its checksum.
func (s *Store) HeldChanges(ctx context.Context, m listing.Market) ([]HeldChange, string, error) {
	found, err := s.client.HMGet(ctx, s.marketKey(m, "held"), "plan", "changes").Result()
	if err != nil {
		return nil, "", told(err, "read the held changes of %s", m)
	}
	var plan *HeldPlan
	if err := intoNew(found[0], &plan); err != nil || plan == nil {
		return nil, "", err
	}
	changes, err := unpackChanges(found[1])
	if err != nil {
		return nil, "", fmt.Errorf("read the held changes of %s: %w", m, err)
	}
	return changes, plan.Checksum, nil
}

// SaveHeld keeps a held plan of the lease's market in the place of the one before;
// with nil changes the kept ones stay. It is refused as Write is.
func (s *Store) SaveHeld(ctx context.Context, l *Lease, plan HeldPlan, changes []HeldChange) error {
	head, err := json.Marshal(plan)
	if err != nil {
		return fmt.Errorf("keep what is held on %s: %w", l.Market, err)
	}
	var packed []byte
	if changes != nil {
		if packed, err = packChanges(changes); err != nil {
			return fmt.Errorf("keep what is held on %s: %w", l.Market, err)
		}
	}
	return s.writeHeld(ctx, l, head, packed)
}

// DropHeld forgets the held plan of the lease's market: nothing waits any more.
// Decisions stay. It is refused as Write is.
func (s *Store) DropHeld(ctx context.Context, l *Lease) error { return s.writeHeld(ctx, l, nil, nil) }

func (s *Store) writeHeld(ctx context.Context, l *Lease, head, changes []byte) error {
	keys := []string{s.key("meta"), s.marketKey(l.Market, "facts"), s.marketKey(l.Market, "held")}
	said, err := heldScript.Run(ctx, s.client, keys, s.epoch, l.holder(), head, changes).Text()
	if err != nil {
		return told(err, "keep what is held on %s", l.Market)
	}
	if err := refusal(said); err != nil {
		return fmt.Errorf("keep what is held on %s: %w", l.Market, err)
	}
	return nil
}

// heldScript: KEYS 1 meta, 2 facts, 3 held; ARGV 1 epoch, 2 holder, 3 plan or "",
// 4 changes or "": as they are; returns ok | fenced | forgotten.
var heldScript = redis.NewScript(guard + `
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[3], 'plan', 'changes')
  return 'ok'
end
redis.call('HSET', KEYS[3], 'plan', ARGV[3])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[3], 'changes', ARGV[4]) end
return 'ok'`)

func packChanges(changes []HeldChange) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(changes); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// maxUnpacked bounds what is read of kept changes, in bytes.
const maxUnpacked = 256 << 20

func unpackChanges(found any) ([]HeldChange, error) {
	text, there := found.(string)
	if !there {
		return nil, nil
	}
	z, err := gzip.NewReader(bytes.NewReader([]byte(text)))
	if err != nil {
		return nil, err
	}
	var out []HeldChange
	return out, json.NewDecoder(io.LimitReader(z, maxUnpacked)).Decode(&out)
}
