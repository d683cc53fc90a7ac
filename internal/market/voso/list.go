package voso

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

const neverListed = -1

// List gives one page of the shop's products by PRODUCT_ID; the cursor is the
// page's number. New products come last, and nothing is ever deleted, so pages
// don't shift while they are read.
func (m *Market) List(ctx context.Context, cursor string) (market.Page, error) {
	n := 1
	if cursor != "" {
		var err error
		if n, err = strconv.Atoi(cursor); err != nil || n < 1 {
			return market.Page{}, &market.Error{
				Market: Name, Op: "list products", Kind: market.Protocol,
				Err: fmt.Errorf("cursor %q is no page number", cursor),
			}
		}
	}
	p, err := m.page(ctx, fmt.Sprintf("list products, page %d", n), filter{Page: n})
	if err != nil {
		return market.Page{}, err
	}
	out := market.Page{Section: "products", Total: *p.Total, Remotes: make([]listing.Remote, len(p.Products))}
	for i := range p.Products {
		out.Remotes[i] = p.Products[i].remote()
	}
	if !p.last(n) {
		out.Next = strconv.Itoa(n + 1)
	}
	return out, nil
}

// page reads one page and checks it against the contract.
func (m *Market) page(ctx context.Context, op string, f filter) (*page, error) {
	c := &call{op: op, path: pathList}
	f.PageSize = pageSize
	p, err := invoke[page](ctx, m, c, f)
	if err != nil {
		return nil, err
	}
	if err := p.check(f); err != nil {
		return nil, m.protocol(c, err)
	}
	if f.SKU == "" {
		m.held.Store(int64(*p.Total))
	}
	return &p, nil
}

// check says what is wrong with the answer to a filter. It is the only thing
// that keeps an ignored filter from reading as an answer.
func (p *page) check(f filter) error {
	switch {
	case p.Total == nil || *p.Total < 0:
		return errors.New("the answer has no TOTAL")
	case p.Products == nil && *p.Total > 0:
		return errors.New("the answer has no PRODUCTS")
	case p.Page != f.Page:
		return fmt.Errorf("page %d came back for page %d", p.Page, f.Page)
	case p.PageSize < 1:
		return errors.New("the answer has no PAGE_SIZE")
	}
	for i := range p.Products {
		it := &p.Products[i]
		if it.ID <= 0 {
			return errors.New("a product has no PRODUCT_ID")
		}
		if _, ok := stateOf(it.Status); !ok {
			return fmt.Errorf("product %d has the unknown STATUS %q", it.ID, it.Status)
		}
		if f.SKU != "" && it.SKU != f.SKU {
			return fmt.Errorf("asked for SELLER_SKU %q, product %d with %q came back", f.SKU, it.ID, it.SKU)
		}
	}
	return nil
}

// last reports whether no page follows page n. An empty page ends a list too,
// whatever its total says: the reader counts and finds it short.
func (p *page) last(n int) bool {
	return len(p.Products) == 0 || n >= pages(*p.Total, min(p.PageSize, pageSize))
}

// pages is how many pages hold the products.
func pages(products, size int) int {
	return products/size + min(1, products%size)
}

func stateOf(status string) (listing.State, bool) {
	switch status {
	case statusOn:
		return listing.OnSale, true
	case statusOff:
		return listing.OffSale, true
	case statusPending:
		return listing.InReview, true
	case statusBanned: // it refuses every change
		return listing.Locked, true
	}
	return "", false
}

// remote is the product as the core knows it. Its status has been checked.
func (p *product) remote() listing.Remote {
	state, _ := stateOf(p.Status)
	r := listing.Remote{
		ID:          strconv.FormatInt(p.ID, 10),
		SKU:         listing.SKU(p.SKU),
		State:       state,
		Title:       p.Name,
		Description: p.Description,
		Price:       ocop.VND(p.Price),
		Stock:       p.Quantity,
		Pictures:    p.ImageURLs,
		Certificate: p.CertNo,
		Words:       market.CleanWords(p.StatusReason),
	}
	if p.CategoryID != 0 {
		r.Category = strconv.FormatInt(p.CategoryID, 10)
	}
	if p.UpdatedAt > 0 {
		r.UpdatedAt = time.UnixMilli(p.UpdatedAt)
	}
	return r
}

// short is a reading that does not hold what it says it holds.
func short(op string, got, total int) *market.Error {
	return &market.Error{
		Market: Name, Op: op, Kind: market.Protocol, Retryable: true, Status: http.StatusOK,
		Err: fmt.Errorf("%s came, the mall counts %d", ocop.Count(got, "product", "products"), total),
	}
}
