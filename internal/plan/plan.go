// Package plan decides what is to be done on one market: a pure function from
// what is wanted, what is remembered, what the market shows, and the rules, to
// sorted changes with reasons. It compares three ways, as kubectl apply does:
// wanted against sent finds what our sources changed, shown against stored
// finds what changed on the market.
//
// No I/O, no clock, no logging: the same input gives the same changes.
package plan

import (
	"slices"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// Wanted is what one product should be on one market.
type Wanted struct {
	Code ocop.Code
	SKU  listing.SKU
	// Sell says that the product is eligible and sellable on this market, so
	// that it counts there and should be on sale. Reasons says why not.
	Sell bool
	// Ready says that nothing keeps its listing from being written. A product
	// that is to be sold and not ready has its Reasons; a listing of it that is
	// on sale already is left as it is.
	Ready   bool
	Reasons ocop.Reasons
	Digest  listing.Digest // of the prepared listing; valid when Ready
}

// Same says that nothing in two wants differs.
func (w *Wanted) Same(o *Wanted) bool {
	return w.Code == o.Code && w.SKU == o.SKU && w.Sell == o.Sell && w.Ready == o.Ready && w.Digest == o.Digest && slices.Equal(w.Reasons, o.Reasons)
}

// Seen is one listing or submission as the market shows it, without its texts.
type Seen struct {
	ID         string
	Submission string
	State      listing.State
	Trashed    bool
	Digest     listing.Digest
	URL        string
	Words      string
	UpdatedAt  time.Time
}

// An Item is all that is known of one product on the market.
type Item struct {
	Code   ocop.Code
	SKU    listing.SKU
	Wanted *Wanted         // nil: a complete reading of the registry does not have it
	Record *listing.Record // nil: nothing remembered
	Intent *listing.Intent // nil: none open
	// Looked says that Seen holds all that the market shows under the SKU, by a
	// complete observation or a look-up. Without it the record stands for what
	// the market shows.
	Looked bool
	Seen   []Seen
	// Exempt says that a person exempted the product on this market: nothing is
	// written, also not where it has lost its right (design decision 10).
	Exempt bool
	// Doubted says that what is remembered may be older than what we last sent:
	// memory was lost, and this is the first complete look since.
	Doubted bool
	// Forced says that a person asked for this very product: refusals that the
	// market gave before are tried again.
	Forced bool
}

// Rules are what every decision of a plan goes by.
type Rules struct {
	// MayCreate says that a complete observation is young enough, and younger
	// than any doubt about our memory, for new listings to be made.
	MayCreate bool
	// PriceJumpPercent is how far a price may move without a person; 0: any.
	PriceJumpPercent int
	Policy           Policy
}

// Input is what a plan is made from.
type Input struct {
	Rules
	Items []Item
}

// Make decides for all items. They may come in any order.
func Make(in Input) Plan {
	var p Plan
	for i := range in.Items {
		for _, c := range Decide(in.Rules, &in.Items[i]) {
			p.Add(c)
		}
	}
	p.Sort()
	return p
}

// Writes says whether a change calls the market.
func Writes(c listing.Change) bool {
	switch c.Kind {
	case listing.Create, listing.Update, listing.Relist, listing.Unlist, listing.Retire:
		return true
	case listing.Adopt:
		return c.Fields != 0
	case listing.None, listing.Hold, listing.Resolve:
	}
	return false
}
