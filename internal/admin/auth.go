package admin

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"ocopsync/internal/state"
)

// How long a token that was good is taken for good without asking Redis again,
// and how long when Redis can't be asked. A token revoked elsewhere works that
// much longer.
const (
	goodFor     = 5 * time.Second
	goodForAway = time.Minute
	awayFor     = time.Second // between two attempts to reach Redis then
	maxGood     = 1000        // tokens remembered, twice
)

// admit lets a call through whose bearer token suffices for the route.
func (s *Server) admit(rt *route, c *call) error {
	if rt.need == "" {
		return nil
	}
	secret, err := bearer(c.r)
	if err != nil {
		return err
	}
	if c.who, err = s.auth.check(c.r.Context(), state.BearerToken, secret, c.addr); err != nil {
		return err
	}
	if !c.who.Role.Allows(rt.need) {
		return errLesserToken(string(c.who.Role), string(rt.need))
	}
	return nil
}

// bearer gives the token of the one Authorization header (RFC 6750).
func bearer(r *http.Request) (string, error) {
	given := r.Header.Values("Authorization")
	if len(given) != 1 {
		return "", errNoToken()
	}
	scheme, secret, _ := strings.Cut(given[0], " ")
	secret = strings.TrimSpace(secret)
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return "", errNoToken()
	}
	return secret, nil
}

// auth checks tokens: those that were good just now from memory, others in
// Redis, and slowly for addresses that send wrong ones.
type auth struct {
	store *state.Store
	now   func() time.Time

	mu    sync.Mutex
	good  recent[[sha256.Size]byte, goodToken]
	wrong throttle
	away  time.Time // until when Redis is not tried for who is known
}

type goodToken struct {
	token state.Token
	at    time.Time
}

func newAuth(store *state.Store, now func() time.Time) *auth {
	return &auth{
		store: store, now: now,
		good:  recent[[sha256.Size]byte, goodToken]{most: maxGood},
		wrong: throttle{buckets: recent[netip.Addr, bucket]{most: maxAddresses}},
	}
}

// check gives the token of a secret. It fails with what the caller is told.
func (a *auth) check(ctx context.Context, kind state.TokenKind, secret string, from netip.Addr) (state.Token, error) {
	key := sha256.Sum256([]byte(string(kind) + " " + secret))
	now := a.now()
	a.mu.Lock()
	known, there := a.good.get(key)
	age := now.Sub(known.at)
	ended := !known.token.ExpiresAt.IsZero() && !now.Before(known.token.ExpiresAt)
	there = there && age < goodForAway && !ended
	wait, away := a.wrong.wait(from, now), now.Before(a.away)
	a.mu.Unlock()
	switch {
	case there && (age < goodFor || away):
		return known.token, nil
	case !there && wait > 0: // who was good a moment ago is not held up by others
		return state.Token{}, errSlowDown(wait)
	}
	t, err := a.store.CheckToken(ctx, kind, secret)
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case err == nil:
		a.away = time.Time{}
		a.good.set(key, goodToken{t, now})
		return t, nil
	case errors.Is(err, state.ErrTokenRefused):
		a.good.remove(key)
		a.wrong.note(from, now)
		return state.Token{}, errWrongToken()
	}
	a.away = now.Add(awayFor)
	if there {
		return known.token, nil
	}
	return state.Token{}, errAway(err)
}

// spend takes a sign-in link's token, which is good once.
func (a *auth) spend(ctx context.Context, secret string, from netip.Addr) (state.Token, error) {
	now := a.now()
	a.mu.Lock()
	wait := a.wrong.wait(from, now)
	a.mu.Unlock()
	if wait > 0 {
		return state.Token{}, errSlowDown(wait)
	}
	t, err := a.store.SpendToken(ctx, state.LinkToken, secret)
	if errors.Is(err, state.ErrTokenRefused) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.wrong.note(from, now)
		return state.Token{}, errWrongToken()
	}
	if err != nil {
		return state.Token{}, errAway(err)
	}
	return t, nil
}

// forget makes a token, and the sessions opened with it, be asked for again.
func (a *auth) forget(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.good.removeIf(func(g goodToken) bool { return g.token.ID == id || g.token.Parent == id })
}
