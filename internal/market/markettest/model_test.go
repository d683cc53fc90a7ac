package markettest_test

import (
	"fmt"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
)

// TestModel holds the model to the contract, in every kind that it can be, and
// with it the suite: each test of it must be passable.
func TestModel(t *testing.T) {
	for name, o := range map[string]markettest.ModelOptions{
		"like postmart": {UniqueSKU: true, IdempotencyKey: true, Review: true, BatchSize: 25},
		"like voso":     {PageSize: 50},
		"like lamdong":  {UniqueSKU: true, BatchSize: 100, PageSize: 100},
		"one by one":    {BatchSize: 1, PageSize: 1},
	} {
		t.Run(name, func(t *testing.T) {
			markettest.Run(t, func(*testing.T) markettest.Shop {
				return shopOf(markettest.NewModel(withLimits(o)))
			})
		})
	}
}

func limits() listing.Limits {
	return listing.Limits{
		TitleMin: 10, TitleMax: 120, DescriptionMax: 5000, PriceMin: 1000, PriceStep: 500,
		PicturesMin: 1, PicturesMax: 9, PictureNeedsExt: true, UnitRequired: true,
	}
}

func withLimits(o markettest.ModelOptions) markettest.ModelOptions {
	o.Limits = limits()
	return o
}

func shopOf(m *markettest.Model) markettest.Shop {
	return markettest.Shop{
		Market:     m,
		Limits:     limits(),
		Listing:    sellable,
		Decide:     m.Decide,
		Reject:     m.Reject,
		AddForeign: func(l listing.Listing) { m.AddForeign(l) },
		TakeDown:   func(sku listing.SKU) { m.TakeDown(sku, "Vi phạm quy định") },
		Trash:      m.Trash,
		Break:      func(kind string) func() { return breakModel(m, kind) },
		Writes:     m.Writes,
		Calls: func() int {
			n := m.Writes()
			for _, op := range []markettest.Op{markettest.OpList, markettest.OpFind, markettest.OpFacts, markettest.OpReviews} {
				n += m.Calls(op)
			}
			return n
		},
		OnSale: m.OnSale,
	}
}

func sellable(sku listing.SKU) listing.Listing {
	return listing.Listing{
		SKU: sku, Code: ocop.Code(sku[5:]), Title: "Trà atisô túi lọc " + string(sku), Description: "<p>Sấy lạnh, không đường.</p>",
		Category: "1001", Price: 100_000 + ocop.VND(len(sku))*500, Stock: 20, Unit: "hộp 20 túi",
		Pictures:   []string{fmt.Sprintf("https://anh.example/%s.jpg", sku)},
		Attributes: listing.Attributes{Stars: 4, Certificate: "12/QĐ-UBND", Producer: "HTX Thung Lũng Sương", Origin: "Phường 8"},
	}
}

func breakModel(m *markettest.Model, kind string) func() {
	cut := market.Error{Kind: market.Unavailable, Retryable: true, MaybeDone: true}
	f := markettest.Fault{Error: cut}
	switch kind {
	case markettest.FaultRate:
		f.Error = market.Error{Kind: market.Rate, Retryable: true, After: time.Second}
	case markettest.FaultServer, markettest.FaultCut, markettest.FaultBusy:
	case markettest.FaultLostAnswer:
		f.Effect = true
	case markettest.FaultMalformed, markettest.FaultTruncated:
		f.Error.Kind, f.Effect = market.Protocol, true
	case markettest.FaultHang:
		f.Error.Kind, f.Wait = market.Timeout, 400*time.Millisecond // four times what a context lasts that is to end in it
	default:
		return nil
	}
	m.SetFault(f)
	return m.ClearFaults
}
