package sandbox

import (
	"strconv"
	"strings"
	"time"
)

// wooProduct is a product as stored.
type wooProduct struct {
	id                    int
	name, slug            string
	created, modified     time.Time
	kind, status          string
	description, short    string // as stored: cleaned, not wrapped
	sku                   string
	regular, sale         string
	manageStock           bool
	stock                 int
	stockStatus           string // when the stock is not managed
	weight                string
	categories            []int
	images                []wooImage
	meta                  []wooMeta
	sold                  int
	statusBeforeTrash     string
	featured              bool
	visibility, taxStatus string
}

type wooMeta struct {
	id    int
	key   string
	value []byte // JSON
}

// The two forms of a product: what a write answers is raw, a read wraps texts
// in paragraphs.
type wooForm bool

const (
	formRead  wooForm = false
	formWrite wooForm = true
)

const wooTime = "2006-01-02T15:04:05"

func local(t time.Time) string { return t.In(vietnam).Format(wooTime) }
func gmt(t time.Time) string   { return t.UTC().Format(wooTime) }

// shape appends the product's JSON; the order of fields is the recordings'.
func (d *lamdong) shape(b []byte, x *wooProduct, form wooForm, only map[string]bool) []byte {
	o := &wooObject{b: append(b, '{'), only: only}
	rating, description, short := "0.00", autop(x.description), autop(x.short)
	if form == formWrite {
		rating, description, short = "0", x.description, x.short
	}
	price := x.regular
	if x.sale != "" {
		price = x.sale
	}
	o.num("id", x.id)
	o.str("name", x.name)
	o.str("slug", x.slug)
	o.str("permalink", d.permalink(x))
	o.str("date_created", local(x.created))
	o.str("date_created_gmt", gmt(x.created))
	o.str("date_modified", local(x.modified))
	o.str("date_modified_gmt", gmt(x.modified))
	o.str("type", x.kind)
	o.str("status", x.status)
	o.yes("featured", x.featured)
	o.str("catalog_visibility", x.visibility)
	o.str("description", description)
	o.str("short_description", short)
	o.str("sku", x.sku)
	o.str("price", price)
	o.str("regular_price", x.regular)
	o.str("sale_price", x.sale)
	for _, name := range []string{"date_on_sale_from", "date_on_sale_from_gmt", "date_on_sale_to", "date_on_sale_to_gmt"} {
		o.raw(name, "null")
	}
	o.yes("on_sale", x.sale != "")
	o.yes("purchasable", price != "")
	o.num("total_sales", x.sold)
	o.yes("virtual", false)
	o.yes("downloadable", false)
	o.raw("downloads", "[]")
	o.num("download_limit", -1)
	o.num("download_expiry", -1)
	o.str("external_url", "")
	o.str("button_text", "")
	o.str("tax_status", x.taxStatus)
	o.str("tax_class", "")
	o.yes("manage_stock", x.manageStock)
	stockStatus := x.stockStatus
	if x.manageStock {
		o.num("stock_quantity", x.stock)
		if stockStatus = "instock"; x.stock <= 0 {
			stockStatus = "outofstock"
		}
	} else {
		o.raw("stock_quantity", "null")
	}
	o.str("backorders", "no")
	o.yes("backorders_allowed", false)
	o.yes("backordered", false)
	o.raw("low_stock_amount", "null")
	o.yes("sold_individually", false)
	o.str("weight", x.weight)
	o.raw("dimensions", `{"length":"","width":"","height":""}`)
	o.yes("shipping_required", true)
	o.yes("shipping_taxable", true)
	o.str("shipping_class", "")
	o.num("shipping_class_id", 0)
	o.yes("reviews_allowed", true)
	o.str("average_rating", rating)
	o.num("rating_count", 0)
	o.raw("upsell_ids", "[]")
	o.raw("cross_sell_ids", "[]")
	o.num("parent_id", 0)
	o.str("purchase_note", "")
	d.shapeLists(o, x)
	o.raw("attributes", "[]")
	o.raw("default_attributes", "[]")
	o.raw("variations", "[]")
	o.raw("grouped_products", "[]")
	o.num("menu_order", 0)
	o.str("price_html", priceHTML(price))
	o.raw("related_ids", "[]")
	if o.key("meta_data") {
		o.b = appendMeta(o.b, x.meta)
	}
	o.str("stock_status", stockStatus)
	o.yes("has_options", false)
	o.str("post_password", "")
	o.str("global_unique_id", "")
	if form == formWrite {
		o.str("permalink_template", d.base+"/product/%pagename%/")
		o.str("generated_slug", strings.TrimSuffix(x.slug, trashedSlug))
	}
	if o.key("_links") {
		o.b = d.appendLinks(o.b, "products", x.id)
	}
	return append(o.b, '}')
}

// shapeLists writes categories, brands, tags and images.
func (d *lamdong) shapeLists(o *wooObject, x *wooProduct) {
	if o.key("categories") {
		o.b = append(o.b, '[')
		for i, id := range x.categories {
			if i > 0 {
				o.b = append(o.b, ',')
			}
			c := d.categories[id-wooUncategorized]
			term := &wooObject{b: append(o.b, '{')}
			term.num("id", c.ID)
			term.str("name", c.Name)
			term.str("slug", c.Slug)
			o.b = append(term.b, '}')
		}
		o.b = append(o.b, ']')
	}
	o.raw("brands", "[]")
	o.raw("tags", "[]")
	if o.key("images") {
		o.b = append(o.b, '[')
		for i := range x.images {
			if i > 0 {
				o.b = append(o.b, ',')
			}
			o.b = append(o.b, encode(x.images[i])...)
		}
		o.b = append(o.b, ']')
	}
}

func appendMeta(b []byte, meta []wooMeta) []byte {
	b = append(b, '[')
	for i, m := range meta {
		if i > 0 {
			b = append(b, ',')
		}
		o := &wooObject{b: append(b, '{')}
		o.num("id", m.id)
		o.str("key", m.key)
		o.raw("value", string(m.value))
		b = append(o.b, '}')
	}
	return append(b, ']')
}

func (d *lamdong) appendLinks(b []byte, collection string, id int) []byte {
	address := d.base + wooPath + "/" + collection
	b = append(b, `{"self":[{"href":"`+address+"/"+strconv.Itoa(id)...)
	b = append(b, `","targetHints":{"allow":["GET","POST","PUT","PATCH","DELETE"]}}],"collection":[{"href":"`+address+`"}]}`...)
	return b
}

func (d *lamdong) permalink(x *wooProduct) string {
	if x.status != "publish" {
		return d.base + "/?post_type=product&p=" + strconv.Itoa(x.id)
	}
	return d.base + "/product/" + x.slug + "/"
}
