package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const trashedSlug = "__trashed"

func (d *lamdong) serveOne(w http.ResponseWriter, r *http.Request) *wooError {
	d.mu.Lock()
	defer d.mu.Unlock()
	x := d.byID[wooID(r)]
	if x == nil {
		return invalidID(404)
	}
	callOf(r).sku = x.sku
	writeWoo(w, http.StatusOK, d.shape(nil, x, formRead, askedFields(r)))
	return nil
}

func wooID(r *http.Request) int {
	id, _ := strconv.Atoi(r.PathValue("id")) // 0 is nobody's
	return id
}

func (d *lamdong) serveCreate(w http.ResponseWriter, r *http.Request) *wooError {
	var p wooParams
	if fail := readWoo(r, &p); fail != nil {
		return fail
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	x, fail := d.create(p)
	callOf(r).sku = p.text("sku")
	if fail != nil {
		return fail
	}
	w.Header().Set("Location", fmt.Sprintf("%s%s/products/%d", d.base, wooPath, x.id))
	writeWoo(w, http.StatusCreated, d.shape(nil, x, formWrite, askedFields(r)))
	return nil
}

func (d *lamdong) serveUpdate(w http.ResponseWriter, r *http.Request) *wooError {
	var p wooParams
	if fail := readWoo(r, &p); fail != nil {
		return fail
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	x, fail := d.update(wooID(r), p)
	if fail != nil {
		return fail
	}
	callOf(r).sku = x.sku
	writeWoo(w, http.StatusOK, d.shape(nil, x, formWrite, askedFields(r)))
	return nil
}

func (d *lamdong) serveDelete(w http.ResponseWriter, r *http.Request) *wooError {
	force := r.URL.Query().Get("force")
	d.mu.Lock()
	defer d.mu.Unlock()
	x := d.byID[wooID(r)]
	if x == nil {
		return invalidID(404)
	}
	callOf(r).sku = x.sku
	before := d.shape(nil, x, formWrite, askedFields(r))
	if force == "true" || force == "1" {
		d.remove(x)
	} else if x.status == "trash" {
		return &wooError{status: 410, Code: "woocommerce_rest_already_trashed", Message: "The product has already been deleted."}
	} else {
		d.trash(x, true)
	}
	writeWoo(w, http.StatusOK, before)
	return nil
}

// serveBatch applies up to 100 changes; each fails for itself.
func (d *lamdong) serveBatch(w http.ResponseWriter, r *http.Request) *wooError {
	var body struct {
		Create []wooParams `json:"create"`
		Update []wooParams `json:"update"`
		Delete []int       `json:"delete"`
	}
	if fail := readWoo(r, &body); fail != nil {
		return fail
	}
	if len(body.Create)+len(body.Update)+len(body.Delete) > 100 {
		return &wooError{status: 413, Code: "woocommerce_rest_request_entity_too_large", Message: "Unable to accept more than 100 items for this request."}
	}
	answer := make(map[string][]json.RawMessage)
	put := func(kind string, id int, x []byte, fail *wooError) {
		if fail != nil {
			x = encode(map[string]any{"id": id, "error": fail.withStatus()})
		}
		answer[kind] = append(answer[kind], x)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range body.Create {
		x, fail := d.create(p)
		put("create", 0, d.shapeIf(x, fail), fail)
	}
	for _, p := range body.Update {
		id := 0
		_ = json.Unmarshal(p["id"], &id) // an unreadable id is nobody's
		x, fail := d.update(id, p)
		put("update", id, d.shapeIf(x, fail), fail)
	}
	for _, id := range body.Delete {
		x := d.byID[id]
		if x == nil {
			put("delete", id, nil, invalidID(404))
			continue
		}
		put("delete", id, d.shape(nil, x, formWrite, nil), nil)
		d.remove(x)
	}
	writeWoo(w, http.StatusOK, encode(answer))
	return nil
}

func (d *lamdong) shapeIf(x *wooProduct, fail *wooError) []byte {
	if fail != nil {
		return nil
	}
	return d.shape(nil, x, formWrite, nil)
}

// create needs the lock, as all below.
func (d *lamdong) create(p wooParams) (*wooProduct, *wooError) {
	now := d.now()
	x := &wooProduct{kind: "simple", status: "publish", stockStatus: "instock", visibility: "visible", taxStatus: "taxable", created: now, categories: []int{wooUncategorized}}
	if fail := p.check(); fail != nil {
		return nil, fail
	}
	if fail := d.skuFree(p.text("sku"), nil); fail != nil {
		return nil, fail
	}
	if fail := d.apply(x, p); fail != nil {
		return nil, fail
	}
	d.insert(x, now, "create", true)
	return x, nil
}

// insert numbers a product and puts it into the shop.
func (d *lamdong) insert(x *wooProduct, now time.Time, what string, byAPI bool) {
	d.lastPost++
	x.id = d.lastPost
	base := x.slug
	if base == "" {
		base = slugOf(x.name)
	}
	x.slug = base
	for n := 2; d.slugs[x.slug]; n++ {
		x.slug = base + "-" + strconv.Itoa(n)
	}
	d.slugs[x.slug] = true
	d.products = append(d.products, x)
	d.byID[x.id] = x
	if x.sku != "" {
		d.bySKU[strings.ToLower(x.sku)] = x
	}
	d.touch(x, now, what, byAPI)
}

func (d *lamdong) update(id int, p wooParams) (*wooProduct, *wooError) {
	x := d.byID[id]
	if x == nil {
		return nil, invalidID(400)
	}
	if fail := p.check(); fail != nil {
		return nil, fail
	}
	if sku := p.text("sku"); sku != "" {
		if fail := d.skuFree(sku, x); fail != nil {
			return nil, fail
		}
	}
	changed := *x
	if fail := d.apply(&changed, p); fail != nil {
		return nil, fail
	}
	if x.status == "trash" && changed.status != "trash" {
		changed.slug, changed.meta = strings.TrimSuffix(x.slug, trashedSlug), withoutTrashMeta(x.meta)
	}
	if old := strings.ToLower(x.sku); old != strings.ToLower(changed.sku) {
		delete(d.bySKU, old)
		if changed.sku != "" {
			d.bySKU[strings.ToLower(changed.sku)] = x
		}
	}
	*x = changed
	d.touch(x, d.now(), "update", true)
	return x, nil
}

// skuFree refuses a SKU that another product has, trashed or not.
func (d *lamdong) skuFree(sku string, self *wooProduct) *wooError {
	x := d.bySKU[strings.ToLower(sku)]
	switch {
	case sku == "" || x == nil || x == self:
		return nil
	case x.status == "trash":
		return &wooError{status: 400, Code: "woocommerce_rest_product_not_created",
			Message: "The product with SKU (" + sku + ") you are trying to insert is already present in the lookup table"}
	}
	return &wooError{status: 400, Code: "product_invalid_sku", Message: "Invalid or duplicated SKU.",
		Data: map[string]any{"resource_id": x.id, "unique_sku": sku + "-1"}}
}

// trash puts a product into the bin; its SKU stays taken.
func (d *lamdong) trash(x *wooProduct, byAPI bool) {
	now := d.now()
	x.meta = append(slices.Clone(x.meta),
		d.newMeta("_wp_trash_meta_status", encode(x.status)),
		d.newMeta("_wp_trash_meta_time", encode(strconv.FormatInt(now.Unix(), 10))),
		d.newMeta("_wp_desired_post_slug", encode(x.slug)))
	x.statusBeforeTrash, x.status = x.status, "trash"
	x.slug += trashedSlug
	d.touch(x, now, "trash", byAPI)
}

func withoutTrashMeta(meta []wooMeta) []wooMeta {
	return slices.DeleteFunc(slices.Clone(meta), func(m wooMeta) bool {
		return strings.HasPrefix(m.key, "_wp_trash_") || m.key == "_wp_desired_post_slug"
	})
}

// remove deletes for good.
func (d *lamdong) remove(x *wooProduct) {
	i, _ := slices.BinarySearchFunc(d.products, x.id, func(p *wooProduct, id int) int { return p.id - id })
	d.products = slices.Delete(d.products, i, i+1)
	delete(d.byID, x.id)
	delete(d.slugs, strings.TrimSuffix(x.slug, trashedSlug))
	delete(d.bySKU, strings.ToLower(x.sku))
	x.status = "deleted"
	d.touch(x, d.now(), "delete", true)
}

// touch dates a change and tells the ledger.
func (d *lamdong) touch(x *wooProduct, now time.Time, what string, byAPI bool) {
	x.modified = now
	d.ledger.listing(now, change{
		market: Lamdong, id: strconv.Itoa(x.id), sku: x.sku, state: x.status, what: what,
		onSale: x.status == "publish", byAPI: byAPI,
	})
}
