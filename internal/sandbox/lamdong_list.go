package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func (d *lamdong) serveList(w http.ResponseWriter, r *http.Request) *wooError {
	q, fail := readWooQuery(r.URL.Query(), wooOrders)
	if fail != nil {
		return fail
	}
	c := callOf(r)
	c.sku = r.URL.Query().Get("sku")
	if c.twist == FaultRepeatedPage && q.page > 1 {
		q.page--
	}
	only := askedFields(r)
	d.mu.Lock()
	page, total := d.selectProducts(&q, c.twist)
	body := []byte{'['}
	for i, x := range shortened(page, c.twist) {
		if i > 0 {
			body = append(body, ',')
		}
		body = d.shape(body, x, formRead, only)
	}
	body = append(body, ']')
	d.mu.Unlock()
	if c.twist == FaultMovingTotal {
		total += 1 + q.page%3
	}
	d.pageHeaders(w, r, q, total)
	writeWoo(w, http.StatusOK, body)
	return nil
}

// selectProducts walks all products once and keeps the page's only. The usual
// orders are those of the ids; the others sort a copy. It needs the lock.
func (d *lamdong) selectProducts(q *wooQuery, twist string) ([]*wooProduct, int) {
	from := d.products
	if q.skus != nil { // from the index
		from = nil
		for sku := range q.skus {
			if x := d.bySKU[sku]; x != nil {
				from = append(from, x)
			}
		}
		slices.SortFunc(from, func(a, b *wooProduct) int { return a.id - b.id })
	}
	if twist == FaultWrongProduct && q.skus != nil {
		skus := q.skus
		from, q.skus = nil, nil
		for _, x := range d.products {
			if !skus[strings.ToLower(x.sku)] && q.wants(x) {
				from = []*wooProduct{x}
				break
			}
		}
	}
	if by := wooOrder(q); by != nil {
		from = slices.Clone(from)
		slices.SortStableFunc(from, by)
	}
	first, total := (q.page-1)*q.perPage, 0
	var page []*wooProduct
	for i := range from {
		x := from[i]
		if q.descending {
			x = from[len(from)-1-i]
		}
		if !q.wants(x) {
			continue
		}
		if total >= first && len(page) < q.perPage {
			page = append(page, x)
		}
		total++
	}
	return page, total
}

// wooOrder gives the comparison for an order that is not that of the ids, else nil.
func wooOrder(q *wooQuery) func(a, b *wooProduct) int {
	switch q.orderBy {
	case "modified":
		return func(a, b *wooProduct) int { return a.modified.Compare(b.modified) }
	case "title", "slug":
		return func(a, b *wooProduct) int { return strings.Compare(a.slug, b.slug) }
	case "include":
		place := func(x *wooProduct) int { return slices.Index(q.includeOrdered, x.id) }
		q.descending = false
		return func(a, b *wooProduct) int { return place(a) - place(b) }
	}
	return nil
}

// pageHeaders writes the totals and the neighbours of a page.
func (d *lamdong) pageHeaders(w http.ResponseWriter, r *http.Request, q wooQuery, total int) {
	pages := (total + q.perPage - 1) / q.perPage
	w.Header().Set("X-WP-Total", strconv.Itoa(total))
	w.Header().Set("X-WP-TotalPages", strconv.Itoa(pages))
	var links []string
	link := func(page int, rel string) {
		values := r.URL.Query()
		values.Set("page", strconv.Itoa(page))
		links = append(links, fmt.Sprintf(`<%s%s?%s>; rel="%s"`, d.base, r.URL.Path, values.Encode(), rel))
	}
	if q.page > 1 && pages > 0 {
		link(min(q.page-1, pages), "prev")
	}
	if q.page < pages {
		link(q.page+1, "next")
	}
	if links != nil {
		w.Header().Set("Link", strings.Join(links, ", "))
	}
}
