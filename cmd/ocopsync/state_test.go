package main

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/config"
	"ocopsync/internal/listing"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// What a run does where Redis, another run or another tenant is in its way.

func TestSyncWithoutRedisCallsNobody(t *testing.T) {
	t.Parallel()
	s := newSmallStage(t)
	s.redis.Stop()
	for _, command := range []string{"sync", "plan"} {
		got := s.call(command)
		if got.code != exitFailed || !strings.Contains(got.err, "ocopsync: open state of tenant da-lat in Redis: ") ||
			!strings.Contains(got.err, "connection refused") {
			t.Errorf("%s: expected exit %d and words on Redis\n%s", command, exitFailed, got)
		}
	}
	for door, n := range s.box.CallCounts() {
		if n > 0 {
			t.Errorf("%s was called %d times without a memory", door, n)
		}
	}
}

func TestSyncLeavesABusyMarketAlone(t *testing.T) {
	t.Parallel()
	s := newSmallStage(t)
	s.settle()
	cfg, err := config.Load(s.config, func(string) (string, bool) { return "", false })
	must(t, err)
	client, err := state.Dial(state.Config{URL: cfg.Redis.URL})
	must(t, err)
	t.Cleanup(func() { _ = client.Close() })
	store, err := state.Open(t.Context(), state.Options{
		Client: client, Tenant: cfg.Tenant, Accounts: map[listing.Market]string{sandbox.Voso: accountOf(cfg.Markets[sandbox.Voso])},
	})
	must(t, err)
	lease, err := store.Acquire(t.Context(), sandbox.Voso, "another machine, process 42", time.Hour)
	must(t, err)

	code := s.everywhere()[0]
	s.box.ResetCounts()
	s.setPrice(code, 99_000)
	got := s.call("sync")
	if got.code != exitFailed || !strings.Contains(got.out, "1 x at work elsewhere: ") || !strings.Contains(got.out, "is being worked on by another machine, process 42") {
		t.Errorf("expected exit %d and who works on voso\n%s", exitFailed, got)
	}
	for m, want := range map[string]int{sandbox.Postmart: 1, sandbox.Lamdong: 1, sandbox.Voso: 0} {
		if n := s.box.Writes()[m]; n != want {
			t.Errorf("%s got %d writing calls, expected %d", m, n, want)
		}
	}
	must(t, lease.Release(t.Context()))
	s.judge(s.sync(exitOK))
	if n := s.box.Writes()[sandbox.Voso]; n != 1 {
		t.Errorf("voso got %d writing calls once it was free, expected 1", n)
	}
}

// Design decision 1: two tenants can't work one shop. A plan claims nothing.
func TestSecondTenantIsRefused(t *testing.T) {
	t.Parallel()
	s := newSmallStage(t)
	s.writeConfig(with("tenant: da-lat ", "tenant: lam-dong "))
	if got := s.call("plan"); got.code != exitChanges {
		t.Errorf("a plan of another tenant: expected exit %d\n%s", exitChanges, got)
	}
	s.writeConfig()
	s.settle()
	s.box.ResetCounts()
	s.writeConfig(with("tenant: da-lat ", "tenant: lam-dong "))
	got := s.call("sync")
	if got.code != exitFailed || !strings.Contains(got.err, `is worked by tenant "da-lat": two tenants can't work one shop`) {
		t.Errorf("expected exit %d and whose the shop is\n%s", exitFailed, got)
	}
	s.wantWrites(0)
}

// A Redis that forgot everything costs nothing but looks: what is there is
// adopted by its SKU, and only what differs is written.
func TestWipedRedisListsNothingTwice(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.settle()
	on := s.box.Figures()
	code := s.everywhere()[0]
	client := redis.NewClient(&redis.Options{Addr: s.redis.Addr})
	defer func() { _ = client.Close() }()
	must(t, client.FlushAll(t.Context()).Err())
	s.box.ResetCounts()
	r := s.sync(anyEnd)
	s.judge(r)
	// Three pictures are refused; that was forgotten too, so they are tried once more.
	for m, n := range s.box.Writes() {
		if n > 3 {
			t.Errorf("%s got %d writing calls after Redis was wiped", m, n)
		}
	}
	if now := s.box.Figures(); now.Overall != on.Overall {
		t.Errorf("on sale were %+v, are %+v", on.Overall, now.Overall)
	}
	s.box.ResetCounts()
	s.judge(s.sync(exitOK, "--verify"))
	s.judge(s.sync(exitOK))
	s.wantWrites(0)

	must(t, client.FlushAll(t.Context()).Err())
	s.setPrice(code, 345_000)
	s.sync(anyEnd)
	for _, m := range sandbox.Markets() {
		if p := s.listed(m, code).Price; p != 345_000 {
			t.Errorf("%s shows the price %d after a change met a wiped Redis", m, p)
		}
	}
}
