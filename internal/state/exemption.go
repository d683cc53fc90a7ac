package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// An Exemption is a person's word that a product is not to be worked on a
// market: nothing is written for the pair, what is on sale stays on sale, and
// the pair does not count in coverage (design decision 10). It ends by itself.
type Exemption struct {
	Code   ocop.Code      `json:"code"`
	Market listing.Market `json:"market,omitempty"` // "": every market
	Reason string         `json:"reason"`
	By     string         `json:"by"`
	At     time.Time      `json:"at"`
	Until  ocop.Day       `json:"until"` // the last day on which it holds
}

// InForce says whether the exemption holds on a day.
func (e Exemption) InForce(today ocop.Day) bool { return today.Compare(e.Until) <= 0 }

// MaxExemptions is how many are kept, ended ones too until they are swept.
const MaxExemptions = 5000

// keepEnded is how long an exemption that ended by itself can still be seen.
const keepEnded = 90 // days

// ErrTooManyExemptions: there are MaxExemptions. End some.
var ErrTooManyExemptions = errors.New("too many exemptions")

// allMarkets stands for every market in the subject of an exemption.
const allMarkets = "*"

// exemptionSubject is market:code; no market has a colon in its name.
func exemptionSubject(code ocop.Code, m listing.Market) string {
	if m == "" {
		m = allMarkets
	}
	return string(m) + ":" + string(code)
}

// SetExemption exempts a product on a market, or with Market == "" on every one,
// in place of what was decided on the same before. It fails with
// ErrTooManyExemptions, and as Decide does. Those that ended more than 90 days
// ago are let go of.
func (s *Store) SetExemption(ctx context.Context, e Exemption) error {
	if e.Code == "" || e.Until.IsZero() {
		return fmt.Errorf("exempt %q on %q until %q: a code and a last day are needed", e.Code, e.Market, e.Until)
	}
	all, err := s.Exemptions(ctx)
	if err != nil {
		return err
	}
	kept := 0
	old := ocop.DayOf(s.now(), time.UTC).AddDays(-keepEnded)
	for _, known := range all {
		switch {
		case known.Code == e.Code && known.Market == e.Market:
		case known.Until.Compare(old) < 0:
			if err := s.EndExemption(ctx, known.Code, known.Market); err != nil {
				return err
			}
		default:
			kept++
		}
	}
	if kept >= MaxExemptions {
		return fmt.Errorf("exempt %s: %w: %d are kept", e.Code, ErrTooManyExemptions, MaxExemptions)
	}
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("exempt %s: %w", e.Code, err)
	}
	return s.Decide(ctx, Decision{Kind: ExemptionDecision, Subject: exemptionSubject(e.Code, e.Market), Body: body})
}

// EndExemption ends the exemption that was set for the same market, or with ""
// for every one, and leaves others alone. None is no error.
func (s *Store) EndExemption(ctx context.Context, code ocop.Code, m listing.Market) error {
	return s.Decide(ctx, Decision{Kind: ExemptionDecision, Subject: exemptionSubject(code, m)})
}

// Exemptions gives all that are kept, in no order. One round trip.
func (s *Store) Exemptions(ctx context.Context) ([]Exemption, error) {
	all, err := decodeExemptions(s.client.HGetAll(ctx, s.key("exemptions")), "")
	return all, told(err, "read the exemptions")
}

// decodeExemptions reads those of a market and of every market, with "" all.
func decodeExemptions(found *redis.MapStringStringCmd, m listing.Market) ([]Exemption, error) {
	fields, err := found.Result()
	if err != nil {
		return nil, err
	}
	var out []Exemption
	for subject, body := range fields {
		of, code, _ := strings.Cut(subject, ":")
		if m != "" && of != allMarkets && of != string(m) {
			continue
		}
		var e Exemption
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return nil, fmt.Errorf("the exemption of %s on %s: %w", code, of, err)
		}
		out = append(out, e)
	}
	return out, nil
}
