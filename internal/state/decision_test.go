package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/journal"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// A replica is a process with a data_dir of its own.
type replica struct {
	*Store
	kit     *kit
	journal *journal.Journal
	noticed []string
}

func (k *kit) replica(t *testing.T) *replica {
	t.Helper()
	j, err := journal.Open(t.Context(), t.TempDir(), journal.Options{Notice: func(words string) { t.Errorf("the journal: %s", words) }})
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{kit: k, journal: j}
	r.start(t)
	return r
}

// start is the start of its process, with what it last saw; none: nothing.
func (r *replica) start(t *testing.T, seen ...Seen) {
	t.Helper()
	o := Options{
		Client: r.kit.client, Tenant: "da-lat", Now: r.kit.clock.now, Journal: r.journal,
		Notice: func(words string) { r.noticed = append(r.noticed, words) },
	}
	if len(seen) > 0 {
		o.Seen = seen[0]
	}
	r.noticed = nil
	var err error
	if r.Store, err = Open(t.Context(), o); err != nil {
		t.Fatalf("open: %v", err)
	}
}

func (k *kit) wipe(t *testing.T) {
	t.Helper()
	if err := k.client.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
}

// inForce tells, in words, what was decided on voso.
func inForce(t *testing.T, s *Store) []string {
	t.Helper()
	mem, err := s.Memory(t.Context(), "voso")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	if p := mem.State.Pause; p != nil {
		out = append(out, "paused: "+p.Reason)
	}
	for _, e := range mem.Exemptions {
		out = append(out, fmt.Sprintf("%s exempt on %q until %s: %s", e.Code, e.Market, e.Until, e.Reason))
	}
	slices.Sort(out)
	return out
}

func wantInForce(t *testing.T, when string, s *Store, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, inForce(t, s)); diff != "" {
		t.Errorf("%s: in force on voso (-want +got):\n%s", when, diff)
	}
}

func exempt(n int, m listing.Market, reason string) Exemption {
	return Exemption{Code: record(n).Code, Market: m, Reason: reason, By: "officer-1", At: monday, Until: ocop.Day{Year: 2027, Month: 3, Dom: 31}}
}

func try(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// Decisions of people are back after Redis was emptied; what they had ended stays
// ended, and the audit log is as it was.
func TestDecisionsOutliveRedis(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		r := k.replica(t)
		ctx := t.Context()
		audit := func(what string) {
			t.Helper()
			_, err := r.AddAudit(ctx, AuditEntry{At: k.clock.now(), Who: "officer-1", What: what, Outcome: AuditDone})
			try(t, err)
		}
		try(t,
			r.SetPause(ctx, "voso", Pause{Reason: "bảo trì", By: "officer-1", At: monday}),
			r.SetPause(ctx, "", Pause{Reason: "kiểm tra", By: "officer-1", At: monday}), r.Resume(ctx, ""),
			r.SetExemption(ctx, exempt(1, "voso", "đang kiện")),
			r.SetExemption(ctx, exempt(2, "", "ngừng sản xuất")), r.SetExemption(ctx, exempt(2, "", "ngừng sản xuất một vụ")),
			r.SetExemption(ctx, exempt(3, "voso", "nhầm")), r.EndExemption(ctx, record(3).Code, "voso"),
			r.SetExemption(ctx, exempt(4, "postmart", "sàn khác")),
		)
		audit("pause")
		audit("exempt")
		before, err := r.Audit(ctx, "", 10)
		try(t, err)
		want := []string{
			"68-672-00001-1-2024 exempt on \"voso\" until 2027-03-31: đang kiện",
			"68-672-00002-1-2024 exempt on \"\" until 2027-03-31: ngừng sản xuất một vụ",
			"paused: bảo trì",
		}
		wantInForce(t, "decided", r.Store, want...)
		for range 2 {
			k.wipe(t)
			r.start(t)
			wantInForce(t, "after Redis was emptied", r.Store, want...)
			if len(r.noticed) != 1 || !strings.Contains(r.noticed[0], "Redis lacked 6 decisions of the journal") {
				t.Errorf("noticed %q", r.noticed)
			}
			after, err := r.Audit(ctx, "", 10)
			if diff := cmp.Diff(before, after); err != nil || diff != "" {
				t.Errorf("audit log, %v (-before +after):\n%s", err, diff)
			}
		}
		r.start(t)
		wantInForce(t, "started again", r.Store, want...)
		if len(r.noticed) != 0 {
			t.Errorf("noticed %q on a Redis that lacks nothing", r.noticed)
		}
		try(t, r.Resume(ctx, "voso"))
		k.wipe(t)
		r.start(t)
		wantInForce(t, "resumed, then emptied", r.Store, want[:2]...)
	})
}

