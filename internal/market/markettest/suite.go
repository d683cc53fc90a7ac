package markettest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// patience bounds one test.
const patience = time.Minute

// suite is one test's shop with the steps that tests share.
type suite struct {
	*testing.T
	Shop
	ctx   context.Context
	facts listing.Facts
	keys  int
}

func newSuite(t *testing.T, shop Shop) *suite {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	s := &suite{T: t, Shop: shop, ctx: ctx}
	facts, err := shop.Market.Facts(ctx)
	s.noError("read facts", err)
	s.facts = facts
	return s
}

// need skips the test where the shop lacks something.
func (s *suite) need(has bool, what string) {
	s.Helper()
	if !has {
		s.Skipf("this market has no %s", what)
	}
}

func sku(n int) listing.SKU {
	return listing.NewSKU("OCOP-", ocop.Code(fmt.Sprintf("83-829-28780-%d-2022", n)))
}

func (s *suite) key() string {
	s.keys++
	return fmt.Sprintf("%s-%d", strings.ReplaceAll(s.Name(), "/", "-")[max(0, len(s.Name())-40):], s.keys)
}

// prepared gives a listing that can be sent.
func (s *suite) prepared(sku listing.SKU) listing.Listing {
	s.Helper()
	return s.prepare(s.Listing(sku))
}

func (s *suite) prepare(l listing.Listing) listing.Listing {
	s.Helper()
	out, problems := s.Market.Prepare(l, s.facts)
	if len(problems) > 0 {
		s.Fatalf("Prepare finds problems in a sellable listing %s: %+v", l.SKU, problems)
	}
	return out
}

// apply sends orders, with keys where they have none, and holds the market to
// one outcome each.
func (s *suite) apply(orders ...listing.Order) []listing.Outcome {
	s.Helper()
	for i := range orders {
		if orders[i].Key == "" {
			orders[i].Key = s.key()
		}
	}
	out := s.Market.Apply(s.ctx, orders)
	if len(out) != len(orders) {
		s.Fatalf("Apply answers %d outcomes for %d orders", len(out), len(orders))
	}
	for i := range out {
		s.checkOutcome(orders[i], out[i])
	}
	return out
}

func (s *suite) checkOutcome(order listing.Order, o listing.Outcome) {
	s.Helper()
	switch {
	case (o.Status == listing.Failed) != (o.Err != nil):
		s.Errorf("%s %s: status %q with error %v", order.Kind, order.SKU, o.Status, o.Err)
	case o.Err != nil:
		s.marketError(o.Err)
	case o.Status == listing.Submitted && o.Submission == "":
		s.Errorf("%s %s: submitted, but no submission is named", order.Kind, order.SKU)
	}
	if o.Remote != nil && o.Remote.SKU != order.SKU {
		s.Errorf("%s %s: the outcome shows the listing of %q", order.Kind, order.SKU, o.Remote.SKU)
	}
}

// done sends one order that must succeed.
func (s *suite) done(order listing.Order) listing.Outcome {
	s.Helper()
	out := s.apply(order)[0]
	if out.Err != nil {
		s.Fatalf("%s %s: %v", order.Kind, order.SKU, out.Err)
	}
	return out
}

// fails sends one order that must fail.
func (s *suite) fails(order listing.Order) *market.Error {
	s.Helper()
	out := s.apply(order)[0]
	if out.Err == nil {
		s.Fatalf("%s %s: expected a failure, got %+v", order.Kind, order.SKU, out)
	}
	return s.marketError(out.Err)
}

func (s *suite) decide() {
	if s.Decide != nil {
		s.Decide()
	}
}

// sell creates a listing and sees it on sale.
func (s *suite) sell(sku listing.SKU) (listing.Listing, listing.Remote) {
	s.Helper()
	l := s.prepared(sku)
	s.done(listing.Order{Kind: listing.Create, SKU: sku, Listing: l})
	s.decide()
	return l, s.only(sku, listing.OnSale)
}

// calls is the market's count of calls, 0 where it keeps none.
func (s *suite) calls() int {
	if s.Calls == nil {
		return 0
	}
	return s.Calls()
}

