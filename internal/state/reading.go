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
	Prices      int       `json:"prices"`       // rows of the price list with a price
	MedianPrice ocop.VND  `json:"median_price"` // of those with a price
	AsOf        time.Time `json:"as_of,omitzero"`
	ETag        string    `json:"etag,omitempty"`
	// Falls are the falls of Eligible within the last day, each lower than the one
	// before; see High.
	Falls []Fall `json:"falls,omitempty"`
}

// A Fall says until when a higher number of eligible products stood.
type Fall struct {
	From int       `json:"from"`
	At   time.Time `json:"at"` // of the reading that came to fewer
}

// FallsFor is how long a fall is remembered.
const FallsFor = 24 * time.Hour

// High is the highest number of eligible products of the last day.
func (f ReadingFigures) High(now time.Time) int {
	high := f.Eligible
	for _, fall := range f.Falls {
		if now.Sub(fall.At) < FallsFor {
			high = max(high, fall.From)
		}
	}
	return high
}

// After gives the falls to be kept with a reading that came after f to eligible
// products.
func (f ReadingFigures) After(eligible int, now time.Time) []Fall {
	var falls []Fall
	keep := func(fall Fall) {
		if fall.From <= eligible || now.Sub(fall.At) >= FallsFor {
			return
		}
		for len(falls) > 0 && falls[len(falls)-1].From <= fall.From {
			falls = falls[:len(falls)-1]
		}
		falls = append(falls, fall)
	}
	for _, fall := range f.Falls {
		keep(fall)
	}
	keep(Fall{From: f.Eligible, At: now.UTC()})
	return falls
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
