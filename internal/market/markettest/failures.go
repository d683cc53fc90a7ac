package markettest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

// A failure is how a fault must look from above.
type failure struct {
	fault string
	kinds []market.Kind // one of these
	retry bool          // Retryable
	// maybe says that a writing call which met it may have been done.
	maybe bool
}

// failures is the one table of faults, shared by every adapter.
func failures() []failure {
	kinds := func(k ...market.Kind) []market.Kind { return k }
	return []failure{
		{FaultRate, kinds(market.Rate), true, false},
		{FaultServer, kinds(market.Unavailable), true, true},
		{FaultLostAnswer, kinds(market.Unavailable), true, true},
		{FaultCut, kinds(market.Unavailable), true, true},
		{FaultMalformed, kinds(market.Protocol), true, true},
		{FaultTruncated, kinds(market.Protocol, market.Unavailable), true, true},
		{FaultHang, kinds(market.Timeout), true, true},
		{FaultBusy, kinds(market.Unavailable), true, true},
	}
}

func failureProofs() []proof {
	out := []proof{
		{"a token that ended is renewed", tokenRenewed},
		{"wrong credentials", wrongCredentials},
		{"a look-up that answers something else", wrongProduct},
		{"an answer without end", endlessAnswer},
		{"a failed update ends with its context", func(s *suite) { hangCancelled(s, listing.Update) }},
		{"a failed unlist ends with its context", func(s *suite) { hangCancelled(s, listing.Unlist) }},
	}
	for _, f := range failures() {
		out = append(out, proof{"reading: " + f.fault, f.reading}, proof{"writing: " + f.fault, f.writing})
	}
	for _, fault := range []string{FaultShortPage, FaultRepeatedPage, FaultMovingTotal} {
		out = append(out, proof{"a list that can't be trusted: " + fault, func(s *suite) { badList(s, fault) }})
	}
	return out
}

// breaking plays a fault, or skips the test where the market does not know it.
func (s *suite) breaking(fault string) (restore func()) {
	s.Helper()
	s.need(s.Break != nil, "faults")
	restore = s.Break(fault)
	s.need(restore != nil, "fault "+fault)
	return restore
}

func (f failure) check(t testing.TB, what string, e *market.Error) {
	t.Helper()
	if !slices.Contains(f.kinds, e.Kind) || e.Retryable != f.retry {
		t.Errorf("%s under %s: kind %s, retryable %v; expected %v, %v (%v)", what, f.fault, e.Kind, e.Retryable, f.kinds, f.retry, e)
	}
	if f.fault == FaultRate && e.After <= 0 {
		t.Errorf("%s under %s: After is not set (%v)", what, f.fault, e)
	}
	if strings.ContainsAny(e.Words, "<>\r\n") || len([]rune(e.Words)) > 300 {
		t.Errorf("%s under %s: the market's words are not cleaned: %q", what, f.fault, e.Words)
	}
}

func (f failure) reading(s *suite) {
	s.sell(sku(1))
	restore := s.breaking(f.fault)
	_, err := s.Market.Find(s.ctx, []listing.SKU{sku(1)})
	restore()
	if err == nil {
		s.Fatalf("Find under %s: no failure", f.fault)
	}
	f.check(s, "Find", s.marketError(err))
	s.only(sku(1), listing.OnSale) // and works again
}

func (f failure) writing(s *suite) {
	warm, on := s.sell(sku(1)) // token, categories and pictures are there afterwards
	l := s.Listing(sku(2))
	l.Pictures, l.Documents = warm.Pictures, warm.Documents
	l = s.prepare(l)
	update := warm
	update.Price *= 2
	orders := []listing.Order{
		{Kind: listing.Create, SKU: l.SKU, Listing: l},
		{Kind: listing.Update, SKU: warm.SKU, ID: on.ID, Fields: listing.FieldPrice, Listing: update},
		{Kind: listing.Unlist, SKU: warm.SKU, ID: on.ID},
	}
	for _, order := range orders {
		restore := s.breaking(f.fault)
		writes := s.writes()
		out := s.apply(order)[0]
		reached := s.writes() > writes
		restore()
		if out.Err == nil {
			s.Fatalf("%s under %s: no failure: %+v", order.Kind, f.fault, out)
		}
		e := s.marketError(out.Err)
		f.check(s, string(order.Kind), e)
		if e.MaybeDone && !f.maybe || f.maybe && reached && !e.MaybeDone {
			s.Errorf("%s under %s: maybe done %v, expected %v (%v)", order.Kind, f.fault, e.MaybeDone, f.maybe, e)
		}
		s.decide()
		if order.Kind == listing.Create && len(s.find(l.SKU)) > 0 && !e.MaybeDone {
			s.Errorf("create under %s says that nothing was done, but the listing is there", f.fault)
		}
	}
}

