package state

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/ocop"
)

// ReadingFigures are what the last good reading of the source came to; the next
// one is judged against them (promise P3).
type ReadingFigures struct {
	Eligible    int       `json:"eligible"`
	Total       int       `json:"total"`        // products in the registry
	Prices      int       `json:"prices"`       // products with a price
	MedianPrice ocop.VND  `json:"median_price"` // of those with a price
	AsOf        time.Time `json:"as_of,omitzero"`
	ETag        string    `json:"etag,omitempty"`
}

// LastReading gives the figures of the last good reading, zero when there is
// none.
func (s *Store) LastReading(ctx context.Context) (ReadingFigures, error) {
	var found *redis.StringCmd
	err := s.watched(ctx, func(p redis.Pipeliner) { found = p.Get(ctx, s.key("reading")) })
	if err != nil {
		return ReadingFigures{}, told(err, "read the last reading's figures")
	}
	var f ReadingFigures
	if err := fromJSON(found, &f); err != nil {
		return ReadingFigures{}, fmt.Errorf("read the last reading's figures (key %s): %w", s.key("reading"), err)
	}
	return f, nil
}

// SaveReading keeps the figures of a good reading.
func (s *Store) SaveReading(ctx context.Context, f ReadingFigures) error {
	value, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("save the reading's figures: %w", err)
	}
	return told(s.client.Set(ctx, s.key("reading"), value, 0).Err(), "save the reading's figures")
}
