package state

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
)

func TestMarketState(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		check := func(when string, m listing.Market, want MarketState) {
			t.Helper()
			got, err := s.MarketState(t.Context(), m)
			if err != nil {
				t.Fatalf("%s: %v", when, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		check("never worked", "voso", MarketState{MemorySince: monday})

		l := lease(t, s, "voso")
		full := MarketState{
			LastObservation: monday.Add(time.Hour), MemorySince: monday.Add(30 * time.Minute), LastAttempt: monday.Add(time.Hour),
			LastSuccess: monday.Add(2 * time.Hour), OnSale: 57, Listed: 60, FirstHold: monday, FirstApproved: monday.Add(time.Minute),
		}
		save := func(ms MarketState) {
			t.Helper()
			if err := s.SaveMarketState(t.Context(), l, "voso", ms); err != nil {
				t.Fatal(err)
			}
		}
		save(full)
		check("saved", "voso", full)
		check("another market", "postmart", MarketState{MemorySince: monday})

		// A memory can't be older than the Redis that holds it.
		early := full
		early.MemorySince = monday.Add(-24 * time.Hour)
		save(early)
		early.MemorySince = monday
		check("saved with too old a memory", "voso", early)
	})
}

func TestPause(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		paused := func(when string, m listing.Market, want *Pause) {
			t.Helper()
			ms, err := s.MarketState(t.Context(), m)
			if err != nil {
				t.Fatalf("%s: %v", when, err)
			}
			if diff := cmp.Diff(want, ms.Pause); diff != "" {
				t.Errorf("%s: pause of %s (-want +got):\n%s", when, m, diff)
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		one := Pause{Reason: "sàn bảo trì", By: "officer-1", At: monday}
		every := Pause{Reason: "kiểm tra giá", By: "officer-2", At: monday, All: true}
		must(s.SetPause(t.Context(), "voso", one))
		paused("one paused", "voso", &one)
		paused("one paused", "postmart", nil)
		must(s.SetPause(t.Context(), "", every))
		paused("everything paused", "voso", &one)
		paused("everything paused", "postmart", &every)

		// A worker's write leaves an officer's word alone (decision 11).
		must(s.SaveMarketState(t.Context(), lease(t, s, "voso"), "voso", MarketState{OnSale: 1}))
		paused("after a worker's write", "voso", &one)

		must(s.Resume(t.Context(), "voso"))
		paused("one resumed", "voso", &every)
		must(s.Resume(t.Context(), ""))
		must(s.Resume(t.Context(), ""))
		paused("everything resumed", "voso", nil)
	})
}

func TestReading(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		if got, err := s.LastReading(t.Context()); err != nil || !reflect.DeepEqual(got, ReadingFigures{}) {
			t.Errorf("before the first reading: %+v, %v", got, err)
		}
		want := ReadingFigures{Eligible: 57, Total: 71, Prices: 60, MedianPrice: 120_000, AsOf: monday, ETag: `W/"7"`}
		if err := s.SaveReading(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := s.LastReading(t.Context())
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func TestPictures(t *testing.T) {
	onBoth(t, func(t *testing.T, k *kit) {
		s := k.open(t)
		trips := CountRoundTrips(k.client)
		const many = 4000
		saved := make(map[string]Picture, many)
		var urls []string
		for n := range many {
			r := record(n)
			u := "https://images.example/" + string(r.Code) + "/ảnh 1.jpg"
			saved[u] = Picture{ID: r.ID, Hash: "sha256-" + string(r.SKU), ETag: `"1"`}
			urls = append(urls, u)
		}
		if err := s.SavePictures(t.Context(), "postmart", saved); err != nil {
			t.Fatal(err)
		}
		got, err := s.Pictures(t.Context(), "postmart", append(urls[:many-1:many-1], "https://images.example/unknown.jpg"))
		if err != nil {
			t.Fatal(err)
		}
		delete(saved, urls[many-1])
		if diff := cmp.Diff(saved, got); diff != "" {
			t.Errorf("pictures (-want +got):\n%s", diff)
		}
		if n := trips.Total(); n != 2 {
			t.Errorf("saving and reading %d pictures took %d round trips, want 2", many, n)
		}
		for what, do := range map[string]func() (map[string]Picture, error){
			"another market": func() (map[string]Picture, error) { return s.Pictures(t.Context(), "voso", urls[:1]) },
			"no address":     func() (map[string]Picture, error) { return s.Pictures(t.Context(), "postmart", nil) },
		} {
			if got, err := do(); err != nil || len(got) != 0 {
				t.Errorf("%s: %v, %v; want none", what, got, err)
			}
		}
		if err := s.SavePictures(t.Context(), "postmart", nil); err != nil {
			t.Errorf("saving none: %v", err)
		}
	})
}
