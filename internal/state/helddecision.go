package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
)

// Why a person's word on a held plan is not taken, beside ErrNotFound: nothing is held.
var (
	// ErrStale: what is held now is something else.
	ErrStale = errors.New("what is held has changed since")
	// ErrLapsed: it was held for longer than HeldFor.
	ErrLapsed = errors.New("was held for too long, and will be asked anew")
	// ErrDecided: a person decided before; see DecidedError.
	ErrDecided = errors.New("has been decided on already")
)

// A DecidedError says what was decided before. It is ErrDecided.
type DecidedError struct{ Decision HeldDecision }

func (e *DecidedError) Error() string {
	what := "refused"
	if e.Decision.Approved {
		what = "approved"
	}
	return fmt.Sprintf("was %s by %s at %s", what, e.Decision.By, e.Decision.At.Format(time.RFC3339))
}

// Is says that a DecidedError is ErrDecided.
func (e *DecidedError) Is(target error) bool { return target == ErrDecided }

// DecideHeld takes a person's word on what is held on a market: d.Checksum names it,
// d.Held is filled in here. An approval keeps the changes for the run d.Run
// alone, whatever is held later; so it is used once.
//
// It fails with ErrNotFound, ErrStale and ErrLapsed. An approval whose run has
// not ended (ended tells) can be followed by nothing, and a refused plan only by
// its approval: then it fails with a *DecidedError.
func (s *Store) DecideHeld(ctx context.Context, m listing.Market, d HeldDecision, ended func(run string) (bool, error)) error {
	found, err := s.client.HMGet(ctx, s.marketKey(m, "held"), "plan", "decision").Result()
	if err != nil {
		return told(err, "read what is held on %s", m)
	}
	var w Waiting
	if err := errors.Join(intoNew(found[0], &w.Plan), intoNew(found[1], &w.Decision)); err != nil {
		return fmt.Errorf("read what is held on %s: %w", m, err)
	}
	if err := w.takes(d, s.now(), ended); err != nil {
		return fmt.Errorf("decide on what is held on %s: %w", m, err)
	}
	d.Held = w.Plan.Run
	body, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("decide on what is held on %s: %w", m, err)
	}
	before, _ := found[1].(string)
	said, err := decideHeldScript.Run(ctx, s.client, []string{s.marketKey(m, "held")}, d.Checksum, before, body, d.Approved).Text()
	switch {
	case err != nil:
		return told(err, "decide on what is held on %s", m)
	case said != saidOK: // somebody was faster
		return fmt.Errorf("decide on what is held on %s: %w", m, ErrStale)
	}
	return nil
}

func (w Waiting) takes(d HeldDecision, now time.Time, ended func(string) (bool, error)) error {
	if b := w.Decision; b != nil && b.Approved {
		over, err := ended(b.Run)
		if err != nil {
			return err
		}
		used := b.Checksum == d.Checksum && (w.Plan == nil || w.Plan.Checksum != d.Checksum)
		if !over || used {
			return &DecidedError{*b}
		}
	}
	switch {
	case w.Decision.Refuses(d.Checksum) && !d.Approved:
		return &DecidedError{*w.Decision}
	case w.Plan == nil:
		return ErrNotFound
	case w.Plan.Checksum != d.Checksum:
		return ErrStale
	case !now.Before(w.Plan.Ends()):
		return ErrLapsed
	}
	return nil
}

// decideHeldScript: KEYS 1 held; ARGV 1 checksum, 2 the decision before or "", 3 the
// new one, 4 whether it approves (1 or 0); returns ok | stale.
var decideHeldScript = redis.NewScript(`
local plan = redis.call('HGET', KEYS[1], 'plan')
if not plan or cjson.decode(plan).checksum ~= ARGV[1] then return 'stale' end
if (redis.call('HGET', KEYS[1], 'decision') or '') ~= ARGV[2] then return 'stale' end
redis.call('HSET', KEYS[1], 'decision', ARGV[3])
if ARGV[4] == '1' then
  redis.call('HSET', KEYS[1], 'approved', redis.call('HGET', KEYS[1], 'changes'))
else
  redis.call('HDEL', KEYS[1], 'approved')
end
return 'ok'`)

// Approved gives the marks of the changes that a person approved for a run; nil
// for a run that is no approval's.
func (s *Store) Approved(ctx context.Context, m listing.Market, run string) (map[string]bool, error) {
	found, err := s.client.HMGet(ctx, s.marketKey(m, "held"), "decision", "approved").Result()
	if err != nil {
		return nil, told(err, "read what was approved on %s", m)
	}
	var d *HeldDecision
	if err := intoNew(found[0], &d); err != nil {
		return nil, fmt.Errorf("read what was approved on %s: %w", m, err)
	}
	if d == nil || !d.Approved || d.Run != run {
		return nil, nil //nolint:nilnil // nothing was approved for this run
	}
	changes, err := unpackChanges(found[1])
	if err != nil {
		return nil, fmt.Errorf("read what was approved on %s: %w", m, err)
	}
	marks := make(map[string]bool, len(changes))
	for _, c := range changes {
		marks[c.Mark] = true
	}
	return marks, nil
}
