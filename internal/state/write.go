package state

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// A Batch is what is to be written on one market. For one code its parts are
// carried out in this order: Delete, Put, Touch, Close, Open; of two alike the
// later one stays.
type Batch struct {
	Delete []ocop.Code      // records to remove
	Put    []listing.Record // records to write, whole
	// Touch moves only SeenAt of existing records to SeenAt, without sending
	// them: a look that showed nothing new. Codes without a record are passed over.
	Touch  []ocop.Code
	SeenAt time.Time
	Close  []ocop.Code      // intents to remove
	Open   []listing.Intent // intents to write
}

// Len is how many fields the batch writes.
func (b *Batch) Len() int {
	return len(b.Delete) + len(b.Put) + len(b.Touch) + len(b.Close) + len(b.Open)
}

// Write carries out a batch under a lease: in one atomic step up to 500 fields,
// else in several of that size, where everything of one code is in the same
// step. It is refused with ErrFenced when the lease is no longer the last one
// granted, with ErrMemoryLost when Redis is not what it was; a step that is
// refused has written nothing, and those before it stay. With ErrMemoryOlder all
// is written, into a memory that has lost something else. Writing a batch again
// is harmless. One round trip per 4,000 fields.
func (s *Store) Write(ctx context.Context, l *Lease, b Batch) error {
	ops, err := b.ops()
	if err != nil {
		return fmt.Errorf("write records of %s: %w", l.Market, err)
	}
	if len(ops) == 0 {
		return nil
	}
	keys := []string{
		s.key("meta"), s.marketKey(l.Market, "facts"),
		s.marketKey(l.Market, "records"), s.marketKey(l.Market, "intents"),
	}
	seen := appendTime(nil, b.SeenAt)
	var calls [][]any
	for _, step := range steps(ops) {
		calls = append(calls, writeArgs(step, s.epoch, l.holder(), seen))
	}
	before := s.writing(l)
	answers, err := s.runAll(ctx, writeScript, keys, calls)
	if err == nil {
		err = s.wrote(ctx, l, before, answers...)
	}
	return told(err, "write %s of %s", ocop.Count(len(ops), "record or intent", "records and intents"), l.Market)
}

// writeScript carries out one step.
//
//	KEYS 1 meta, 2 facts, 3 records, 4 intents
//	ARGV 1 epoch, 2 holder, 3 SeenAt of touched records (8 bytes),
//	     4 to 8 how many arguments belong to each of: delete (codes), put (code,
//	     value, ...), touch (codes), close (codes), open (code, value, ...),
//	     then those arguments
//	returns ok and counts (see guard) | fenced | forgotten
var writeScript = redis.NewScript(guard + `
local at = 9
local function each(n, command, key)
  if n > 0 then redis.call(command, key, unpack(ARGV, at, at + n - 1)) end
  at = at + n
end
local deletes, puts, touches = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if deletes + puts + touches > 0 then redis.call('HINCRBY', KEYS[2], 'generation', 1) end
each(deletes, 'HDEL', KEYS[3])
each(puts, 'HSET', KEYS[3])
if touches > 0 then
  local found = redis.call('HMGET', KEYS[3], unpack(ARGV, at, at + touches - 1))
  local moved = {}
  for i = 1, touches do
    local value = found[i]
    if value and string.byte(value) == 1 then
      moved[#moved + 1] = ARGV[at + i - 1]
      moved[#moved + 1] = string.sub(value, 1, 1) .. ARGV[3] .. string.sub(value, 10)
    end
  end
  if #moved > 0 then redis.call('HSET', KEYS[3], unpack(moved)) end
  at = at + touches
end
each(tonumber(ARGV[7]), 'HDEL', KEYS[4])
each(tonumber(ARGV[8]), 'HSET', KEYS[4])
return ok`)

// What is done to one field, in the order of Batch.
const (
	opDelete = iota
	opPut
	opTouch
	opClose
	opOpen
	opKinds
)

type op struct {
	kind  int
	code  string
	value []byte // of put and open
}

func (b *Batch) ops() ([]op, error) {
	ops := make([]op, 0, b.Len())
	for _, c := range b.Delete {
		ops = append(ops, op{kind: opDelete, code: string(c)})
	}
	// Values share growing buffers; one that has grown leaves the earlier
	// values where they are.
	var buf []byte
	for i := range b.Put {
		start := len(buf)
		buf = appendRecord(buf, &b.Put[i])
		ops = append(ops, op{opPut, string(b.Put[i].Code), buf[start:len(buf):len(buf)]})
		if cap(buf)-len(buf) < 512 {
			buf = make([]byte, 0, 32<<10)
		}
	}
	for _, c := range b.Touch {
		ops = append(ops, op{kind: opTouch, code: string(c)})
	}
	for _, c := range b.Close {
		ops = append(ops, op{kind: opClose, code: string(c)})
	}
	for i := range b.Open {
		ops = append(ops, op{opOpen, string(b.Open[i].Code), appendIntent(nil, &b.Open[i])})
	}
	for _, o := range ops {
		if o.code == "" {
			return nil, errors.New("a record or intent without a product code")
		}
	}
	return ops, nil
}

// steps cuts the ops into pieces without parting those of one code, and leaves
// each piece in the order of kinds.
func steps(ops []op) [][]op {
	if len(ops) <= piece {
		return [][]op{ops}
	}
	slices.SortStableFunc(ops, func(a, b op) int { return cmp.Compare(a.code, b.code) })
	var out [][]op
	for len(ops) > 0 {
		n := min(piece, len(ops))
		for n < len(ops) && n > 0 && ops[n].code == ops[n-1].code {
			n--
		}
		if n == 0 { // more than a piece of one code: those of the code stay together
			for n < len(ops) && ops[n].code == ops[0].code {
				n++
			}
		}
		step := ops[:n:n]
		slices.SortStableFunc(step, func(a, b op) int { return a.kind - b.kind })
		out, ops = append(out, step), ops[n:]
	}
	return out
}

// writeArgs are the ARGV of writeScript.
func writeArgs(step []op, epoch, holder string, seen []byte) []any {
	const head = 8
	args := make([]any, head, head+2*len(step))
	var counts [opKinds]int
	for _, o := range step {
		args = append(args, o.code)
		counts[o.kind]++
		if o.value != nil {
			args = append(args, o.value)
			counts[o.kind]++
		}
	}
	args[0], args[1], args[2] = epoch, holder, seen
	for i, n := range counts {
		args[3+i] = n
	}
	return args
}
