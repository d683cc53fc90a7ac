package state

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// together is how many records are asked for in one round trip; they are all
// that is in memory at a time, about 6 MB.
const together = 20_000

// Records gives every record of a market to each, once, in order of their codes,
// and stops at each's first error, which it returns. Round trips: one, and one
// per 4,000 records. A record that is written meanwhile comes as it was before
// or after, one that is removed meanwhile may be left out.
func (s *Store) Records(ctx context.Context, m listing.Market, each func(listing.Record) error) error {
	var found *redis.StringSliceCmd
	err := s.watched(ctx, func(p redis.Pipeliner) { found = p.HKeys(ctx, s.marketKey(m, "records")) })
	if err != nil {
		return told(err, "list the records of %s", m)
	}
	codes := found.Val()
	slices.Sort(codes)
	return s.fetch(ctx, m, codes, each)
}

// A Memory is what is remembered of a market beside its records, and what people
// have decided on it.
type Memory struct {
	State      MarketState
	Intents    map[ocop.Code]listing.Intent
	Generation int64
	Exemptions []Exemption // of this market and of every one, ended ones too, in no order
	Decisions  int64       // see Orders
	Waiting    Waiting     // what is held for a person, and the last word on such
}

// Memory is MarketState, Intents, Generation, Exemptions and Waiting in one round trip.
func (s *Store) Memory(ctx context.Context, m listing.Market) (Memory, error) {
	var facts marketAsked
	var intents *redis.MapStringStringCmd
	var generation, decisions *redis.StringCmd
	var exemptions *redis.MapStringStringCmd
	var held *redis.SliceCmd
	err := s.watched(ctx, func(p redis.Pipeliner) {
		facts = s.askMarket(ctx, p, m)
		intents = p.HGetAll(ctx, s.marketKey(m, "intents"))
		generation = p.HGet(ctx, s.marketKey(m, "facts"), "generation")
		exemptions = p.HGetAll(ctx, s.key("exemptions"))
		decisions = p.HGet(ctx, s.key("decisions"), fieldChanges)
		held = s.askHeld(ctx, p, m)
	})
	if err != nil {
		return Memory{}, told(err, "recall %s", m)
	}
	var mem Memory
	if mem.State, err = facts.answer(); err != nil {
		return Memory{}, err
	}
	if mem.Intents, err = s.decodeIntents(m, intents.Val()); err != nil {
		return Memory{}, err
	}
	if mem.Generation, err = count(generation); err != nil {
		return Memory{}, fmt.Errorf("recall %s: generation: %w", m, err)
	}
	if mem.Exemptions, err = decodeExemptions(exemptions, m); err != nil {
		return Memory{}, fmt.Errorf("recall %s: %w", m, err)
	}
	if mem.Decisions, err = count(decisions); err != nil {
		return Memory{}, fmt.Errorf("recall %s: decisions: %w", m, err)
	}
	if mem.Waiting, err = waitingIn(m, held); err != nil {
		return Memory{}, err
	}
	return mem, nil
}

// RecordsOf gives the records of the codes; a code without one is left out. One
// round trip per 4,000 codes, none for no codes.
func (s *Store) RecordsOf(ctx context.Context, m listing.Market, codes []ocop.Code) (map[ocop.Code]listing.Record, error) {
	fields := make([]string, len(codes))
	for i, c := range codes {
		fields[i] = string(c)
	}
	records := make(map[ocop.Code]listing.Record, len(codes))
	err := s.fetch(ctx, m, fields, func(r listing.Record) error {
		records[r.Code] = r
		return nil
	})
	if err != nil {
		return nil, err
	}
	return records, nil
}

// fetch reads the records of the codes in pieces.
func (s *Store) fetch(ctx context.Context, m listing.Market, codes []string, each func(listing.Record) error) error {
	key := s.marketKey(m, "records")
	for part := range slices.Chunk(codes, together) {
		pieces := make([]*redis.SliceCmd, 0, together/piece)
		err := s.watched(ctx, func(p redis.Pipeliner) {
			pieces = pieces[:0]
			for fields := range slices.Chunk(part, piece) {
				pieces = append(pieces, p.HMGet(ctx, key, fields...))
			}
		})
		if err != nil {
			return told(err, "read the records of %s", m)
		}
		for i, values := range pieces {
			for j, value := range values.Val() {
				text, there := value.(string)
				if !there {
					continue
				}
				code := part[i*piece+j]
				r, err := decodeRecord(ocop.Code(code), text)
				if err != nil {
					return fmt.Errorf("read the record of %s on %s (key %s): %w", code, m, key, err)
				}
				if err := each(r); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// Generation grows with every write of records of the market: what was read
// under the same one is current. A market without records is at 0.
func (s *Store) Generation(ctx context.Context, m listing.Market) (int64, error) {
	var found *redis.StringCmd
	err := s.watched(ctx, func(p redis.Pipeliner) { found = p.HGet(ctx, s.marketKey(m, "facts"), "generation") })
	if err != nil {
		return 0, told(err, "read the generation of %s", m)
	}
	n, err := count(found)
	if err != nil {
		return 0, fmt.Errorf("read the generation of %s: %w", m, err)
	}
	return n, nil
}

// count reads an answered number; one that is not there is 0.
func count(c *redis.StringCmd) (int64, error) {
	n, err := c.Int64()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	return n, err
}
