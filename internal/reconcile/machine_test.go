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
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
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
		w := buildWorld(rt, r, filepath.Join(dir, tenant), tenant, goodOnes(4), likePostmart, likeVoso, likeLamdong)
		defer w.end()
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
	return &m.src.all[rapid.IntRange(1, len(m.src.all)-1).Draw(t, "product")] // the first stays, or the registry were empty
}

func (m *machine) market(t *rapid.T) *shop {
	return m.markets[rapid.IntRange(0, len(m.markets)-1).Draw(t, "market")]
}

// edits changes the sources.
func (m *machine) edits(t *rapid.T) {
	g := m.product(t)
	what := rapid.SampledFrom([]string{"price", "stock", "text", "name", "picture", "group", "status", "stars", "expires", "gone", "no price", "no unit", "good again", "new"}).Draw(t, "what")
	n := rapid.IntRange(1, 9).Draw(t, "n")
	switch what {
	case "price":
		g.price = 100_000 + 1000*n
	case "stock":
		g.stock = n
	case "text":
		g.text = fmt.Sprintf("<p>Bản %d.</p>", n)
	case "name":
		g.name = fmt.Sprintf("Trà atisô bản %d %s", n, g.code)
	case "picture":
		g.picture = fmt.Sprintf("https://anh.example/%s/%d.jpg", g.code, n)
	case "group":
		g.group = []string{"thuc-pham", "do-uong", "du-lich"}[n%3]
	case "status":
		g.status = []string{"recognized", "revoked", "expired"}[n%3]
	case "stars":
		g.stars = 1 + n%5
	case "expires":
		g.expires = m.clock.now().AddDate(0, 0, n-3).Format("2006-01-02")
	case "gone":
		g.gone = !g.gone
	case "no price":
		g.price = 0
	case "no unit":
		g.unit = ""
	case "good again":
		code := g.code
		*g = good(n)
		g.code = code
	case "new":
		if len(m.src.all) < 8 {
			m.src.all = append(m.src.all, good(len(m.src.all)+1))
		}
	}
	m.save()
}

// hands are what people do in a shop.
func (m *machine) hands(t *rapid.T) {
	s, g := m.market(t), m.product(t)
	sku := g.sku()
	n, trashed := 0, false
	for _, r := range s.Remotes() {
		if r.SKU == sku {
			n++
			trashed = trashed || r.Trashed
		}
	}
	if n > 1 { // what is done to all of a SKU is done to a duplicate as well
		m.excused[pair(s, sku)] = true
	}
	what := rapid.SampledFrom([]string{"price", "title", "off", "take down", "lock", "unlock", "delete", "trash", "foreign", "ours"}).Draw(t, "hand")
	if trashed && what != "delete" && what != "foreign" {
		return // nothing can be done to it in the bin
	}
	switch what {
	case "price":
		s.Edit(sku, func(r *listing.Remote) { r.Price = 1 })
	case "title":
		s.Edit(sku, func(r *listing.Remote) { r.Title = "Hàng khác" })
	case "off":
		s.Edit(sku, func(r *listing.Remote) {
			if r.State == listing.OnSale {
				r.State = listing.OffSale
			}
		})
	case "take down":
		s.TakeDown(sku, "Vi phạm")
	case "lock":
		s.Lock(sku, "Khóa")
	case "unlock":
		s.Edit(sku, func(r *listing.Remote) {
			if r.State == listing.Locked || r.State == listing.TakenDown {
				r.State, r.Words = listing.OnSale, ""
			}
		})
	case "delete":
		s.Delete(sku)
	case "trash":
		if s.Name() == "lamdong" {
			s.Trash(sku)
		}
	case "foreign":
		id := s.AddForeign(listing.Listing{SKU: listing.SKU(rapid.SampledFrom([]string{"", "HTX-1"}).Draw(t, "sku")), Title: g.name, Price: 5000})
		for _, r := range s.Remotes() {
			if r.ID == id {
				m.foreign[string(s.Name())+id] = r
			}
		}
	case "ours":
		found, err := s.Find(t.Context(), []listing.SKU{sku})
		if s.Name() == "voso" {
			m.excused[pair(s, sku)] = true
		} else if err != nil || len(found) > 0 || m.late {
			return // the market would refuse it
		}
		s.AddForeign(listing.Listing{SKU: sku, Title: g.name, Description: g.text, Category: "1001", Price: 7000, Pictures: []string{g.picture}})
	}
}

func (m *machine) decisions(t *rapid.T) {
	s := m.shop("postmart")
	if rapid.Bool().Draw(t, "approve") {
		s.Decide()
		return
	}
	g := m.product(t)
	s.Reject(g.sku(), "Không đạt")
	m.refused[pair(s, g.sku())] = true
}

// fault lets the next calls of an operation fail.
func (m *machine) fault(t *rapid.T) {
	s := m.market(t)
	f := markettest.Fault{
		Op: rapid.SampledFrom([]markettest.Op{markettest.OpList, markettest.OpFind, markettest.OpFacts, markettest.OpReviews,
			markettest.OpCreate, markettest.OpCreate, markettest.OpUpdate, markettest.OpRelist, markettest.OpUnlist}).Draw(t, "op"),
		Count: rapid.IntRange(1, 3).Draw(t, "count"),
	}
	kinds := []market.Kind{market.Auth, market.NotFound, market.IsLocked, market.Rate, market.Unavailable, market.Timeout, market.Protocol, market.Cancelled}
	writing := slices.Contains([]markettest.Op{markettest.OpCreate, markettest.OpUpdate, markettest.OpRelist, markettest.OpUnlist}, f.Op)
	if writing {
		kinds = append(kinds, market.Invalid, market.Duplicate)
	}
	f.Error = market.Error{Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), Words: "lỗi"}
	switch f.Error.Kind { //nolint:exhaustive // the others are plain refusals
	case market.Unavailable, market.Timeout, market.Protocol, market.Cancelled:
		f.Error.MaybeDone = writing && rapid.Bool().Draw(t, "may be done")
		if f.Error.MaybeDone {
			f.Effect = rapid.Bool().Draw(t, "took effect")
			f.Late = !f.Effect && f.Op == markettest.OpCreate && rapid.Bool().Draw(t, "late")
			m.late = m.late || f.Late
		}
	case market.Invalid:
		m.refused[string(s.Name())] = true // whichever meets it
	case market.Duplicate:
		if rapid.Bool().Draw(t, "held") {
			f.Error.HeldBy = "p-1"
		}
	}
	s.SetFault(f)
}

// runs does a run. What a verify that succeeded leaves on sale may be there.
func (m *machine) runs(t *rapid.T, mode reconcile.Mode) {
	req := reconcile.Request{Mode: mode}
	if rapid.IntRange(0, 5).Draw(t, "only some") == 0 {
		req.Codes = []ocop.Code{ocop.Code(m.product(t).code)}
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
