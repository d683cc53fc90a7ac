package markettest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// ModelOptions say what kind of market a Model is.
type ModelOptions struct {
	Name           listing.Market // "model" when empty
	UniqueSKU      bool           // refuses a second listing of a SKU
	IdempotencyKey bool           // a used key replays its answer
	Review         bool           // creates and updates of content wait for Decide; price, stock and state change at once
	BatchSize      int            // 10 when 0
	PageSize       int            // 50 when 0
	LateEffect     time.Duration  // declared; see LateCreates
	Limits         listing.Limits
	Facts          listing.Facts    // ModelFacts when empty
	Now            func() time.Time // time.Now when nil
}

// ModelFacts are three categories, of which one asks for a document.
func ModelFacts() listing.Facts {
	return listing.Facts{
		Categories: map[string]listing.Category{
			"1001": {ID: "1001", Name: "Thực phẩm"},
			"1002": {ID: "1002", Name: "Đồ uống"},
			"1003": {ID: "1003", Name: "Rượu", Documents: []ocop.DocumentKind{ocop.AlcoholLicence}},
		},
		Version: "1",
	}
}

// Op is what a call to a Model was for.
type Op string

// The operations that are counted and can fail.
const (
	OpList    Op = "list"
	OpFind    Op = "find"
	OpFacts   Op = "facts"
	OpReviews Op = "reviews"
	OpCreate  Op = Op(listing.Create)
	OpUpdate  Op = Op(listing.Update)
	OpRelist  Op = Op(listing.Relist)
	OpUnlist  Op = Op(listing.Unlist)
)

// A Model is an honest small marketplace in memory: it passes the suite, and
// the engine's tests break it by its hands (model_hands.go) and faults
// (model_faults.go). It is safe for concurrent use.
type Model struct {
	o ModelOptions

	mu       sync.Mutex
	next     int
	items    []*item    // listings, in order of their ids
	requests []*request // in order of their ids
	answers  map[string]listing.Outcome
	calls    map[Op]int
	twice    map[listing.SKU]bool // was ever on sale more than once
	late     []func()
	faults   []*Fault
}

var _ market.Market = (*Model)(nil)

// An item is one listing as the market holds it.
type item struct {
	remote  listing.Remote
	content listing.Listing // as last put in place
}

// A request is a submission.
type request struct {
	id     string
	sku    listing.SKU
	item   *item // of an update
	fields listing.Fields
	wanted listing.Listing
	state  listing.State // in_review, on_sale when approved, rejected
	words  string
	made   string // the listing's id once approved
}

// NewModel gives an empty shop.
func NewModel(o ModelOptions) *Model {
	o.Name = cmp.Or(o.Name, "model")
	o.BatchSize = cmp.Or(o.BatchSize, 10)
	o.PageSize = cmp.Or(o.PageSize, 50)
	if o.Facts.Categories == nil {
		o.Facts = ModelFacts()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Model{
		o: o, next: 1000, answers: make(map[string]listing.Outcome),
		calls: make(map[Op]int), twice: make(map[listing.SKU]bool),
	}
}

// Name is the name given.
func (m *Model) Name() listing.Market { return m.o.Name }

// Capabilities are those of the options.
func (m *Model) Capabilities() listing.Capabilities {
	return listing.Capabilities{
		UniqueSKU: m.o.UniqueSKU, IdempotencyKey: m.o.IdempotencyKey, Review: m.o.Review,
		BatchSize: m.o.BatchSize, Workers: 4, LateEffect: m.o.LateEffect,
	}
}

// Prepare fits a listing to the options' limits.
func (m *Model) Prepare(l listing.Listing, facts listing.Facts) (listing.Listing, []listing.Problem) {
	return m.o.Limits.Fit(l, facts)
}

// Facts gives the options' facts.
func (m *Model) Facts(ctx context.Context) (listing.Facts, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.called(ctx, OpFacts, ""); err != nil {
		return listing.Facts{}, err
	}
	return m.o.Facts, nil
}

// List gives the listings, then, where there is a review, the requests that
// wait. The bin is part of the listings.
func (m *Model) List(ctx context.Context, cursor string) (market.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.called(ctx, OpList, ""); err != nil {
		return market.Page{}, err
	}
	at, requests := 0, false
	if cursor != "" {
		n, err := strconv.Atoi(cursor[1:])
		if err != nil || n < 0 {
			return market.Page{}, m.failure(OpList, "", market.Error{Kind: market.Protocol, Words: "no such cursor"})
		}
		at, requests = n, cursor[0] == 'r'
	}
	page := market.Page{Section: "products", Total: len(m.items)}
	if requests {
		page = market.Page{Section: "requests"}
		waiting := m.waiting()
		page.Total = len(waiting)
		for _, r := range waiting[min(at, len(waiting)):min(at+m.o.PageSize, len(waiting))] {
			page.Remotes = append(page.Remotes, r.remote())
		}
	} else {
		for _, i := range m.items[min(at, len(m.items)):min(at+m.o.PageSize, len(m.items))] {
			page.Remotes = append(page.Remotes, i.remote)
		}
	}
	switch at += m.o.PageSize; {
	case at < page.Total && requests:
		page.Next = "r" + strconv.Itoa(at)
	case at < page.Total:
		page.Next = "p" + strconv.Itoa(at)
	case !requests && m.o.Review:
		page.Next = "r0"
	}
	return page, nil
}

func (m *Model) waiting() []*request {
	var out []*request
	for _, r := range m.requests {
		if r.state == listing.InReview {
			out = append(out, r)
		}
	}
	return out
}

// remote shows a request as the list does.
func (r *request) remote() listing.Remote {
	out := listing.Remote{
		SKU: r.sku, State: r.state, Submission: r.id, Words: r.words,
		Title: r.wanted.Title, Description: r.wanted.Description, Category: r.wanted.Category,
		Price: r.wanted.Price, Stock: r.wanted.Stock, Unit: r.wanted.Unit,
		Pictures: slices.Clone(r.wanted.Pictures), Certificate: r.wanted.Attributes.Certificate,
	}
	if r.item != nil {
		out.ID = r.item.remote.ID
	}
	return out
}

// Find gives everything under the SKUs, the bin and waiting requests too.
func (m *Model) Find(ctx context.Context, skus []listing.SKU) ([]listing.Remote, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(skus) == 0 {
		return nil, nil
	}
	if err := m.called(ctx, OpFind, skus[0]); err != nil {
		return nil, err
	}
	asked := make(map[listing.SKU]bool, len(skus))
	for _, sku := range skus {
		asked[sku] = true
	}
	var out []listing.Remote
	for _, i := range m.items {
		if asked[i.remote.SKU] {
			out = append(out, i.remote)
		}
	}
	for _, r := range m.waiting() {
		if asked[r.sku] {
			out = append(out, r.remote())
		}
	}
	return out, nil
}

// Reviews tells what became of the submissions that it knows.
func (m *Model) Reviews(ctx context.Context, open []listing.Record) ([]listing.Review, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(open) == 0 {
		return nil, nil
	}
	if err := m.called(ctx, OpReviews, open[0].SKU); err != nil {
		return nil, err
	}
	var out []listing.Review
	for _, rec := range open {
		if i := slices.IndexFunc(m.requests, func(r *request) bool { return r.id == rec.Submission }); i >= 0 {
			r := m.requests[i]
			out = append(out, listing.Review{Submission: r.id, SKU: r.sku, State: r.state, ID: r.made, Words: r.words})
		}
	}
	return out, nil
}

func (m *Model) id(prefix string) string {
	m.next++
	return fmt.Sprintf("%s%d", prefix, m.next)
}
