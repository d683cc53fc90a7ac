// Package lamdong speaks to the provincial marketplace: one shop on a
// WooCommerce site, by its REST API v3 under /wp-json/wc/v3. It turns listings
// into that API's products and its products into what the engine observes, and
// says what went wrong in the words of package market. Retry, pace and circuit
// are not its business.
//
// # What is assumed
//
// The marketplace's platform is not public. WooCommerce is the one stable,
// public API that it most plausibly has. How WooCommerce itself answers is not
// assumed: it was recorded from version 11.0.1 (testdata), and what the code
// does follows the recordings. Three things are documented but not recorded:
// status=trash lists the bin, sku= takes a comma-separated list, and OAuth 1.0a
// signing (RFC 5849), which plain HTTP needs because Basic authentication works
// over HTTPS only.
//
// # How a listing lies in the shop
//
//	title          name
//	description    description, an HTML subset
//	category       categories: one, by the slug that config/categories.yaml names
//	price          regular_price, digits only
//	stock          stock_quantity, with manage_stock
//	unit           attribute "Đơn vị tính"
//	pictures       images by address; the shop copies them
//	attributes     attributes "Hạng OCOP", "Giấy chứng nhận", ... and short_description
//	documents      none: the shop has no place for them
//	on sale        status publish and neither hidden from the catalogue nor behind a password
//
// The meta key _ocopsync_code holds the product's code, so that a person in the
// shop's administration can tell which product of the registry a listing is.
//
// # What it can't do
//
// Find doesn't see the bin: only List does. A sale price, tags, further
// attributes and whatever else a person sets in the shop is left as it is; a
// second category is not, since the category is ours, and shows as drift.
package lamdong
