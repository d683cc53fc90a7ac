package admin

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// by is what coverage is told apart by.
type by string

const (
	byMarket   by = "market"
	byStars    by = "stars"
	byGroup    by = "group"
	byCommune  by = "commune"
	byProducer by = "producer"
)

// A table is coverage in rows.
type table struct {
	AsOf  time.Time `json:"as_of"`
	By    by        `json:"by"`
	Total row       `json:"total"`
	Rows  []row     `json:"rows"`
}

// A row is the coverage of some products.
type row struct {
	Key      string          `json:"key"`            // the market, the number of stars, ...; "" where the registry is silent
	Name     *ocop.Text      `json:"name,omitempty"` // of a group
	Products int             `json:"products"`
	Eligible int             `json:"eligible"`
	Counted  int             `json:"counted"`
	OnSale   int             `json:"on_sale"` // wherever it counts
	Percent  float64         `json:"percent"`
	LeftOut  []reasonCount   `json:"left_out"` // not eligible, by stated reason
	Markets  []marketFigures `json:"markets"`
}

type marketFigures struct {
	Market      listing.Market `json:"market"`
	Eligible    int            `json:"eligible"`
	Exempt      int            `json:"exempt"`
	NotSellable int            `json:"not_sellable"`
	Counted     int            `json:"counted"`
	OnSale      int            `json:"on_sale"`
	Percent     float64        `json:"percent"`
	InReview    int            `json:"in_review"`
	Differs     int            `json:"differs"`
	Kept        int            `json:"kept"`
	Missing     []reasonCount  `json:"missing"`
}

type reasonCount struct {
	coverage.ByReason
	Text ocop.Text `json:"text"`
}

// getCoverage: GET /api/v1/coverage?by=.
func (s *Server) getCoverage(c *call) error {
	q, err := c.query("by")
	if err != nil {
		return err
	}
	what, err := oneOf(q, "by", []by{byMarket, byStars, byGroup, byCommune, byProducer})
	if err != nil {
		return err
	}
	b := s.book()
	if b == nil {
		return errNoReading()
	}
	doc, err := b.table(cmp.Or(what, byMarket))
	if err != nil {
		return err
	}
	c.document("application/json", doc)
	return nil
}

// table gives the encoded table, made when it is first asked for.
func (b *book) table(what by) (document, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if doc, there := b.tables[what]; there {
		return doc, nil
	}
	t := table{AsOf: b.of.AsOf, By: what, Total: newRow("", b.figures)}
	if what == byMarket {
		t.Rows = b.marketRows()
	} else {
		t.Rows = b.rows(what)
	}
	doc, err := newDocument(t)
	if err == nil {
		b.tables[what] = doc
	}
	return doc, err
}

// marketRows are the figures of each market alone.
func (b *book) marketRows() []row {
	rows := make([]row, len(b.of.Markets))
	alone := make([]coverage.Product, len(b.of.Products))
	for i, m := range b.of.Markets {
		for j, p := range b.of.Products {
			p.On = p.On[i : i+1]
			alone[j] = p
		}
		rows[i] = newRow(string(m), coverage.Compute(b.of.Markets[i:i+1], alone))
	}
	return rows
}

// rows are the figures of the products with one key each, sorted by it; stars
// from many to few, groups as the decision lists them.
func (b *book) rows(what by) []row {
	some := make(map[string][]coverage.Product)
	for i := range b.of.Products {
		key := keyOf(&b.of.Products[i], what)
		some[key] = append(some[key], b.of.Products[i])
	}
	rows := make([]row, 0, len(some))
	for key, products := range some {
		r := newRow(key, coverage.Compute(b.of.Markets, products))
		if what == byGroup {
			name := ocop.Group(key).Text()
			r.Name = &name
		}
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(x, y row) int {
		if what == byGroup {
			if c := cmp.Compare(groupPlace(x.Key), groupPlace(y.Key)); c != 0 {
				return c
			}
		}
		if what == byStars {
			return strings.Compare(y.Key, x.Key)
		}
		return strings.Compare(x.Key, y.Key)
	})
	return rows
}

func keyOf(p *coverage.Product, what by) string {
	switch what {
	case byStars:
		return strconv.Itoa(int(p.Stars))
	case byGroup:
		return string(p.Group)
	case byCommune:
		return p.Commune
	case byProducer:
		return p.Producer
	case byMarket:
	}
	return ""
}

func groupPlace(key string) int {
	if i := slices.Index(ocop.AllGroups(), ocop.Group(key)); i >= 0 {
		return i
	}
	return len(ocop.AllGroups())
}

func newRow(key string, f coverage.Figures) row {
	r := row{
		Key: key, Products: f.Products, Eligible: f.Eligible, Counted: f.Counted, OnSale: f.OnSale,
		Percent: coverage.Percent(f.OnSale, f.Counted), LeftOut: reasonCounts(f.Left), Markets: make([]marketFigures, len(f.Markets)),
	}
	for i, m := range f.Markets {
		r.Markets[i] = figuresOf(m)
	}
	return r
}

func figuresOf(m coverage.Market) marketFigures {
	return marketFigures{
		Market: m.Market, Eligible: m.Eligible, Exempt: m.Exempt, NotSellable: m.NotSellable, Counted: m.Counted, OnSale: m.OnSale,
		Percent: coverage.Percent(m.OnSale, m.Counted), InReview: m.InReview, Differs: m.Differs, Kept: m.Kept, Missing: reasonCounts(m.Missing),
	}
}

func reasonCounts(n []coverage.ByReason) []reasonCount {
	out := make([]reasonCount, len(n))
	for i, r := range n {
		out[i] = reasonCount{r, r.Reason.Text()}
	}
	return out
}
