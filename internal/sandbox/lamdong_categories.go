package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// wooUncategorized is the category of what has none, and the first of all.
const wooUncategorized = 15

// wooCategory is a category as the API shows it, but for count and links.
type wooCategory struct {
	ID          int
	Name, Slug  string
	Parent      int
	Description string
}

// addCategory needs the lock, or nobody else who knows the shop.
func (d *lamdong) addCategory(name, slug string, parent int, description string) wooCategory {
	if slug == "" {
		slug = slugOf(name)
	}
	c := wooCategory{ID: wooUncategorized + len(d.categories), Name: name, Slug: slug, Parent: parent, Description: description}
	d.categories = append(d.categories, c)
	return c
}

func (d *lamdong) shapeCategory(b []byte, c wooCategory, count int, only map[string]bool) []byte {
	o := &wooObject{b: append(b, '{'), only: only}
	o.num("id", c.ID)
	o.str("name", c.Name)
	o.str("slug", c.Slug)
	o.num("parent", c.Parent)
	o.str("description", c.Description)
	o.str("display", "default")
	o.raw("image", "null")
	o.num("menu_order", 0)
	o.num("count", count)
	if o.key("_links") {
		o.b = d.appendLinks(o.b, "products/categories", c.ID)
	}
	return append(o.b, '}')
}

// counts tells how many published products each category has; it needs the lock.
func (d *lamdong) counts() map[int]int {
	n := make(map[int]int)
	for _, x := range d.products {
		if x.status == "publish" {
			for _, id := range x.categories {
				n[id]++
			}
		}
	}
	return n
}

func (d *lamdong) serveCategories(w http.ResponseWriter, r *http.Request) *wooError {
	q, fail := readWooQuery(r.URL.Query(), []string{"name", "id", "include", "slug", "term_group", "description", "count"})
	if fail != nil {
		return fail
	}
	q.descending = r.URL.Query().Get("order") == "desc"
	d.mu.Lock()
	defer d.mu.Unlock()
	counts := d.counts()
	var found []wooCategory
	for _, c := range d.categories {
		if (q.parent < 0 || c.Parent == q.parent) && (q.slug == "" || c.Slug == q.slug) && (q.include == nil || q.include[c.ID]) &&
			!q.exclude[c.ID] && (!q.hideEmpty || counts[c.ID] > 0) && strings.Contains(strings.ToLower(c.Name), q.search) {
			found = append(found, c)
		}
	}
	if q.orderBy != "id" {
		slices.SortStableFunc(found, func(a, b wooCategory) int { return strings.Compare(a.Slug, b.Slug) })
	}
	if q.descending {
		slices.Reverse(found)
	}
	low := min((q.page-1)*q.perPage, len(found))
	body, only := []byte{'['}, askedFields(r)
	for i, c := range found[low:min(low+q.perPage, len(found))] {
		if i > 0 {
			body = append(body, ',')
		}
		body = d.shapeCategory(body, c, counts[c.ID], only)
	}
	d.pageHeaders(w, r, q, len(found))
	writeWoo(w, http.StatusOK, append(body, ']'))
	return nil
}

func (d *lamdong) serveCategory(w http.ResponseWriter, r *http.Request) *wooError {
	id, _ := strconv.Atoi(r.PathValue("id"))
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.hasCategory(id) {
		return &wooError{status: 404, Code: "woocommerce_rest_term_invalid", Message: "Resource does not exist."}
	}
	writeWoo(w, http.StatusOK, d.shapeCategory(nil, d.categories[id-wooUncategorized], d.counts()[id], askedFields(r)))
	return nil
}

func (d *lamdong) hasCategory(id int) bool {
	return id >= wooUncategorized && id < wooUncategorized+len(d.categories)
}

func (d *lamdong) serveAddCategory(w http.ResponseWriter, r *http.Request) *wooError {
	var body struct {
		Name        string `json:"name"`
		Slug        string `json:"slug"`
		Parent      int    `json:"parent"`
		Description string `json:"description"`
	}
	if fail := readWoo(r, &body); fail != nil {
		return fail
	}
	if body.Name == "" {
		return &wooError{status: 400, Code: "rest_missing_callback_param", Message: "Missing parameter(s): name", Data: map[string]any{"params": []string{"name"}}}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.categories {
		if c.Parent == body.Parent && strings.EqualFold(c.Name, body.Name) {
			return &wooError{status: 400, Code: "term_exists", Message: "A term with the name provided already exists with this parent.",
				Data: map[string]any{"resource_id": c.ID}}
		}
	}
	c := d.addCategory(body.Name, body.Slug, body.Parent, body.Description)
	w.Header().Set("Location", fmt.Sprintf("%s%s/products/categories/%d", d.base, wooPath, c.ID))
	writeWoo(w, http.StatusCreated, d.shapeCategory(nil, c, 0, nil))
	return nil
}
