package state

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
)

// Schema is the version of the layout that this program reads and writes.
const Schema = 1

// piece is how many fields one command or script takes at most, so that none
// holds Redis up for long.
const piece = 500

// Options are what a Store is made of.
type Options struct {
	Client redis.UniversalClient // closed by its owner, not by the Store
	Tenant string                // [a-z0-9-], at most 40: the province or city
	Now    func() time.Time      // the clock; nil: the machine's
	// Accounts names the shop account of each market. It is part of the
	// market's keys: another account is another shop and starts with nothing
	// remembered. A market that is not named has one nameless account.
	Accounts  map[listing.Market]string
	Retention Retention
	// ReadOnly says that nothing will be written: into an empty Redis Open
	// writes no schema, and of everything nothing is remembered. A memory that
	// begins meanwhile is another one (ErrMemoryLost).
	ReadOnly bool
	// Journal keeps decisions beside Redis, and what Redis lacks of them is put
	// back from it; nil: they are in Redis alone.
	Journal Journal
	// Seen is what was seen of the memory when it was last worked with from
	// here; zero: nothing is known. See Seen.
	Seen Seen
	// Notice is told what a person should know of the memory: that it was found
	// older, that decisions were put back; nil: nobody is. It is called from
	// any goroutine.
	Notice func(words string)
}

// Retention bounds what is kept of past runs; zero fields take the defaults.
type Retention struct {
	Runs int           // newest runs kept, default 1,000
	For  time.Duration // time after a run's creation, default 90 days
}

// A Store is one tenant's memory. It is safe for concurrent use.
type Store struct {
	client   redis.UniversalClient
	tenant   string
	now      func() time.Time
	accounts map[listing.Market]string
	keep     Retention
	journal  Journal
	notice   func(string)
	readOnly bool
	epoch    string    // "" of a memory that has not begun, see Options.ReadOnly
	since    time.Time // when that one would have begun

	high     atomic.Int64 // the largest number of writes that was seen
	doubting sync.Mutex   // held while the memory is doubted
	doubts   atomic.Int64 // how often it was
	doubted  atomic.Int64 // by a reader, who can't write it down: when (ms)
	lost     atomic.Value // string: when a loss was last noticed by anybody (ms), as far as is known here
}

