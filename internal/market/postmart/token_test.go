package postmart

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

func unlistOrder() []listing.Order {
	return []listing.Order{{Kind: listing.Unlist, SKU: "OCOP-83-829-1", ID: "P1"}}
}

func TestOneTokenForAllWorkers(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.says("POST /partner/v1/products/P1/unlist", 200, shownProduct)
	var workers sync.WaitGroup
	for range 32 {
		workers.Go(func() {
			if out := s.market.Apply(t.Context(), unlistOrder()); out[0].Err != nil {
				t.Errorf("unlist: %v", out[0].Err)
			}
		})
	}
	workers.Wait()
	if n := s.tokensAsked(); n != 1 {
		t.Errorf("%d tokens asked for by 32 workers, want 1", n)
	}
}

func TestTokenIsRenewedBeforeItEnds(t *testing.T) {
	t.Parallel()
	s := newShop(t) // its tokens live 600 s
	s.says("POST /partner/v1/products/P1/unlist", 200, shownProduct)
	steps := []struct {
		after time.Duration
		want  int
	}{{0, 1}, {539 * time.Second, 1}, {2 * time.Second, 2}}
	for _, step := range steps {
		s.advance(step.after)
		if out := s.market.Apply(t.Context(), unlistOrder()); out[0].Err != nil {
			t.Fatalf("unlist: %v", out[0].Err)
		}
		if n := s.tokensAsked(); n != step.want {
			t.Errorf("%v later: %d tokens asked for, want %d", step.after, n, step.want)
		}
	}
}

// A token that the market forgot is renewed once for all, and each call made
// again once.
func TestForgottenTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var good atomic.Value
	good.Store("token-1-abcdef")
	s.on("POST /partner/v1/products/P1/unlist", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+good.Load().(string) {
			reply(w, 401, `{"code":"invalid_token","status":401}`)
			return
		}
		reply(w, 200, shownProduct)
	})
	if out := s.market.Apply(t.Context(), unlistOrder()); out[0].Err != nil {
		t.Fatalf("unlist: %v", out[0].Err)
	}
	good.Store("token-2-abcdef")
	var workers sync.WaitGroup
	for range 32 {
		workers.Go(func() {
			out := s.market.Apply(t.Context(), unlistOrder())
			if out[0].Err != nil || out[0].Wrote != 1 {
				t.Errorf("unlist: wrote %d, %v", out[0].Wrote, out[0].Err)
			}
		})
	}
	workers.Wait()
	if n := s.tokensAsked(); n != 2 {
		t.Errorf("%d tokens asked for, want 2", n)
	}
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		token     string // what the token's door says; "" leaves it
		status    int
		call      string // what the call is answered, with 401
		kind      market.Kind
		retryable bool
	}{
		{name: "wrong credentials", token: `{"code":"invalid_client","status":401,"detail":"Wrong credentials"}`, status: 401, kind: market.Auth},
		{name: "token door down", token: `{"code":"unavailable","status":503}`, status: 503, kind: market.Unavailable, retryable: true},
		{name: "token door busy", token: `{"code":"rate_limited","status":429}`, status: 429, kind: market.Rate, retryable: true},
		{name: "no token in the answer", token: `{"token_type":"Bearer","expires_in":10}`, status: 200, kind: market.Protocol, retryable: true},
		{name: "token of no life", token: `{"access_token":"x","token_type":"Bearer","expires_in":0}`, status: 200, kind: market.Protocol, retryable: true},
		{name: "another kind of token", token: `{"access_token":"x","token_type":"mac","expires_in":9}`, status: 200, kind: market.Protocol, retryable: true},
		{name: "no JSON", token: `<html>`, status: 200, kind: market.Protocol, retryable: true},
		{name: "a new token refused", call: `{"code":"invalid_token","status":401}`, kind: market.Unavailable, retryable: true},
		{name: "refused for another cause", call: `{"code":"shop_closed","status":401}`, kind: market.Auth},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			if c.token != "" {
				s.says("POST /oauth/token", c.status, c.token)
			}
			s.says("POST /partner/v1/products/P1/unlist", 401, c.call)
			out := s.market.Apply(t.Context(), unlistOrder())[0]
			e := failure(t, out.Err)
			if wrote := min(s.callCount(), 1); out.Wrote != wrote {
				t.Errorf("wrote %d, want %d", out.Wrote, wrote)
			}
			if e.Kind != c.kind || e.Retryable != c.retryable || e.MaybeDone {
				t.Errorf("kind %s, retryable %v, maybe done %v; want %s, %v, false: %v", e.Kind, e.Retryable, e.MaybeDone, c.kind, c.retryable, e)
			}
			if !strings.Contains(e.Op, "OCOP-83-829-1") {
				t.Errorf("the operation %q does not name the SKU", e.Op)
			}
			if c.token != "" && s.callCount() != 0 {
				t.Errorf("%d calls without a token", s.callCount())
			}
		})
	}
}

// The worker that asks for the token is stopped: the others ask again.
func TestStoppedRenewalIsNoReasonForOthers(t *testing.T) {
	t.Parallel()
	first := make(chan struct{})
	var asked atomic.Int32
	tk := &tokens{now: time.Now, ask: func(ctx context.Context) (secret, time.Duration, *market.Error) {
		if asked.Add(1) == 1 {
			close(first)
			<-ctx.Done()
			return "", 0, cancelled(ctx, "get a token")
		}
		return "second", time.Hour, nil
	}}
	ctx, stop := context.WithCancel(t.Context())
	var both sync.WaitGroup
	both.Go(func() {
		if _, e := tk.get(ctx, ""); e == nil || e.Kind != market.Cancelled {
			t.Errorf("the stopped one: %v", e)
		}
	})
	<-first
	both.Go(func() {
		if token, e := tk.get(t.Context(), ""); e != nil || token != "second" {
			t.Errorf("the other: %q, %v", string(token), e)
		}
	})
	stop()
	both.Wait()
}

// Whatever the market says back, neither the client's secret nor a token
// stands in an error.
func TestErrorsTellNoSecret(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	if out := fmt.Sprintf("%v %+v %#v", s.market.tokens.secret, Options{}, s.market.tokens.secret); strings.Contains(out, testSecret) {
		t.Errorf("printed: %s", out)
	}
	echo := func(w http.ResponseWriter, r *http.Request) {
		reply(w, 422, fmt.Sprintf(`{"code":"bad_price","status":422,"detail":"seen %s and %s","errors":[{"field":"price","code":"bad_price","message":%q}]}`,
			testSecret, r.Header.Get("Authorization"), strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
	}
	s.on("POST /partner/v1/products/P1/unlist", echo)
	e := failure(t, s.market.Apply(t.Context(), unlistOrder())[0].Err)
	s.says("POST /oauth/token", 401, `{"code":"invalid_client","status":401,"detail":"client_secret `+testSecret+` is wrong"}`)
	s.advance(time.Hour)
	f := failure(t, s.market.Apply(t.Context(), unlistOrder())[0].Err)
	for _, text := range []string{e.Error(), fmt.Sprintf("%+v", e.Problems), f.Error(), fmt.Sprintf("%+v", f)} {
		for _, hidden := range []string{testSecret, "token-1-abcdef"} {
			if strings.Contains(text, hidden) {
				t.Errorf("%q stands in %q", hidden, text)
			}
		}
	}
}
