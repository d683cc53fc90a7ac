package admin

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"go.uber.org/zap"

	"ocopsync/internal/coverage"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
	"ocopsync/internal/state/redistest"
)

// A status request is to cost well under 2 ms of one core: 500 a second.
func BenchmarkStatus(b *testing.B) {
	client, err := state.Dial(state.Config{Addresses: []string{redistest.Start(b)}})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	store, err := state.Open(b.Context(), state.Options{Client: client, Tenant: "da-lat"})
	if err != nil {
		b.Fatal(err)
	}
	_, secret, err := store.CreateToken(b.Context(), state.NewToken{Name: "bench", Role: state.Viewer})
	if err != nil {
		b.Fatal(err)
	}
	model := newModel()
	model.standing.Store(bigStanding(20_000))
	s, err := New(Options{Store: store, Model: model, Work: &fakeWork{store: store}, Log: zap.NewNop()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for _, path := range []string{"/api/v1/status", "/api/v1/coverage", "/api/v1/products?act=producer", "/metrics"} {
		b.Run(path, func(b *testing.B) {
			req := httptest.NewRequest("GET", path, nil)
			req.Header.Set("Authorization", "Bearer "+secret)
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				s.ServeHTTP(w, req)
				if w.Code != 200 {
					b.Fatalf("answered %d: %s", w.Code, w.Body)
				}
			}
		})
	}
	b.Run("a new standing", func(b *testing.B) {
		for b.Loop() {
			next := *model.Standing()
			model.standing.Store(&next)
			if s.book().figures.Products != 20_000 {
				b.Fatal("not counted")
			}
		}
	})
}

func bigStanding(n int) *Standing {
	few := province()
	all := make([]coverage.Product, n)
	for i := range all {
		all[i] = few[i%len(few)]
		all[i].Code = ocop.Code(fmt.Sprintf("68-672-%06d-1-2024", i))
	}
	return &Standing{AsOf: monday, Markets: markets(), Products: all}
}
