package lamdong

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// pageSize is the most that a page holds (101 is refused).
const pageSize = 100

// findSize bounds the SKUs of one look-up, and so the length of its address.
const findSize = 50

// maxLookUpPages ends a look-up of at most 100 entries whose pages don't end.
const maxLookUpPages = 5

// The sections of List, in this order.
const (
	sectionProducts = "products"
	sectionTrash    = "trash"
)

// List gives a page of the products and then of the bin. A cursor is a section
// and a page, "products:3".
func (m *Market) List(ctx context.Context, cursor string) (market.Page, error) {
	section, page, err := parseCursor(cursor)
	if err != nil {
		return market.Page{}, &market.Error{Market: Name, Op: "list", Kind: market.Protocol, Err: err}
	}
	status := "any"
	if section == sectionTrash {
		status = statusTrash
	}
	op := fmt.Sprintf("list %s, page %d", section, page)
	remotes, total, err := m.page(ctx, op, page,
		param{"status", status}, param{"orderby", "id"}, param{"order", "asc"})
	if err != nil {
		return market.Page{}, err
	}
	out := market.Page{Remotes: remotes, Section: section, Total: total}
	switch {
	case more(page, len(remotes), total):
		out.Next = section + ":" + strconv.Itoa(page+1)
	case section == sectionProducts:
		out.Next = sectionTrash + ":1"
	}
	return out, nil
}

// Find asks for at most 50 SKUs at a time. The shop compares SKUs without
// regard to case; a remote carries the SKU as it was asked for. What lies in
// the bin is not found.
func (m *Market) Find(ctx context.Context, skus []listing.SKU) ([]listing.Remote, error) {
	var found []listing.Remote
	asked := make(map[string]listing.SKU, len(skus))
	var order []string
	for _, sku := range skus {
		folded := strings.ToUpper(string(sku))
		if _, twice := asked[folded]; !twice && folded != "" {
			asked[folded] = sku
			order = append(order, string(sku))
		}
	}
	for start := 0; start < len(order); start += findSize {
		part := order[start:min(start+findSize, len(order))]
		op := fmt.Sprintf("find %s from %s", ocop.Count(len(part), "SKU", "SKUs"), part[0])
		remotes, err := m.pages(ctx, op, param{"status", "any"}, param{"sku", strings.Join(part, ",")})
		if err != nil {
			return nil, err
		}
		for _, r := range remotes {
			sku, ok := asked[strings.ToUpper(string(r.SKU))]
			if !ok {
				words := fmt.Sprintf("product %s with SKU %q was not asked for", r.ID, r.SKU)
				return nil, m.unexpected(op, answer{status: http.StatusOK}, words)
			}
			r.SKU = sku
			found = append(found, r)
		}
	}
	return found, nil
}

// Reviews looks the products up that wait for the shop's people (status
// pending). A submission is the product itself, so its id is the product's.
func (m *Market) Reviews(ctx context.Context, open []listing.Record) ([]listing.Review, error) {
	var ids []string
	for _, r := range open {
		id := r.Submission
		if id == "" {
			id = r.ID
		}
		if n, err := strconv.ParseInt(id, 10, 64); err == nil && n > 0 {
			ids = append(ids, id)
		}
	}
	var reviews []listing.Review
	for start := 0; start < len(ids); start += pageSize {
		part := ids[start:min(start+pageSize, len(ids))]
		op := fmt.Sprintf("look up %s from product %s", ocop.Count(len(part), "review", "reviews"), part[0])
		remotes, err := m.pages(ctx, op, param{"status", "any"}, param{"include", strings.Join(part, ",")})
		if err != nil {
			return nil, err
		}
		for _, r := range remotes {
			review := listing.Review{Submission: r.ID, SKU: r.SKU, State: r.State, ID: r.ID, Words: r.Words}
			if r.State == listing.OffSale { // it was pending, and somebody decided against it
				review.State = listing.Rejected
			}
			reviews = append(reviews, review)
		}
	}
	return reviews, nil
}

// pages reads every page of a look-up, whole or not at all.
func (m *Market) pages(ctx context.Context, op string, query ...param) ([]listing.Remote, error) {
	var all []listing.Remote
	for page := 1; page <= maxLookUpPages; page++ {
		remotes, total, err := m.page(ctx, op, page, query...)
		if err != nil {
			return nil, err
		}
		all = append(all, remotes...)
		if more(page, len(remotes), total) {
			continue
		}
		if total >= 0 && len(all) != total {
			words := fmt.Sprintf("%d of %s came", len(all), ocop.Count(total, "entry", "entries"))
			return nil, m.unexpected(op, answer{status: http.StatusOK}, words)
		}
		return all, nil
	}
	words := fmt.Sprintf("the list has no end after %d pages", maxLookUpPages)
	return nil, m.unexpected(op, answer{status: http.StatusOK}, words)
}

// page reads one page of products and the length of the whole list.
func (m *Market) page(ctx context.Context, op string, page int, query ...param) ([]listing.Remote, int, error) {
	query = append(query[:len(query):len(query)], param{"_fields", productFields},
		param{"per_page", strconv.Itoa(pageSize)}, param{"page", strconv.Itoa(page)})
	a, err := m.get(ctx, op, "/products", query...)
	if err != nil {
		return nil, 0, err
	}
	products, err := decodeList[product](a.body)
	if err != nil {
		return nil, 0, m.failed(http.MethodGet, m.unreadable(op, a, err))
	}
	known := m.categories.Load()
	remotes := make([]listing.Remote, len(products))
	for i := range products {
		if id, ok := products[i].ID.integer(); !ok || id <= 0 {
			return nil, 0, m.unexpected(op, a, fmt.Sprintf("entry %d has no id", i+1))
		}
		remotes[i] = products[i].remote(known)
	}
	return remotes, a.total(), nil
}

// more says whether another page follows. An empty page is the end whatever the
// total says.
func more(page, entries, total int) bool {
	if entries == 0 {
		return false
	}
	if total < 0 {
		return entries >= pageSize
	}
	return page*pageSize < total
}

func parseCursor(cursor string) (section string, page int, err error) {
	if cursor == "" {
		return sectionProducts, 1, nil
	}
	section, number, _ := strings.Cut(cursor, ":")
	page, err = strconv.Atoi(number)
	if err != nil || page < 1 || section != sectionProducts && section != sectionTrash {
		return "", 0, fmt.Errorf("cursor %q is none of ours", cursor)
	}
	return section, page, nil
}
