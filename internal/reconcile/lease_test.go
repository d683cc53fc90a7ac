package reconcile_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// TestBusy: a part whose lease another holds says so and does nothing.
func TestBusy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(3), likeVoso, likeLamdong)
	lease, err := w.store.Acquire(t.Context(), "voso", "another machine", 15*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	res := w.verify()
	part := res.Run.Parts["voso"]
	if part.State != state.Failed || len(part.Failures) != 1 || part.Failures[0].Kind != "busy" || !strings.Contains(part.Failures[0].Words, "another machine") {
		t.Errorf("the part ended as %+v", part)
	}
	s := w.shop("voso")
	if n := s.Writes() + s.Calls(markettest.OpList) + s.Calls(markettest.OpFacts); n != 0 {
		t.Errorf("%d calls although another works the market", n)
	}
	if res.Run.Parts["lamdong"].State != state.Succeeded {
		t.Errorf("the other market did not go on: %+v", res.Run.Parts["lamdong"])
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.clean(w.verify())
	w.quiet()
}

// TestLostLease: from the moment in which another has the lease nothing more is
// written, neither to Redis nor to the market.
func TestLostLease(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"list", "create"} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, realRedis(t), goodOnes(9), likeVoso)
			s := w.markets[0]
			calls := 0
			s.tap.before = func(got string) error {
				if calls++; got != op {
					return nil
				}
				s.tap.before = nil
				w.dropLeases() // it ran out while the process stood still
				if _, err := w.store.Acquire(context.WithoutCancel(t.Context()), "voso", "another machine", time.Hour); err != nil {
					t.Error(err)
				}
				return nil
			}
			res := w.verify()
			part := res.Run.Parts["voso"]
			if part.State != state.Failed || len(part.Failures) == 0 || !errorsIn(part, state.ErrFenced, state.ErrLeaseLost) {
				t.Errorf("the part ended as %+v", part)
			}
			// The batch that was under way when the lease went is all that the
			// market may have got; its intents are open.
			if n := s.Writes(); n > 3 || op == "list" && n != 0 {
				t.Errorf("%d writing calls after the lease was lost", n)
			}
			if n := len(w.intents()); n != s.Writes() {
				t.Errorf("%d intents are open, %d calls were made", n, s.Writes())
			}
			w.restart()
			w.clean(w.verify())
			w.quiet()
			if twice := s.TwiceOnSale(); len(twice) > 0 {
				t.Errorf("P1: twice on sale: %v", twice)
			}
		})
	}
}

func errorsIn(p state.Part, any ...error) bool {
	for _, f := range p.Failures {
		for _, err := range any {
			if strings.Contains(f.Words, err.Error()) {
				return true
			}
		}
	}
	return false
}

// TestRefusedCredentials: one clear reason, and no storm of calls.
func TestRefusedCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(9), likeVoso)
	s := w.markets[0]
	s.Fail(markettest.OpCreate, 0, market.Error{Kind: market.Auth, Words: "Sai mật khẩu"})
	res := w.verify()
	part := res.Run.Parts["voso"]
	if part.State != state.Failed || part.Failures[0].Kind != string(market.Auth) {
		t.Errorf("the part ended as %+v", part)
	}
	if n := s.Writes(); n > 3 {
		t.Errorf("%d calls with refused credentials, want one batch at most", n)
	}
	s.ClearFaults()
	w.clean(w.sync())
	w.quiet()
}

// TestCancelledRun: what was called is recorded, what was not is not called.
func TestCancelledRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(9), likeVoso)
	s := w.markets[0]
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	s.tap.after = func(op string) error {
		if op == "create" {
			if n++; n == 4 {
				cancel()
			}
		}
		return nil
	}
	res, err := w.engine.Run(ctx, reconcile.Request{Mode: reconcile.Verify})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if res.Run.State != state.Cancelled || s.Writes() != 4 {
		t.Errorf("the run ended %s after %d writes, want cancelled after 4", res.Run.State, s.Writes())
	}
	kept, err := w.store.Run(t.Context(), res.Run.ID)
	if err != nil || kept.State != state.Cancelled || kept.Parts["voso"].State != state.Cancelled {
		t.Errorf("recorded as %s, part %s: %v", kept.State, kept.Parts["voso"].State, err)
	}
	if open := w.intents(); len(open) != 0 {
		t.Errorf("%d intents are open although every answer came", len(open))
	}
	s.tap.after = nil
	w.clean(w.sync())
	if s.Calls(markettest.OpCreate) != 9 {
		t.Errorf("%d creating calls for 9 products", s.Calls(markettest.OpCreate))
	}
	w.clean(w.sync())
	w.quiet()
}
