package listing

import (
	"time"

	"ocopsync/internal/ocop"
)

// A Problem keeps a product from being put on a market as wanted: which field,
// why, who must act, and a sentence for that person.
type Problem struct {
	Reason ocop.Reason
	Field  Field
	Party  ocop.Party
	Text   ocop.Text
}

// Facts are what a market says of itself and a run needs: read once, cached.
type Facts struct {
	Categories map[string]Category // by the market's id
	Version    string              // changes when any fact does
}

// A Category is one leaf of a market's tree.
type Category struct {
	ID         string
	Name       string
	Attributes []string            // required ones
	Documents  []ocop.DocumentKind // required ones
}

// Limits are a market's rules for a listing, from its contract. Lengths are in
// Unicode code points after NFC. Zero means no limit.
type Limits struct {
	TitleMin, TitleMax int
	TitleWithUnit      bool // no unit field: the unit ends the title
	DescriptionMax     int
	PlainText          bool // no HTML in title or description
	PriceMin           ocop.VND
	PriceStep          ocop.VND
	PicturesMin        int
	PicturesMax        int
	PictureNeedsExt    bool // the address must end in an image extension
	UnitRequired       bool
}

// Capabilities are what a market can do, declared by its adapter and never
// discovered by trying.
type Capabilities struct {
	UniqueSKU      bool // the market refuses a second listing of a SKU
	IdempotencyKey bool // a repeated create with the same key makes nothing new
	Review         bool // people decide on submissions
	BatchSize      int  // orders that one Apply takes; at least 1
	Workers        int  // calls that may be under way at once, when not configured
	// LateEffect is how long after a call's deadline it may still take effect.
	LateEffect time.Duration
	Assumed    bool // the wire contract is our assumption, not the market's word
}
