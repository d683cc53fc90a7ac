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
	// What follows is kept apart and ignored by SaveMarketState.

	// Pause is what a person has stopped: this market, else everything; nil:
	// not paused (decision 11).
	Pause *Pause `json:"-"`
	// Lost is when it was noticed that Redis had lost memory that once was, so
	// that calls may have been under way of which nothing is known; zero:
	// never. MemorySince is not earlier.
	Lost time.Time `json:"-"`
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
	market  listing.Market
	state   *redis.StringCmd
	dates   *redis.SliceCmd // since, lost
	pauses  *redis.SliceCmd
	unbegun time.Time // of a memory that has not begun; zero: Redis knows
	doubted int64     // by this reader (ms); 0: never
}

func (s *Store) askMarket(ctx context.Context, p redis.Pipeliner, m listing.Market) marketAsked {
	return marketAsked{
		market: m,
		state:  p.HGet(ctx, s.marketKey(m, "facts"), "state"),
		dates:  p.HMGet(ctx, s.key("meta"), "since", "lost"),
		pauses: p.HMGet(ctx, s.key("pauses"), pauseAll, string(m)), unbegun: s.since, doubted: s.doubted.Load(),
	}
}

func (a marketAsked) answer() (MarketState, error) {
	var ms MarketState
	if err := fromJSON(a.state, &ms); err != nil {
		return MarketState{}, fmt.Errorf("read the state of %s: %w", a.market, err)
	}
	began, lost, err := a.began()
	if err != nil {
		return MarketState{}, fmt.Errorf("read the state of %s: beginning of the memory: %w", a.market, err)
	}
	if ms.Lost = lost; ms.MemorySince.Before(began) {
		ms.MemorySince = began
	}
	ms.Pause, err = pauseIn(a.market, a.pauses.Val())
	return ms, err
}

// began gives since when the memory is one, and when it was noticed that another
// or a newer one is lost.
func (a marketAsked) began() (since, lost time.Time, err error) {
	if a.doubted != 0 {
		at := time.UnixMilli(a.doubted).UTC()
		return at, at, nil
	}
	if !a.unbegun.IsZero() {
		return a.unbegun, lost, nil
	}
	found := a.dates.Val()
	text, _ := found[0].(string)
	if since, err = fromMillis(text); err != nil {
		return since, lost, err
	}
	if text, is := found[1].(string); is {
		lost, err = fromMillis(text)
	}
	return since, lost, err
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
	before := s.writing(l)
	return told(s.wrote(ctx, l, before, stateScript.Run(ctx, s.client, keys, s.epoch, l.holder(), value)), "save the state of %s", m)
}

// stateScript: KEYS 1 meta, 2 facts; ARGV 1 epoch, 2 holder, 3 state;
// returns ok and counts (see guard) | fenced | forgotten.
var stateScript = redis.NewScript(guard + `
redis.call('HSET', KEYS[2], 'state', ARGV[3])
return ok`)

// pauseAll is the field of the pause that stops every market.
const pauseAll = "*"

// SetPause stops a market, or with m == "" everything, until Resume. It fails as
// Decide does.
func (s *Store) SetPause(ctx context.Context, m listing.Market, p Pause) error {
	p.All = m == ""
	value, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("pause %s: %w", pauseField(m), err)
	}
	return s.Decide(ctx, Decision{Kind: PauseDecision, Subject: pauseField(m), Body: value})
}

// Resume ends the pause of a market, or with m == "" that of everything; it
// leaves the other alone. Nothing paused is no error. It fails as Decide does.
func (s *Store) Resume(ctx context.Context, m listing.Market) error {
	return s.Decide(ctx, Decision{Kind: PauseDecision, Subject: pauseField(m)})
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
