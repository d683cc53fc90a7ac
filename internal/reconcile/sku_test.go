package reconcile_test

import (
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/reconcile"
)

// TestListedInAnotherCase: the same of what a market shows.
func TestListedInAnotherCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), goodOnes(2), likeVoso)
	s := w.markets[0]
	l := onMarket(&w.src.all[0])
	l.SKU = "ocop-68-001"
	s.AddForeign(l)
	w.clean(w.verify())
	w.clean(w.verify())
	if s.OnSale("OCOP-68-001") != 0 || s.OnSale("ocop-68-001") != 1 {
		t.Errorf("%d and %d on sale, want the one that was there", s.OnSale("OCOP-68-001"), s.OnSale("ocop-68-001"))
	}
	w.quiet()
	w.edit("68-001", func(g *goods) { g.status = "revoked" })
	w.clean(w.verify())
	if s.OnSale("ocop-68-001") != 0 {
		t.Error("P2: it stayed on sale")
	}
}

// TestAnotherPrefix: products keep the SKU that they were given first
// (decision 2), and whoever uses the one that they would get now is left alone.
func TestAnotherPrefix(t *testing.T) {
	t.Parallel()
	w := settled(t, 3, likeVoso, likeLamdong)
	w.prefix = "LD-"
	w.restart()
	w.src.all = append(w.src.all, good(4))
	w.src.all[1].price += 1000
	w.save()
	for _, s := range w.markets {
		s.AddForeign(listing.Listing{SKU: "LD-68-001", Title: "Của người khác", Price: 5000})
	}
	w.clean(w.verify())
	for _, s := range w.markets {
		s.only(t, "OCOP-68-001")
		s.only(t, "LD-68-001")
		s.only(t, "LD-68-004")
		if got := s.only(t, "OCOP-68-002"); got.Price != 103_000 || s.Writes() != 2 {
			t.Errorf("%s: %d writes, the price is %s", s.Name(), s.Writes(), got.Price)
		}
		if r := w.record(s.Name(), "68-001"); r.SKU != "OCOP-68-001" {
			t.Errorf("%s: the product's SKU is now %s", s.Name(), r.SKU)
		}
	}
	w.quiet()
}

// TestSKUInAnotherCase: SKUs are the same whatever their case (decision 2).
func TestSKUInAnotherCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, embedded(t), []goods{good(1), good(2)}, likeVoso)
	w.src.all[0].code = "68-abc"
	w.save()
	s := w.markets[0]
	w.settle()
	w.forget()
	// The registry loses the product and gets it back: what was kept under the
	// SKU alone meanwhile belongs to the product again.
	w.edit("68-abc", func(g *goods) { g.gone = true })
	w.verify()
	if s.OnSale("OCOP-68-ABC") != 0 {
		t.Error("the withdrawn product is still on sale")
	}
	w.edit("68-abc", func(g *goods) { g.gone = false })
	for range 3 {
		w.verify()
		s.only(t, "OCOP-68-ABC")
	}
	w.quiet()
}

// TestCodeInAnotherCase: a code that the registry writes anew in another case
// is the same product (decision 2).
func TestCodeInAnotherCase(t *testing.T) {
	t.Parallel()
	for _, mode := range []reconcile.Mode{reconcile.Sync, reconcile.Verify} {
		w := newWorld(t, embedded(t), goodOnes(3), likeVoso, likeLamdong)
		w.src.all[0].code = "68-abc"
		w.save()
		w.settle()
		w.edit("68-abc", func(g *goods) { g.code = "68-ABC" })
		w.clean(w.run(reconcile.Request{Mode: mode}))
		w.sync()
		for _, s := range w.markets {
			s.only(t, "OCOP-68-ABC")
			if s.Writes() != 0 {
				t.Errorf("%s %s: %d writes", mode, s.Name(), s.Writes())
			}
		}
		w.quiet()
	}
}
