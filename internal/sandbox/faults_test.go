package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestFaultsOfTheConnection(t *testing.T) {
	for _, x := range []struct {
		kind   string
		effect bool // the create happened in the end
	}{{FaultCut, false}, {FaultLostAnswer, true}, {FaultLateEffect, true}} {
		s := start(t, Options{})
		v := newVosoShop(t, s)
		if err := s.SetFault(Fault{Target: Voso, Kind: x.kind, Match: "/create", Delay: time.Millisecond, Count: 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := v.send("POST", "/v2/seller/product/create", v.fields("OCOP-1")); err == nil {
			t.Errorf("%s: answered", x.kind)
		}
		s.WaitLateEffects()
		if got := len(v.list(nil)) == 1; got != x.effect {
			t.Errorf("%s: effect %v", x.kind, got)
		}
		if n := s.FaultsPlayed()[Voso][x.kind]; n != 1 {
			t.Errorf("%s: played %d times", x.kind, n)
		}
	}
}

func TestFaultsOfTheAnswer(t *testing.T) {
	s := start(t, Options{})
	v := newVosoShop(t, s)
	v.create("OCOP-1")
	path := "/v2/seller/product/list"
	for _, x := range []struct {
		fault  Fault
		status int
		broken bool
	}{
		{Fault{Kind: Fault5xx}, 502, true},
		{Fault{Kind: Fault5xx, Status: 504, Effect: true}, 504, true},
		{Fault{Kind: FaultMalformed}, 200, true},
		{Fault{Kind: FaultTruncated}, 200, true},
		{Fault{Kind: FaultSlowBody, Delay: 10 * time.Millisecond}, 200, false},
		{Fault{Kind: FaultLatency, Delay: time.Millisecond}, 200, false},
		{Fault{Kind: FaultSlowWork, Delay: time.Millisecond}, 200, false},
	} {
		x.fault.Target, x.fault.Count = Voso, 1
		if err := s.SetFault(x.fault); err != nil {
			t.Fatal(err)
		}
		req, _ := http.NewRequest("POST", v.base+path, nil)
		req.Header = v.header.Clone()
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != x.status || json.Valid(body) == x.broken {
			t.Errorf("%s: %d %v %s", x.fault.Kind, resp.StatusCode, err, body)
		}
	}
	if n := len(s.Faults()); n != 7 {
		t.Errorf("%d faults", n)
	}
	s.ClearFaults()
	if n := len(v.list(nil)); n != 1 || len(s.Faults()) != 0 {
		t.Errorf("%d products, faults %v", n, s.Faults())
	}
}

func TestFaultsThatNeverEnd(t *testing.T) {
	s := start(t, Options{})
	for _, kind := range []string{FaultHang, FaultEndless} {
		if err := s.SetFault(Fault{Target: Registry, Kind: kind, Count: 1}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		req, _ := http.NewRequestWithContext(ctx, "GET", s.URL(Registry)+"/api/v1/products", nil)
		got := make(chan int64, 1)
		go func() {
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				got <- 0
				return
			}
			n, _ := io.CopyN(io.Discard, resp.Body, 1<<20)
			_ = resp.Body.Close()
			got <- n
		}()
		if kind == FaultHang {
			for s.FaultsPlayed()[Registry][kind] == 0 { // until it hangs
				runtime.Gosched()
			}
			cancel()
		}
		if n := <-got; (n == 1<<20) != (kind == FaultEndless) {
			t.Errorf("%s: %d bytes", kind, n)
		}
		cancel()
	}
}

func TestFaultsOfLists(t *testing.T) {
	s := start(t, Options{})
	p, v, w, r := newShop(t, s), newVosoShop(t, s), newWooShop(t, s), registryClient(t, s)
	for i := range 4 {
		sku := fmt.Sprint("OCOP-", i)
		p.create(sku)
		v.create(sku)
		w.call("POST", "/products", fields{"name": sku, "sku": sku})
	}
	count := func(a reply, key string) int {
		o := a.object(t)
		list, _ := o[key].([]any)
		return len(list)
	}
	for name, x := range map[string]struct {
		fault Fault
		check func() bool
	}{
		"postmart short": {Fault{Target: Postmart, Kind: FaultShortPage}, func() bool { return count(p.do("GET", "/partner/v1/products", nil), "items") == 3 }},
		"voso short":     {Fault{Target: Voso, Kind: FaultShortPage}, func() bool { return len(v.list(nil)) == 3 }},
		"voso moving":    {Fault{Target: Voso, Kind: FaultMovingTotal}, func() bool { d, _ := v.call("/v2/seller/product/list", nil); return d["TOTAL"] != 4.0 }},
		"voso wrong":     {Fault{Target: Voso, Kind: FaultWrongProduct}, func() bool { return v.product("OCOP-3")["SELLER_SKU"] != "OCOP-3" }},
		"voso busy":      {Fault{Target: Voso, Kind: FaultBusy}, func() bool { _, word := v.call("/v2/seller/product/list", nil); return word == "SYSTEM_BUSY" }},
		"postmart wrong": {Fault{Target: Postmart, Kind: FaultWrongProduct}, func() bool { return p.product("OCOP-3")["content"].(fields)["sku"] != "OCOP-3" }},
		"lamdong wrong": {Fault{Target: Lamdong, Kind: FaultWrongProduct}, func() bool {
			return strings.Contains(string(w.call("GET", "/products?sku=OCOP-3", nil).body), `"sku":"OCOP-0"`)
		}},
		"lamdong repeated": {Fault{Target: Lamdong, Kind: FaultRepeatedPage}, func() bool {
			return strings.Contains(string(w.call("GET", "/products?per_page=2&page=2&order=asc", nil).body), `"sku":"OCOP-0"`)
		}},
		"lamdong moving":     {Fault{Target: Lamdong, Kind: FaultMovingTotal}, func() bool { return w.call("GET", "/products", nil).header.Get("X-WP-Total") != "4" }},
		"registry empty":     {Fault{Target: Registry, Kind: FaultEmpty}, func() bool { return count(r.do("GET", "/api/v1/products", nil), "items") == 0 }},
		"registry short":     {Fault{Target: Registry, Kind: FaultShort}, func() bool { return count(r.do("GET", "/api/v1/products", nil), "items") == 35 }},
		"registry stale":     {Fault{Target: Registry, Kind: FaultStale}, func() bool { return r.do("GET", "/api/v1/products", nil, "If-None-Match", `"x"`).status == 304 }},
		"registry page less": {Fault{Target: Registry, Kind: FaultShortPage}, func() bool { return count(r.do("GET", "/api/v1/products?page_size=10", nil), "items") == 8 }},
		"registry token":     {Fault{Target: Registry, Kind: FaultExpiredToken}, func() bool { return r.do("GET", "/api/v1/products", nil).status == 401 }},
		"lamdong token":      {Fault{Target: Lamdong, Kind: FaultExpiredToken}, func() bool { return w.call("GET", "/products", nil).status == 401 }},
	} {
		if err := s.SetFault(x.fault); err != nil {
			t.Fatal(err)
		}
		if !x.check() {
			t.Errorf("%s was not played", name)
		}
		s.ClearFaults()
	}
	_ = s.SetFault(Fault{Target: Voso, Kind: FaultExpiredToken, Count: 1})
	if _, word := v.call("/v2/seller/product/list", nil); word != "TOKEN_EXPIRED" {
		t.Error(word)
	}
	if _, word := v.call("/v2/seller/product/list", nil); word != "TOKEN_EXPIRED" {
		t.Errorf("the token is good again: %s", word)
	}
	_ = s.SetFault(Fault{Target: Postmart, Kind: FaultExpiredToken, Count: 1})
	if a := p.do("GET", "/partner/v1/products", nil); a.status != 401 {
		t.Errorf("%d", a.status)
	}
}

func TestFaultDiceAreSeeded(t *testing.T) {
	play := func(seed int64) (out string) {
		fs := newFaults(seed)
		_ = fs.add(Fault{Target: Voso, Kind: FaultCut, Probability: 0.3, Method: "POST", Match: "/create"})
		r, _ := http.NewRequest("POST", "http://voso.example/v2/seller/product/create", nil)
		for range 64 {
			_, hit := fs.pick(Voso, r)
			out += fmt.Sprintf("%t ", hit)
		}
		return out
	}
	if first, again := play(1), play(1); first != again || first == play(2) {
		t.Error("dice")
	}
	if n := strings.Count(play(1), "true"); n < 10 || n > 30 {
		t.Errorf("%d of 64", n)
	}
}

func TestFaultsAreChecked(t *testing.T) {
	s := start(t, Options{})
	for _, f := range []Fault{
		{Target: "nobody", Kind: FaultCut}, {Target: Voso, Kind: "odd"}, {Target: Voso, Kind: FaultCut, Probability: 2}, {Target: Voso, Kind: FaultCut, Count: -1},
	} {
		if s.SetFault(f) == nil {
			t.Errorf("%+v was taken", f)
		}
	}
}

func TestLateEffectEndsWithTheSandbox(t *testing.T) {
	s := start(t, Options{})
	v := newVosoShop(t, s)
	_ = s.SetFault(Fault{Target: Voso, Kind: FaultLateEffect, Delay: time.Hour})
	if _, err := v.send("POST", "/v2/seller/product/create", v.fields("OCOP-1")); err == nil {
		t.Error("answered")
	}
	if err := s.Close(); err != nil { // waits for it
		t.Error(err)
	}
}
