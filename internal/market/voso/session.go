package voso

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"ocopsync/internal/market"
)

// A token is renewed before it ends by a tenth of its life, at most by this.
const renewAhead = time.Minute

// session is the login that all callers share. The zero session has none.
type session struct {
	mu      sync.Mutex
	current string
	renewAt time.Time // zero: when the mall refuses it
	flight  *flight   // a login under way, nil for none
}

// flight is one login; those who need a token meanwhile wait for it.
type flight struct {
	done      chan struct{}
	token     string
	err       error
	abandoned bool // its caller's context ended: that is no word of the mall's
}

// token gives a token other than the refused one ("" for any), logging in
// where needed, once for all callers.
func (s *session) token(ctx context.Context, m *Market, refused string) (string, error) {
	for {
		s.mu.Lock()
		if s.current != "" && s.current != refused && (s.renewAt.IsZero() || m.now().Before(s.renewAt)) {
			defer s.mu.Unlock()
			return s.current, nil
		}
		f := s.flight
		if f == nil {
			f = &flight{done: make(chan struct{})}
			s.flight = f
			s.mu.Unlock()
			s.fly(ctx, m, f)
			return f.token, f.err
		}
		s.mu.Unlock()
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", &market.Error{Market: Name, Op: opLogin, Kind: market.Cancelled, Err: context.Cause(ctx)}
		}
		if !f.abandoned {
			return f.token, ownCopy(f.err)
		}
	}
}

// ownCopy keeps callers that share a failure from sharing its memory.
func ownCopy(err error) error {
	if err == nil {
		return nil
	}
	e := *market.AsError(err)
	return &e
}

const opLogin = "log in"

func (s *session) fly(ctx context.Context, m *Market, f *flight) {
	asked := m.now()
	got, err := m.login(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flight = nil
	if err == nil {
		s.current, s.renewAt = got.Token, renewal(asked, got.ExpiredAt)
	} else {
		s.current = ""
	}
	f.token, f.err, f.abandoned = got.Token, err, err != nil && ctx.Err() != nil
	close(f.done)
}

// renewal is when a token is to be renewed. One that has ended already by our
// clock shows that the clocks differ, and one without an end has none: both
// serve until the mall refuses them.
func renewal(asked time.Time, expiredAt int64) time.Time {
	life := time.UnixMilli(expiredAt).Sub(asked)
	if life <= 0 {
		return time.Time{}
	}
	return asked.Add(life - min(renewAhead, life/10))
}

func (m *Market) login(ctx context.Context) (login, error) {
	c := &call{op: opLogin, path: pathLogin, login: true}
	payload, err := json.Marshal(loginForm{Username: m.secrets.username, Password: m.secrets.password})
	if err != nil {
		return login{}, mistake(c, err)
	}
	got, err := post[login](ctx, m, c, "", payload)
	if err != nil {
		return login{}, err
	}
	if got.Token == "" {
		return login{}, m.protocol(c, errors.New("the answer has no token"))
	}
	return got, nil
}