func tokenRenewed(s *suite) {
	l, r := s.sell(sku(1))
	restore := s.breaking(FaultExpiredToken)
	s.only(sku(1), listing.OnSale)
	restore()
	restore = s.breaking(FaultExpiredToken)
	l.Price *= 2
	out := s.done(listing.Order{Kind: listing.Update, SKU: sku(1), ID: r.ID, Fields: listing.FieldPrice, Listing: l})
	restore()
	s.decide()
	s.same(s.only(sku(1), listing.OnSale), l)
	if out.Status == listing.Failed {
		s.Errorf("an update under an ended token: %+v", out)
	}
	restore = s.breaking(FaultExpiredToken)
	defer restore()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := s.Market.Find(s.ctx, []listing.SKU{sku(1)}); err != nil {
				s.Errorf("one of many calls when the token ended: %v", err)
			}
		})
	}
	wg.Wait()
}

func wrongCredentials(s *suite) {
	s.need(s.BadCredentials != nil, "credentials")
	bad := *s
	bad.Market = s.BadCredentials
	l := s.prepared(sku(1))
	_, findErr := bad.Market.Find(s.ctx, []listing.SKU{sku(1)})
	_, listErr := bad.Market.List(s.ctx, "")
	out := bad.apply(listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l})
	for what, err := range map[string]error{"Find": findErr, "List": listErr, "create": out[0].Err} {
		if err == nil {
			s.Errorf("%s with wrong credentials: no failure", what)
			continue
		}
		if e := s.marketError(err); e.Kind != market.Auth || e.Retryable || e.MaybeDone {
			s.Errorf("%s with wrong credentials: %+v, expected kind auth, neither retryable nor maybe done", what, e)
		}
	}
	s.onSale(sku(1), 0)
}

func wrongProduct(s *suite) {
	s.sell(sku(1))
	s.sell(sku(2))
	defer s.breaking(FaultWrongProduct)()
	found, err := s.Market.Find(s.ctx, []listing.SKU{sku(1)})
	if err == nil {
		s.Fatalf("Find took another SKU's listing for an answer: %+v", found)
	}
	if e := s.marketError(err); e.Kind != market.Protocol {
		s.Errorf("Find of a SKU that answers another: %v, expected kind protocol", e)
	}
}

func endlessAnswer(s *suite) {
	s.sell(sku(1))
	defer s.breaking(FaultEndless)()
	_, err := s.Market.Find(s.ctx, []listing.SKU{sku(1)})
	if err == nil {
		s.Fatal("Find took an answer without end")
	}
	if e := s.marketError(err); e.Kind != market.Protocol && e.Kind != market.Timeout {
		s.Errorf("Find with an answer without end: %v, expected kind protocol or timeout", e)
	}
}

// hangCancelled sees that a call in the air ends with its context, and that a
// writing one then says that it may have been done.
// hangCancelled ends the context of an order in the air. It is the only one
// that its shop gets: the books take a call down whenever it comes in, which for
// one that was left can be while the next is under way.
func hangCancelled(s *suite, kind listing.Kind) {
	l, r := s.sell(sku(1))
	defer s.breaking(FaultHang)()
	order := listing.Order{Kind: kind, SKU: l.SKU, ID: r.ID, Key: s.key()}
	if kind == listing.Update {
		order.Fields, order.Listing = listing.FieldPrice, l
	}
	ctx, cancel := context.WithTimeout(s.ctx, 100*time.Millisecond)
	defer cancel()
	writes := s.writes()
	out := s.Market.Apply(ctx, []listing.Order{order})
	reached := s.writes() > writes
	e := market.AsError(out[0].Err)
	if e == nil || e.Kind != market.Cancelled || reached && !e.MaybeDone {
		s.Errorf("%s whose context ended in the air: %+v, expected kind cancelled, maybe done", order.Kind, out[0])
	}
}

// badList sees that a reading of a list that can't be trusted is never taken
// for a complete one.
func badList(s *suite, fault string) {
	s.need(s.AddForeign != nil, "way to add listings by hand")
	for n := range foreignMany {
		l := s.Listing(sku(n))
		l.SKU = sku(n)
		s.AddForeign(l)
	}
	want := len(s.observe())
	first, err := s.Market.List(s.ctx, "")
	s.noError("list", err)
	s.need(first.Total >= 0 || fault == FaultRepeatedPage, "stated total")
	defer s.breaking(fault)()
	var all collected
	_, err = market.Observe(s.ctx, s.Market, time.Now, &all)
	if err == nil && len(all) != want {
		s.Fatalf("under %s a reading of %d entries passed for complete, there are %d", fault, len(all), want)
	}
	if err != nil {
		if e := s.marketError(err); e.Kind != market.Protocol {
			s.Errorf("Observe under %s: %v, expected kind protocol", fault, e)
		}
	}
}
