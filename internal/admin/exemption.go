package admin

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// everyMarket stands for all markets in the path of an exemption.
const everyMarket = "all"

// maxExemptDays bounds how long an exemption may hold: as long as a certificate.
const maxExemptDays = 36 * 31

type exemptionBody struct {
	Reason string `json:"reason"`
	Until  string `json:"until"` // the last day, YYYY-MM-DD
}

// exemptionAnswer is an exemption with what the registry and the markets say of
// its product now.
type exemptionAnswer struct {
	state.Exemption
	Market  string `json:"market"` // or everyMarket
	InForce bool   `json:"in_force"`
	Name    string `json:"name,omitempty"` // none: the registry does not have the product
	// Eligible says that it has its right. One that has not, and is on sale, is
	// there only because it is exempt.
	Eligible bool             `json:"eligible"`
	OnSale   []listing.Market `json:"on_sale"` // of the markets that it is exempt on
}

type exemptionPage struct {
	Total int               `json:"total"`
	Items []exemptionAnswer `json:"items"`
	Next  string            `json:"next,omitempty"`
}

// listExemptions: GET /api/v1/exemptions, by code and market.
func (s *Server) listExemptions(c *call) error {
	q, err := c.query("cursor", "limit")
	if err != nil {
		return err
	}
	most, err := limit(q)
	if err != nil {
		return err
	}
	cursors := listOf("exemptions", q)
	after, err := cursors.after(q)
	if err != nil {
		return err
	}
	all, err := s.o.Store.Exemptions(c.r.Context())
	if err != nil {
		return errAway(err)
	}
	key := func(e state.Exemption) string { return string(e.Code) + " " + string(e.Market) }
	slices.SortFunc(all, func(a, b state.Exemption) int { return strings.Compare(key(a), key(b)) })
	rest := slices.DeleteFunc(slices.Clone(all), func(e state.Exemption) bool { return key(e) <= after })
	page := exemptionPage{Total: len(all), Items: make([]exemptionAnswer, min(most, len(rest)))}
	for i := range page.Items {
		page.Items[i] = s.exemption(rest[i])
	}
	if len(rest) > most {
		page.Next = cursors.cursor(key(rest[most-1]))
	}
	return c.json(http.StatusOK, page)
}

// exemption tells of an exemption.
func (s *Server) exemption(e state.Exemption) exemptionAnswer {
	a := exemptionAnswer{
		Exemption: e, Market: cmp.Or(string(e.Market), everyMarket), InForce: e.InForce(s.today()), OnSale: []listing.Market{},
	}
	b := s.book()
	if b == nil {
		return a
	}
	p, there := b.find(e.Code)
	if !there {
		return a
	}
	a.Name, a.Eligible = p.Name, len(p.Why) == 0
	for i, m := range b.of.Markets {
		if (e.Market == "" || e.Market == m) && p.On[i].OnSale() {
			a.OnSale = append(a.OnSale, m)
		}
	}
	return a
}

func (s *Server) today() ocop.Day { return ocop.DayOf(s.o.Now(), s.o.Zone) }

// exempt: PUT /api/v1/exemptions/{code}/{market}.
func (s *Server) exempt(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	code, m, err := s.pathPair(c)
	if err != nil {
		return err
	}
	var body exemptionBody
	if err := c.decode(&body); err != nil {
		return err
	}
	e := state.Exemption{Code: code, Market: m, Reason: strings.Join(strings.Fields(body.Reason), " "), By: c.who.Name, At: s.o.Now().UTC()}
	if e.Reason == "" || utf8.RuneCountInString(e.Reason) > maxReason {
		return errUnfit(
			fmt.Sprintf("Hãy ghi lý do miễn, tối đa %d ký tự; mọi người sẽ thấy lý do này.", maxReason),
			fmt.Sprintf("Say why, in at most %d characters; everybody sees it.", maxReason),
		).of("reason", e.Reason)
	}
	if e.Until, err = s.lastDay(body.Until); err != nil {
		return err
	}
	b := s.book()
	if b == nil {
		return errNoReading()
	}
	if _, there := b.find(code); !there {
		return errNoProduct(code)
	}
	c.target, c.detail = pair(code, m), "until "+e.Until.String()+": "+e.Reason
	err = s.o.Store.SetExemption(c.r.Context(), e)
	if errors.Is(err, state.ErrTooManyExemptions) {
		return errTooManyExemptions()
	}
	if err != nil {
		return errDecision(err)
	}
	return c.json(http.StatusOK, s.exemption(e))
}

// lastDay reads the last day of an exemption.
func (s *Server) lastDay(given string) (ocop.Day, error) {
	var day ocop.Day
	today := s.today()
	last := today.AddDays(maxExemptDays)
	if err := day.UnmarshalText([]byte(given)); err != nil || day.Compare(today) < 0 || day.Compare(last) > 0 {
		return day, errUnfit(
			fmt.Sprintf("Hãy ghi ngày cuối cùng được miễn, dạng YYYY-MM-DD, từ hôm nay đến %s.", last),
			fmt.Sprintf("Give the last day on which it holds, as YYYY-MM-DD, from today to %s.", last),
		).of("until", given)
	}
	return day, nil
}

// endExemption: DELETE /api/v1/exemptions/{code}/{market}.
func (s *Server) endExemption(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	code, m, err := s.pathPair(c)
	if err != nil {
		return err
	}
	if err := c.noBody(); err != nil {
		return err
	}
	all, err := s.o.Store.Exemptions(c.r.Context())
	if err != nil {
		return errAway(err)
	}
	if !slices.ContainsFunc(all, func(e state.Exemption) bool { return e.Code == code && e.Market == m }) {
		return errNotFound(
			"Không có quyết định miễn nào như vậy; xem /api/v1/exemptions. Miễn trên mọi sàn (all) và miễn trên một sàn là hai quyết định riêng.",
			"There is no such exemption; see /api/v1/exemptions. One for every market (all) and one for a single market are apart.",
		).of("code", string(code))
	}
	c.target = pair(code, m)
	if err := s.o.Store.EndExemption(c.r.Context(), code, m); err != nil {
		return errDecision(err)
	}
	c.send(http.StatusNoContent, "", nil)
	return nil
}

// pathPair gives the product and the market that the path names, "" for all.
func (s *Server) pathPair(c *call) (ocop.Code, listing.Market, error) {
	code := ocop.Code(c.r.PathValue("code"))
	if c.r.PathValue("market") == everyMarket {
		return code, "", nil
	}
	m, err := s.pathMarket(c)
	return code, m, err
}

// pair is how the audit log names a product on a market.
func pair(code ocop.Code, m listing.Market) string {
	return string(code) + " on " + cmp.Or(string(m), everyMarket)
}
