package state

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

func someRun(id string, at time.Time) Run {
	return Run{
		ID: id, Mode: "verify", Trigger: "schedule", By: "cron", Markets: []listing.Market{"postmart", "voso"},
		Codes: codes(1), CreatedAt: at, State: Queued,
		Source: SourceSummary{Kind: "province", Total: 71, Eligible: 57, Faults: 2, AsOf: at},
		Parts:  map[listing.Market]Part{"postmart": {State: Queued}, "voso": {State: Queued}},
	}
}

func TestRun(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		want := someRun("r1", monday)
		if err := s.CreateRun(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		check := func(when string) {
			t.Helper()
			got, err := s.Run(t.Context(), "r1")
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", when, err, diff)
			}
		}
		check("created")
		if err := s.CreateRun(t.Context(), want); !errors.Is(err, ErrExists) {
			t.Errorf("the same id again: %v, want ErrExists", err)
		}

		k.clock.add(time.Minute)
		want.State, want.StartedAt = Running, k.clock.now()
		voso := Part{State: Running, StartedAt: want.StartedAt, Phase: "apply", Done: 2, Total: 5, Fence: 7}
		if err := s.SavePart(t.Context(), "r1", "voso", voso); err != nil {
			t.Fatal(err)
		}
		want.Parts["voso"] = voso
		check("part begun")
		k.clock.add(time.Minute)
		voso = Part{
			State: Partial, StartedAt: monday, EndedAt: monday.Add(time.Minute), Counts: map[string]int{"create done": 3},
			Failures: []Failure{{Kind: "invalid", Words: "tên quá dài", Count: 2, Example: "LD-1"}},
			Held:     "", Checksum: "abc", Phase: "done", Done: 5, Total: 5, Fence: 7,
		}
		if _, err := s.EndPart(t.Context(), "r1", "verify", "voso", voso); err != nil {
			t.Fatal(err)
		}
		want.Parts["voso"] = voso
		check("part ended")

		// Who lost the lease can't write over its successor; the end stands.
		for _, fence := range []int64{0, 6} {
			late := Part{State: Failed, Fence: fence}
			if err := s.SavePart(t.Context(), "r1", "voso", late); !errors.Is(err, ErrFenced) {
				t.Errorf("part under fence %d after 7: %v, want ErrFenced", fence, err)
			}
		}
		for _, late := range []Part{{State: Failed, Fence: 7}, {State: Running, Fence: 8}} {
			if err := s.SavePart(t.Context(), "r1", "voso", late); !errors.Is(err, ErrEnded) {
				t.Errorf("part %+v after its end: %v, want ErrEnded", late, err)
			}
		}
		check("late part refused")
		if _, err := s.EndPart(t.Context(), "r1", "verify", "voso", voso); err != nil {
			t.Errorf("the same end again, as when an answer was lost: %v", err)
		}
		if _, err := s.EndPart(t.Context(), "r1", "verify", "voso", Part{State: Running, Fence: 7}); err == nil {
			t.Error("a part was ended as running")
		}

		want.Source = SourceSummary{Kind: "delta", Total: 70, Eligible: 56, AsOf: monday.Add(time.Hour)}
		if err := s.SaveSource(t.Context(), "r1", want.Source); err != nil {
			t.Fatal(err)
		}
		check("source saved, parts left alone")
		if last, err := s.LastSource(t.Context()); err != nil || !reflect.DeepEqual(last, want.Source) {
			t.Errorf("last source %+v, %v", last, err)
		}

		_, runErr := s.Run(t.Context(), "none")
		_, cancelErr := s.Cancel(t.Context(), "none")
		for what, err := range map[string]error{
			"Run": runErr, "SaveSource": s.SaveSource(t.Context(), "none", SourceSummary{}), "Cancel": cancelErr, "SavePart": s.SavePart(t.Context(), "none", "voso", voso),
			"AddItems": s.AddItems(t.Context(), "none", "voso", []Item{{}}),
		} {
			if !errors.Is(err, ErrNotFound) {
				t.Errorf("%s of a run that is not there: %v, want ErrNotFound", what, err)
			}
		}
		for _, id := range []string{"", "a:items", "a b", "{x}"} {
			if err := s.CreateRun(t.Context(), Run{ID: id}); err == nil {
				t.Errorf("a run of the id %q was created", id)
			}
		}
	})
}

