package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/journal"
)

// MaxAudit is about how many entries of the audit log are kept, the newest.
const MaxAudit = 20_000

// ErrBadCursor: the cursor is none that was given.
var ErrBadCursor = errors.New("not a cursor that was given")

// An AuditEntry is one call that was to change something: who, what, when, from
// where, and what came of it. It holds no secret.
type AuditEntry struct {
	ID      string    `json:"id"` // given by AddAudit; the newer the greater
	At      time.Time `json:"at"`
	Who     string    `json:"who"`             // the token's name
	Token   string    `json:"token,omitempty"` // the token's id
	Role    Role      `json:"role,omitempty"`
	From    string    `json:"from,omitempty"`    // address of the caller
	What    string    `json:"what"`              // "resync", "pause", ...
	Target  string    `json:"target,omitempty"`  // of what: a market, a run, a token
	Detail  string    `json:"detail,omitempty"`  // "verify, 3 codes", a pause's reason
	Outcome string    `json:"outcome"`           // AuditDone, AuditRefused or AuditFailed
	Problem string    `json:"problem,omitempty"` // why not: the code of the problem that was answered
	Request string    `json:"request,omitempty"` // id of the request, as in the log
}

// The outcomes of an audited call.
const (
	AuditDone    = "done"
	AuditRefused = "refused" // nothing was changed
	AuditFailed  = "failed"  // whether anything was changed is for the log to say
)

// AddAudit appends an entry; only the oldest beyond about MaxAudit ever go.
// Without a time it is dated now. It gives the entry's id. The entry goes to the
// journal too; with ErrNotKept it is in Redis only.
func (s *Store) AddAudit(ctx context.Context, e AuditEntry) (string, error) {
	if e.At.IsZero() {
		e.At = s.now().UTC()
	}
	e.ID = "" // the stream's
	body, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("audit %s by %s: %w", e.What, e.Who, err)
	}
	id, err := s.client.XAdd(ctx, auditArgs(s.key("audit"), body)).Result()
	if err != nil {
		return "", told(err, "audit %s by %s", e.What, e.Who)
	}
	return id, s.keepEntry(ctx, journal.Entry{ID: id, At: e.At, Kind: auditKind, Body: body})
}

func auditArgs(key string, body []byte) *redis.XAddArgs {
	return &redis.XAddArgs{Stream: key, MaxLen: MaxAudit, Approx: true, Values: []any{"entry", body}}
}

// Audit gives up to limit entries, newest first, older than the entry before; ""
// begins with the newest. It fails with ErrBadCursor when before is no id of an
// entry; one that has gone meanwhile is none the worse.
func (s *Store) Audit(ctx context.Context, before string, limit int) ([]AuditEntry, error) {
	if limit <= 0 {
		return nil, nil
	}
	start := "+"
	if before != "" {
		if ok, _ := regexp.MatchString(`^[0-9]{1,15}-[0-9]{1,15}$`, before); !ok {
			return nil, fmt.Errorf("read the audit log before %q: %w", before, ErrBadCursor)
		}
		start = "(" + before
	}
	found, err := s.client.XRevRangeN(ctx, s.key("audit"), start, "-", int64(limit)).Result()
	if err != nil {
		return nil, told(err, "read the audit log")
	}
	entries := make([]AuditEntry, len(found))
	for i, m := range found {
		body, _ := m.Values["entry"].(string)
		if err := json.Unmarshal([]byte(body), &entries[i]); err != nil {
			return nil, fmt.Errorf("read entry %s of the audit log: %w", m.ID, err)
		}
		entries[i].ID = m.ID
	}
	return entries, nil
}
