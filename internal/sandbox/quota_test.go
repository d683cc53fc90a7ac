package sandbox

import (
	"testing"
	"time"
)

func TestPostmartQuota(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now, Quota: map[string]Quota{Postmart: {Rate: 2, Burst: 4}}})
	p := newClient(t, s, Postmart)
	a := p.do("GET", "/partner/v1/categories", nil) // a refused token counts too
	if a.header.Get("RateLimit-Policy") != `"shop";q=4;w=2` || a.header.Get("RateLimit") != `"shop";r=3;t=2` {
		t.Errorf("%v", a.header)
	}
	for range 3 {
		p.do("GET", "/partner/v1/categories", nil)
	}
	a = p.do("GET", "/partner/v1/categories", nil)
	if a.status != 429 || a.object(t)["code"] != "rate_limited" || a.header.Get("Retry-After") != "1" {
		t.Errorf("%d %s %v", a.status, a.body, a.header)
	}
	k.pass(500 * time.Millisecond)
	if a = p.do("GET", "/partner/v1/categories", nil); a.status != 401 {
		t.Errorf("half a second later: %d", a.status)
	}
	if got := s.Refused(); got[Postmart] != 1 || got[Voso] != 0 {
		t.Errorf("%v", got)
	}
}

func TestVosoLocksTheShop(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now, Quota: map[string]Quota{Voso: {Rate: 1, Lock: time.Minute}}})
	v := newClient(t, s, Voso)
	login := func() int { return v.do("POST", "/v2/user/Login", nil).status }
	if first, second := login(), login(); first != 200 || second != 429 {
		t.Errorf("%d, %d", first, second)
	}
	k.pass(59 * time.Second)
	if a := v.do("POST", "/v2/user/Login", nil); a.status != 429 || a.header.Get("Retry-After") != "60" || a.header.Get("Content-Type") != "text/html" {
		t.Errorf("locked: %d %v", a.status, a.header)
	}
	k.pass(59 * time.Second) // the call before has started the lock again
	if got := login(); got != 429 {
		t.Errorf("still locked: %d", got)
	}
	k.pass(60 * time.Second)
	if got := login(); got != 200 {
		t.Errorf("free: %d", got)
	}
}

func TestFault429LocksVoso(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now})
	v := newClient(t, s, Voso)
	_ = s.SetFault(Fault{Target: Voso, Kind: Fault429, Delay: 30 * time.Second, Count: 1})
	for _, want := range []int{429, 429} {
		if a := v.do("POST", "/v2/user/Login", nil); a.status != want || a.header.Get("Retry-After") != "30" {
			t.Errorf("%d %v", a.status, a.header)
		}
	}
	k.pass(30 * time.Second)
	if a := v.do("POST", "/v2/user/Login", nil); a.status != 200 {
		t.Errorf("%d", a.status)
	}
}

func TestRegistryQuotaLeavesPicturesAlone(t *testing.T) {
	k := newClock()
	s := start(t, Options{Now: k.now, Quota: map[string]Quota{Registry: {Rate: 1}, Lamdong: {Rate: 0.1, Burst: 1}}})
	r := registryClient(t, s)
	r.do("GET", "/api/v1/products", nil)
	if a := r.do("GET", "/api/v1/products", nil); a.status != 429 || a.header.Get("Retry-After") != "1" {
		t.Errorf("%d", a.status)
	}
	if a := r.do("GET", "/media/pictures/a.jpg", nil); a.status != 200 {
		t.Errorf("%d", a.status)
	}
	w := newWooShop(t, s)
	w.call("GET", "/products", nil)
	if a := w.call("GET", "/products", nil); a.status != 429 || a.header.Get("Retry-After") != "10" {
		t.Errorf("%d %v", a.status, a.header)
	}
}
