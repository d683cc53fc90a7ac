package state

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

func held(n int) []HeldChange {
	out := make([]HeldChange, n)
	for i := range out {
		code := ocop.Code(fmt.Sprintf("68-%04d", i))
		out[i] = HeldChange{listing.Change{
			Kind: listing.Hold, Held: listing.Update, Code: code, SKU: listing.SKU("OCOP-" + code), ID: "7", Fields: listing.FieldPrice | listing.FieldState,
			Reasons: ocop.Reasons{ocop.GuardHold, ocop.PriceJump}, Why: "giá đổi", From: "price 1đ", To: "price 2đ",
		}, fmt.Sprint("mark-", i)}
	}
	return out
}

func TestHeldPlan(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		waiting := func() Waiting {
			t.Helper()
			got, err := s.Waiting(ctx, "postmart", "voso")
			must(err)
			if got["postmart"] != (Waiting{}) {
				t.Fatalf("postmart: %+v", got["postmart"])
			}
			return got["voso"]
		}
		over := map[string]bool{}
		decide := func(checksum, run string) error {
			return s.DecideHeld(ctx, "voso", HeldDecision{Checksum: checksum, Approved: run != "", Run: run, By: "officer", At: monday},
				func(run string) (bool, error) { return over[run], nil })
		}
		wants := func(what string, err, want error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		if got := waiting(); got != (Waiting{}) {
			t.Errorf("before anything: %+v", got)
		}
		wants("nothing is held", decide("abc", "r1"), ErrNotFound)

		l := lease(t, s, "voso")
		all := held(700)
		plan := HeldPlan{
			Run: "r0", Checksum: "abc", Why: "nhiều", Since: monday, Total: 700, Counts: map[listing.Kind]int{listing.Update: 700},
			Shown: []listing.Change{all[0].Change},
		}
		must(s.SaveHeld(ctx, l, plan, all))
		if diff := cmp.Diff(&plan, waiting().Plan); diff != "" {
			t.Errorf("kept (-want +got):\n%s", diff)
		}
		got, sum, err := s.HeldChanges(ctx, "voso")
		must(err)
		if diff := cmp.Diff(all, got); diff != "" || sum != "abc" {
			t.Errorf("changes of %s (-want +got):\n%s", sum, diff)
		}
		wants("another checksum", decide("abd", "r1"), ErrStale)
		must(decide("abc", "r1"))
		wants("approved twice", decide("abc", "r2"), ErrDecided)
		wants("refused while it runs", decide("abc", ""), ErrDecided)

		// What is held by then is something else; the run has what was approved.
		plan.Checksum, plan.Run = "def", "r1"
		must(s.SaveHeld(ctx, l, plan, all[:1]))
		wants("another approval while the first runs", decide("def", "r2"), ErrDecided)
		marks, err := s.Approved(ctx, "voso", "r1")
		must(err)
		if len(marks) != 700 || !marks["mark-699"] {
			t.Errorf("%d changes approved", len(marks))
		}
		if other, err := s.Approved(ctx, "voso", "r2"); err != nil || other != nil {
			t.Errorf("for another run: %v, %v", other, err)
		}
		over["r1"] = true
		wants("used", decide("abc", "r3"), ErrDecided)
		must(decide("def", ""))
		if w := waiting(); !w.Refused() || w.Decision.Held != "r1" {
			t.Errorf("refused: %+v", w.Decision)
		}
		wants("refused twice", decide("def", ""), ErrDecided)
		must(decide("def", "r4")) // on second thought

		over["r4"] = true // and it ended without using it
		must(decide("def", "r5"))
		over["r5"] = true
		k.clock.add(HeldFor - 30*time.Minute)
		must(decide("def", "r6"))
		over["r6"] = true
		k.clock.add(time.Hour)
		wants("too late", decide("def", "r7"), ErrLapsed)

		must(s.DropHeld(ctx, l))
		if w := waiting(); w.Plan != nil || w.Decision == nil {
			t.Errorf("dropped: %+v", w)
		}
		if marks, err := s.Approved(ctx, "voso", "r6"); err != nil || len(marks) != 1 {
			t.Errorf("its run can't be taken up any more: %v, %v", marks, err)
		}
		wants("used, and nothing is held", decide("def", "r8"), ErrDecided)

		must(l.Release(ctx))
		wants("without a lease", s.SaveHeld(ctx, l, plan, all), ErrFenced)
		wants("without a lease", s.DropHeld(ctx, l), ErrFenced)
	})
}

func TestAcceptedReading(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		for _, want := range []Accepted{{Checksum: "abc", Run: "r1", By: "officer", At: monday}, {Checksum: "def", By: "officer", At: monday}} {
			if err := s.AcceptReading(t.Context(), want); err != nil {
				t.Fatal(err)
			}
			if got, err := s.AcceptedReading(t.Context()); err != nil || got != want {
				t.Errorf("%+v, %v; want %+v", got, err, want)
			}
		}
		if err := s.ReadingTaken(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, err := s.AcceptedReading(t.Context()); err != nil || got != (Accepted{}) {
			t.Errorf("taken over: %+v, %v", got, err)
		}
	})
}
