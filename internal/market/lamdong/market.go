package lamdong

import (
	"crypto/rand"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

// Name is the market's name in keys, logs and figures.
const Name listing.Market = "lamdong"

// Options are what a shop needs.
type Options struct {
	// BaseURL is the site's address, "https://shop.example"; over http every
	// call is signed instead (OAuth 1.0a).
	BaseURL                     string
	ConsumerKey, ConsumerSecret string           // of a key with read and write access
	HTTP                        *resty.Client    // paced, from market.NewClient; a plain one when nil
	Now                         func() time.Time // for oauth_timestamp; time.Now when nil
	Nonce                       func() string    // unique per call; random when nil
}

// Market is the shop. It is safe for concurrent use.
type Market struct {
	base        string // without a trailing slash
	key, secret string
	secure      bool // https: Basic authentication
	http        *resty.Client
	now         func() time.Time
	nonce       func() string

	categories atomic.Pointer[categories] // nil until first read
	loading    chan struct{}              // holds one token: one reading of the categories at a time
}

var _ market.Market = (*Market)(nil)

// New makes the adapter. It calls nothing.
func New(o Options) *Market {
	m := &Market{
		base:   normalBase(o.BaseURL),
		key:    o.ConsumerKey,
		secret: o.ConsumerSecret,
		http:   o.HTTP,
		now:    o.Now,
		nonce:  o.Nonce,

		loading: make(chan struct{}, 1),
	}
	m.secure = strings.HasPrefix(m.base, "https://")
	if m.http == nil {
		m.http = market.NewClient(market.ClientOptions{Market: Name})
	}
	if m.now == nil {
		m.now = time.Now
	}
	if m.nonce == nil {
		m.nonce = rand.Text
	}
	return m
}

// Name is "lamdong".
func (m *Market) Name() listing.Market { return Name }

// Capabilities: the shop refuses a second product with the same SKU, even one
// whose twin lies in the bin. A batch may hold 100 objects; 50 took about half
// of the 5 s that 100 were seen to take.
func (m *Market) Capabilities() listing.Capabilities {
	return listing.Capabilities{UniqueSKU: true, BatchSize: maxBatch, Workers: 2}
}

// Prepare fits the listing to the shop. It has no place for documents, so they
// go; a unit and a picture are asked for although WooCommerce would do without,
// for nobody buys by a bare name.
func (m *Market) Prepare(l listing.Listing, facts listing.Facts) (listing.Listing, []listing.Problem) {
	limits := listing.Limits{TitleMin: 1, PriceMin: 1, PicturesMin: 1, PictureNeedsExt: true, UnitRequired: true}
	l, problems := limits.Fit(l, facts)
	l.Documents = nil
	return l, problems
}
