// Package voso sells on voso.vn, Viettel Post's mall.
//
// Assumed contract: no public listing API of voso.vn is known. The package
// speaks the contract that testdata/voso.yaml holds, which follows Viettel
// Post's partner API, and declares it as assumed in its Capabilities. When the
// mall's own documents come, this package and that file are what changes.
//
// What makes this market the awkward one, and where it is dealt with:
//   - every answer is HTTP 200 with an envelope, errors too (wire.go, refusal.go);
//   - a login token ends by itself (session.go);
//   - it takes a SKU twice and knows no idempotency key, so a create is written
//     to the wire only while its deadline stands (departure.go), and one whose
//     answer is lost says that it may be done;
//   - it ignores filters that it does not know, so every answer to a look-up is
//     checked (find.go);
//   - its gateway locks the shop on a 429; the shared pacer keeps still then.
//
// Nothing here retries, sleeps or limits, but for one thing: a call that is
// refused for its token is sent again once with a new one.
package voso

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// Name is the market's name in keys, logs and figures.
const Name listing.Market = "voso"

// Options are what a Market needs.
type Options struct {
	BaseURL  string // "https://api.example.vn", without the contract's paths
	Username string // of the shop; often a telephone number, so never shown
	Password string
	HTTP     *resty.Client    // from market.NewClient: paced, bounded, without retries
	Now      func() time.Time // for the token's end and the day's quota; time.Now when nil
}

// String shows the options without the account.
func (o Options) String() string { return fmt.Sprintf("voso at %s", o.BaseURL) }

// GoString is String.
func (o Options) GoString() string { return o.String() }

// Market is one shop on voso.vn. It is safe for concurrent use; all its
// callers share one login token.
type Market struct {
	base    string
	http    *resty.Client
	now     func() time.Time
	zone    *time.Location // whose midnight gives new products again
	secrets secrets
	session session
	// held is how many products the shop held when it was last listed, or
	// neverListed: a hint for choosing the cheaper way to look up.
	held atomic.Int64
}

var _ market.Market = (*Market)(nil)

// New makes the market. Nothing is called before the first method.
func New(o Options) *Market {
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Market{
		base: strings.TrimRight(o.BaseURL, "/"),
		// A clone: the hook is ours alone, the connections are shared.
		http: o.HTTP.Clone().SetPreRequestHook(lookBeforeWriting),
		now:  o.Now,
		// Viet Nam has had no summer time since 1975.
		zone:    time.FixedZone(ocop.Zone, 7*60*60),
		secrets: secrets{username: o.Username, password: o.Password},
	}
	m.held.Store(neverListed)
	return m
}

// String shows the market without the account.
func (m *Market) String() string { return Options{BaseURL: m.base}.String() }

// GoString is String.
func (m *Market) GoString() string { return m.String() }

// Name is "voso".
func (m *Market) Name() listing.Market { return Name }

// Capabilities are those of the assumed contract.
func (m *Market) Capabilities() listing.Capabilities {
	return listing.Capabilities{
		BatchSize:  25, // carried out one after another: the contract has no batches
		Workers:    4,
		LateEffect: 2 * time.Minute,
		Assumed:    true,
	}
}

// Prepare fits a listing to the contract's limits and drops what the mall has
// no place for, so that a change in it plans no call. The unit stays: it ends
// the title.
func (m *Market) Prepare(l listing.Listing, facts listing.Facts) (listing.Listing, []listing.Problem) {
	fitted, problems := limits().Fit(l, facts)
	fitted.Documents = nil
	fitted.GTIN = ""
	fitted.WeightGrams = 0
	fitted.Attributes.ExpiresOn = ""
	fitted.Attributes.Producer = ""
	if fitted.Attributes.Stars < 3 || fitted.Attributes.Stars > 5 {
		fitted.Attributes.Stars = 0 // OCOP_STAR takes 3, 4 and 5
	}
	return fitted, problems
}

func limits() listing.Limits {
	return listing.Limits{
		TitleMin:       1,
		TitleMax:       150,
		TitleWithUnit:  true,
		UnitRequired:   true, // a buyer learns it from the title alone
		DescriptionMax: 5000,
		PlainText:      true,
		PriceStep:      500,
		PicturesMin:    1,
		PicturesMax:    8,
	}
}
