package sandbox

import (
	"testing"
	"time"
)

// judged is a sandbox with its products' codes by what they are good for.
type judged struct {
	*Sandbox
	clock                            *clock
	plain, revoked, tourism, noPrice string
	explained                        map[string]map[string]string // everything eligible
}

func newJudged(t *testing.T) *judged {
	k := newClock()
	j := &judged{Sandbox: start(t, Options{Now: k.now}), clock: k, explained: map[string]map[string]string{}}
	for _, m := range Markets() {
		j.explained[m] = map[string]string{}
	}
	for _, l := range j.Labels() {
		switch {
		case l.Why == "revoked":
			j.revoked = l.Code
		case l.NotSellable[Voso] && l.Eligible:
			j.tourism = l.Code
		case l.Blocked[Voso] == "missing_price":
			j.noPrice = l.Code
		case l.Eligible && len(l.Blocked) == 0:
			j.plain = l.Code
		}
		for _, m := range Markets() {
			j.explained[m][l.Code] = "call_failed"
			if l.Blocked[m] != "" {
				j.explained[m][l.Code] = l.Blocked[m]
			}
		}
	}
	return j
}

// expect judges and compares the number of violations per promise.
func (j *judged) expect(t *testing.T, what string, want map[string]int) Verdict {
	t.Helper()
	v := j.Judge(j.explained)
	for _, promise := range []string{"P1", "P2", "P4", "P5"} {
		if v.Counts[promise] != want[promise] {
			t.Errorf("%s: %s %d, want %d: %+v", what, promise, v.Counts[promise], want[promise], v.Violations)
		}
	}
	return v
}

func TestJudgeFindsTwiceOnSale(t *testing.T) {
	j := newJudged(t)
	v := newVosoShop(t, j.Sandbox)
	first := v.create("OCOP-" + j.plain)
	v.list(nil)
	j.expect(t, "once", nil)
	v.create("ocop-" + j.plain) // the same product in other letters
	v.list(nil)
	j.expect(t, "twice", map[string]int{"P1": 1})
	if _, word := v.call("/v2/seller/product/status", fields{"PRODUCT_ID": first, "STATUS": "OFF"}); word != "" {
		t.Fatal(word)
	}
	j.expect(t, "once again, but it has been", map[string]int{"P1": 1})
}

func TestJudgeFindsUnearned(t *testing.T) {
	j := newJudged(t)
	v := newVosoShop(t, j.Sandbox)
	for _, code := range []string{j.revoked, j.tourism, "68-1-1-1-1"} {
		v.create("OCOP-" + code)
	}
	v.list(nil)
	delete(j.explained[Voso], j.revoked)
	j.expect(t, "revoked, tourism, nobody's", map[string]int{"P2": 3})
	j.explained[Voso][j.revoked] = "guard_hold"
	if got := j.expect(t, "one is held", map[string]int{"P2": 2}); got.Counts["held_on_sale"] != 1 {
		t.Errorf("%v", got.Counts)
	}
	v.create("OCOP-" + j.plain)
	v.list(nil)
	j.expect(t, "one more, earned", map[string]int{"P2": 2})
	if err := j.Revoke(j.plain); err != nil {
		t.Fatal(err)
	}
	j.expect(t, "no longer earned", map[string]int{"P2": 3})
}

