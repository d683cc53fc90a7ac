package state

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// intentVersion is the form of intents written here.
const intentVersion = 1

// appendIntent writes everything of an intent but its code, which is its field.
func appendIntent(b []byte, i *listing.Intent) []byte {
	b = append(b, intentVersion)
	b = appendTime(b, i.OpenedAt)
	b = appendTime(b, i.Deadline)
	b = appendTime(b, i.LookedAt)
	b = binary.AppendVarint(b, int64(i.Looks))
	return appendTexts(b, string(i.SKU), i.Key, i.Run)
}

// decodeIntent reads what appendIntent wrote. Times come back in UTC.
func decodeIntent(code ocop.Code, value string) (listing.Intent, error) {
	in := open(value, intentVersion)
	i := listing.Intent{Code: code}
	i.OpenedAt, i.Deadline, i.LookedAt = in.time(), in.time(), in.time()
	i.Looks = int(in.varint())
	in.texts((*string)(&i.SKU), &i.Key, &i.Run)
	if in.err != nil {
		return listing.Intent{}, in.err
	}
	return i, nil
}

// Intents gives the open intents of a market: there are few, as each is closed
// with its call's outcome. One round trip.
func (s *Store) Intents(ctx context.Context, m listing.Market) (map[ocop.Code]listing.Intent, error) {
	var found *redis.MapStringStringCmd
	err := s.watched(ctx, func(p redis.Pipeliner) { found = p.HGetAll(ctx, s.marketKey(m, "intents")) })
	if err != nil {
		return nil, told(err, "read the open intents of %s", m)
	}
	return s.decodeIntents(m, found.Val())
}

func (s *Store) decodeIntents(m listing.Market, found map[string]string) (map[ocop.Code]listing.Intent, error) {
	intents := make(map[ocop.Code]listing.Intent, len(found))
	for code, value := range found {
		i, err := decodeIntent(ocop.Code(code), value)
		if err != nil {
			return nil, fmt.Errorf("read the open intent of %s on %s (key %s): %w", code, m, s.marketKey(m, "intents"), err)
		}
		intents[i.Code] = i
	}
	return intents, nil
}
