package postmart

import (
	"context"
	"net/url"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

const (
	productsPath = "/partner/v1/products"
	requestsPath = "/partner/v1/product-requests"

	pageLimit = "100" // the contract's largest
)

// List gives the products, then of the requests those that still matter: every
// open one, and of a SKU without product the newest, if that was rejected.
//
// A request that speaks of a product which the products' pages did not show
// (approved in between, or a page that came short) has it looked up, so that
// nothing which was there all the time is missing from a whole reading.
//
// A cursor belongs to its reading, which lives in memory; one that is no longer
// known is a Protocol error, and the reading must begin anew.
func (m *Market) List(ctx context.Context, cursor string) (market.Page, error) {
	at := place{section: sectionProducts}
	var number int
	var r *reading
	if cursor == "" {
		number, r = m.readings.begin()
	} else {
		var ok bool
		if number, at, ok = readCursor(cursor); ok {
			r = m.readings.find(number)
		}
		if r == nil {
			c := call{op: "list from " + cursor, method: get}
			e := c.protocol("the reading that the cursor belongs to is not known, begin again")
			e.Retryable, e.Status = false, 0
			return market.Page{}, e
		}
	}
	page, next, e := m.page(ctx, r, at)
	if e != nil {
		return market.Page{}, e
	}
	page.Next = next.asCursor(number)
	if next.ended() {
		m.pages.Store(int64(r.pages))
		m.readings.end(number)
	}
	return page, nil
}

// page reads one page and says where the next one is. Page.Next stays empty.
func (m *Market) page(ctx context.Context, r *reading, at place) (market.Page, place, *market.Error) {
	read := m.productPage
	if at.section == sectionRequests {
		read = m.requestPage
	}
	remotes, next, e := read(ctx, r, at)
	if e != nil {
		return market.Page{}, place{}, e
	}
	r.mu.Lock()
	r.pages++
	r.mu.Unlock()
	return market.Page{Remotes: remotes, Section: at.section, Total: -1}, at.next(next), nil
}

func (m *Market) productPage(ctx context.Context, r *reading, at place) ([]listing.Remote, string, *market.Error) {
	c := call{op: at.describe(), method: get, path: listPath(productsPath, "", at.cursor), want: 200}
	products, next, e := fetchPage[product](ctx, m, &c)
	if e != nil {
		return nil, "", e
	}
	remotes, e := c.remotes(products)
	if e != nil {
		return nil, "", e
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range products {
		r.product(products[i].Content.SKU)
	}
	return remotes, next, nil
}

func (m *Market) requestPage(ctx context.Context, r *reading, at place) ([]listing.Remote, string, *market.Error) {
	c := call{op: at.describe(), method: get, path: listPath(requestsPath, "", at.cursor), want: 200}
	requests, next, e := m.requestsOf(ctx, &c)
	if e != nil {
		return nil, "", e
	}
	var remotes []listing.Remote
	var missed []string // SKUs that must have a product, and it was not shown
	r.mu.Lock()
	for i := range requests {
		q := &requests[i]
		newest := r.isNewest(q)
		if newest && q.impliesProduct() {
			missed = append(missed, q.SKU)
		}
		if q.open() || newest && q.State == stateRejected && !q.impliesProduct() {
			remotes = append(remotes, q.remote())
		}
	}
	r.mu.Unlock()
	for _, sku := range missed {
		found, e := m.productsBySKU(ctx, sku)
		if e != nil {
			return nil, "", e
		}
		remotes = append(remotes, found...)
	}
	return remotes, next, nil
}

// requestsOf reads one page of requests and checks each.
func (m *Market) requestsOf(ctx context.Context, c *call) ([]productRequest, string, *market.Error) {
	requests, next, e := fetchPage[productRequest](ctx, m, c)
	if e != nil {
		return nil, "", e
	}
	for i := range requests {
		if err := requests[i].check(); err != nil {
			return nil, "", c.protocol(err.Error())
		}
	}
	return requests, next, nil
}

// fetchPage reads one page of a list. An answer without items is no empty page.
func fetchPage[T any](ctx context.Context, m *Market, c *call) ([]T, string, *market.Error) {
	var answer list[T]
	if e := m.do(ctx, c, &answer); e != nil {
		return nil, "", e
	}
	if answer.Items == nil {
		return nil, "", c.protocol("an answer without items")
	}
	return *answer.Items, answer.NextCursor, nil
}

// remotes reads the products of an answer.
func (c *call) remotes(products []product) ([]listing.Remote, *market.Error) {
	out := make([]listing.Remote, 0, len(products))
	for i := range products {
		r, err := products[i].remote()
		if err != nil {
			return nil, c.protocol(err.Error())
		}
		out = append(out, r)
	}
	return out, nil
}

func listPath(path, sku, cursor string) string {
	path += "?limit=" + pageLimit
	if sku != "" {
		path += "&sku=" + url.QueryEscape(sku)
	}
	if cursor != "" {
		path += "&cursor=" + url.QueryEscape(cursor)
	}
	return path
}
