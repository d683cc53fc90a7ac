package state

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/journal"
)

// A DecisionKind is what people decide on. The decisions of a kind that are in
// force are the fields of one hash, by their subjects.
type DecisionKind string

// The kinds of decisions.
const (
	PauseDecision     DecisionKind = "pause"     // subject: a market, or *
	ExemptionDecision DecisionKind = "exemption" // subject: see exemptionSubject
)

// auditKind is the kind of the journal's entries that are no decisions but what
// the audit log has of them.
const auditKind = "audit"

// hash names the hash of a kind, "" of an unknown one.
func (k DecisionKind) hash() string {
	switch k {
	case PauseDecision:
		return "pauses"
	case ExemptionDecision:
		return "exemptions"
	}
	return ""
}

// A Decision is a person's word on a subject. Until the next one on the same
// subject it stands.
type Decision struct {
	Kind    DecisionKind
	Subject string
	Body    json.RawMessage // nil: what was decided before has ended
}

// Journal is where decisions are kept beside Redis; *journal.Journal is one.
type Journal interface {
	Append(ctx context.Context, e journal.Entry) error
	Entries(ctx context.Context) ([]journal.Entry, error)
}

// ErrNotKept: the decision is in force, and is not in the journal.
var ErrNotKept = errors.New("it is in Redis, but could not be kept outside of it and would be lost with it; mend data_dir and say it again")

// keepTime is how long the journal may take. A decision that is in force goes
// there even when who asked for it has gone.
const keepTime = 8 * time.Second

// Decide puts a decision into force and then into the journal: after a nil error
// it outlives Redis. With ErrNotKept it is in force only. Decided again it stays
// as it is.
func (s *Store) Decide(ctx context.Context, d Decision) error {
	hash := d.Kind.hash()
	if hash == "" {
		return fmt.Errorf("decide on %s: %q is no kind of decision", d.Subject, d.Kind)
	}
	id := rand.Text()
	args := decideArgs(journal.Entry{ID: id, At: s.now(), Kind: string(d.Kind), Subject: d.Subject, Body: d.Body}, false)
	ms, err := decideScript.Run(ctx, s.client, s.decideKeys(hash), args...).Int64()
	if err != nil {
		return told(err, "keep the %s of %s", d.Kind, d.Subject)
	}
	return s.keepEntry(ctx, journal.Entry{ID: id, At: time.UnixMilli(ms).UTC(), Kind: string(d.Kind), Subject: d.Subject, Body: d.Body})
}

func (s *Store) keepEntry(ctx context.Context, e journal.Entry) error {
	if s.journal == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	if err := s.journal.Append(ctx, e); err != nil {
		return fmt.Errorf("%w: %w", ErrNotKept, err)
	}
	return nil
}

func (s *Store) decideKeys(hash string) []string { return []string{s.key("decisions"), s.key(hash)} }

func decideArgs(e journal.Entry, replayed bool) []any {
	mode := "new"
	if replayed {
		mode = "replay"
	}
	return []any{e.Kind + ":" + e.Subject, millis(e.At), e.ID, e.Subject, string(e.Body), mode}
}

// fieldChanges counts the decisions, in the hash of decisions.
const fieldChanges = "changes"

// decideScript puts a decision into force, or one of the journal that Redis does
// not know. Of one subject a new one is always later than the last, whatever
// clocks say, so that the journals agree with what was in force.
//
//	KEYS 1 decisions, 2 hash of the kind
//	ARGV 1 field in decisions, 2 time (ms), 3 id, 4 field in the hash, 5 value or
//	     "" to end, 6 new | replay
//	returns the time that it has (ms), -1 where Redis knows it or a later one
var decideScript = redis.NewScript(`
local at, id = tonumber(ARGV[2]), ARGV[3]
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then
  local space = string.find(known, ' ', 1, true)
  local last, lastID = tonumber(string.sub(known, 1, space - 1)), string.sub(known, space + 1)
  if ARGV[6] == 'new' then
    at = math.max(at, last + 1)
  elseif last > at or last == at and lastID >= id then
    return -1
  end
end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', at) .. ' ' .. id)
redis.call('HINCRBY', KEYS[1], '` + fieldChanges + `', 1)
if ARGV[5] == '' then
  redis.call('HDEL', KEYS[2], ARGV[4])
else
  redis.call('HSET', KEYS[2], ARGV[4], ARGV[5])
end
return at`)
