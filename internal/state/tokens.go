package state

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A Role is what a token's holder may do. Each role may do what those before it
// may.
type Role string

// The roles.
const (
	Viewer   Role = "viewer"   // reads figures; sees no telephone numbers (decision 14)
	Operator Role = "operator" // and starts, cancels, pauses, and reads the audit log
	Admin    Role = "admin"    // and makes and revokes tokens
)

// Allows says whether the role may do what needs the other one. An unknown role
// allows nothing.
func (r Role) Allows(need Role) bool { return r.Valid() && need.Valid() && r.rank() >= need.rank() }

// Valid says whether the role is one of the three.
func (r Role) Valid() bool { return r.rank() >= 0 }

func (r Role) rank() int { return slices.Index([]Role{Viewer, Operator, Admin}, r) }

// TokenKind is what a token is good for. One of one kind is refused as another.
type TokenKind string

// The kinds of tokens.
const (
	BearerToken  TokenKind = "bearer"  // presented with every call, until it is revoked
	SessionToken TokenKind = "session" // a signed-in browser's, until it ends
	LinkToken    TokenKind = "link"    // a sign-in link's: good once
)

// A Token is what is known of a token; its secret is not: only the secret's
// SHA-256 is kept, beside it.
type Token struct {
	ID        string    `json:"id"`
	Kind      TokenKind `json:"kind"`
	Name      string    `json:"name"` // who holds it, for people and the audit log
	Role      Role      `json:"role"`
	CreatedAt time.Time `json:"created_at"`
	CreatedBy string    `json:"created_by,omitempty"`
	ExpiresAt time.Time `json:"expires_at,omitzero"` // zero: never
	// Parent is the id of the token that a session was opened with: the
	// session ends when that is revoked.
	Parent    string    `json:"parent,omitempty"`
	LastUsed  time.Time `json:"last_used,omitzero"` // to the minute
	RevokedAt time.Time `json:"revoked_at,omitzero"`
}

// NewToken is a token as it is asked for.
type NewToken struct {
	Kind   TokenKind // "": BearerToken
	Name   string    // 1 to MaxTokenName characters
	Role   Role
	By     string        // who asks
	Lives  time.Duration // 0: until it is revoked; sessions and links need one
	Parent string        // see Token
}

// The bounds of the tokens of one tenant.
const (
	MaxTokenName = 100
	maxTokens    = 500 // of all kinds
	maxSessions  = 300 // of a further one's opening the oldest ends
	keepRevoked  = 90 * 24 * time.Hour
	usedEvery    = time.Minute // how exact LastUsed is
)

// What callers tell apart, with errors.Is.
var (
	// ErrTokenRefused: no such token, or revoked, ended, or of another kind.
	ErrTokenRefused = errors.New("token refused")
	// ErrTokenInvalid: a token can't be made as asked for.
	ErrTokenInvalid = errors.New("token can't be made")
	// ErrTooManyTokens: there are as many tokens as are kept. Revoke some.
	ErrTooManyTokens = errors.New("too many tokens")
)

// tokenMark begins every secret, so that scanners and people know one that has
// gone astray.
const tokenMark = "ocopsync_"

// storedToken is a token as it is kept, in the field of its id. What changes is
// kept apart: used:<id> and revoked:<id>, in ms.
type storedToken struct {
	Token
	Hash []byte `json:"hash"` // SHA-256 of the secret as a whole
}

// CreateToken makes a token with a secret of 256 bits, which is told here and
// never again. It fails with ErrTokenInvalid or ErrTooManyTokens. Tokens that
// ended, and those revoked for long, are let go of.
func (s *Store) CreateToken(ctx context.Context, n NewToken) (Token, string, error) {
	if n.Kind == "" {
		n.Kind = BearerToken
	}
	if err := n.check(); err != nil {
		return Token{}, "", err
	}
	room, err := s.sweepTokens(ctx)
	if err != nil {
		return Token{}, "", err
	}
	if room <= 0 {
		return Token{}, "", fmt.Errorf("make a token for %q: %w: at most %d are kept; revoke those that nobody uses", n.Name, ErrTooManyTokens, maxTokens)
	}
	id, secret := newSecret()
	now := s.now().UTC().Truncate(time.Millisecond)
	hash := sha256.Sum256([]byte(secret))
	t := storedToken{
		Token: Token{ID: id, Kind: n.Kind, Name: n.Name, Role: n.Role, CreatedAt: now, CreatedBy: n.By, Parent: n.Parent},
		Hash:  hash[:],
	}
	if n.Lives > 0 {
		t.ExpiresAt = now.Add(n.Lives)
	}
	body, err := json.Marshal(t)
	if err != nil {
		return Token{}, "", fmt.Errorf("make a token for %q: %w", n.Name, err)
	}
	if err := s.client.HSet(ctx, s.key("tokens"), id, body).Err(); err != nil {
		return Token{}, "", told(err, "keep token %s", id)
	}
	return t.Token, secret, nil
}

