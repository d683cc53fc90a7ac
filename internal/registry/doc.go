// Package registry is where products and prices come from: a province's
// registry over HTTP (two dialects), the workbook annexed to a recognizing
// decision (.xlsx, .csv, .json), and the producers' price list.
//
// What may enter: the wire forms of those sources, and how people really write
// them. What must not: what a marketplace wants, eligibility, and anything that
// is remembered about listings.
//
// # A reading is complete, or an error
//
// A program that believes a short registry delists a province (promise P3). So a
// [Source] reads into a [Staged] reading, which the engine judges and then
// either commits or discards; only a committed one becomes the [Held] reading.
// A read that was cut short, changed on the way or doesn't add up is an error
// and stages nothing.
//
// # Nothing lost, nothing guessed
//
// What can't be read surely becomes an [ocop.Fault] with its place; the product
// is kept with that fault, and the rest of the source is used. Where two records
// claim one code, the first is kept with a fault on [ocop.FieldCode], and with a
// fault on the rating, status or certificate where the two disagree in it, so
// that nothing is done with it blindly.
//
// # Memory
//
// Products with their texts live on disk, in the held reading; in memory is one
// small [Entry] each.
package registry
