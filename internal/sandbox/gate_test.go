package sandbox

import "testing"

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
