package reconcile_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// A machine does anything to a world, and holds the promises after every step.
type machine struct {
	*world
	foreign map[string]listing.Remote // by market and id, as they were put up
	excused map[string]bool           // market and SKU of which a person made two listings
	refused map[string]bool           // market, or market and SKU, of contents that were refused
	late    bool                      // creates may yet take effect
}

// steady products are never touched, so that no reading looks emptied.
const steady = 8

// TestMachine draws products, edits, hands, faults, kills and runs. When all of
// it ends, three verifies later nothing is left to write and everything that
// counts is on sale or has its reason. -rapid.checks makes it run longer.
func TestMachine(t *testing.T) {
	t.Parallel()
	r, dir := realRedis(t), memoryDir(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		tenant := fmt.Sprintf("m-%d", n)
		w := buildWorld(rt, r, filepath.Join(dir, tenant), tenant, goodOnes(steady+3), likePostmart, likeVoso, likeLamdong)
		defer w.end()
		w.guard = plan.GuardPolicy{MaxShrinkPercent: 100, MaxUnlistPercent: 100, MaxUpdatePercent: 100} // a guard is not what is tried here
		for _, s := range w.markets {
			w.known = append(w.known, s.Name())
		}
		w.begin()
		m := &machine{world: w, foreign: make(map[string]listing.Remote), excused: make(map[string]bool), refused: make(map[string]bool)}
		rt.Repeat(map[string]func(*rapid.T){
			"":         m.hold,
			"edit":     m.edits,
			"edit2":    m.edits,
			"hand":     m.hands,
			"decision": m.decisions,
			"fault":    m.fault,
			"sync":     func(rt *rapid.T) { m.runs(rt, reconcile.Sync) },
			"sync2":    func(rt *rapid.T) { m.runs(rt, reconcile.Sync) },
			"verify":   func(rt *rapid.T) { m.runs(rt, reconcile.Verify) },
			"kill":     m.kill,
			"restart":  func(*rapid.T) { m.restart() },
			"time":     m.time,
			"forget": func(*rapid.T) {
				m.land()
				m.forget()
			},
			"lose": func(*rapid.T) { m.lose() },
		})
		m.converges()
	})
}

// hold is what must be true at any time.
func (m *machine) hold(t *rapid.T) {
	for _, s := range m.markets {
		for _, sku := range s.TwiceOnSale() {
			if strings.HasPrefix(string(sku), prefix) && !m.excused[pair(s, sku)] {
				t.Fatalf("P1: %s was twice on sale on %s", sku, s.Name())
			}
		}
		for _, r := range s.Remotes() {
			was, foreign := m.foreign[string(s.Name())+r.ID]
			if foreign && (was.State != r.State || was.Price != r.Price || was.Title != r.Title || was.UpdatedAt != r.UpdatedAt) {
				t.Fatalf("P4: the foreign listing %s on %s was changed: %+v", r.ID, s.Name(), r)
			}
		}
	}
}

func pair(s *shop, sku listing.SKU) string { return string(s.Name()) + " " + string(sku) }

func (m *machine) product(t *rapid.T) *goods {
	return &m.src.all[rapid.IntRange(steady, len(m.src.all)-1).Draw(t, "product")]
}

func (m *machine) market(t *rapid.T) *shop {
	return m.markets[rapid.IntRange(0, len(m.markets)-1).Draw(t, "market")]
}

// runs does a run. What a verify that succeeded leaves on sale may be there.
func (m *machine) runs(t *rapid.T, mode reconcile.Mode) {
	req := reconcile.Request{Mode: mode}
	if rapid.IntRange(0, 5).Draw(t, "only some") == 0 {
		if g := m.product(t); !g.gone { // who asks for what nobody knows is refused
			req.Codes = []ocop.Code{ocop.Code(g.code)}
		}
	}
	res := m.run(req)
	for name, p := range res.Run.Parts {
		if p.State == state.Held {
			t.Fatalf("%s is held: %s", name, p.Held)
		}
		if mode != reconcile.Verify || p.State != state.Succeeded || req.Codes != nil {
			continue
		}
		s := m.shop(name)
		for i := range m.src.all {
			g := &m.src.all[i]
			if s.OnSale(g.sku()) > 0 && !g.mayBeSold(m.clock.now()) {
				t.Fatalf("P2: %s is on sale on %s after a verify: %+v", g.code, name, *g)
			}
		}
	}
}

