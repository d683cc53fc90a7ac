// Package sandbox plays the OCOP registry and the three marketplaces on
// loopback, keeps a ledger of every call and every listing, and breaks things
// on request. Tests, the demo and the benchmarks run against it.
//
// It is written from the wire contracts alone and imports nothing else of this
// module, so that it cannot share a mistake with the code that it judges. Every
// product carries a [Label]: what the generator knows must become of it.
// All producers, products and numbers are made up.
//
// # Doors
//
//	registry  province dialect at /api/v1/products, national dialect at
//	          /v1/public/product-info/, pictures and scans at /media/
//	postmart  /oauth/token and /partner/v1/...
//	voso      /v2/...
//	lamdong   /wp-json/wc/v3/... (WooCommerce)
//	control   what a test does with methods of [Sandbox], over HTTP and JSON
//
// # Products
//
// Labels are true for the province dialect with the price list. The national
// dialect carries neither status nor papers, and the workbook neither codes,
// papers nor pictures: a test that reads them judges what it can.
//
// # Pictures
//
// A picture is made from its address: /media/pictures/<any>.jpg or .png is
// 600x600, /media/small/<any> is 300x300 (too small for postmart),
// /media/documents/<any> is a scan, and /media/missing/<any> is 404. Two
// addresses never give the same bytes. The marketplaces that fetch pictures
// take them from memory when the address is the sandbox's own, and fail for
// every other address, as for a missing one.
//
// # Control
//
//	GET    /                                   this list
//	GET    /ledger?market&sku&calls            totals, listings and their history
//	POST   /judge {market: {code: reason}}     violations; the body is what the daemon explains
//	GET    /labels  /figures
//	GET    /faults     POST /faults {Fault}     DELETE /faults
//	POST   /registry/mode {"mode": "empty"}     normal, empty, short, truncated, stale304, changing
//	POST   /registry/products/{code} {price, price_text, stock, unit, stars, name,
//	         description, revoke, withdraw, restore}
//	POST   /listings/{market}/{sku} {"do": "take_down", "reason": "..."}
//	         do: edit (name, price), take_down, lock, unlock, ban, trash, set_off,
//	         set_on, order (quantity), adopt (code), reject (reason)
//	POST   /listings/{market} {sku, name, certificate, price}   a listing made by hand
//	POST   /reviews/decide     /settle     /reviews/reject-next {"reason": "..."}
//	POST   /shops/voso {"locked": true, "new_per_day": 10}
//	POST   /reset-counts                       count calls and writes from now
package sandbox
