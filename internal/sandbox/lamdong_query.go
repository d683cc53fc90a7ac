package sandbox

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// wooQuery is what a list call asks for.
type wooQuery struct {
	page, perPage  int
	descending     bool
	orderBy        string
	status         []string // nil for any but trash
	skus           map[string]bool
	include        map[int]bool
	exclude        map[int]bool
	after          time.Time // modified after
	before         time.Time
	category       int
	search, slug   string
	hideEmpty      bool // of categories
	parent         int  // of categories, -1 for any
	includeOrdered []int
}

var (
	wooOrders   = []string{"date", "id", "include", "title", "slug", "modified", "menu_order", "price", "popularity", "rating"}
	wooStatuses = []string{"any", "future", "trash", "draft", "pending", "private", "publish"}
)

// readWooQuery reads the parameters; what WordPress would refuse is refused.
func readWooQuery(q url.Values, orders []string) (wooQuery, *wooError) {
	out := wooQuery{page: 1, perPage: 10, descending: true, orderBy: orders[0], parent: -1, slug: q.Get("slug"), search: strings.ToLower(q.Get("search"))}
	var faults []wooFault
	number := func(name string, into *int, low, top int, bounds string) {
		if !q.Has(name) {
			return
		}
		n, err := strconv.Atoi(q.Get(name))
		switch {
		case err != nil:
			faults = append(faults, wrongType(name, "integer"))
		case n < low || n > top:
			faults = append(faults, wooFault{name, "rest_out_of_bounds", name + " must be " + bounds})
		default:
			*into = n
		}
	}
	number("page", &out.page, 1, 1<<31, "greater than or equal to 1")
	number("per_page", &out.perPage, 1, 100, "between 1 (inclusive) and 100 (inclusive)")
	number("parent", &out.parent, 0, 1<<31, "greater than or equal to 0")
	number("category", &out.category, 0, 1<<31, "greater than or equal to 0")
	enum := func(name string, allowed []string) string {
		v := q.Get(name)
		if v != "" && !slices.Contains(allowed, v) {
			faults = append(faults, notInEnum(name, allowed...))
		}
		return v
	}
	if o := enum("order", []string{"asc", "desc"}); o != "" {
		out.descending = o == "desc"
	}
	if o := enum("orderby", orders); o != "" {
		out.orderBy = o
	}
	if s := enum("status", wooStatuses); s != "" && s != "any" {
		out.status = []string{s}
	}
	out.skus = listed(q.Get("sku"), strings.ToLower)
	for _, id := range splitList(q.Get("include")) {
		n, err := strconv.Atoi(id)
		if err != nil {
			faults = append(faults, wrongType("include[0]", "integer"))
			break
		}
		if out.include == nil {
			out.include = make(map[int]bool)
		}
		out.include[n] = true
		out.includeOrdered = append(out.includeOrdered, n)
	}
	out.exclude = make(map[int]bool)
	for _, id := range splitList(q.Get("exclude")) {
		n, _ := strconv.Atoi(id)
		out.exclude[n] = true
	}
	out.hideEmpty = q.Get("hide_empty") == "true" || q.Get("hide_empty") == "1"
	for name, into := range map[string]*time.Time{"modified_after": &out.after, "modified_before": &out.before} {
		if !q.Has(name) {
			continue
		}
		t, err := wooInstant(q.Get(name), q.Get("dates_are_gmt"))
		if err != nil {
			faults = append(faults, wooFault{name, "rest_invalid_date", "Invalid date."})
		}
		*into = t
	}
	if len(faults) > 0 {
		return out, invalidParams(faults)
	}
	return out, nil
}

// wooInstant reads a time, which is the shop's own unless said otherwise.
func wooInstant(text, areGMT string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	zone := vietnam
	if areGMT == "true" || areGMT == "1" {
		zone = time.UTC
	}
	return time.ParseInLocation(wooTime, text, zone)
}

func splitList(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func listed(text string, as func(string) string) map[string]bool {
	var out map[string]bool
	for _, part := range splitList(text) {
		if out == nil {
			out = make(map[string]bool)
		}
		out[as(part)] = true
	}
	return out
}

func (q *wooQuery) wants(x *wooProduct) bool {
	switch {
	case q.status == nil && x.status == "trash",
		q.status != nil && !slices.Contains(q.status, x.status),
		q.skus != nil && !q.skus[strings.ToLower(x.sku)],
		q.include != nil && !q.include[x.id],
		q.exclude[x.id],
		!q.after.IsZero() && !x.modified.After(q.after),
		!q.before.IsZero() && !x.modified.Before(q.before),
		q.category != 0 && !slices.Contains(x.categories, q.category),
		q.slug != "" && x.slug != q.slug,
		q.search != "" && !strings.Contains(strings.ToLower(x.name), q.search):
		return false
	}
	return true
}
