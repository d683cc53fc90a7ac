// Package listing is what we say to and hear from a marketplace about one
// product: the listing wanted there, the record of what we sent and what the
// market then stored (remembered), what the market shows (observed), and the
// changes between them. It also holds the rules by which a product becomes a
// wanted listing, as data that each market fills in.
//
// No I/O, no clock, no Redis; it imports ocop only (and, for cleaning
// descriptions, a sanitiser).
package listing
