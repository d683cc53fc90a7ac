package state

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func makeToken(t *testing.T, s *Store, n NewToken) (Token, string) {
	t.Helper()
	token, secret, err := s.CreateToken(t.Context(), n)
	if err != nil {
		t.Fatalf("make %+v: %v", n, err)
	}
	return token, secret
}

func TestTokens(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		viewer, secret := makeToken(t, s, NewToken{Name: "bảng số liệu", Role: Viewer, By: "admin"})
		_, other := makeToken(t, s, NewToken{Name: "người vận hành", Role: Operator, Lives: time.Hour})
		if !strings.HasPrefix(secret, "ocopsync_"+viewer.ID+"_") || len(secret) != len("ocopsync__")+10+52 {
			t.Errorf("the secret has the form %d %.20s", len(secret), secret)
		}
		fields, err := k.client.HGetAll(t.Context(), s.key("tokens")).Result()
		if err != nil {
			t.Fatal(err)
		}
		if kept := fmt.Sprint(fields); strings.Contains(kept, secret[20:]) || strings.Contains(kept, other[20:]) {
			t.Error("a secret is kept as it is")
		}

		got, err := s.CheckToken(t.Context(), BearerToken, secret)
		if err != nil || got.ID != viewer.ID || got.Role != Viewer || got.Name != "bảng số liệu" || got.CreatedBy != "admin" {
			t.Errorf("a good one: %+v, %v", got, err)
		}
		refused := func(what string, kind TokenKind, secret string) {
			t.Helper()
			if _, err := s.CheckToken(t.Context(), kind, secret); !errors.Is(err, ErrTokenRefused) {
				t.Errorf("%s: %v, want ErrTokenRefused", what, err)
			}
		}
		for what, wrong := range map[string]string{
			"nothing": "", "no form": "abc", "no id": "ocopsync__abc", "no secret": "ocopsync_" + viewer.ID + "_", "no mark": secret[9:],
			"cut": secret[:len(secret)-1], "longer": secret + "a", "another's id": other[:20] + secret[20:], "unknown id": "ocopsync_aaaaaaaaaa_" + secret[20:],
			"a field that is no token": "ocopsync_used:" + viewer.ID + "_" + secret[20:], "long": "ocopsync_" + strings.Repeat("a", 10_000),
		} {
			refused(what, BearerToken, wrong)
		}
		refused("of another kind", SessionToken, secret)
		if _, err := k.openAs(t, "lam-dong").CheckToken(t.Context(), BearerToken, secret); !errors.Is(err, ErrTokenRefused) {
			t.Errorf("another tenant's: %v, want ErrTokenRefused", err)
		}

		k.clock.add(time.Hour)
		refused("ended", BearerToken, other)
		for range 2 { // revoking twice keeps the first time
			if err := s.RevokeToken(t.Context(), viewer.ID); err != nil {
				t.Fatal(err)
			}
			k.clock.add(time.Minute)
		}
		refused("revoked", BearerToken, secret)
		all, err := s.Tokens(t.Context())
		if err != nil || len(all) != 2 {
			t.Fatalf("listed %+v, %v", all, err)
		}
		for _, token := range all {
			if token.ID == viewer.ID && !token.RevokedAt.Equal(monday.Add(time.Hour)) {
				t.Errorf("revoked at %s, want %s", token.RevokedAt, monday.Add(time.Hour))
			}
		}
		for _, id := range []string{"none", "used:" + viewer.ID, "revoked:" + viewer.ID, ""} {
			if err := s.RevokeToken(t.Context(), id); !errors.Is(err, ErrNotFound) {
				t.Errorf("revoking %q: %v, want ErrNotFound", id, err)
			}
		}
		k.clock.add(keepRevoked)
		makeToken(t, s, NewToken{Name: "neu", Role: Admin})
		if all, err := s.Tokens(t.Context()); err != nil || len(all) != 1 || all[0].Name != "neu" {
			t.Errorf("90 days on: %+v, %v; want the new one only", all, err)
		}
	})
}

func TestTokenLastUsed(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		_, secret := makeToken(t, s, NewToken{Name: "x", Role: Viewer})
		check := func(when string, want time.Time, trips int) {
			t.Helper()
			count := CountRoundTrips(k.client)
			if _, err := s.CheckToken(t.Context(), BearerToken, secret); err != nil {
				t.Fatal(err)
			}
			if n := count.Total(); n != int64(trips) {
				t.Errorf("%s: %d round trips, want %d", when, n, trips)
			}
			all, err := s.Tokens(t.Context())
			if err != nil || len(all) != 1 || !all[0].LastUsed.Equal(want) {
				t.Errorf("%s: last used %+v, %v; want %s", when, all, err, want)
			}
		}
		check("first", monday, 2)
		k.clock.add(59 * time.Second)
		check("within the minute", monday, 1)
		k.clock.add(time.Second)
		check("a minute on", monday.Add(time.Minute), 2)
	})
}

