package state

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// CheckToken gives the token of a secret when it is good now, and notes its use,
// at most once a minute. It fails with ErrTokenRefused, whatever the reason: who
// presents a wrong one learns nothing more. One round trip.
func (s *Store) CheckToken(ctx context.Context, kind TokenKind, secret string) (Token, error) {
	t, err := s.findToken(ctx, kind, secret)
	if err != nil {
		return Token{}, err
	}
	if now := s.now(); now.Sub(t.LastUsed) >= usedEvery {
		// That the use can't be noted (a full Redis) is no reason to refuse.
		_ = s.client.HSet(ctx, s.key("tokens"), "used:"+t.ID, millis(now)).Err()
	}
	return t, nil
}

// SpendToken is CheckToken for a token that is good once: of several callers one
// gets it.
func (s *Store) SpendToken(ctx context.Context, kind TokenKind, secret string) (Token, error) {
	t, err := s.findToken(ctx, kind, secret)
	if err != nil {
		return Token{}, err
	}
	gone, err := s.client.HDel(ctx, s.key("tokens"), t.ID).Result()
	if err != nil {
		return Token{}, told(err, "spend token %s", t.ID)
	}
	if gone == 0 {
		return Token{}, ErrTokenRefused
	}
	return t, nil
}

func (s *Store) findToken(ctx context.Context, kind TokenKind, secret string) (Token, error) {
	rest, marked := strings.CutPrefix(secret, tokenMark)
	id, _, cut := strings.Cut(rest, "_")
	if !marked || !cut || id == "" || strings.Contains(id, ":") || len(secret) > 200 { // a colon: a field that is no token
		return Token{}, ErrTokenRefused
	}
	all := s.key("tokens")
	found, err := s.client.HMGet(ctx, all, id, "used:"+id, "revoked:"+id).Result()
	if err != nil {
		return Token{}, told(err, "look up a token")
	}
	t, err := decodeToken(id, found)
	if err != nil {
		return Token{}, err
	}
	hash := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(hash[:], t.Hash) != 1 { // of an unknown id the hash is empty
		return Token{}, ErrTokenRefused
	}
	if t.Kind != kind || !t.goodAt(s.now()) {
		return Token{}, ErrTokenRefused
	}
	if t.Parent != "" {
		parent, err := s.client.HMGet(ctx, all, t.Parent, "revoked:"+t.Parent).Result()
		if err != nil {
			return Token{}, told(err, "look up a token")
		}
		if parent[0] == nil || parent[1] != nil {
			return Token{}, ErrTokenRefused
		}
	}
	return t.Token, nil
}

func (t Token) goodAt(now time.Time) bool {
	return t.RevokedAt.IsZero() && (t.ExpiresAt.IsZero() || now.Before(t.ExpiresAt))
}

// decodeToken reads what HMGET found: the token, its last use and its revocation;
// a zero one when there is none.
func decodeToken(id string, found []any) (storedToken, error) {
	var t storedToken
	body, there := found[0].(string)
	if !there {
		return t, nil
	}
	if err := json.Unmarshal([]byte(body), &t); err != nil {
		return t, fmt.Errorf("read token %s: %w", id, err)
	}
	for i, at := range []*time.Time{1: &t.LastUsed, 2: &t.RevokedAt} {
		text, there := found[i].(string)
		if at == nil || !there {
			continue
		}
		var err error
		if *at, err = fromMillis(text); err != nil {
			return t, fmt.Errorf("read token %s: %w", id, err)
		}
	}
	return t, nil
}
