package state

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// Seen is what a process last saw of the memory in Redis: which one it was, and
// how often it had been written. Kept outside of Redis it shows at the next start
// whether Redis holds an older one (a restored backup, a failover that lost
// writes). While a process runs, every reading of memory and every write compares.
//
// What it can't show: writes that were lost after the last Seen that was kept,
// when the process ended too before it read or wrote again; and a loss that other
// processes, which know of none, have made up for by as many further writes
// before this one looks. With several replicas all know about the same count, as
// each reads every few seconds, and the first that comes upon the older state
// doubts it for all.
type Seen struct {
	Epoch  string
	Writes int64
}

// Seen gives what this process last saw.
func (s *Store) Seen() Seen { return Seen{Epoch: s.epoch, Writes: s.high.Load()} }

// compare holds the memory that was found against the one that was seen last.
func (s *Store) compare(ctx context.Context, seen Seen, found int64) error {
	s.high.Store(found)
	switch {
	case seen.Epoch == "" || seen.Epoch == s.epoch && found >= seen.Writes:
		return nil
	case seen.Epoch != s.epoch:
		return s.doubt(ctx, "Redis holds another memory than was last seen: it was emptied, restored or replaced", seen.Writes, found)
	}
	return s.doubt(ctx, older(seen.Writes, found), seen.Writes, found)
}

func older(seen, found int64) string {
	return fmt.Sprintf("Redis holds an older memory than was seen, of %d writes instead of %d: it was restored, or a failover lost writes", found, seen)
}

// doubt puts decisions back, dates the memory from now for every market, and
// counts on from what was seen, so that others who saw as much need not doubt it
// again; they put back what they journaled when they hear of it. Should two
// replicas doubt at once, the later one dates it once more, which costs one more
// look.
func (s *Store) doubt(ctx context.Context, why string, seen, found int64) error {
	s.notice(why + ". Until a market was looked at as a whole, nothing new is listed there")
	now := s.now()
	if s.readOnly {
		s.doubted.Store(millis(now))
		s.high.Store(found)
		return nil
	}
	if err := s.refill(ctx); err != nil {
		return err // it is noticed again
	}
	lost := strconv.FormatInt(millis(now), 10)
	writes, err := doubtScript.Run(ctx, s.client, []string{s.key("meta")}, s.epoch, lost, seen+1).Int64()
	if err != nil {
		return told(err, "doubt the memory in Redis")
	}
	if writes < 0 {
		return fmt.Errorf("doubt the memory in Redis: %w", ErrMemoryLost)
	}
	s.high.Store(writes)
	s.lost.Store(lost)
	return nil
}

// doubtScript: KEYS 1 meta; ARGV 1 epoch, 2 now (ms), 3 writes at least; returns
// the number of writes, -1 when the epoch is another.
var doubtScript = redis.NewScript(`
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return -1 end
local writes = math.max(tonumber(redis.call('HGET', KEYS[1], 'writes')), tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'since', ARGV[2], 'lost', ARGV[2], 'writes', string.format('%.0f', writes))
return writes`)

// noticed doubts a memory that was found older than it was seen, unless another
// call of this process has done so since doubts were counted.
func (s *Store) noticed(ctx context.Context, doubts int64, why string, seen, found int64) error {
	s.doubting.Lock()
	defer s.doubting.Unlock()
	if s.doubts.Load() != doubts {
		return nil
	}
	if err := s.doubt(ctx, why, seen, found); err != nil {
		return err
	}
	s.doubts.Add(1)
	return nil
}

// watched is a pipeline of readings that fails with ErrMemoryLost when the memory
// is not the one that was opened. One that has become older than this process saw
// it is doubted, and then read as it is. The commands' results are read after it;
// fill may be called more than once.
func (s *Store) watched(ctx context.Context, fill func(redis.Pipeliner)) error {
	for {
		doubts, seen := s.doubts.Load(), s.high.Load()
		pipe := s.client.Pipeline()
		meta := pipe.HMGet(ctx, s.key("meta"), "epoch", "writes", "lost")
		fill(pipe)
		cmds, _ := pipe.Exec(ctx)
		if err := firstError(cmds); err != nil {
			return err
		}
		if epoch, _ := meta.Val()[0].(string); epoch != s.epoch {
			return ErrMemoryLost
		}
		if s.epoch == "" {
			return nil
		}
		found, err := wholeNumber(meta.Val()[1])
		if err != nil {
			return fmt.Errorf("key %s: writes: %w", s.key("meta"), err)
		}
		lost, _ := meta.Val()[2].(string)
		switch {
		case found < seen:
			err = s.noticed(ctx, doubts, older(seen, found), seen, found)
		case lost != s.lost.Load() && !s.readOnly:
			err = s.heard(ctx, lost)
		default:
			raise(&s.high, found)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// heard puts back the decisions that this process journaled, once another has
// noticed a loss.
func (s *Store) heard(ctx context.Context, lost string) error {
	s.doubting.Lock()
	defer s.doubting.Unlock()
	if s.lost.Load() == lost {
		return nil
	}
	if err := s.refill(ctx); err != nil {
		return err
	}
	s.lost.Store(lost)
	return nil
}

// A writing is what was known before a guarded script was sent.
type writing struct{ doubts, seen, written int64 }

func (s *Store) writing(l *Lease) writing {
	return writing{s.doubts.Load(), s.high.Load(), l.written.Load()}
}

// wrote judges what guarded scripts answered: all must have counted on from what
// was known before they were sent. Under a lease nobody else writes the market,
// so that the loss of any write that was answered shows at the next one, and
// before a creating call. What was written now stays: it tells of calls that were
// made. It fails with ErrMemoryOlder.
func (s *Store) wrote(ctx context.Context, l *Lease, before writing, answers ...*redis.Cmd) error {
	for _, a := range answers {
		said, err := a.Text()
		if err != nil {
			return err
		}
		counts, is := strings.CutPrefix(said, saidOK+" ")
		if !is {
			return refusal(said)
		}
		first, second, _ := strings.Cut(counts, " ")
		written, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return fmt.Errorf("script answered %q: %w", said, err)
		}
		writes, err := strconv.ParseInt(second, 10, 64)
		if err != nil {
			return fmt.Errorf("script answered %q: %w", said, err)
		}
		if written <= before.written || writes <= before.seen {
			l.written.Store(written)
			doubts := l.doubts.Swap(before.doubts) // doubted since this lease last wrote: that was of this loss
			why := fmt.Sprintf("Redis has lost %d writes or more on %s: it was restored, or a failover lost them", before.written-written+1, l.Market)
			if writes <= before.seen {
				why, doubts = older(before.seen, writes), before.doubts
			}
			if err := s.noticed(ctx, doubts, why, before.seen, writes); err != nil {
				return err
			}
			return ErrMemoryOlder
		}
		raise(&l.written, written)
		raise(&l.doubts, before.doubts)
		raise(&s.high, writes)
	}
	return nil
}

// raise notes a count that was seen.
func raise(known *atomic.Int64, n int64) {
	for was := known.Load(); n > was && !known.CompareAndSwap(was, n); was = known.Load() {
	}
}

func wholeNumber(found any) (int64, error) {
	text, _ := found.(string)
	return strconv.ParseInt(text, 10, 64)
}
