package reconcile_test

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
)

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
		if len(m.src.all) < steady+7 {
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