func ids(runs []Run) []string {
	var out []string
	for _, r := range runs {
		out = append(out, r.ID)
	}
	return out
}

func TestRunsNewestFirstAndBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s, err := Open(t.Context(), Options{Client: k.client, Tenant: "da-lat", Now: k.clock.now,
			Retention: Retention{Runs: 5, For: 48 * time.Hour}})
		if err != nil {
			t.Fatal(err)
		}
		create := func(id string) {
			t.Helper()
			if err := s.CreateRun(t.Context(), someRun(id, k.clock.now())); err != nil {
				t.Fatal(err)
			}
			if err := s.AddItems(t.Context(), id, "voso", []Item{{Code: "c"}}); err != nil {
				t.Fatal(err)
			}
			k.clock.add(time.Hour)
		}
		page := func(before string, limit int, want ...string) {
			t.Helper()
			got, err := s.Runs(t.Context(), before, limit)
			if diff := cmp.Diff(want, ids(got)); err != nil || diff != "" {
				t.Errorf("%d runs before %q: %v (-want +got):\n%s", limit, before, err, diff)
			}
		}
		page("", 10)
		for n := range 7 {
			create(fmt.Sprint("r", n))
		}
		page("", 10, "r6", "r5", "r4", "r3", "r2")
		page("", 2, "r6", "r5")
		page("r5", 2, "r4", "r3")
		page("r2", 2)
		page("", 0)
		if _, err := s.Runs(t.Context(), "r0", 2); !errors.Is(err, ErrNotFound) {
			t.Errorf("runs before one that was let go: %v, want ErrNotFound", err)
		}
		gone := []string{s.runKey("r1"), s.itemsKey("r1", "voso")}
		if n := k.client.Exists(t.Context(), gone...).Val(); n != 0 {
			t.Errorf("%d keys of a run that was let go are still there", n)
		}
		k.clock.add(46 * time.Hour) // r2 to r4 are now older than 48 hours, r5 is that old
		create("r7")
		page("", 10, "r7", "r6", "r5")
		for _, key := range []string{s.runKey("r7"), s.itemsKey("r7", "voso")} {
			if ttl := k.client.TTL(t.Context(), key).Val(); ttl <= 0 || ttl > 48*time.Hour {
				t.Errorf("%s ends by itself in %v, want within 48 h", key, ttl)
			}
		}
	})
}

func TestItems(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		if err := s.CreateRun(t.Context(), someRun("r1", monday)); err != nil {
			t.Fatal(err)
		}
		var items []Item
		for n := range MaxItems + 20 {
			r := record(n)
			items = append(items, Item{Code: r.Code, SKU: r.SKU, Kind: listing.Update, Outcome: "done", Reason: ocop.PriceJump,
				Why: "giá đổi", From: "100000", To: "120000", At: monday})
		}
		for _, some := range [][]Item{items[:3], nil, items[3:9000], items[9000:]} {
			if err := s.AddItems(t.Context(), "r1", "voso", some); err != nil {
				t.Fatal(err)
			}
		}
		var got []Item
		cursor, pages := "", 0
		for {
			p, err := s.Items(t.Context(), "r1", "voso", cursor, 4000)
			if err != nil {
				t.Fatal(err)
			}
			if p.Total != MaxItems || p.Dropped != 20 {
				t.Errorf("page %d says %d kept and %d dropped, want %d and 20", pages, p.Total, p.Dropped, MaxItems)
			}
			got, cursor, pages = append(got, p.Items...), p.Next, pages+1
			if cursor == "" {
				break
			}
		}
		if pages != 3 {
			t.Errorf("%d pages of 4,000, want 3", pages)
		}
		if diff := cmp.Diff(items[:MaxItems], got); diff != "" {
			t.Errorf("items (-want +got):\n%s", diff)
		}
		if p, err := s.Items(t.Context(), "r1", "postmart", "", 10); err != nil || len(p.Items) != 0 || p.Next != "" || p.Dropped != 0 {
			t.Errorf("a part without items: %+v, %v", p, err)
		}
		for _, bad := range []string{"x", "-1"} {
			if _, err := s.Items(t.Context(), "r1", "voso", bad, 10); err == nil {
				t.Errorf("cursor %q was taken", bad)
			}
		}
		if _, err := s.Items(t.Context(), "r1", "voso", "", 0); err == nil {
			t.Error("limit 0 was taken")
		}
	})
}
