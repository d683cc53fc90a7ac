package admin

import (
	"time"

	"ocopsync/internal/coverage"
)

// statusAnswer is Status with the figures of the newest Standing.
type statusAnswer struct {
	*Status
	FiguresAsOf time.Time      `json:"figures_as_of,omitzero"`
	Overall     *share         `json:"overall,omitempty"` // on sale wherever it counts
	Markets     []marketAnswer `json:"markets"`
}

type marketAnswer struct {
	*MarketStatus
	Coverage *marketFigures `json:"coverage,omitempty"`
}

// A share is a part of a whole, with its percent cut to one decimal.
type share struct {
	Counted int     `json:"counted"`
	OnSale  int     `json:"on_sale"`
	Percent float64 `json:"percent"`
}

func shareOf(onSale, counted int) share {
	return share{counted, onSale, coverage.Percent(onSale, counted)}
}

// getStatus: GET /api/v1/status.
func (s *Server) getStatus(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	st, b := s.o.Model.Status(), s.book()
	doc, err := s.status.get(st, b, func() (document, error) { return newDocument(newStatus(st, b)) })
	if err != nil {
		return err
	}
	c.document("application/json", doc)
	return nil
}

func newStatus(st *Status, b *book) statusAnswer {
	a := statusAnswer{Status: st, Markets: make([]marketAnswer, len(st.Markets))}
	for i := range st.Markets {
		a.Markets[i].MarketStatus = &st.Markets[i]
	}
	if b == nil {
		return a
	}
	overall := shareOf(b.figures.OnSale, b.figures.Counted)
	a.FiguresAsOf, a.Overall = b.of.AsOf, &overall
	for i := range a.Markets {
		for _, f := range b.figures.Markets {
			if f.Market == a.Markets[i].Market {
				figures := figuresOf(f)
				a.Markets[i].Coverage = &figures
			}
		}
	}
	return a
}
