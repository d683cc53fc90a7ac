// Package postmart speaks to postmart.vn, Vietnam Post's mall, for one shop
// account.
//
// Assumed contract: no public listing API of postmart.vn is known (and the
// mall was renamed towards buudien.vn in 2024). This package is written from
// the project's own OpenAPI document, postmart.yaml, a copy of which stands in
// testdata and which every request of the tests is checked against. When the
// mall's partner documents come, that document, the wire structs of wire.go
// and the calls are what changes; nothing outside this package knows them.
//
// What is particular to this market:
//
//   - A product is requested, reviewed by people and exists only once approved
//     (POST product-requests). Price and stock change at once (PATCH offer). So
//     an update of the two alone is Done, every other one Submitted.
//   - A request carries the whole content. What an order does not name is sent
//     as the market shows it now, so that stock which orders have moved, a held
//     price and attributes that we do not manage stay as they are.
//   - A request is made under the order's Idempotency-Key, which the market
//     compares byte for byte: a call whose answer was lost is repeated with the
//     same bytes (attempts.go).
//   - Pictures and scans of documents are uploaded before they are named;
//     a market.PictureStore remembers which address became which id.
//   - One token serves all workers. It is renewed before it ends, and once more
//     when the market no longer knows it (401 invalid_token): repeating the
//     call with the new token is a part of authentication and the only call
//     that this package makes twice. It retries, waits and limits nothing else:
//     the wrappers of package market do.
//
// The list of requests never forgets: it holds every request that was ever
// made. List shows of it what still matters (list.go), which takes knowing the
// products first, so a reading keeps a small note in memory from page to page.
package postmart
