// Package markettest proves the semantics of the market contract: the suite
// that every adapter passes against its marketplace (or what plays it), and an
// honest small marketplace in memory for the engine's tests.
//
// An adapter's own test opens a fresh shop and hands it to Run; it stays under
// 40 lines. The package imports market, listing and ocop only, and nothing of
// an adapter, a sandbox or the engine.
package markettest

import (
	"testing"

	"go.uber.org/goleak"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

// A Shop is one shop account, freshly opened and empty or not, together with
// the hands by which the suite plays what people and markets do. A nil function
// means that this market has no such thing; its tests are skipped.
//
// Open the Market without the Retry and Circuit wrappers, unpaced (but with a
// Pacer, so that a 429 pauses), and with a timeout of about a second: a test
// waits it out. Close everything with t.Cleanup: the suite looks for goroutines
// that are left.
type Shop struct {
	Market market.Market
	// Listing gives a listing that is sellable here, not yet prepared, with
	// its category mapped. Listings of different SKUs have different titles,
	// pictures and prices.
	Listing func(sku listing.SKU) listing.Listing
	// Limits are the contract's, written out by hand in the adapter's test;
	// each that is not zero is tested.
	Limits listing.Limits
	// Decide makes everything that waits decided: reviews approved, pending
	// listings visible.
	Decide func()
	// Reject rejects the open submission of a SKU, with these words.
	Reject func(sku listing.SKU, words string)
	// AddForeign puts a listing up by hand, with the SKU, title and price of
	// l. The SKU may be empty: a market that asks for one then gets any other.
	AddForeign func(l listing.Listing)
	// TakeDown makes the market take a listing off sale by its own decision.
	TakeDown func(sku listing.SKU)
	// Trash moves a listing to the market's bin by hand.
	Trash func(sku listing.SKU)
	// Break plays a fault (the constants below) on every call from now on,
	// until the function that it gives back is called; an expired token
	// expires once. It gives nil for a fault that this market does not know.
	Break func(kind string) (restore func())
	// Writes counts the writing calls that the market saw so far, refused and
	// failed ones included.
	Writes func() int
	// Calls counts all calls that the market saw so far.
	Calls func() int
	// OnSale counts the listings with the SKU that are on sale, by the
	// market's own books.
	OnSale func(sku listing.SKU) int
	// BadCredentials is the same market opened with wrong credentials.
	BadCredentials market.Market
	// Secrets are words that no error may hold.
	Secrets []string
}

// The faults that Break is asked for, named as the sandbox names them.
const (
	FaultRate         = "429"            // refused, with Retry-After
	FaultServer       = "5xx_html"       // 502 with a page of HTML
	FaultLostAnswer   = "lost_answer"    // takes effect, cut before the answer
	FaultCut          = "cut"            // cut before the effect
	FaultMalformed    = "malformed_json" // takes effect, the answer cannot be read
	FaultTruncated    = "truncated_json" // takes effect, the answer stops half-way
	FaultEndless      = "endless_body"   // an answer that never ends
	FaultHang         = "hang"           // no answer at all
	FaultExpiredToken = "expired_token"  // the token is no longer good
	FaultBusy         = "system_busy"    // an error in an envelope
	FaultWrongProduct = "wrong_product"  // a look-up answers another SKU's listing
	FaultShortPage    = "short_page"     // a page misses its last entries
	FaultRepeatedPage = "repeated_page"  // the page before comes again
	FaultMovingTotal  = "moving_total"   // the stated total differs from call to call
)

// Run holds a market to the contract. open gives a fresh shop for each test;
// Run must not be called from a parallel test, for it counts goroutines.
func Run(t *testing.T, open func(t *testing.T) Shop) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	groups := [][]proof{readingProofs(), preparingProofs(), writingProofs(), batchingProofs(), reviewProofs(), failureProofs()}
	for _, group := range groups {
		for _, p := range group {
			t.Run(p.name, func(t *testing.T) { p.run(newSuite(t, open(t))) })
		}
	}
	if !t.Failed() {
		goleak.VerifyNone(t, before)
	}
}

// A proof is one sentence of the contract.
type proof struct {
	name string
	run  func(s *suite)
}