func (n NewToken) check() error {
	switch length := utf8.RuneCountInString(n.Name); {
	case length == 0 || length > MaxTokenName || !utf8.ValidString(n.Name):
		return fmt.Errorf("%w: its name must have 1 to %d characters", ErrTokenInvalid, MaxTokenName)
	case !n.Role.Valid():
		return fmt.Errorf("%w: role %q: expected viewer, operator or admin", ErrTokenInvalid, n.Role)
	case n.Kind != BearerToken && n.Kind != SessionToken && n.Kind != LinkToken:
		return fmt.Errorf("%w: kind %q", ErrTokenInvalid, n.Kind)
	case n.Lives < 0 || n.Lives == 0 && n.Kind != BearerToken:
		return fmt.Errorf("%w: a %s must end", ErrTokenInvalid, n.Kind)
	}
	return nil
}

// newSecret gives "ocopsync_<id>_<256 bits>" and the id, which is no secret.
func newSecret() (id, secret string) {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails, see its documentation
	id = strings.ToLower(rand.Text()[:10])
	enc := base32.StdEncoding.WithPadding(base32.NoPadding)
	return id, tokenMark + id + "_" + strings.ToLower(enc.EncodeToString(bits[:]))
}

// Tokens lists the bearer tokens, oldest first, those revoked within 90 days
// among them.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	all, err := s.allTokens(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(t Token) bool { return t.Kind != BearerToken }), nil
}

func (s *Store) allTokens(ctx context.Context) ([]Token, error) {
	fields, err := s.client.HGetAll(ctx, s.key("tokens")).Result()
	if err != nil {
		return nil, told(err, "list the tokens")
	}
	var all []Token
	for id, body := range fields {
		if strings.Contains(id, ":") {
			continue
		}
		found := []any{body, nil, nil}
		for i, field := range []string{1: "used:" + id, 2: "revoked:" + id} {
			if text, there := fields[field]; there {
				found[i] = text
			}
		}
		t, err := decodeToken(id, found)
		if err != nil {
			return nil, err
		}
		all = append(all, t.Token)
	}
	slices.SortFunc(all, func(a, b Token) int {
		if c := a.CreatedAt.Compare(b.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, nil
}

// RevokeToken ends a token of any kind, and with it the sessions opened with it.
// Revoking twice keeps the first time. It fails with ErrNotFound.
func (s *Store) RevokeToken(ctx context.Context, id string) error {
	there, err := s.client.HExists(ctx, s.key("tokens"), id).Result()
	if err != nil {
		return told(err, "revoke token %s", id)
	}
	if !there || strings.Contains(id, ":") {
		return fmt.Errorf("revoke token %q: %w", id, ErrNotFound)
	}
	return told(s.client.HSetNX(ctx, s.key("tokens"), "revoked:"+id, strconv.FormatInt(millis(s.now()), 10)).Err(), "revoke token %s", id)
}

// sweepTokens lets go of tokens that are over and of the oldest sessions beyond
// maxSessions, and says how many more tokens may be made.
func (s *Store) sweepTokens(ctx context.Context) (room int, err error) {
	all, err := s.allTokens(ctx)
	if err != nil {
		return 0, err
	}
	now, kept, sessions := s.now(), len(all), 0
	var over []string
	for _, t := range slices.Backward(all) {
		if t.Kind == SessionToken {
			sessions++
		}
		if t.overAt(now) || t.Kind == SessionToken && sessions >= maxSessions {
			over = append(over, t.ID, "used:"+t.ID, "revoked:"+t.ID)
			kept--
		}
	}
	if len(over) > 0 {
		err = s.client.HDel(ctx, s.key("tokens"), over...).Err()
	}
	return maxTokens - kept, told(err, "let go of tokens that are over")
}

// overAt says whether nobody needs to see the token any more.
func (t Token) overAt(now time.Time) bool {
	if t.Kind == BearerToken && !t.RevokedAt.IsZero() {
		return now.Sub(t.RevokedAt) >= keepRevoked
	}
	return !t.goodAt(now)
}
