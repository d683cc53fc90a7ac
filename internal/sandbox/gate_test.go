package sandbox

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// Looking is no writing call, at whatever door.
func TestReadingIsNoWrite(t *testing.T) {
	s := start(t, Options{})
	for _, m := range Markets() {
		c := newClient(t, s, m)
		for _, path := range []string{"/", "/no/such/door", "/partner/v1/products", "/wp-json/wc/v3/products", "/v2/product/create"} {
			c.do("HEAD", path, nil)
			c.do("GET", path, nil)
		}
		if n := s.Writes()[m]; n != 0 {
			t.Errorf("%s: %d writing calls were counted: %+v", m, n, s.Calls())
		}
	}
	newClient(t, s, Lamdong).do("POST", "/wp-json/wc/v3/products", map[string]any{"name": "Trà"})
	if n := s.Writes()[Lamdong]; n != 1 {
		t.Errorf("a refused POST counts as %d writing calls, expected one", n)
	}
}

// Whoever has an answer finds its call in the ledger, however long the answer.
func TestACallIsCountedBeforeItsAnswer(t *testing.T) {
	t.Parallel()
	g := &gate{name: Voso, sandbox: start(t, Options{})}
	counted := -1
	g.mux = http.NewServeMux()
	g.mux.HandleFunc("POST /long/create", func(w http.ResponseWriter, _ *http.Request) {
		writeBody(w, http.StatusOK, "text/plain", make([]byte, 100_000))
		counted = g.sandbox.Writes()[Voso] // the client has it by now
	})
	g.bucket = newBucket(Quota{})
	g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/long/create", nil))
	if counted != 1 {
		t.Errorf("%d calls are counted while the answer is read, expected 1", counted)
	}
	if calls := g.sandbox.Calls(); len(calls) != 1 || calls[0].Status != http.StatusOK || calls[0].Count != 1 {
		t.Errorf("in the end the ledger has %+v", calls)
	}
}
