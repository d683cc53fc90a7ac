package postmart

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"ocopsync/internal/market"
)

// A secret does not show itself when something that holds it is printed.
type secret string

func (secret) String() string               { return "[redacted]" }
func (secret) GoString() string             { return `"[redacted]"` }
func (secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

const (
	// tokenMargin is how long before its end a token is renewed: longer than a
	// call takes, so that none runs out on the way. Of a short-lived token it
	// is a fifth of its life.
	tokenMargin = time.Minute
	tokenShare  = 5
)

// tokens holds the one token of all workers. Whoever needs a new one first asks
// for it; the others wait for that answer.
type tokens struct {
	id     string
	secret secret
	now    func() time.Time
	ask    func(ctx context.Context) (secret, time.Duration, *market.Error)

	mu    sync.Mutex
	value secret
	until time.Time
	last  secret // the token before, for redaction
	under *renewal
}

// A renewal is one call to the token's door that is under way. Its fields are
// written before done is closed and only read after.
type renewal struct {
	done  chan struct{}
	value secret
	err   *market.Error
}

// get gives a token that is not the stale one; "" asks for any that runs.
func (t *tokens) get(ctx context.Context, stale secret) (secret, *market.Error) {
	for {
		t.mu.Lock()
		if t.value != "" && t.value != stale && t.now().Before(t.until) {
			defer t.mu.Unlock()
			return t.value, nil
		}
		r := t.under
		if r == nil {
			r = &renewal{done: make(chan struct{})}
			t.under = r
			t.mu.Unlock()
			return t.renew(ctx, r)
		}
		t.mu.Unlock()
		select {
		case <-ctx.Done():
			return "", cancelled(ctx, "wait for a token")
		case <-r.done:
		}
		switch {
		case r.err == nil && r.value != stale:
			return r.value, nil
		case r.err != nil && r.err.Kind != market.Cancelled:
			e := *r.err // each caller words its own
			return "", &e
		}
		// Who asked was stopped: that is no reason for the others.
	}
}

func (t *tokens) renew(ctx context.Context, r *renewal) (secret, *market.Error) {
	asked := t.now()
	value, life, err := t.ask(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.last, t.value = t.value, value
		t.until = asked.Add(life - min(tokenMargin, life/tokenShare))
	}
	t.under = nil
	r.value, r.err = value, err
	close(r.done)
	if err != nil {
		e := *err
		return "", &e
	}
	return value, nil
}

// redact takes the client's secret and the tokens out of a text.
func (t *tokens) redact(s string) string {
	if s == "" {
		return s
	}
	t.mu.Lock()
	hidden := []string{string(t.secret), url.QueryEscape(string(t.secret)), string(t.value), string(t.last)}
	t.mu.Unlock()
	for _, h := range hidden {
		if h != "" {
			s = strings.ReplaceAll(s, h, "[redacted]")
		}
	}
	return s
}

// askToken asks for a token by the client's credentials (RFC 6749, 4.4).
func (m *Market) askToken(ctx context.Context) (secret, time.Duration, *market.Error) {
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {m.tokens.id},
		"client_secret": {string(m.tokens.secret)},
	}
	c := call{
		op: "get a token", method: post, path: "/oauth/token", want: http.StatusOK,
		body: []byte(form.Encode()), contentType: "application/x-www-form-urlencoded",
	}
	body, e := m.send(ctx, &c, "")
	if e != nil {
		return "", 0, e
	}
	var answer struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		// The cause is left out: it can quote the answer.
		return "", 0, c.protocol("an answer that is no token")
	}
	const longest = 366 * 24 * 3600
	if answer.AccessToken == "" || !strings.EqualFold(answer.TokenType, "Bearer") || answer.ExpiresIn <= 0 {
		return "", 0, c.protocol(fmt.Sprintf("an answer that is no bearer token (token_type %q, expires_in %d)",
			answer.TokenType, answer.ExpiresIn))
	}
	return secret(answer.AccessToken), time.Duration(min(answer.ExpiresIn, longest)) * time.Second, nil
}
