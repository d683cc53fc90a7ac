package sandbox

import (
	"net/http"
	"strings"

	"golang.org/x/text/unicode/norm"
)

func (v *voso) categories(*http.Request) (any, *vosoError) {
	type category struct {
		ID     int    `json:"CATEGORY_ID"`
		Name   string `json:"NAME"`
		Parent int    `json:"PARENT_ID"`
		Leaf   bool   `json:"LEAF"`
	}
	parents := make(map[string]int)
	var out []category
	for i, g := range groups {
		if g.slug != "du-lich" {
			parents[g.slug] = vosoGroup + i
			out = append(out, category{ID: vosoGroup + i, Name: g.name})
		}
	}
	for i, sub := range subgroups {
		if _, ok := categoryOf(vosoBase+i, vosoBase); ok {
			out = append(out, category{ID: vosoBase + i, Name: sub.name, Parent: parents[sub.group], Leaf: true})
		}
	}
	return out, nil
}

// list gives 50 products by id; of unknown filters it says nothing.
func (v *voso) list(r *http.Request) (any, *vosoError) {
	var body struct {
		Page   *int    `json:"PAGE"`
		SKU    *string `json:"SELLER_SKU"`
		Status *string `json:"STATUS"`
	}
	if fail := readVoso(r, &body); fail != nil {
		return nil, fail
	}
	page := 1
	if body.Page != nil {
		page = *body.Page
	}
	if page < 1 {
		return nil, fieldInvalid("PAGE", "PAGE bắt đầu từ 1")
	}
	if body.Status != nil && !strings.Contains("|ON|OFF|PENDING|BANNED|", "|"+*body.Status+"|") {
		return nil, fieldInvalid("STATUS", "STATUS không hợp lệ")
	}
	c := callOf(r)
	if c.twist == FaultRepeatedPage && page > 1 {
		page--
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	from := v.products
	if body.SKU != nil {
		c.sku = norm.NFC.String(*body.SKU)
		from = v.bySKU[c.sku]
		if c.twist == FaultWrongProduct {
			from = v.otherThan(c.sku)
		}
	}
	if body.Status != nil {
		from = withStatus(from, *body.Status)
	}
	low := min((page-1)*vosoPage, len(from))
	shown := []vosoProduct{}
	for _, x := range from[low:min(low+vosoPage, len(from))] {
		shown = append(shown, *x)
	}
	total := len(from)
	if c.twist == FaultMovingTotal {
		total += 1 + page%3
	}
	return map[string]any{"TOTAL": total, "PAGE": page, "PAGE_SIZE": vosoPage, "PRODUCTS": shortened(shown, c.twist)}, nil
}

func withStatus(from []*vosoProduct, status string) []*vosoProduct {
	var out []*vosoProduct
	for _, x := range from {
		if x.Status == status {
			out = append(out, x)
		}
	}
	return out
}

func (v *voso) otherThan(sku string) []*vosoProduct {
	for i, x := range v.products {
		if x.SKU != sku {
			return v.products[i : i+1]
		}
	}
	return nil
}
