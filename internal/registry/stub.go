package registry

import (
	"context"
	"errors"

	"ocopsync/internal/ocop"
)

type Workbook struct{}

func NewWorkbook(o FileOptions) (*Workbook, error) { return &Workbook{}, nil }
func (w *Workbook) Describe() string               { return "" }
func (w *Workbook) Read(ctx context.Context, held *Held, how How, progress func(Progress)) (Reading, error) {
	return Reading{}, errors.New("not yet")
}

type PriceList struct{}
type Prices struct{}

func NewPriceList(o FileOptions) (*PriceList, error)                       { return &PriceList{}, nil }
func (p *PriceList) Describe() string                                      { return "" }
func (p *PriceList) Read(ctx context.Context) (*Prices, bool, error)       { return &Prices{}, false, nil }
func (p *Prices) Among(entries []Entry) *Prices                            { return p }
func (p *Prices) Offer(prod *ocop.Product) (ocop.Offer, []ocop.Fault, bool) { return ocop.Offer{}, nil, false }
func (p *Prices) OfferHash(prod *ocop.Product) uint64                      { return 0 }
func (p *Prices) OfferHashOf(e Entry) uint64                               { return 0 }
func (p *Prices) Faults() []ocop.Fault                                     { return nil }
func (p *Prices) Unmatched(entries []Entry) []ocop.Fault                   { return nil }
func (p *Prices) Version() string                                          { return "" }
func (p *Prices) Len() int                                                 { return 0 }
func (p *Prices) Median() ocop.VND                                         { return 0 }
func Report(faults []ocop.Fault) string                                    { return "" }
