package state

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

func records(from, to int) []listing.Record {
	var rs []listing.Record
	for n := from; n < to; n++ {
		rs = append(rs, record(n))
	}
	return rs
}

func codes(ns ...int) []ocop.Code {
	var cs []ocop.Code
	for _, n := range ns {
		cs = append(cs, record(n).Code)
	}
	return cs
}

func TestManyRecords(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		const many = 5000
		s := k.open(t)
		l := lease(t, s, "voso")
		trips := CountRoundTrips(k.client)
		spent := func(what string, want int64, do func()) {
			t.Helper()
			before := trips.Total()
			do()
			if got := trips.Total() - before; got > want {
				t.Errorf("%s took %d round trips, want at most %d", what, got, want)
			}
		}
		// The first pipeline of each script is sent twice: Redis does not know it yet.
		spent("writing 5,000 records", 3, func() { write(t, s, l, Batch{Put: records(0, many)}) })
		spent("writing 4,000 records again", 1, func() { write(t, s, l, Batch{Put: records(0, 4000)}) })
		spent("reading 5,000 records", 2, func() {
			got := all(t, s, "voso")
			if len(got) != many {
				t.Fatalf("%d records came back of %d", len(got), many)
			}
			for n := range many {
				want := record(n)
				if diff := cmp.Diff(want, got[want.Code]); diff != "" {
					t.Fatalf("record %d came back changed:\n%s", n, diff)
				}
			}
		})
		spent("reading 1,200 of them", 1, func() {
			var ask []ocop.Code
			for n := range 1200 {
				ask = append(ask, record(n*5).Code) // the last 200 are not there
			}
			got, err := s.RecordsOf(t.Context(), "voso", ask)
			if err != nil || len(got) != 1000 {
				t.Errorf("%d records, %v; want 1,000", len(got), err)
			}
		})
		spent("reading none", 0, func() {
			if got, err := s.RecordsOf(t.Context(), "voso", nil); err != nil || len(got) != 0 {
				t.Errorf("%d records, %v; want none", len(got), err)
			}
		})
		spent("writing nothing", 0, func() { write(t, s, l, Batch{}) })
		gen, err := s.Generation(t.Context(), "voso")
		if err != nil || gen == 0 {
			t.Fatalf("generation %d, %v", gen, err)
		}
		spent("recalling the market", 1, func() {
			mem, err := s.Memory(t.Context(), "voso")
			if err != nil || mem.Generation != gen || len(mem.Intents) != 0 || !mem.State.MemorySince.Equal(monday) {
				t.Errorf("recalled %+v, %v; want generation %d", mem, err, gen)
			}
		})
		stop := errors.New("enough")
		seen := 0
		err = s.Records(t.Context(), "voso", func(listing.Record) error {
			seen++
			if seen == 3 {
				return stop
			}
			return nil
		})
		if !errors.Is(err, stop) || seen != 3 {
			t.Errorf("stopped by its reader after %d: %v", seen, err)
		}
	})
}

func TestBatch(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		l := lease(t, s, "voso")
		if got := all(t, s, "voso"); len(got) != 0 {
			t.Fatalf("a new market has %d records", len(got))
		}
		write(t, s, l, Batch{Put: records(1, 4), Open: []listing.Intent{intent(1), intent(2)}})

		later := monday.Add(time.Hour)
		moved := record(2)
		moved.State, moved.Reasons = listing.TakenDown, ocop.Reasons{ocop.TakenDownByMarket}
		twice := record(5)
		twice.ID = "later"
		again := intent(2)
		again.Key = "second attempt"
		write(t, s, l, Batch{
			Delete: codes(1, 3, 99), Put: []listing.Record{moved, record(3), record(5), twice},
			Touch: codes(3, 4, 1), SeenAt: later,
			Close: codes(1, 2, 98), Open: []listing.Intent{again},
		})
		touched := record(3)
		touched.SeenAt = later
		want := map[ocop.Code]listing.Record{moved.Code: moved, touched.Code: touched, twice.Code: twice}
		if diff := cmp.Diff(want, all(t, s, "voso")); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		open, err := s.Intents(t.Context(), "voso")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[ocop.Code]listing.Intent{again.Code: again}, open); diff != "" {
			t.Errorf("open intents (-want +got):\n%s", diff)
		}
		if err := s.Write(t.Context(), l, Batch{Put: []listing.Record{{}}}); err == nil || !strings.Contains(err.Error(), "without a product code") {
			t.Errorf("a record without a code: %v", err)
		}
	})
}

func TestGenerationGrowsWithRecordsOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		l := lease(t, s, "voso")
		var last int64
		for i, c := range []struct {
			name  string
			batch Batch
			grows bool
		}{
			{"put", Batch{Put: records(1, 2)}, true},
			{"touch", Batch{Touch: codes(1), SeenAt: monday}, true},
			{"intents", Batch{Open: []listing.Intent{intent(1)}, Close: codes(2)}, false},
			{"delete", Batch{Delete: codes(1)}, true},
		} {
			write(t, s, l, c.batch)
			gen, err := s.Generation(t.Context(), "voso")
			if err != nil || (gen > last) != c.grows {
				t.Errorf("step %d, %s: generation went from %d to %d (%v), should grow: %v", i, c.name, last, gen, err, c.grows)
			}
			last = gen
		}
		if gen, err := s.Generation(t.Context(), "postmart"); err != nil || gen != 0 {
			t.Errorf("another market's generation is %d, %v; want 0", gen, err)
		}
		if writes := s.Seen().Writes; writes != 4 {
			t.Errorf("%d writes were counted, want 4", writes)
		}
	})
}

// A Redis that has forgotten the scripts gets them again, also in a pipeline.
func TestForgottenScripts(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		l := lease(t, s, "voso")
		for _, n := range []int{100, 3000} {
			if err := k.client.ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			write(t, s, l, Batch{Put: records(0, n)})
			if got := len(all(t, s, "voso")); got != n {
				t.Errorf("%d records are there, want %d", got, n)
			}
		}
	})
}

func TestAnUnknownFormNamesItsKey(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		l := lease(t, s, "voso")
		code := string(codes(1)[0])
		for _, key := range []string{"records", "intents"} {
			if err := k.client.HSet(t.Context(), s.marketKey("voso", key), code, "\x07whatever").Err(); err != nil {
				t.Fatal(err)
			}
		}
		// A touch leaves alone what it does not know.
		write(t, s, l, Batch{Touch: codes(1), SeenAt: monday})
		_, intentsErr := s.Intents(t.Context(), "voso")
		for what, err := range map[string]error{
			"records": s.Records(t.Context(), "voso", func(listing.Record) error { return nil }),
			"intents": intentsErr,
		} {
			key := "ocopsync:{da-lat}:market:voso:-:" + what
			if err == nil || !strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), code) || !strings.Contains(err.Error(), "form 7") {
				t.Errorf("%s of an unknown form: error is\n%v\nand should name %s, %s and form 7", what, err, key, code)
			}
		}
		if got := k.client.HGet(t.Context(), s.marketKey("voso", "records"), code).Val(); got != "\x07whatever" {
			t.Errorf("a touch changed the unknown value to %q", got)
		}
	})
}

// Cut into steps, everything of one code stays together and in its order.
func TestSteps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var ops []op
		for range rapid.IntRange(0, 3*piece).Draw(t, "ops") {
			ops = append(ops, op{
				kind: rapid.IntRange(0, opKinds-1).Draw(t, "kind"),
				code: string(rune('a' + rapid.IntRange(0, 900).Draw(t, "code"))),
			})
		}
		slices.SortStableFunc(ops, func(a, b op) int { return a.kind - b.kind }) // as Batch.ops gives them
		given := slices.Clone(ops)
		where, n := make(map[string]int), 0
		for i, step := range steps(ops) {
			n += len(step)
			if len(step) > piece {
				t.Fatalf("step %d has %d fields", i, len(step))
			}
			if !slices.IsSortedFunc(step, func(a, b op) int { return a.kind - b.kind }) {
				t.Fatalf("step %d is not in the order of kinds", i)
			}
			for _, o := range step {
				if at, seen := where[o.code]; seen && at != i {
					t.Fatalf("code %q is in steps %d and %d", o.code, at, i)
				}
				where[o.code] = i
			}
		}
		if n != len(given) {
			t.Fatalf("%d ops went in, %d came out", len(given), n)
		}
	})
}
