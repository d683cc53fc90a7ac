package postmart

import (
	"context"
	"fmt"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

const (
	// callsPerSKU is what looking up one SKU costs: its products and its requests.
	callsPerSKU = 2
	// findInListFrom is the fewest SKUs for which reading the whole shop is
	// ever thought of.
	findInListFrom = 5
	// skuPagesMax bounds the pages of one SKU's requests, against a list
	// without end.
	skuPagesMax = 200
)

// Find looks the SKUs up one by one, or in a reading of the whole shop where
// that takes fewer calls. How long the shop is is known from the last whole
// reading; where it has grown since, the reading is given up once it has cost
// as much as the look-ups. A SKU that a whole reading did not show is looked up
// by itself before it counts as absent, for on this market a page that came
// short can't be told from a whole one.
func (m *Market) Find(ctx context.Context, skus []listing.SKU) ([]listing.Remote, error) {
	wanted := make(map[listing.SKU]bool, len(skus)) // false until found
	for _, sku := range skus {
		if sku != "" {
			wanted[sku] = false
		}
	}
	var out []listing.Remote
	cost := callsPerSKU * len(wanted)
	if len(wanted) >= findInListFrom && int(m.pages.Load()) < cost {
		found, e := m.findInList(ctx, wanted, cost)
		if e != nil {
			return nil, e
		}
		for _, r := range found {
			wanted[r.SKU] = true
		}
		out = found
	}
	for _, sku := range skus {
		if found, asked := wanted[sku]; found || !asked {
			continue
		}
		wanted[sku] = true // a SKU named twice is looked up once
		found, e := m.findBySKU(ctx, string(sku))
		if e != nil {
			return nil, e
		}
		out = append(out, found...)
	}
	return out, nil
}

// findInList reads the shop for the wanted SKUs. It finds nothing when the
// shop is longer than the calls that it may cost.
func (m *Market) findInList(ctx context.Context, wanted map[listing.SKU]bool, cost int) ([]listing.Remote, *market.Error) {
	r := newReading()
	var out []listing.Remote
	for at := (place{section: sectionProducts}); !at.ended(); {
		if r.pages >= cost {
			m.pages.Store(max(m.pages.Load(), int64(cost)))
			return nil, nil
		}
		page, next, e := m.page(ctx, r, at)
		if e != nil {
			e.Op = fmt.Sprintf("find %s: %s", ocop.Count(len(wanted), "SKU", "SKUs"), e.Op)
			return nil, e
		}
		for _, x := range page.Remotes {
			if _, ok := wanted[x.SKU]; ok {
				out = append(out, x)
			}
		}
		at = next
	}
	m.pages.Store(int64(r.pages))
	return out, nil
}

// findBySKU looks one SKU up. The requests are asked for first: one that is
// approved in between then shows as both, and never as neither.
func (m *Market) findBySKU(ctx context.Context, sku string) ([]listing.Remote, *market.Error) {
	requests, e := m.requestsBySKU(ctx, sku)
	if e != nil {
		return nil, e
	}
	out, e := m.productsBySKU(ctx, sku)
	if e != nil {
		return nil, e
	}
	exists := len(out) > 0
	for i := range requests {
		q := &requests[i]
		rejected := i == 0 && !exists && q.State == stateRejected && !q.impliesProduct()
		if q.open() || rejected {
			out = append(out, q.remote())
		}
	}
	return out, nil
}

func (m *Market) requestsBySKU(ctx context.Context, sku string) ([]productRequest, *market.Error) {
	c := call{op: "find requests of " + sku, method: get, want: 200}
	return pagesOf(&c, sku, requestsPath, func(c *call) ([]productRequest, string, *market.Error) {
		requests, next, e := m.requestsOf(ctx, c)
		for i := range requests {
			if e == nil && requests[i].SKU != sku {
				e = c.protocol(fmt.Sprintf("asked for %s, got request %s of %q", sku, requests[i].ID, requests[i].SKU))
			}
		}
		return requests, next, e
	})
}

func (m *Market) productsBySKU(ctx context.Context, sku string) ([]listing.Remote, *market.Error) {
	c := call{op: "find " + sku, method: get, want: 200}
	products, e := m.fullProductsBySKU(ctx, &c, sku)
	if e != nil {
		return nil, e
	}
	return c.remotes(products)
}

func (m *Market) fullProductsBySKU(ctx context.Context, c *call, sku string) ([]product, *market.Error) {
	return pagesOf(c, sku, productsPath, func(c *call) ([]product, string, *market.Error) {
		products, next, e := fetchPage[product](ctx, m, c)
		for i := range products {
			if got := products[i].Content.SKU; e == nil && got != sku {
				e = c.protocol(fmt.Sprintf("asked for %s, got product %s of %q", sku, products[i].ID, got))
			}
		}
		return products, next, e
	})
}

// pagesOf reads every page that a list has under one SKU.
func pagesOf[T any](c *call, sku, path string, read func(*call) ([]T, string, *market.Error)) ([]T, *market.Error) {
	var out []T
	cursor := ""
	for range skuPagesMax {
		c.path = listPath(path, sku, cursor)
		items, next, e := read(c)
		if e != nil {
			return nil, e
		}
		out = append(out, items...)
		if next == "" {
			return out, nil
		}
		if next == cursor {
			break
		}
		cursor = next
	}
	return nil, c.protocol("a list that does not end")
}