func TestSessionsAndLinks(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		parent, _ := makeToken(t, s, NewToken{Name: "x", Role: Operator})
		_, session := makeToken(t, s, NewToken{Kind: SessionToken, Name: "x", Role: Operator, Lives: time.Hour, Parent: parent.ID})
		_, orphan := makeToken(t, s, NewToken{Kind: SessionToken, Name: "x", Role: Operator, Lives: time.Hour, Parent: "gone"})
		good := func(secret string) bool {
			_, err := s.CheckToken(t.Context(), SessionToken, secret)
			if err != nil && !errors.Is(err, ErrTokenRefused) {
				t.Fatal(err)
			}
			return err == nil
		}
		if !good(session) || good(orphan) {
			t.Errorf("a session is good: %t; one whose token is gone: %t", good(session), good(orphan))
		}
		if err := s.RevokeToken(t.Context(), parent.ID); err != nil {
			t.Fatal(err)
		}
		if good(session) {
			t.Error("a session outlived its token")
		}

		_, link := makeToken(t, s, NewToken{Kind: LinkToken, Name: "demo", Role: Admin, Lives: time.Minute})
		if _, err := s.SpendToken(t.Context(), BearerToken, link); !errors.Is(err, ErrTokenRefused) {
			t.Errorf("spent as another kind: %v", err)
		}
		var wg sync.WaitGroup
		got := make(chan error, 8)
		for range cap(got) {
			wg.Go(func() { _, err := s.SpendToken(t.Context(), LinkToken, link); got <- err })
		}
		wg.Wait()
		close(got)
		spent := 0
		for err := range got {
			if err == nil {
				spent++
			} else if !errors.Is(err, ErrTokenRefused) {
				t.Error(err)
			}
		}
		if spent != 1 {
			t.Errorf("a link was good %d times, want once", spent)
		}
		if all, err := s.Tokens(t.Context()); err != nil || len(all) != 1 {
			t.Errorf("the list holds sessions or links: %+v, %v", all, err)
		}
	})
}

func TestTokenBounds(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		for what, n := range map[string]NewToken{
			"no name": {Role: Viewer}, "a long name": {Name: strings.Repeat("ă", MaxTokenName+1), Role: Viewer}, "no UTF-8": {Name: "\xff", Role: Viewer},
			"no role": {Name: "x"}, "an unknown role": {Name: "x", Role: "root"}, "an unknown kind": {Name: "x", Role: Viewer, Kind: "api"},
			"an endless session": {Name: "x", Role: Viewer, Kind: SessionToken}, "an endless link": {Name: "x", Role: Viewer, Kind: LinkToken},
			"a life that is over": {Name: "x", Role: Viewer, Lives: -1},
		} {
			if _, _, err := s.CreateToken(t.Context(), n); !errors.Is(err, ErrTokenInvalid) {
				t.Errorf("%s: %v, want ErrTokenInvalid", what, err)
			}
		}
		_, first := makeToken(t, s, NewToken{Kind: SessionToken, Name: "first", Role: Viewer, Lives: time.Hour})
		k.clock.add(time.Second)
		for range maxSessions {
			makeToken(t, s, NewToken{Kind: SessionToken, Name: "x", Role: Viewer, Lives: time.Hour})
		}
		if _, err := s.CheckToken(t.Context(), SessionToken, first); !errors.Is(err, ErrTokenRefused) {
			t.Errorf("the oldest of too many sessions: %v, want ErrTokenRefused", err)
		}
		var err error
		made := 0
		for ; err == nil && made <= maxTokens; made++ {
			_, _, err = s.CreateToken(t.Context(), NewToken{Name: "x", Role: Viewer})
		}
		if !errors.Is(err, ErrTooManyTokens) {
			t.Errorf("after %d tokens: %v, want ErrTooManyTokens", made, err)
		}
	})
}

func TestRoles(t *testing.T) {
	t.Parallel()
	all := []Role{Viewer, Operator, Admin}
	for i, has := range all {
		for j, needs := range all {
			if got := has.Allows(needs); got != (i >= j) {
				t.Errorf("%s allows %s: %t", has, needs, got)
			}
		}
		if has.Allows("root") || has.Allows("") || Role("root").Allows(has) || Role("").Allows(has) {
			t.Errorf("an unknown role allows or is allowed by %s", has)
		}
	}
}
