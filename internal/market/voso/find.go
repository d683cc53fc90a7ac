package voso

import (
	"context"
	"fmt"

	"ocopsync/internal/listing"
)

// Find gives every product under the SKUs, several for one SKU where the shop
// has duplicates. It asks for one SKU after another, or reads the whole shop
// where that takes fewer calls. An answer that is short, or holds anything
// that was not asked for, is a Protocol error: "not there" is only ever said
// of a filter that surely worked.
func (m *Market) Find(ctx context.Context, skus []listing.SKU) ([]listing.Remote, error) {
	wanted := make(map[listing.SKU]bool, len(skus))
	order := make([]listing.SKU, 0, len(skus))
	for _, sku := range skus {
		if sku != "" && !wanted[sku] {
			wanted[sku] = true
			order = append(order, sku)
		}
	}
	if m.wholeIsCheaper(len(order)) {
		all, complete, err := m.walk(ctx, "find in all products", filter{}, len(order))
		if err != nil {
			return nil, err
		}
		if complete {
			return chosen(all, wanted), nil
		}
	}
	var out []listing.Remote
	for _, sku := range order {
		found, _, err := m.walk(ctx, fmt.Sprintf("find %s", sku), filter{SKU: string(sku)}, 0)
		if err != nil {
			return nil, err
		}
		out = append(out, chosen(found, wanted)...)
	}
	return out, nil
}

// wholeIsCheaper guesses by the last known size of the shop. Where it is not
// known, the first page of the whole tells.
func (m *Market) wholeIsCheaper(skus int) bool {
	held := m.held.Load()
	return skus > 1 && (held == neverListed || pages(int(held), pageSize) <= skus)
}

// walk reads every product that a filter lets through, and checks that they are
// as many as the mall counts. With most above 0 it gives up, incomplete, once
// it sees that more pages than that are needed.
func (m *Market) walk(ctx context.Context, op string, f filter, most int) (found []product, complete bool, err error) {
	seen := make(map[int64]bool)
	for f.Page = 1; ; f.Page++ {
		p, err := m.page(ctx, fmt.Sprintf("%s, page %d", op, f.Page), f)
		if err != nil {
			return nil, false, err
		}
		if most > 0 && pages(*p.Total, min(p.PageSize, pageSize)) > most {
			return nil, false, nil
		}
		before := len(found)
		for i := range p.Products {
			if !seen[p.Products[i].ID] {
				seen[p.Products[i].ID] = true
				found = append(found, p.Products[i])
			}
		}
		if !p.last(f.Page) && len(found) > before { // a page of repetitions leads nowhere
			continue
		}
		if len(found) != *p.Total {
			return nil, false, short(op, len(found), *p.Total)
		}
		return found, true, nil
	}
}

func chosen(products []product, wanted map[listing.SKU]bool) []listing.Remote {
	var out []listing.Remote
	for i := range products {
		if wanted[listing.SKU(products[i].SKU)] {
			out = append(out, products[i].remote())
		}
	}
	return out
}

// Reviews looks at products that were PENDING. The mall has no submissions:
// the product itself shows what became of it, found by its id, or by its SKU
// where the id is not known. One that is not there is left out.
func (m *Market) Reviews(ctx context.Context, open []listing.Record) ([]listing.Review, error) {
	skus := make([]listing.SKU, len(open))
	for i := range open {
		skus[i] = open[i].SKU
	}
	found, err := m.Find(ctx, skus)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*listing.Remote, len(found))
	bySKU := make(map[listing.SKU]*listing.Remote, len(found))
	for i := range found {
		byID[found[i].ID] = &found[i]
		if bySKU[found[i].SKU] == nil { // the first is the oldest
			bySKU[found[i].SKU] = &found[i]
		}
	}
	var out []listing.Review
	for i := range open {
		shown := byID[open[i].ID]
		if open[i].ID == "" {
			shown = bySKU[open[i].SKU]
		}
		if shown != nil {
			out = append(out, listing.Review{
				Submission: open[i].Submission, SKU: open[i].SKU, State: shown.State, ID: shown.ID, Words: shown.Words,
			})
		}
	}
	return out, nil
}
