package reconcile_test

import (
	"testing"

	"ocopsync/internal/market/markettest"
	"ocopsync/internal/state"
)

// TestRoundTrips: work with Redis is in batches, never a round trip per product.
func TestRoundTrips(t *testing.T) {
	t.Parallel()
	const n = 1000
	for _, kind := range []markettest.ModelOptions{
		{Name: "lamdong", UniqueSKU: true, BatchSize: 50, PageSize: 100},
		{Name: "postmart", UniqueSKU: true, IdempotencyKey: true, Review: true, BatchSize: 25, PageSize: 100},
	} {
		t.Run(string(kind.Name), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, realRedis(t), goodOnes(n), kind)
			trips := state.CountRoundTrips(w.client)
			spent := func(what string, most int64, f func()) {
				t.Helper()
				before := trips.Total()
				f()
				got := trips.Total() - before
				t.Logf("%s: %d round trips", what, got)
				if got > most {
					t.Errorf("%s of %d products: %d round trips, want %d at most", what, n, got, most)
				}
			}
			batches := int64(n / kind.BatchSize)
			spent("first verify", 30+4*batches, func() { w.clean(w.verify()) })
			w.decide()
			spent("sync after the reviews", 30, func() { w.clean(w.sync()) })
			spent("no-op sync", 20, func() { w.clean(w.sync()) })
			spent("no-op verify", 30, func() { w.quiet() })
			w.edit("68-500", func(g *goods) { g.price += 1000 })
			spent("sync of one price", 25, func() { w.clean(w.sync()) })
		})
	}
}