// writes is the market's count of writing calls, 0 where it keeps none.
func (s *suite) writes() int {
	if s.Writes == nil {
		return 0
	}
	return s.Writes()
}

func (s *suite) find(skus ...listing.SKU) []listing.Remote {
	s.Helper()
	found, err := s.Market.Find(s.ctx, skus)
	s.noError(fmt.Sprintf("find %v", skus), err)
	for _, r := range found {
		if !slices.Contains(skus, r.SKU) {
			s.Errorf("Find(%v) answers SKU %q", skus, r.SKU)
		}
	}
	return found
}

// only gives the one listing of a SKU, which must be in the state; open
// submissions for it are left aside.
func (s *suite) only(sku listing.SKU, state listing.State) listing.Remote {
	s.Helper()
	found := products(s.find(sku))
	if len(found) != 1 {
		s.Fatalf("Find(%s) shows %d listings, expected one %s: %+v", sku, len(found), state, found)
	}
	if found[0].State != state {
		s.Fatalf("%s is %s (%q), expected %s", sku, found[0].State, found[0].Words, state)
	}
	return found[0]
}

func products(all []listing.Remote) []listing.Remote {
	return slices.DeleteFunc(slices.Clone(all), func(r listing.Remote) bool { return r.ID == "" || isRequest(r) })
}

// isRequest tells an open submission from a listing that one is open for: the
// submission shows no listing's state.
func isRequest(r listing.Remote) bool {
	return r.Submission != "" && (r.State == listing.InReview || r.State == listing.Rejected || r.State == listing.AwaitingPerson)
}

// observe reads the whole shop.
func (s *suite) observe() []listing.Remote {
	s.Helper()
	var all collected
	o, err := market.Observe(s.ctx, s.Market, time.Now, &all)
	s.noError("observe", err)
	if o.Count != len(all) {
		s.Errorf("Observation.Count is %d, %d were shown", o.Count, len(all))
	}
	return all
}

type collected []listing.Remote

func (c *collected) Restart()                   { *c = nil }
func (c *collected) Add(r listing.Remote) error { *c = append(*c, r); return nil }

func (s *suite) noError(what string, err error) {
	s.Helper()
	if err != nil {
		s.marketError(err)
		s.Fatalf("%s: %v", what, err)
	}
}

// marketError holds a failure to what every failure promises.
func (s *suite) marketError(err error) *market.Error {
	s.Helper()
	e, ok := err.(*market.Error) //nolint:errorlint // the contract says *Error, not something around it
	if !ok {
		s.Fatalf("failure is a %T, expected *market.Error: %v", err, err)
	}
	if e.Market != s.Market.Name() || e.Op == "" || e.Kind == "" {
		s.Errorf("failure does not say market, operation and kind: %+v", e)
	}
	for _, secret := range s.Secrets {
		if strings.Contains(e.Error()+fmt.Sprintf("%+v", *e), secret) {
			s.Errorf("failure %q holds a secret", e.Op)
		}
	}
	return e
}

// same compares what the market shows with what was prepared.
func (s *suite) same(r listing.Remote, l listing.Listing) {
	s.Helper()
	if r.Price != l.Price {
		s.Errorf("%s shows price %d, sent %d", l.SKU, r.Price, l.Price)
	}
	if r.Category != l.Category {
		s.Errorf("%s shows category %q, sent %q", l.SKU, r.Category, l.Category)
	}
	if r.Stock != l.Stock {
		s.Errorf("%s shows stock %d, sent %d", l.SKU, r.Stock, l.Stock)
	}
	shown, sent := r.Digest(), l.Digest()
	if shown.TitleText != sent.TitleText {
		s.Errorf("%s shows title %q, sent %q", l.SKU, r.Title, l.Title)
	}
	if shown.DescriptionText != sent.DescriptionText {
		s.Errorf("%s shows description %q, sent %q", l.SKU, r.Description, l.Description)
	}
	if len(r.Pictures) != len(l.Pictures) {
		s.Errorf("%s shows %d pictures, sent %d", l.SKU, len(r.Pictures), len(l.Pictures))
	}
}
