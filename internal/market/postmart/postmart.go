package postmart

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// Name is the market's name in keys, logs and figures.
const Name listing.Market = "postmart"

const (
	batchSize = 25
	workers   = 8
)

// Options say which shop is worked and with what.
type Options struct {
	BaseURL      string // "https://partner.postmart.example", without the paths of the contract
	ClientID     string
	ClientSecret string
	HTTP         *resty.Client       // from market.NewClient: paced, bounded, without retries
	Fetch        *market.Fetcher     // gets pictures and scans from their source
	Pictures     market.PictureStore // nil: remembered until the process ends
	Now          func() time.Time    // nil: time.Now; for the token's life
}

// Market is one shop account on postmart.vn. It is a market.Market; see there
// for what its methods promise.
type Market struct {
	base     string
	http     *resty.Client
	fetch    *market.Fetcher
	pictures market.PictureStore
	tokens   *tokens
	readings *readings
	attempts *attempts
	// pages is how many calls the last whole reading of the shop took.
	pages atomic.Int64
}

var _ market.Market = (*Market)(nil)

// New gives the shop that o names. Nothing is called yet.
func New(o Options) *Market {
	if o.HTTP == nil {
		o.HTTP = market.NewClient(market.ClientOptions{Market: Name, MaxConns: workers})
	}
	if o.Fetch == nil {
		o.Fetch = market.NewFetcher(market.FetchOptions{MaxBytes: PictureMaxBytes, MinSide: PictureMinSide})
	}
	if o.Pictures == nil {
		o.Pictures = market.NewMemoryPictures()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	m := &Market{
		base:     strings.TrimRight(o.BaseURL, "/"),
		http:     o.HTTP,
		fetch:    o.Fetch,
		pictures: o.Pictures,
		readings: newReadings(),
		attempts: newAttempts(),
	}
	m.tokens = &tokens{id: o.ClientID, secret: secret(o.ClientSecret), now: o.Now, ask: m.askToken}
	return m
}

// Name is the market's name in keys, logs and figures.
func (m *Market) Name() listing.Market { return Name }

// Capabilities are the contract's.
func (m *Market) Capabilities() listing.Capabilities {
	return listing.Capabilities{
		UniqueSKU: true, IdempotencyKey: true, Review: true,
		BatchSize: batchSize, Workers: workers, Assumed: true,
	}
}

// limits are the contract's, Content.
func limits() listing.Limits {
	return listing.Limits{
		TitleMin: 10, TitleMax: 120, DescriptionMax: 10_000,
		PriceMin: 1000, PicturesMin: 1, PicturesMax: 9, UnitRequired: true,
	}
}

// Prepare fits a listing to the contract's limits. The market has no place for
// a GTIN, a weight, or a document of a kind that it does not name.
func (m *Market) Prepare(l listing.Listing, facts listing.Facts) (listing.Listing, []listing.Problem) {
	l.GTIN, l.WeightGrams = "", 0
	if slices.ContainsFunc(l.Documents, unknownDocument) {
		l.Documents = slices.DeleteFunc(slices.Clone(l.Documents), unknownDocument)
	}
	return limits().Fit(l, facts)
}

func unknownDocument(d ocop.Document) bool {
	switch d.Kind {
	case ocop.OCOPCertificate, ocop.FoodSafety, ocop.AlcoholLicence, ocop.HealthDeclaration:
		return false
	}
	return true
}

// Facts reads the categories and what each requires. No category at all is a
// Protocol error: it would make every product unsellable.
func (m *Market) Facts(ctx context.Context) (listing.Facts, error) {
	var answer struct {
		Items *[]category `json:"items"`
	}
	c := call{op: "list categories", method: get, path: "/partner/v1/categories", want: 200}
	if e := m.do(ctx, &c, &answer); e != nil {
		return listing.Facts{}, e
	}
	if answer.Items == nil || len(*answer.Items) == 0 {
		return listing.Facts{}, c.protocol("an answer without categories")
	}
	all := *answer.Items
	slices.SortFunc(all, func(a, b category) int { return int(a.ID - b.ID) })
	canonical, err := json.Marshal(all)
	if err != nil {
		return listing.Facts{}, c.protocol(fmt.Sprintf("categories that cannot be hashed: %v", err))
	}
	sum := sha256.Sum256(canonical)
	facts := listing.Facts{
		Categories: make(map[string]listing.Category, len(all)),
		Version:    hex.EncodeToString(sum[:]),
	}
	for _, x := range all {
		id := strconv.FormatInt(x.ID, 10)
		out := listing.Category{ID: id, Name: x.Name, Attributes: x.Attributes}
		for _, kind := range x.Documents {
			out.Documents = append(out.Documents, ocop.DocumentKind(kind))
		}
		facts.Categories[id] = out
	}
	return facts, nil
}