// A stale journal does not bring back what was decided otherwise since, neither
// into a Redis that knows nor, by whatever replica is first, into an empty one.
func TestJournalsOfReplicasMerge(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		a, b := k.replica(t), k.replica(t)
		ctx := t.Context()
		k.clock.add(time.Hour) // a's clock is ahead of b's, which ends what a has said
		try(t, a.SetPause(ctx, "voso", Pause{Reason: "của a"}), a.SetExemption(ctx, exempt(1, "voso", "của a")))
		k.clock.add(-time.Hour)
		try(t, b.Resume(ctx, "voso"), b.SetExemption(ctx, exempt(2, "voso", "của b")))
		one := "68-672-00001-1-2024 exempt on \"voso\" until 2027-03-31: của a"
		two := "68-672-00002-1-2024 exempt on \"voso\" until 2027-03-31: của b"
		a.start(t)
		wantInForce(t, "nothing was lost", b.Store, one, two)
		for _, order := range [][]*replica{{a, b}, {b, a}} {
			k.wipe(t)
			for _, r := range order {
				r.start(t)
			}
			wantInForce(t, "emptied", a.Store, one, two)
		}
	})
}

// failing is a data_dir that takes nothing.
type failing struct{ err error }

func (f failing) Append(context.Context, journal.Entry) error      { return f.err }
func (f failing) Entries(context.Context) ([]journal.Entry, error) { return nil, nil }

// Who is told that a decision is accepted can rely on it.
func TestADecisionThatCantBeKeptIsAFailure(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		full := errors.New("no space left on device")
		s, err := Open(t.Context(), Options{Client: k.client, Tenant: "da-lat", Now: k.clock.now, Journal: failing{full}})
		try(t, err)
		err = s.SetPause(t.Context(), "voso", Pause{Reason: "bảo trì"})
		if !errors.Is(err, ErrNotKept) || !errors.Is(err, full) {
			t.Errorf("paused with a full disk: %v, want ErrNotKept and why", err)
		}
		wantInForce(t, "it is in force all the same", s, "paused: bảo trì")
		if id, err := s.AddAudit(t.Context(), AuditEntry{Who: "x", What: "pause"}); id == "" || !errors.Is(err, ErrNotKept) {
			t.Errorf("audit with a full disk: %q, %v", id, err)
		}
		if err := s.Decide(t.Context(), Decision{Kind: "whim", Subject: "voso"}); err == nil {
			t.Error("decided on a kind that there is not")
		}
	})
}

// What a newer version has decided is told and left alone.
func TestUnknownDecisionsOfAJournal(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		r := k.replica(t)
		try(t, r.journal.Append(t.Context(), journal.Entry{ID: "1", At: monday, Kind: "alias", Subject: "x", Body: []byte(`{}`)}))
		r.start(t)
		if len(r.noticed) != 1 || !strings.Contains(r.noticed[0], "1 decision of the journal") {
			t.Errorf("noticed %q", r.noticed)
		}
		if n, err := k.client.DBSize(t.Context()).Result(); err != nil || n != 1 {
			t.Errorf("%d keys, %v; want the head of the memory alone", n, err)
		}
	})
}
