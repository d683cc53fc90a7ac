package listing

import (
	"time"

	"ocopsync/internal/ocop"
)

// Market names a marketplace: "postmart", "voso", "lamdong".
type Market string

// A Listing is a product as it is to be offered on one market: category
// mapped, texts in the form that the market takes, limits checked. It is what
// an adapter sends, and what Digest remembers.
type Listing struct {
	SKU         SKU
	Code        ocop.Code
	Title       string
	Description string // HTML subset or plain text, as the market takes
	Category    string // the market's own category id
	Price       ocop.VND
	Stock       int64
	Unit        string
	Pictures    []string // source addresses, best first
	Documents   []ocop.Document
	Attributes  Attributes
	GTIN        string
	WeightGrams int64

	// priceTold says that Draft has told why the price can't be read, so that
	// Fit does not call it missing: a price stands in the list.
	priceTold bool
	// cleaned is the description as Draft cleaned it: as long as it is that,
	// Fit need not clean it again.
	cleaned string
}

// Attributes are facts of the product that a market may show beside it.
type Attributes struct {
	Stars       ocop.Stars
	Certificate string // number, else the decision's
	ExpiresOn   string // ISO day, "" when not certain
	Producer    string
	Origin      string // commune, district or address
}

// State is where a listing stands on a market (the listing axis of design.md).
type State string

// The states.
const (
	OnSale         State = "on_sale"
	InReview       State = "in_review"
	AwaitingPerson State = "awaiting_person"
	Rejected       State = "rejected"
	TakenDown      State = "taken_down"
	Locked         State = "locked"
	OffSale        State = "off_sale"
	Gone           State = "gone" // absent from two complete observations
	NotListed      State = "not_listed"
)

// A Remote is one listing or one open submission as the market itself shows it.
// Fields that a market does not show are empty.
type Remote struct {
	ID          string // the market's id of the product; "" for a submission of a new one
	SKU         SKU    // as the market shows it; may be anything or ""
	State       State
	Trashed     bool   // in the market's bin: not on sale, but its SKU may stay taken
	Submission  string // id of the request that this is, or that is open for it
	Title       string
	Description string
	Category    string
	Price       ocop.VND
	Stock       int64
	Unit        string
	Pictures    []string // as the market shows them: addresses or ids of its own
	Certificate string   // certificate number among the attributes, for adoption
	URL         string   // where a buyer sees it
	Words       string   // the market's own words about the state
	UpdatedAt   time.Time
}

// A Review is what became of a submission.
type Review struct {
	Submission string
	SKU        SKU
	State      State  // in_review, rejected, or on_sale when approved
	ID         string // the product's id once approved
	Words      string // why it was rejected
}
