package state

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAudit(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		if got, err := s.Audit(t.Context(), "", 10); err != nil || len(got) != 0 {
			t.Fatalf("before the first entry: %v, %v", got, err)
		}
		var want []AuditEntry // newest first
		for n := range 7 {
			e := AuditEntry{
				At: monday.Add(time.Duration(n) * time.Minute), Who: "officer-1", Token: "abc", Role: Operator, From: "203.0.113.5",
				What: "pause", Target: "voso", Detail: fmt.Sprint("lý do ", n), Outcome: AuditDone, Request: "r",
			}
			id, err := s.AddAudit(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			e.ID = id
			want = append([]AuditEntry{e}, want...)
		}
		var got []AuditEntry
		before := ""
		for range 4 {
			page, err := s.Audit(t.Context(), before, 3)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page...)
			if len(page) < 3 {
				break
			}
			before = page[2].ID
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
		for _, bad := range []string{"x", "-", "+", "1", "1-", "(1-1", "99999999999999999-1", "1-1 "} {
			if _, err := s.Audit(t.Context(), bad, 3); !errors.Is(err, ErrBadCursor) {
				t.Errorf("cursor %q: %v, want ErrBadCursor", bad, err)
			}
		}
		if got, err := s.Audit(t.Context(), "1-1", 3); err != nil || len(got) != 0 {
			t.Errorf("before everything: %v, %v", got, err)
		}
		if got, err := k.openAs(t, "lam-dong").Audit(t.Context(), "", 3); err != nil || len(got) != 0 {
			t.Errorf("another tenant's: %v, %v", got, err)
		}
		if _, err := s.AddAudit(t.Context(), AuditEntry{Who: "x", What: "y", Outcome: AuditRefused}); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Audit(t.Context(), "", 1); err != nil || !got[0].At.Equal(monday) {
			t.Errorf("an entry without a time: %+v, %v; want it dated now", got, err)
		}
	})
}

func TestAuditIsBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		pipe := k.client.Pipeline()
		for range MaxAudit + 500 {
			pipe.XAdd(t.Context(), auditArgs(s.key("audit"), []byte(`{"who":"x"}`)))
		}
		if _, err := pipe.Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddAudit(t.Context(), AuditEntry{Who: "last", What: "y", Outcome: AuditDone}); err != nil {
			t.Fatal(err)
		}
		n, err := k.client.XLen(t.Context(), s.key("audit")).Result()
		if err != nil || n > MaxAudit+200 || n < MaxAudit {
			t.Errorf("%d entries are kept, %v; want about %d", n, err, MaxAudit)
		}
		if got, err := s.Audit(t.Context(), "", 1); err != nil || got[0].Who != "last" {
			t.Errorf("the newest: %+v, %v", got, err)
		}
	})
}