// ValidTenant says whether a name can be a tenant's: lower-case letters, digits
// and inner hyphens, at most 40 characters.
func ValidTenant(name string) bool {
	ok, _ := regexp.MatchString(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`, name)
	return ok
}

// Open checks that Redis can be reached and written to, and that its state is of
// this program's schema; into an empty one it writes the schema, which dates the
// memory from now on. It holds the memory against Seen and puts decisions back
// from the journal. With ReadOnly it only reads, and whether Redis can be
// written to is Writable's to say. It fails with ErrSchemaNewer, ErrReadOnly, ErrFull or
// ErrDenied where one of those is the cause.
func Open(ctx context.Context, o Options) (*Store, error) {
	if !ValidTenant(o.Tenant) {
		return nil, fmt.Errorf("open state: tenant %q: expected lower-case letters, digits and inner hyphens, at most 40", o.Tenant)
	}
	if o.Client == nil {
		return nil, errors.New("open state: no Redis client")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Retention.Runs <= 0 {
		o.Retention.Runs = 1000
	}
	if o.Retention.For <= 0 {
		o.Retention.For = 90 * 24 * time.Hour
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	s := &Store{
		client: o.Client, tenant: o.Tenant, now: o.Now, accounts: maps.Clone(o.Accounts), keep: o.Retention,
		journal: o.Journal, notice: o.Notice, readOnly: o.ReadOnly,
	}
	found, err := s.head(ctx, o.ReadOnly)
	if err != nil {
		return nil, told(err, "open state of tenant %s in Redis", o.Tenant)
	}
	if found == nil {
		s.since = time.UnixMilli(millis(s.now())).UTC()
		return s, s.compare(ctx, o.Seen, 0)
	}
	schema, err := strconv.Atoi(found[0])
	switch {
	case err != nil || schema < 1:
		return nil, fmt.Errorf("open state of tenant %s: key %s: schema %q is none of ocopsync's", o.Tenant, s.key("meta"), found[0])
	case schema > Schema:
		return nil, fmt.Errorf("open state of tenant %s: %w (schema %d, this version knows %d): run that version, or give another Redis",
			o.Tenant, ErrSchemaNewer, schema, Schema)
	}
	if found[1] == "" {
		return nil, fmt.Errorf("open state of tenant %s: key %s has a schema and no epoch", o.Tenant, s.key("meta"))
	}
	s.epoch = found[1]
	writes, err := wholeNumber(found[2])
	if err != nil {
		return nil, fmt.Errorf("open state of tenant %s: key %s: writes: %w", o.Tenant, s.key("meta"), err)
	}
	s.lost.Store(found[3])
	if !o.ReadOnly {
		err = s.refill(ctx)
	}
	if err = errors.Join(err, s.compare(ctx, o.Seen, writes)); err != nil {
		return nil, fmt.Errorf("open state of tenant %s: %w", o.Tenant, err)
	}
	return s, nil
}

// head gives the schema, the epoch, the writes and the loss of the memory. One that has not begun is
// begun, or for a reader nil.
func (s *Store) head(ctx context.Context, readOnly bool) ([]string, error) {
	if !readOnly {
		return openScript.Run(ctx, s.client, []string{s.key("meta")}, Schema, rand.Text(), millis(s.now())).StringSlice()
	}
	found, err := s.client.HMGet(ctx, s.key("meta"), "schema", "epoch", "writes", "lost").Result()
	if err != nil || found[0] == nil && found[1] == nil {
		return nil, err
	}
	head := make([]string, len(found))
	for i := range found {
		head[i], _ = found[i].(string)
	}
	return head, nil
}

// Writable says whether Redis takes writes now: ErrReadOnly, ErrFull or
// ErrDenied where one of those is in the way. It writes nothing: it asks for a
// change of a key that is never there.
func (s *Store) Writable(ctx context.Context) error {
	err := s.client.SetArgs(ctx, s.key("never"), "", redis.SetArgs{Mode: "XX"}).Err()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return told(err, "write to Redis")
}

// openScript writes a new memory's head, or tells the one that is there.
//
//	KEYS 1 meta
//	ARGV 1 schema, 2 id of a new epoch, 3 now (ms)
//	returns schema, epoch, writes, lost
var openScript = redis.NewScript(`
if redis.call('HSETNX', KEYS[1], 'schema', ARGV[1]) == 1 then
  redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'since', ARGV[3], 'writes', '0')
end
local found = redis.call('HMGET', KEYS[1], 'schema', 'epoch', 'writes', 'lost')
return {found[1], found[2] or '', found[3] or '', found[4] or ''}`)

// Tenant is the tenant's name.
func (s *Store) Tenant() string { return s.tenant }

// Ping says whether Redis answers.
func (s *Store) Ping(ctx context.Context) error {
	return told(s.client.Ping(ctx).Err(), "reach Redis")
}

func (s *Store) key(rest string) string { return "ocopsync:{" + s.tenant + "}:" + rest }

func (s *Store) marketKey(m listing.Market, what string) string {
	account := s.accounts[m]
	if account == "" {
		account = "-"
	}
	return s.key("market:" + url.QueryEscape(string(m)) + ":" + url.QueryEscape(account) + ":" + what)
}

// firstError is the first failure among answered commands; a missing key or
// field is none.
func firstError(cmds []redis.Cmder) error {
	for _, c := range cmds {
		if err := c.Err(); err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
	}
	return nil
}

func millis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(s string) (time.Time, error) {
	ms, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("time %q: expected milliseconds: %w", s, err)
	}
	return time.UnixMilli(ms).UTC(), nil
}
