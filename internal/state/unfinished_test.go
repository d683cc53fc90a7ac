package state

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
)

// A run ends with its last part, as the worst of them did, and only then leaves
// the list of the unfinished.
func TestRunEndsWithItsLastPart(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		unfinished := func(want ...string) {
			t.Helper()
			runs, err := s.Unfinished(t.Context())
			if diff := cmp.Diff(want, ids(runs)); err != nil || diff != "" {
				t.Errorf("unfinished: %v (-want +got):\n%s", err, diff)
			}
		}
		unfinished()
		for i, c := range []struct{ postmart, voso, want string }{
			{Succeeded, Succeeded, Succeeded}, {Partial, Succeeded, Partial}, {Partial, Held, Held},
			{Cancelled, Held, Cancelled}, {Failed, Cancelled, Failed},
		} {
			id := string(rune('a' + i))
			k.clock.add(time.Minute)
			if err := s.CreateRun(t.Context(), someRun(id, k.clock.now())); err != nil {
				t.Fatal(err)
			}
			unfinished(id)
			if last, err := s.EndPart(t.Context(), id, "sync", "postmart", Part{State: c.postmart, EndedAt: k.clock.now()}); err != nil || last {
				t.Fatalf("end the first part: last %v, %v", last, err)
			}
			run, err := s.Run(t.Context(), id)
			if err != nil || !run.EndedAt.IsZero() || Ended(run.State) {
				t.Errorf("one part ended %s, the other is queued: run %s, ended %s: %v", c.postmart, run.State, run.EndedAt, err)
			}
			unfinished(id)
			k.clock.add(time.Second)
			if last, err := s.EndPart(t.Context(), id, "sync", "voso", Part{State: c.voso, EndedAt: k.clock.now()}); err != nil || !last {
				t.Fatalf("end the last part: last %v, %v", last, err)
			}
			run, err = s.Run(t.Context(), id)
			if err != nil || run.State != c.want || !run.EndedAt.Equal(k.clock.now()) || run.StartedAt.IsZero() {
				t.Errorf("parts ended %s and %s: run %s, started %s, ended %s: %v", c.postmart, c.voso, run.State, run.StartedAt, run.EndedAt, err)
			}
			unfinished()
		}
		last, err := s.LastParts(t.Context())
		if err != nil || last["voso"].Run != "e" || last["voso"].Mode != "sync" || last["voso"].Part.State != Cancelled || last["postmart"].Part.State != Failed {
			t.Errorf("last parts %+v: %v", last, err)
		}
	})
}

// A part of a run that changes nothing is nobody's last.
func TestPlanIsNoLastPart(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		if err := s.CreateRun(t.Context(), someRun("r1", monday)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.EndPart(t.Context(), "r1", "", "voso", Part{State: Succeeded}); err != nil {
			t.Fatal(err)
		}
		if last, err := s.LastParts(t.Context()); err != nil || len(last) != 0 {
			t.Errorf("last parts %+v: %v", last, err)
		}
	})
}

// Cancelling ends what nobody has begun at once and tells the others.
func TestCancelRun(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		if err := s.CreateRun(t.Context(), someRun("r1", monday)); err != nil {
			t.Fatal(err)
		}
		begun := Part{State: Running, Fence: 3}
		if err := s.SavePart(t.Context(), "r1", "voso", begun); err != nil {
			t.Fatal(err)
		}
		cancelled := func(id string, want bool) {
			t.Helper()
			if o, err := s.Orders(t.Context(), id, "voso"); err != nil || o.Cancelled != want || o.Pause != nil {
				t.Errorf("run %s: %+v, %v; want cancelled %v", id, o, err, want)
			}
		}
		cancelled("r1", false)
		cancelled("none", false)
		for i := range 2 { // twice is as once
			ended, err := s.Cancel(t.Context(), "r1")
			if err != nil {
				t.Fatal(err)
			}
			if first := i == 0; first != (len(ended) == 1) || first && (ended[0].Market != "postmart" || ended[0].Part.State != Cancelled || ended[0].Last) {
				t.Errorf("cancelled for the %d. time it ended %+v", i+1, ended)
			}
		}
		cancelled("r1", true)
		run, err := s.Run(t.Context(), "r1")
		if err != nil || !run.CancelAsked.Equal(monday) || run.Parts["postmart"].State != Cancelled || run.Parts["voso"].State != Running || run.State != Running {
			t.Errorf("after cancelling: %+v, %v", run, err)
		}
		// A worker that had not heard of it begins the part that was ended.
		if err := s.SavePart(t.Context(), "r1", "postmart", Part{State: Running, Fence: 9}); !errors.Is(err, ErrEnded) {
			t.Errorf("begin a cancelled part: %v, want ErrEnded", err)
		}
		begun.State = Cancelled
		if _, err := s.EndPart(t.Context(), "r1", "sync", "voso", begun); err != nil {
			t.Fatal(err)
		}
		if run, err = s.Run(t.Context(), "r1"); err != nil || run.State != Cancelled || run.EndedAt.IsZero() {
			t.Errorf("after the last part: %+v, %v", run, err)
		}
	})
}

func TestFencesAndPauses(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		l, err := s.Acquire(t.Context(), "voso", "test", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		fences, err := s.Fences(t.Context(), []listing.Market{"voso", "postmart"})
		if diff := cmp.Diff(map[listing.Market]int64{"voso": l.Fence}, fences); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		why := func(m listing.Market, want string) {
			t.Helper()
			o, err := s.Orders(t.Context(), "none", m)
			got := ""
			if o.Pause != nil {
				got = o.Pause.Reason
			}
			if err != nil || got != want {
				t.Errorf("pause of %s: %q, %v; want %q", m, got, err, want)
			}
		}
		why("voso", "")
		for m, reason := range map[listing.Market]string{"": "everything", "voso": "its own"} {
			if err := s.SetPause(t.Context(), m, Pause{Reason: reason}); err != nil {
				t.Fatal(err)
			}
		}
		why("voso", "its own")
		why("postmart", "everything")
	})
}

// A run that the retention let go of while it was unfinished is forgotten.
func TestUnfinishedAndGone(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		if err := s.CreateRun(t.Context(), someRun("r1", monday)); err != nil {
			t.Fatal(err)
		}
		if err := k.client.Del(t.Context(), s.runKey("r1")).Err(); err != nil {
			t.Fatal(err)
		}
		if runs, err := s.Unfinished(t.Context()); err != nil || len(runs) != 0 {
			t.Errorf("%+v, %v", runs, err)
		}
		if n := k.client.ZCard(t.Context(), s.key("unfinished")).Val(); n != 0 {
			t.Errorf("%d ids of runs that are gone are kept", n)
		}
	})
}
