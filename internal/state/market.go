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

// MarketState are the facts of one market. Workers write all but Pause.
type MarketState struct {
	// LastObservation is the start of the last complete observation; zero: none.
	LastObservation time.Time `json:"last_observation,omitzero"`
	// MemorySince is when our memory of this market began or was last doubted.
	// It is never earlier than the epoch's beginning. Creating needs a complete
	// observation that is newer (design.md, the walk).
	MemorySince time.Time `json:"memory_since,omitzero"`
	LastAttempt time.Time `json:"last_attempt,omitzero"` // start of the last part
	LastSuccess time.Time `json:"last_success,omitzero"` // end of the last part that succeeded
	OnSale      int       `json:"on_sale"`               // ours, seen on sale at the last look
	Listed      int       `json:"listed"`                // everything the shop holds, ours or not
	// FirstHold is when the first run on a shop that already held listings was
	// held as a whole, FirstApproved when a person let it go (decision 10).
	FirstHold     time.Time `json:"first_hold,omitzero"`
	FirstApproved time.Time `json:"first_approved,omitzero"`
	// Pause is what a person has stopped: this market, else everything. It is
	// kept apart (decision 11) and ignored by SaveMarketState; nil: not paused.
	Pause *Pause `json:"-"`
}

// A Pause is a person's word that a market is not to be worked.
type Pause struct {
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	All    bool      `json:"all,omitempty"` // everything is paused, not this market alone
}

// MarketState gives the facts of a market, of one that was never worked only
// since when it is remembered. One round trip.
func (s *Store) MarketState(ctx context.Context, m listing.Market) (MarketState, error) {
	var asked marketAsked
	err := s.watched(ctx, func(p redis.Pipeliner) { asked = s.askMarket(ctx, p, m) })
	if err != nil {
		return MarketState{}, told(err, "read the state of %s", m)
	}
	return asked.answer()
}

// marketAsked are the commands that ask for a market's state.
type marketAsked struct {
	market       listing.Market
	state, since *redis.StringCmd
	pauses       *redis.SliceCmd
	unbegun      time.Time // of a memory that has not begun; zero: Redis knows
}

func (s *Store) askMarket(ctx context.Context, p redis.Pipeliner, m listing.Market) marketAsked {
	return marketAsked{
		market: m,
		state:  p.HGet(ctx, s.marketKey(m, "facts"), "state"),
		since:  p.HGet(ctx, s.key("meta"), "since"),
		pauses: p.HMGet(ctx, s.key("pauses"), pauseAll, string(m)), unbegun: s.since,
	}
}

func (a marketAsked) answer() (MarketState, error) {
	var ms MarketState
	if err := fromJSON(a.state, &ms); err != nil {
		return MarketState{}, fmt.Errorf("read the state of %s: %w", a.market, err)
	}
	began := a.unbegun
	if began.IsZero() {
		var err error
		if began, err = fromMillis(a.since.Val()); err != nil {
			return MarketState{}, fmt.Errorf("read the state of %s: beginning of the memory: %w", a.market, err)
		}
	}
	if ms.MemorySince.Before(began) {
		ms.MemorySince = began
	}
	var err error
	ms.Pause, err = pauseIn(a.market, a.pauses.Val())
	return ms, err
}

// pauseIn reads what was found of everything's pause and of the market's own,
// which beats it.
func pauseIn(m listing.Market, found []any) (*Pause, error) {
	var pause *Pause
	for _, f := range found {
		if text, there := f.(string); there {
			pause = new(Pause)
			if err := json.Unmarshal([]byte(text), pause); err != nil {
				return nil, fmt.Errorf("read the pause of %s: %w", m, err)
			}
		}
	}
	return pause, nil
}

// SaveMarketState writes the facts of the lease's market. It is refused as Write
// is, and when m is another market than the lease's.
func (s *Store) SaveMarketState(ctx context.Context, l *Lease, m listing.Market, ms MarketState) error {
	if l.Market != m {
		return fmt.Errorf("save the state of %s: the lease is on %s", m, l.Market)
	}
	value, err := json.Marshal(ms)
	if err != nil {
		return fmt.Errorf("save the state of %s: %w", m, err)
	}
	keys := []string{s.key("meta"), s.marketKey(m, "facts")}
	said, err := stateScript.Run(ctx, s.client, keys, s.epoch, l.holder(), value).Text()
	if err != nil {
		return told(err, "save the state of %s", m)
	}
	if err := refusal(said); err != nil {
		return fmt.Errorf("save the state of %s: %w", m, err)
	}
	return nil
}

// stateScript: KEYS 1 meta, 2 facts; ARGV 1 epoch, 2 holder, 3 state;
// returns ok | fenced | forgotten.
var stateScript = redis.NewScript(guard + `
redis.call('HSET', KEYS[2], 'state', ARGV[3])
return 'ok'`)

// pauseAll is the field of the pause that stops every market.
const pauseAll = "*"

// SetPause stops a market, or with m == "" everything, until Resume.
func (s *Store) SetPause(ctx context.Context, m listing.Market, p Pause) error {
	p.All = m == ""
	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("pause %s: %w", pauseField(m), err)
	}
	return told(s.client.HSet(ctx, s.key("pauses"), pauseField(m), value).Err(), "pause %s", pauseField(m))
}

// Resume ends the pause of a market, or with m == "" that of everything; it
// leaves the other alone. Nothing paused is no error.
func (s *Store) Resume(ctx context.Context, m listing.Market) error {
	return told(s.client.HDel(ctx, s.key("pauses"), pauseField(m)).Err(), "resume %s", pauseField(m))
}

func pauseField(m listing.Market) string {
	if m == "" {
		return pauseAll
	}
	return string(m)
}

// fromJSON reads an answered value; one that is not there leaves v as it is.
func fromJSON(c *redis.StringCmd, v any) error {
	b, err := c.Bytes()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}
