package registry_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"

	"ocopsync/internal/registry"
	"ocopsync/internal/sandbox"
)

func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// recorded plays back a registry's answers, so that a benchmark measures the
// reader and not the sandbox.
func recorded(b *testing.B, products int, moved *atomic.Bool) *httptest.Server {
	b.Helper()
	sb, err := sandbox.New(sandbox.Options{Products: products, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	pages := map[string]*httptest.ResponseRecorder{}
	inner := sb.Handler("registry")
	_ = sb.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.URL.RawQuery
		if pages[key] == nil {
			rec := httptest.NewRecorder()
			q := r.Clone(r.Context())
			q.Header.Del("If-None-Match")
			if values := q.URL.Query(); values.Has("updated_since") {
				values.Set("updated_since", "2099-01-01T00:00:00Z")
				q.URL.RawQuery = values.Encode()
			}
			inner.ServeHTTP(rec, q)
			pages[key] = rec
		}
		rec := pages[key]
		w.Header().Set("ETag", rec.Header().Get("ETag"))
		if moved.Load() { // every look sees another list, and the delta tells of nothing
			w.Header().Set("ETag", `"moved"`)
			_, _ = w.Write(rec.Body.Bytes())
			return
		}
		if m := r.Header.Get("If-None-Match"); m != "" && m == rec.Header().Get("ETag") {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(rec.Body.Bytes())
	}))
	b.Cleanup(srv.Close)
	return srv
}

func BenchmarkRead20000(b *testing.B) {
	var moved atomic.Bool
	srv := recorded(b, 20_000, &moved)
	source, err := registry.NewHTTP(registry.HTTPOptions{BaseURL: srv.URL, Token: sandbox.RegistryToken})
	if err != nil {
		b.Fatal(err)
	}
	defer source.Close()
	run := func(b *testing.B, held *registry.Held, how registry.How, kind string) {
		b.Helper()
		r, err := source.Read(b.Context(), held, how, nil)
		if err != nil {
			b.Fatal(err)
		}
		if r.Kind != kind || r.Total == 0 {
			b.Fatalf("a reading of %d, %s", r.Total, r.Kind)
		}
		if err := r.Staged.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	held := func(b *testing.B) *registry.Held {
		b.Helper()
		h, err := registry.OpenHeld(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = h.Close() })
		return h
	}
	measure := func(b *testing.B, f func()) {
		b.Helper()
		before := cpuSeconds()
		for b.Loop() {
			f()
		}
		b.ReportMetric((cpuSeconds()-before)/float64(b.N), "cpu-s/op")
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapInuse)/(1<<20), "MiB-heap")
	}
	b.Run("first", func(b *testing.B) {
		measure(b, func() { run(b, held(b), registry.Full, registry.KindFull) })
	})
	h := held(b)
	run(b, h, registry.Full, registry.KindFull)
	b.Run("full", func(b *testing.B) {
		measure(b, func() { run(b, h, registry.Full, registry.KindFull) })
	})
	b.Run("not_modified", func(b *testing.B) {
		measure(b, func() { run(b, h, registry.Conditional, registry.KindNotModified) })
	})
	moved.Store(true)
	b.Run("delta_of_nothing", func(b *testing.B) {
		measure(b, func() { run(b, h, registry.Conditional, registry.KindDelta) })
	})
}

func BenchmarkOfferHash20000(b *testing.B) {
	sb, err := sandbox.New(sandbox.Options{Products: 20_000, Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	path := b.TempDir() + "/gia.csv"
	if err := sb.WritePriceList(path); err != nil {
		b.Fatal(err)
	}
	source, err := registry.NewHTTP(registry.HTTPOptions{BaseURL: sb.URL("registry"), Token: sandbox.RegistryToken})
	if err != nil {
		b.Fatal(err)
	}
	held, err := registry.OpenHeld(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	r, err := source.Read(b.Context(), held, registry.Full, nil)
	if err != nil {
		b.Fatal(err)
	}
	if err := r.Staged.Commit(); err != nil {
		b.Fatal(err)
	}
	source.Close()
	_ = sb.Close()
	list, err := registry.NewPriceList(registry.FileOptions{Path: path, Settle: -1})
	if err != nil {
		b.Fatal(err)
	}
	prices, _, err := list.Read(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	prices = prices.Among(held.Entries())
	for b.Loop() {
		var sum uint64
		for _, e := range held.Entries() {
			sum += prices.OfferHashOf(e)
		}
		if sum == 0 {
			b.Fatal("no hashes")
		}
	}
	_ = held.Close()
}
