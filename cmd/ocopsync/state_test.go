package main

import (
	"strings"
	"testing"
	"time"

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
	if got.code != exitFailed || !strings.Contains(got.out, "1 x busy: ") || !strings.Contains(got.out, "is being worked on by another machine, process 42") {
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
