package listing

import "ocopsync/internal/ocop"

// Kind is what a change does.
type Kind string

// The kinds of changes (design.md, the walk).
const (
	None    Kind = "none"    // as wanted, or nothing can be done: the reasons say why
	Create  Kind = "create"  // put a new listing up
	Adopt   Kind = "adopt"   // take a listing with our SKU as ours; with Fields also update it
	Update  Kind = "update"  // bring the named fields to what is wanted
	Relist  Kind = "relist"  // put an existing listing back on sale; with Fields also update it
	Unlist  Kind = "unlist"  // take off sale; nothing is ever deleted
	Retire  Kind = "retire"  // take our own duplicate off sale
	Resolve Kind = "resolve" // an open intent must be looked up first
	Hold    Kind = "hold"    // would change, but a guard or decision holds it
)

// A Change is one step of a plan for one product.
type Change struct {
	Kind    Kind         `json:"kind"`
	Code    ocop.Code    `json:"code"`
	SKU     SKU          `json:"sku"`
	ID      string       `json:"id,omitempty"`     // the market's id of the listing concerned
	Fields  Fields       `json:"fields,omitempty"` // what differs, for update, relist, adopt
	Reasons ocop.Reasons `json:"reasons,omitempty"`
	Why     string       `json:"why"`            // one English sentence
	From    string       `json:"from,omitempty"` // readable: price, state
	To      string       `json:"to,omitempty"`
	// Held is what a Hold would do.
	Held Kind `json:"held,omitempty"`
}

// An Order is a change as an adapter is asked to carry it out.
type Order struct {
	Kind       Kind // create, update, relist or unlist; the engine turns adopt and retire into these
	SKU        SKU
	ID         string  // of the listing; "" for create
	Submission string  // the last request, where the market has them
	Fields     Fields  // which fields to write (update, relist); an adapter writes no others
	Listing    Listing // prepared; zero for unlist
	Key        string  // idempotency key of this attempt
}

// Status is how an order ended.
type Status string

// The ways an order ends.
const (
	Done      Status = "done"            // the market holds it now
	Submitted Status = "submitted"       // the market will decide
	Waiting   Status = "awaiting_person" // a person must carry it out
	Failed    Status = "error"
)

// An Outcome is what became of one order.
type Outcome struct {
	Status     Status
	ID         string // the market's id, where known
	Submission string // the request that was opened
	URL        string
	State      State // what the market answered; "" keeps what was known
	// Remote is the listing as the market's answer showed it, where the answer
	// shows what is stored (postmart's offer does, WooCommerce's write does not).
	Remote *Remote
	// Err says why Status is Failed; it is a *market.Error.
	Err error
	// Wrote counts the writing calls that the order took, pictures not counted.
	Wrote int
}
