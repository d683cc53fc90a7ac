// Package market is the contract between the engine and a marketplace, its one
// error type, and what every adapter shares: pacing, retry, circuit, dry run,
// the guarded fetcher of pictures.
//
// The contract fits an HTTP API, a batch API, a person with a workbook and a
// process of somebody else's. Its semantics are proven by package markettest,
// which every adapter passes. An adapter classifies failures and never retries,
// sleeps or limits: the wrappers here do.
package market

import (
	"context"
	"time"

	"ocopsync/internal/listing"
)

// A Market is one shop account on one marketplace. All methods are safe for
// concurrent use, honour ctx, and fail with an *Error. No method retries.
type Market interface {
	// Name is the market's name in keys, logs and figures.
	Name() listing.Market

	// Capabilities are constants of the market's contract.
	Capabilities() listing.Capabilities

	// List gives one page of everything that the shop holds: listings in every
	// state, those in the bin, and open submissions. The first cursor is "";
	// a page with Next == "" is the last. Use Observe to read it all: it
	// checks that the reading is complete.
	List(ctx context.Context, cursor string) (Page, error)

	// Find gives what the shop holds under the SKUs: listings and open
	// submissions, several for one SKU where the market allows duplicates,
	// nothing for a SKU that is not there. Every remote that comes back has
	// one of the SKUs asked for: an answer with another is a Protocol error.
	// It is as complete as List for these SKUs, except that a market may be
	// unable to find what is in its bin.
	Find(ctx context.Context, skus []listing.SKU) ([]listing.Remote, error)

	// Facts reads the market's categories and what they require. The engine
	// caches them.
	Facts(ctx context.Context) (listing.Facts, error)

	// Prepare fits a listing to the market: the listing as the market will
	// store it, and every problem that keeps it from being accepted. It is
	// pure: no I/O, the same answer for the same input, and preparing a
	// prepared listing changes nothing.
	Prepare(l listing.Listing, facts listing.Facts) (listing.Listing, []listing.Problem)

	// Apply carries out at most Capabilities().BatchSize orders and answers
	// one outcome for each, in the same order: one bad item never blocks the
	// others. Updating and taking off sale twice is no error. When ctx ends,
	// orders not yet sent fail with Kind Cancelled and MaybeDone false.
	Apply(ctx context.Context, orders []listing.Order) []listing.Outcome

	// Reviews tells what became of the open submissions, by list rather than
	// one by one. One that the market does not know is left out.
	Reviews(ctx context.Context, open []listing.Record) ([]listing.Review, error)
}

// A Page is one page of a List.
type Page struct {
	Remotes []listing.Remote
	Next    string // cursor of the next page; "" after the last
	// Section names the list that this page belongs to ("products", "requests",
	// "trash"), and Total how many entries that list has; -1 where the market
	// does not say.
	Section string
	Total   int
}

// An Observation is a complete reading of a shop.
type Observation struct {
	AsOf  time.Time // when the reading began: nothing later is certain
	Count int
}
