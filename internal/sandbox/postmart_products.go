package sandbox

import (
	"encoding/json"
	"net/http"
	"time"
)

// The states of a postmart product.
const (
	pmOnSale    = "on_sale"
	pmUnlisted  = "unlisted"
	pmLocked    = "locked"
	pmTakenDown = "taken_down"
)

func (p *postmart) serveProducts(w http.ResponseWriter, r *http.Request) {
	win, ok := readWindow(w, r, 0)
	if !ok {
		return
	}
	c := callOf(r)
	var page []pmProduct
	next := ""
	p.mu.Lock()
	if sku := r.URL.Query().Get("sku"); sku != "" {
		c.sku = sku
		if found := p.bySKU[sku]; found != nil {
			page = append(page, *found)
		}
		if c.twist == FaultWrongProduct {
			page = page[:0]
			if other := p.otherThan(sku); other != nil {
				page = append(page, *other)
			}
		}
	} else {
		if c.twist == FaultRepeatedPage {
			win.from = max(0, win.from-win.limit)
		}
		from := min(max(win.from, 0), len(p.products))
		end := min(from+win.limit, len(p.products))
		for _, x := range p.products[from:end] {
			page = append(page, *x)
		}
		if end < len(p.products) {
			next = cursorAt(end)
		}
	}
	p.mu.Unlock()
	pmPage(w, shortened(page, c.twist), next)
}

// shortened plays a page that misses its last entries.
func shortened[T any](page []T, twist string) []T {
	if twist == FaultShortPage && len(page) > 0 {
		return page[:len(page)-1-len(page)/10]
	}
	return page
}

func pmPage[T any](w http.ResponseWriter, page []T, next string) {
	answer := struct {
		Items []T    `json:"items"`
		Next  string `json:"next_cursor,omitempty"`
	}{page, next}
	if page == nil {
		answer.Items = []T{}
	}
	writeJSON(w, http.StatusOK, answer)
}

func (p *postmart) otherThan(sku string) *pmProduct {
	for _, x := range p.products {
		if x.Content.SKU != sku {
			return x
		}
	}
	return nil
}

func (p *postmart) serveOffer(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Price *int64 `json:"price"`
		Stock *int   `json:"stock"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		pmInvalid(w, fieldError{"", "invalid_field", err.Error()})
		return
	}
	var faults []fieldError
	if body.Price != nil && *body.Price < 1000 {
		faults = append(faults, fieldError{"price", "bad_price", "at least 1000"})
	}
	if body.Stock != nil && *body.Stock < 0 {
		faults = append(faults, fieldError{"stock", "invalid_field", "not below 0"})
	}
	if len(faults) > 0 {
		pmInvalid(w, faults...)
		return
	}
	p.edit(w, r, func(x *pmProduct) (string, string) {
		if x.State == pmLocked {
			return "", "locked"
		}
		if body.Price != nil {
			x.Content.Price = *body.Price
		}
		if body.Stock != nil {
			x.Content.Stock = *body.Stock
		}
		return "offer", ""
	})
}

func (p *postmart) serveAction(w http.ResponseWriter, r *http.Request) {
	action := r.PathValue("action")
	if action != "unlist" && action != "relist" {
		pmFail(w, http.StatusNotFound, "not_found", "No such action")
		return
	}
	p.edit(w, r, func(x *pmProduct) (string, string) {
		switch {
		case x.State == pmLocked:
			return "", "locked"
		case action == "unlist" && x.State == pmOnSale:
			x.State = pmUnlisted
		case action == "relist" && x.State == pmTakenDown:
			return "", "taken_down"
		case action == "relist":
			x.State = pmOnSale
		}
		return action, ""
	})
}

// edit changes one product on behalf of the API; a refusal is answered 409.
func (p *postmart) edit(w http.ResponseWriter, r *http.Request, alter func(*pmProduct) (what, refusal string)) {
	p.mu.Lock()
	x := p.byID[r.PathValue("id")]
	var answer pmProduct
	refusal := ""
	if x != nil {
		callOf(r).sku = x.Content.SKU
		var what string
		if what, refusal = alter(x); refusal == "" {
			p.touch(x, p.now(), what, true)
		}
		answer = *x
	}
	p.mu.Unlock()
	switch {
	case x == nil:
		pmFail(w, http.StatusNotFound, "not_found", "No such product")
	case refusal != "":
		pmFail(w, http.StatusConflict, refusal, "The product is "+refusal)
	default:
		writeJSON(w, http.StatusOK, answer)
	}
}

// touch dates a change and tells the ledger; it needs the lock.
func (p *postmart) touch(x *pmProduct, now time.Time, what string, byAPI bool) {
	x.UpdatedAt = now.UTC()
	p.ledger.listing(now, change{
		market: Postmart, id: x.ID, sku: x.Content.SKU, state: x.State, what: what,
		onSale: x.State == pmOnSale, byAPI: byAPI,
	})
}