// kill ends the process at some moment of a run; another takes its place.
func (m *machine) kill(t *rapid.T) {
	mode := rapid.SampledFrom([]reconcile.Mode{reconcile.Sync, reconcile.Verify}).Draw(t, "mode")
	d := &death{kind: rapid.SampledFrom([]string{byKill, byCut, byCancel}).Draw(t, "way"), at: rapid.IntRange(1, 90).Draw(t, "moment")}
	// One market alone, so that the same moment is the same in every replay.
	d.run(t.Context(), m.world, reconcile.Request{Mode: mode, Markets: []listing.Market{m.market(t).Name()}})
	m.lifeAfter()
}

func (m *machine) time(t *rapid.T) {
	d := rapid.SampledFrom([]time.Duration{time.Second, 30 * time.Second, 5 * time.Minute, time.Hour, 26 * time.Hour, 40 * time.Hour}).Draw(t, "passes")
	if d > time.Minute { // nothing takes longer to take effect
		m.land()
	}
	m.clock.pass(d)
}

func (m *machine) land() {
	for _, s := range m.markets {
		s.Land()
	}
	m.late = false
}

// converges ends every fault and decides every review: promises P5, P6 and P8.
func (m *machine) converges() {
	for _, s := range m.markets {
		s.ClearFaults()
	}
	m.land()
	m.decide()
	for range 3 {
		m.clock.pass(10 * time.Minute)
		m.run(reconcile.Request{Mode: reconcile.Verify})
		m.decide()
	}
	m.run(reconcile.Request{Mode: reconcile.Sync}) // sees what was decided last
	m.quiet()
	m.hold(m.t.(*rapid.T))
	m.holdsToCoverage()
	markets, products := m.figures()
	reasons := make(map[string]ocop.Reason)
	for _, miss := range coverage.MissingList(markets, products) {
		reasons[string(miss.Market)+" "+string(miss.Code)] = miss.Reason
	}
	for _, s := range m.markets {
		for i := range m.src.all {
			m.inOrder(s, &m.src.all[i], reasons[string(s.Name())+" "+m.src.all[i].code])
		}
	}
}

// inOrder holds one product on one market to what it should be in the end.
func (m *machine) inOrder(s *shop, g *goods, why ocop.Reason) {
	var states []listing.State
	var price ocop.VND
	trashed := false
	for _, r := range s.Remotes() {
		if r.SKU != g.sku() {
			continue
		}
		states = append(states, r.State)
		trashed = trashed || r.Trashed
		if r.State == listing.OnSale {
			price = r.Price
		}
	}
	onSale := s.OnSale(g.sku())
	refused := m.refused[pair(s, g.sku())] || m.refused[string(s.Name())]
	switch {
	case onSale > 1:
		m.t.Errorf("P1: %s is %d times on sale on %s", g.code, onSale, s.Name())
	case !g.mayBeSold(m.clock.now()):
		if onSale != 0 {
			m.t.Errorf("P2: %s may not be on sale on %s: %+v", g.code, s.Name(), *g)
		}
	case onSale == 1:
		if g.complete() && !refused && price != ocop.VND(g.price) {
			m.t.Errorf("P6: %s is on sale on %s at %s, want %d", g.code, s.Name(), price, g.price)
		}
	case !g.complete(): // its reason is what is missing, which holdsToCoverage wants
	case trashed && why == ocop.InTrash,
		slices.Contains(states, listing.Locked) && why == ocop.LockedByMarket,
		slices.Contains(states, listing.TakenDown) && (why == ocop.TakenDownByMarket || refused),
		refused && why == ocop.RejectedByMarket:
	default:
		m.t.Errorf("P6: %s is not on sale on %s because of %q; the market shows %v; %+v", g.code, s.Name(), why, states, m.record(s.Name(), g.code))
	}
}
