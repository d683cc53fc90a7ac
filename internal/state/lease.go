package state

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
)

// A Lease is the right to work one market, held by one worker at a time. Its
// methods are safe for concurrent use.
type Lease struct {
	Market  listing.Market
	Owner   string
	Fence   int64 // grows with every lease granted on the market
	TTL     time.Duration
	Granted time.Time // by the Store's clock

	store *Store
	nonce string    // tells this lease from another of the same fence after a wiped Redis
	until time.Time // by the machine's monotonic clock: it has surely not ended before
	// written is the largest number of writes of the market that was answered.
	written atomic.Int64
	doubts  atomic.Int64 // how often the memory had been doubted when that was sent
}

// Acquire takes the market's lease for ttl (decision 11: 15 s), which Keep then
// renews. It does not wait: while another holds it, it fails with a *BusyError,
// which is ErrBusy. Owner is shown to people: host, process, what for.
func (s *Store) Acquire(ctx context.Context, m listing.Market, owner string, ttl time.Duration) (*Lease, error) {
	if ttl < 10*time.Millisecond {
		return nil, fmt.Errorf("take the lease on %s: ttl %s is too short", m, ttl)
	}
	l := &Lease{Market: m, Owner: owner, TTL: ttl, Granted: s.now(), store: s, nonce: rand.Text()}
	l.doubts.Store(s.doubts.Load())
	// A lease is a duration, so it is measured by the monotonic clock and not
	// by the Store's, which may be set.
	l.until = time.Now().Add(ttl)
	keys := []string{s.key("meta"), s.marketKey(m, "facts"), s.marketKey(m, "lease")}
	said, err := acquireScript.Run(ctx, s.client, keys,
		s.epoch, owner, l.nonce, ttl.Milliseconds(), millis(l.Granted)).StringSlice()
	if err != nil {
		return nil, told(err, "take the lease on %s", m)
	}
	switch said[0] {
	case saidOK:
		l.Fence, err = strconv.ParseInt(said[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("take the lease on %s: fence %q: %w", m, said[1], err)
		}
		return l, nil
	case "busy":
		since, err := fromMillis(said[2])
		if err != nil {
			return nil, fmt.Errorf("take the lease on %s: held by %s: %w", m, said[1], err)
		}
		return nil, &BusyError{Market: m, Owner: said[1], Since: since}
	}
	return nil, fmt.Errorf("take the lease on %s: %w", m, refusal(said[0]))
}

// acquireScript grants the lease. Asked again with the same nonce (an answer
// that was lost on the way) it answers as before.
//
//	KEYS 1 meta, 2 facts, 3 lease
//	ARGV 1 epoch, 2 owner, 3 nonce, 4 ttl (ms), 5 now (ms)
//	returns ok, fence | busy, owner, since | forgotten
var acquireScript = redis.NewScript(`
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return {'forgotten'} end
local held = redis.call('HMGET', KEYS[3], 'nonce', 'owner', 'since', 'fence')
if held[1] == ARGV[3] then return {'ok', held[4]} end
if held[1] then return {'busy', held[2], held[3]} end
local fence = tostring(redis.call('HINCRBY', KEYS[2], 'fence', 1))
redis.call('HSET', KEYS[2], 'holder', fence .. ':' .. ARGV[3])
redis.call('HSET', KEYS[3], 'nonce', ARGV[3], 'owner', ARGV[2], 'since', ARGV[5], 'fence', fence)
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return {'ok', fence}`)

// holder is how the market's facts name this lease.
func (l *Lease) holder() string { return strconv.FormatInt(l.Fence, 10) + ":" + l.nonce }

// Keep renews the lease every third of its ttl until stop is called. The context
// that it returns ends, with ErrLeaseLost as its cause, when the lease is lost or
// could not be renewed in time: a tenth of the ttl before Redis lets it go.
// stop waits for the renewing to end, ends the context and may be called again;
// it does not release the lease.
func (l *Lease) Keep(ctx context.Context) (context.Context, func()) {
	kept, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.keep(kept, cancel)
	}()
	return kept, func() {
		cancel(context.Canceled)
		<-done
	}
}

func (l *Lease) keep(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(l.TTL / 3)
	defer tick.Stop()
	safe := l.TTL - l.TTL/10
	end := time.NewTimer(time.Until(l.until) - l.TTL/10)
	defer func() { end.Stop() }()
	renewed := make(chan error, 1)
	var next *time.Timer // becomes end once the renewal that began with it succeeds
	var last error
	for {
		select {
		case <-ctx.Done():
			if next != nil {
				next.Stop()
				<-renewed
			}
			return
		case <-end.C:
			cancel(fmt.Errorf("%w: %s could not be renewed in time: %w", ErrLeaseLost, l.Market, errOr(last, context.DeadlineExceeded)))
			if next != nil {
				next.Stop()
				<-renewed
			}
			return
		case <-tick.C:
			if next == nil {
				next = time.NewTimer(safe)
				go func() { renewed <- l.renew(ctx) }()
			}
		case last = <-renewed:
			switch {
			case errors.Is(last, ErrLeaseLost):
				next.Stop()
				cancel(last)
				return
			case last != nil:
				next.Stop()
			default:
				end.Stop()
				end = next
			}
			next = nil
		}
	}
}

func errOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func (l *Lease) renew(ctx context.Context) error {
	key := l.store.marketKey(l.Market, "lease")
	ours, err := renewScript.Run(ctx, l.store.client, []string{key}, l.nonce, l.TTL.Milliseconds()).Int()
	if err != nil {
		return told(err, "renew the lease on %s", l.Market)
	}
	if ours == 0 {
		return fmt.Errorf("%w: %s is no longer held by %s", ErrLeaseLost, l.Market, l.Owner)
	}
	return nil
}

// renewScript: KEYS 1 lease; ARGV 1 nonce, 2 ttl (ms); returns 1, or 0 when the
// lease is not ours.
var renewScript = redis.NewScript(`
if redis.call('HGET', KEYS[1], 'nonce') ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`)

// Release gives the lease back; writes under it are refused from then on. One
// that is lost already is no error. Call the stop of Keep first, and give a
// context that has not ended.
func (l *Lease) Release(ctx context.Context) error {
	s := l.store
	keys := []string{s.marketKey(l.Market, "facts"), s.marketKey(l.Market, "lease")}
	err := releaseScript.Run(ctx, s.client, keys, l.holder(), l.nonce).Err()
	return told(err, "give back the lease on %s", l.Market)
}

// releaseScript: KEYS 1 facts, 2 lease; ARGV 1 holder, 2 nonce; returns 1.
var releaseScript = redis.NewScript(`
if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] then redis.call('HDEL', KEYS[1], 'holder') end
if redis.call('HGET', KEYS[2], 'nonce') == ARGV[2] then redis.call('DEL', KEYS[2]) end
return 1`)