func TestJudgeFindsForeignChanged(t *testing.T) {
	j := newJudged(t)
	for _, m := range Markets() {
		if err := j.AddForeignListing(m, Foreign{SKU: "NHA-1", Name: "Trà nhà làm", Certificate: "GCN-1"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range Markets() {
		if err := j.EditListing(m, "NHA-1", "Trà nhà làm mới", 0); err != nil {
			t.Fatal(err)
		}
	}
	j.expect(t, "changed by hand", nil)
	v := newVosoShop(t, j.Sandbox)
	off := func() {
		t.Helper()
		if _, word := v.call("/v2/seller/product/status", fields{"PRODUCT_ID": vosoFirst, "STATUS": "OFF"}); word != "" {
			t.Fatal(word)
		}
	}
	off()
	j.expect(t, "changed by a call", map[string]int{"P4": 1})
	w := newWooShop(t, j.Sandbox)
	w.call("DELETE", "/products/10", nil)
	j.expect(t, "binned by a call", map[string]int{"P4": 2})
	if err := j.Adopt(Voso, "NHA-1", j.plain); err != nil {
		t.Fatal(err)
	}
	off()
	j.expect(t, "adopted", map[string]int{"P4": 2})
	if x := j.Listings(Voso, "NHA-1"); len(x) != 1 || x[0].Foreign || x[0].Code != j.plain {
		t.Errorf("%+v", x)
	}
}

func TestJudgeFindsUnexplained(t *testing.T) {
	j := newJudged(t)
	j.expect(t, "all explained", nil)
	delete(j.explained[Lamdong], j.plain)
	j.expect(t, "one is not", map[string]int{"P5": 1})
	newWooShop(t, j.Sandbox).call("POST", "/products", fields{"name": "x", "sku": "OCOP-" + j.plain})
	j.expect(t, "it is on sale", nil)
	j.explained[Voso][j.noPrice] = "missing_image"
	if got := j.expect(t, "wrongly explained", nil); got.Counts["explained_differs"] != 1 {
		t.Errorf("%v", got.Counts)
	}
	if got := j.Judge(nil); got.Counts["P5"] < 150 {
		t.Errorf("nothing explained: %v", got.Counts)
	}
}

func TestFiguresAndCounts(t *testing.T) {
	j := newJudged(t)
	p := newShop(t, j.Sandbox)
	p.create("OCOP-" + j.plain)
	newVosoShop(t, j.Sandbox).create("OCOP-" + j.plain)
	w := newWooShop(t, j.Sandbox)
	w.call("POST", "/products", fields{"name": "x", "sku": "OCOP-" + j.plain})
	f := j.Figures()
	if f.Eligible != 57 || f.Overall != (Figure{55, 1}) || f.Markets[Postmart] != (Figure{55, 1}) || f.Markets[Voso].OnSale != 1 {
		t.Errorf("%+v", f)
	}
	if writes := j.Writes(); writes[Postmart] != 2 || writes[Voso] != 1 || writes[Lamdong] != 1 {
		t.Errorf("%v", writes)
	}
	j.ResetCounts()
	w.call("GET", "/products", nil)
	if calls, writes := j.CallCounts(), j.Writes(); calls[Lamdong] != 1 || calls[Voso] != 0 || writes[Lamdong] != 0 {
		t.Errorf("%v %v", calls, writes)
	}
	recent := j.RecentCalls()
	if last := recent[len(recent)-1]; last.Kind != "GET /wp-json/wc/v3/products" || last.Status != 200 || last.Write {
		t.Errorf("%+v", last)
	}
}

func TestLedgerKeepsHistory(t *testing.T) {
	j := newJudged(t)
	p := newShop(t, j.Sandbox)
	sku := "OCOP-" + j.plain
	id := p.create(sku)
	p.do("POST", "/partner/v1/products/"+id+"/unlist", nil)
	j.clock.pass(time.Minute)
	_ = j.Lock(Postmart, sku, "law")
	x := j.Listings(Postmart, sku)[0]
	want := []struct {
		state string
		byAPI bool
	}{{"on_sale", true}, {"unlisted", true}, {"locked", false}}
	if len(x.History) != len(want) || x.OnSale || x.Code != j.plain {
		t.Fatalf("%+v", x)
	}
	for i, e := range x.History {
		if e.State != want[i].state || e.ByAPI != want[i].byAPI {
			t.Errorf("%d: %+v", i, e)
		}
	}
	for range 2 * keptEvents {
		_ = j.OrderStock(Postmart, sku, 1)
	}
	if n := len(j.Listings(Postmart, sku)[0].History); n != keptEvents {
		t.Errorf("%d events kept", n)
	}
}
