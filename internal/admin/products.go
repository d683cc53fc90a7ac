package admin

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// productAnswer is a product of a list.
type productAnswer struct {
	Code     ocop.Code        `json:"code"`
	Name     string           `json:"name"`
	Stars    ocop.Stars       `json:"stars"`
	Group    ocop.Group       `json:"group"`
	Producer string           `json:"producer"`
	Commune  string           `json:"commune,omitempty"`
	Eligible bool             `json:"eligible"`
	Why      []reasonAnswer   `json:"why,omitempty"` // why it is not eligible
	Markets  []standingAnswer `json:"markets"`
}

type standingAnswer struct {
	Market  listing.Market `json:"market"`
	State   listing.State  `json:"state"`
	Seen    bool           `json:"seen"`
	OnSale  bool           `json:"on_sale"`           // the market itself shows it so
	Counts  bool           `json:"counts"`            // in the market's coverage
	Missing *reasonAnswer  `json:"missing,omitempty"` // counts and is not on sale: the stated reason
	Reasons []reasonAnswer `json:"reasons,omitempty"`
	Since   time.Time      `json:"since,omitzero"`
	URL     string         `json:"url,omitempty"`
	Words   string         `json:"words,omitempty"` // the market's
}

type reasonAnswer struct {
	Reason ocop.Reason `json:"reason"`
	Party  ocop.Party  `json:"party"`
	Text   ocop.Text   `json:"text"`
	Todo   ocop.Text   `json:"todo"`
}

type productPage struct {
	AsOf  time.Time       `json:"as_of"`
	Total int             `json:"total"` // that fit the filters, on all pages
	Items []productAnswer `json:"items"`
	Next  string          `json:"next,omitempty"` // cursor of the next page
}

// listProducts: GET /api/v1/products.
func (s *Server) listProducts(c *call) error {
	filters := []string{"market", "state", "reason", "act", "stars", "group", "q"}
	q, err := c.query(append(filters, "cursor", "limit")...)
	if err != nil {
		return err
	}
	b := s.book()
	if b == nil {
		return errNoReading()
	}
	f, err := readFilter(q, b.of.Markets)
	if err != nil {
		return err
	}
	most, err := limit(q)
	if err != nil {
		return err
	}
	cursors := listOf("products", q, filters...)
	after, err := cursors.after(q)
	if err != nil {
		return err
	}
	page := productPage{AsOf: b.of.AsOf, Items: make([]productAnswer, 0, most)}
	for i := range b.of.Products {
		p := &b.of.Products[i]
		if !f.fits(b, i) {
			continue
		}
		page.Total++
		switch {
		case string(p.Code) <= after:
		case len(page.Items) < most:
			page.Items = append(page.Items, newProduct(b.of.Markets, p))
		case page.Next == "":
			page.Next = cursors.cursor(string(page.Items[most-1].Code))
		}
	}
	return c.json(http.StatusOK, page)
}

func newProduct(markets []listing.Market, p *coverage.Product) productAnswer {
	a := productAnswer{
		Code: p.Code, Name: p.Name, Stars: p.Stars, Group: p.Group, Producer: p.Producer, Commune: p.Commune,
		Eligible: len(p.Why) == 0, Why: reasonAnswers(p.Why), Markets: make([]standingAnswer, len(p.On)),
	}
	for i, on := range p.On {
		counts := a.Eligible && on.Counts()
		a.Markets[i] = standingAnswer{
			Market: markets[i], State: on.State, Seen: on.Seen, OnSale: on.OnSale(), Counts: counts,
			Reasons: reasonAnswers(on.Reasons), Since: on.Since, URL: on.URL, Words: on.Words,
		}
		if counts && !on.OnSale() {
			r := newReason(coverage.Stated(on))
			a.Markets[i].Missing = &r
		}
	}
	return a
}

func newReason(r ocop.Reason) reasonAnswer {
	return reasonAnswer{r, r.Party(), r.Text(), r.Todo()}
}

func reasonAnswers(reasons ocop.Reasons) []reasonAnswer {
	out := make([]reasonAnswer, len(reasons))
	for i, r := range reasons {
		out[i] = newReason(r)
	}
	return out
}

// productDetail is one product with all that its registry says.
type productDetail struct {
	productAnswer
	Registry *ocop.Product `json:"registry"`
}

// getProduct: GET /api/v1/products/{code}.
func (s *Server) getProduct(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	b := s.book()
	if b == nil {
		return errNoReading()
	}
	code := ocop.Code(c.r.PathValue("code"))
	p, there := b.find(code)
	if !there {
		return errNoProduct(code)
	}
	full, err := s.o.Model.Product(c.r.Context(), code)
	if errors.Is(err, state.ErrNotFound) { // left the registry since
		return errNoProduct(code)
	}
	if err != nil {
		return errAway(err)
	}
	shown := *full
	if !c.who.Role.Allows(state.Operator) { // design decision 14
		hideContacts(&shown)
	}
	return c.json(http.StatusOK, productDetail{newProduct(b.of.Markets, p), &shown})
}

// hideContacts takes out how to reach the producer: the fields for it, and
// faults of the producer's, which repeat what the source says.
func hideContacts(p *ocop.Product) {
	p.Producer.Phone, p.Producer.Email = "", ""
	p.Faults = slices.Clone(p.Faults)
	for i := range p.Faults {
		if p.Faults[i].Field == ocop.FieldProducer || p.Faults[i].Field == ocop.FieldRow {
			p.Faults[i].Value = ""
		}
	}
}

func errNoProduct(code ocop.Code) *Error {
	return errNotFound(
		"Sổ đăng ký không có sản phẩm với mã này. Mã phải viết đúng như trong sổ; có thể tìm bằng /api/v1/products?q=.",
		"The registry has no product of this code. Write it as the registry does, or look for it with /api/v1/products?q=.",
	).of("code", string(code))
}
