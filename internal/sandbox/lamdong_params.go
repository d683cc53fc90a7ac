package sandbox

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
)

var (
	wooKinds       = []string{"simple", "grouped", "external", "variable"}
	wooPostStates  = []string{"draft", "pending", "private", "publish", "future", "auto-draft", "trash"}
	wooStockStates = []string{"instock", "outofstock", "onbackorder"}
	wooVisible     = []string{"visible", "catalog", "search", "hidden"}
	wooTaxStates   = []string{"taxable", "shipping", "none"}
)

// text gives a string field, "" when absent.
func (p wooParams) text(name string) string {
	var s string
	_ = json.Unmarshal(p[name], &s) // check has looked at the type
	return s
}

// flag reads a boolean as WordPress does, from true, "true", "1" and 1.
func flag(raw json.RawMessage) (value, ok bool) {
	switch string(raw) {
	case "true", `"true"`, `"1"`, "1":
		return true, true
	case "false", `"false"`, `"0"`, "0", `""`:
		return false, true
	}
	return false, false
}

// whole reads an integer as WordPress does, from numbers and from texts of digits.
func whole(raw json.RawMessage) (int, bool) {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return 0, false
	}
	switch n := v.(type) {
	case float64:
		return int(n), n == math.Trunc(n)
	case string:
		i, err := strconv.Atoi(n)
		return i, err == nil
	}
	return 0, false
}

// check refuses every field of a wrong type or outside its values.
func (p wooParams) check() *wooError {
	var faults []wooFault
	for _, name := range []string{"name", "slug", "description", "short_description", "sku", "regular_price", "sale_price", "weight"} {
		if raw, given := p[name]; given && (len(raw) == 0 || raw[0] != '"') {
			faults = append(faults, wrongType(name, "string"))
		}
	}
	for _, e := range []struct {
		name    string
		allowed []string
	}{{"type", wooKinds}, {"status", wooPostStates}, {"stock_status", wooStockStates}, {"catalog_visibility", wooVisible}, {"tax_status", wooTaxStates}} {
		if _, given := p[e.name]; given && !slices.Contains(e.allowed, p.text(e.name)) {
			faults = append(faults, notInEnum(e.name, e.allowed...))
		}
	}
	for _, name := range []string{"manage_stock", "featured"} {
		if raw, given := p[name]; given {
			if _, ok := flag(raw); !ok {
				faults = append(faults, wrongType(name, "boolean"))
			}
		}
	}
	if raw, given := p["stock_quantity"]; given {
		if _, ok := whole(raw); !ok {
			faults = append(faults, wrongType("stock_quantity", "integer"))
		}
	}
	for _, name := range []string{"categories", "images", "meta_data"} {
		if raw, given := p[name]; given && (len(raw) == 0 || raw[0] != '[') {
			faults = append(faults, wrongType(name, "array"))
		}
	}
	if len(faults) > 0 {
		return invalidParams(faults)
	}
	return nil
}

// apply puts checked fields over a product; fields left out stay.
func (d *lamdong) apply(x *wooProduct, p wooParams) *wooError {
	if raw, given := p["images"]; given {
		pictures, fail := d.takeImages(raw)
		if fail != nil {
			return fail
		}
		x.images = pictures
	}
	for name, into := range map[string]*string{
		"name": &x.name, "slug": &x.slug, "sku": &x.sku, "weight": &x.weight, "type": &x.kind, "status": &x.status,
		"stock_status": &x.stockStatus, "catalog_visibility": &x.visibility, "tax_status": &x.taxStatus,
	} {
		if _, given := p[name]; given {
			*into = p.text(name)
		}
	}
	for name, into := range map[string]*string{"description": &x.description, "short_description": &x.short, "name": &x.name} {
		if _, given := p[name]; given {
			*into = kses(p.text(name))
		}
	}
	for name, into := range map[string]*string{"regular_price": &x.regular, "sale_price": &x.sale} {
		if _, given := p[name]; given {
			*into = wooPrice(p.text(name))
		}
	}
	if raw, given := p["manage_stock"]; given {
		x.manageStock, _ = flag(raw)
	}
	if raw, given := p["featured"]; given {
		x.featured, _ = flag(raw)
	}
	if raw, given := p["stock_quantity"]; given && x.manageStock {
		x.stock, _ = whole(raw)
	}
	if raw, given := p["categories"]; given {
		x.categories = d.readCategories(raw)
	}
	if raw, given := p["meta_data"]; given {
		x.meta = d.mergeMeta(x.meta, raw)
	}
	return nil
}

// readCategories keeps the categories that exist.
func (d *lamdong) readCategories(raw json.RawMessage) []int {
	var given []struct {
		ID int `json:"id"`
	}
	_ = json.Unmarshal(raw, &given) // what can't be read is no category
	var out []int
	for _, c := range given {
		if d.hasCategory(c.ID) && !slices.Contains(out, c.ID) {
			out = append(out, c.ID)
		}
	}
	if out == nil {
		return []int{wooUncategorized}
	}
	return out
}

func (d *lamdong) newMeta(key string, value []byte) wooMeta {
	d.lastMeta++
	return wooMeta{id: d.lastMeta, key: key, value: value}
}

// mergeMeta sets entries by key, adds new ones and drops those set to null.
func (d *lamdong) mergeMeta(meta []wooMeta, raw json.RawMessage) []wooMeta {
	var given []struct {
		Key   string          `json:"key"`
		Value json.RawMessage `json:"value"`
	}
	_ = json.Unmarshal(raw, &given) // what can't be read is no entry
	meta = slices.Clone(meta)
	for _, g := range given {
		i := slices.IndexFunc(meta, func(m wooMeta) bool { return m.key == g.Key })
		null := len(g.Value) == 0 || string(g.Value) == "null"
		switch {
		case g.Key == "":
		case i < 0 && !null:
			meta = append(meta, d.newMeta(g.Key, g.Value))
		case i >= 0 && null:
			meta = slices.Delete(meta, i, i+1)
		case i >= 0:
			meta[i].value = g.Value
		}
	}
	return meta
}
