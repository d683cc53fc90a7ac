package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/sandbox"
)

// plan shows what a sync would do, and does nothing: not to a market, not to
// Redis, not to the held reading.

func TestPlanWritesNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)

	// On a shop and a Redis of which nothing is known yet.
	s.planWritesNothing(exitChanges)
	s.settle()
	s.planWritesNothing(exitOK)
	s.planWritesNothing(exitOK, "--verify")

	codes := s.everywhere()
	s.setPrice(codes[0], 123_000)
	must(t, s.box.Revoke(codes[1]))
	must(t, s.box.EditListing(sandbox.Voso, "OCOP-"+codes[2], "Tên do người khác sửa", 0))
	r := s.planWritesNothing(exitChanges, "--verify")
	type change struct {
		market listing.Market
		kind   listing.Kind
		sku    listing.SKU
	}
	var got []change
	for _, m := range slices.Sorted(maps.Keys(r.Parts)) {
		for _, c := range r.Parts[m].Changes {
			got = append(got, change{m, c.Kind, c.SKU})
			if c.Why == "" {
				t.Errorf("the %s of %s on %s has no reason", c.Kind, c.SKU, m)
			}
		}
	}
	price, revoked, edited := listing.SKU("OCOP-"+codes[0]), listing.SKU("OCOP-"+codes[1]), listing.SKU("OCOP-"+codes[2])
	want := []change{
		{"lamdong", listing.Unlist, revoked}, {"lamdong", listing.Update, price},
		{"postmart", listing.Unlist, revoked}, {"postmart", listing.Update, price},
		{"voso", listing.Unlist, revoked}, {"voso", listing.Update, price}, {"voso", listing.Update, edited},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(change{})); diff != "" {
		t.Errorf("planned changes (-want +got):\n%s", diff)
	}
	text := s.call("plan", "--verify")
	for _, words := range []string{"- unlist  " + string(revoked), "~ update  " + string(price), "price 123.000đ", "revoked"} {
		if !strings.Contains(text.out, words) {
			t.Errorf("the plan as text lacks %q\n%s", words, text)
		}
	}

	// What was planned is what a sync does.
	s.box.ResetCounts()
	s.judge(s.sync(exitOK, "--verify"))
	if got, want := s.box.Writes()[sandbox.Voso], 3; got != want {
		t.Errorf("voso got %d writing calls, %d were planned", got, want)
	}
	s.settle()
	s.planWritesNothing(exitOK, "--verify")
}

// planned is what a reader of plan --json looks at.
type planned struct {
	Parts map[listing.Market]struct {
		State, Held, Checksum string
		Changes               []struct {
			Kind     listing.Kind
			SKU      listing.SKU
			Why      string
			From, To string
		}
	}
}

// planWritesNothing plans twice, as JSON, and sees that nothing was written and
// that the same was printed.
func (s *stage) planWritesNothing(exit int, args ...string) planned {
	s.t.Helper()
	s.box.ResetCounts()
	before := s.dump()
	args = append([]string{"plan", "--json"}, args...)
	first, second := s.call(args...), s.call(args...)
	if first.code != exit {
		s.t.Errorf("%v: expected exit %d\n%s", args, exit, first)
	}
	if diff := cmp.Diff(first.out, second.out); diff != "" {
		s.t.Errorf("%v printed something else the second time (-first +second):\n%s", args, diff)
	}
	s.wantWrites(0)
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		s.t.Errorf("%v wrote to Redis (-before +after):\n%s", args, diff)
	}
	var r planned
	if err := json.Unmarshal([]byte(first.out), &r); err != nil {
		s.t.Fatalf("%v: %v\n%s", args, err, first)
	}
	return r
}

// dump is everything that Redis holds.
func (s *stage) dump() map[string]string {
	s.t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.redis.Addr})
	defer func() { _ = client.Close() }()
	keys, err := client.Keys(s.t.Context(), "*").Result()
	must(s.t, err)
	all := make(map[string]string, len(keys))
	for _, key := range keys {
		all[key], err = client.Dump(s.t.Context(), key).Result()
		must(s.t, err)
	}
	return all
}
