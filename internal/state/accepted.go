package state

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// An Accepted is a person's word that a reading is right that a guard held.
type Accepted struct {
	Checksum string    `json:"checksum"` // SourceSummary.Checksum
	Run      string    `json:"run"`      // that is to take it over
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// AcceptReading keeps a person's word until the reading is taken over or another
// one is given.
func (s *Store) AcceptReading(ctx context.Context, a Accepted) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("accept the reading: %w", err)
	}
	return told(s.client.Set(ctx, s.key("accepted"), body, 0).Err(), "accept the reading")
}

// AcceptedReading gives the last word; zero: none.
func (s *Store) AcceptedReading(ctx context.Context) (Accepted, error) {
	var a Accepted
	err := fromJSON(s.client.Get(ctx, s.key("accepted")), &a)
	return a, told(err, "read which reading was accepted")
}

// ReadingTaken forgets the word: it was used.
func (s *Store) ReadingTaken(ctx context.Context) error {
	return told(s.client.Del(ctx, s.key("accepted")).Err(), "forget which reading was accepted")
}
