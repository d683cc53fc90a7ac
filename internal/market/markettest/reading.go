package markettest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

// foreignMany is more than two pages of any market.
const foreignMany = 230

func readingProofs() []proof {
	return []proof{
		{"facts name the categories and keep their version", factsAreStable},
		{"capabilities are sensible and constant", capabilitiesAreSensible},
		{"list is paged and complete", listIsComplete},
		{"list shows every state", listShowsEveryState},
		{"find shows only what was asked", findOnlyAsked},
		{"find shows what list shows", findAgreesWithList},
		{"find shows duplicates", findShowsDuplicates},
		{"find of many", findMany},
		{"find of nothing calls nothing and finds nothing", findNothing},
		{"an ended context stops every reading", readingStops},
	}
}

func factsAreStable(s *suite) {
	if len(s.facts.Categories) == 0 {
		s.Fatal("no categories")
	}
	for id, c := range s.facts.Categories {
		if c.ID != id || c.Name == "" {
			s.Errorf("category %q is %+v", id, c)
		}
	}
	again, err := s.Market.Facts(s.ctx)
	s.noError("read facts again", err)
	if again.Version != s.facts.Version || again.Version == "" {
		s.Errorf("version of the same facts: %q, then %q", s.facts.Version, again.Version)
	}
}

func capabilitiesAreSensible(s *suite) {
	c := s.Market.Capabilities()
	if s.Market.Name() == "" || c.BatchSize < 1 || c.Workers < 1 {
		s.Errorf("name %q, batch size %d, workers %d", s.Market.Name(), c.BatchSize, c.Workers)
	}
	if again := s.Market.Capabilities(); again != c {
		s.Errorf("capabilities changed from %+v to %+v", c, again)
	}
}

func listIsComplete(s *suite) {
	s.need(s.AddForeign != nil, "way to add listings by hand")
	before := len(s.observe())
	for n := range foreignMany {
		l := s.Listing(sku(n))
		l.SKU = listing.SKU(fmt.Sprintf("TAY-%03d", n))
		s.AddForeign(l)
	}
	seen := make(map[string]int)
	sections := make(map[string]int)
	pages := 0
	for cursor := ""; ; pages++ {
		page, err := s.Market.List(s.ctx, cursor)
		s.noError("list", err)
		if page.Section == "" || page.Total < -1 {
			s.Errorf("page after %q: section %q, total %d", cursor, page.Section, page.Total)
		}
		for _, r := range page.Remotes {
			seen[page.Section+"\x00"+r.ID+"\x00"+r.Submission]++
			sections[page.Section]++
		}
		if page.Next == "" {
			break
		}
		if page.Next == cursor || pages > 10*foreignMany {
			s.Fatalf("the list never ends: cursor %q", page.Next)
		}
		cursor = page.Next
	}
	if len(seen) != before+foreignMany {
		s.Errorf("the list shows %d entries, expected %d, by section %v", len(seen), before+foreignMany, sections)
	}
	if pages < 2 {
		s.Errorf("%d entries came on %d page(s)", len(seen), pages+1)
	}
	if got := len(s.observe()); got != before+foreignMany {
		s.Errorf("Observe shows %d entries, expected %d", got, before+foreignMany)
	}
}

func listShowsEveryState(s *suite) {
	want := map[listing.SKU]listing.State{}
	s.sell(sku(1))
	want[sku(1)] = listing.OnSale
	_, off := s.sell(sku(2))
	s.done(listing.Order{Kind: listing.Unlist, SKU: sku(2), ID: off.ID})
	want[sku(2)] = listing.OffSale
	if s.TakeDown != nil {
		s.sell(sku(3))
		s.TakeDown(sku(3))
	}
	if s.Trash != nil {
		s.sell(sku(4))
		s.Trash(sku(4))
	}
	if s.AddForeign != nil {
		l := s.Listing(sku(5))
		l.SKU = "BAN-TAY-1"
		s.AddForeign(l)
		want["BAN-TAY-1"] = listing.OnSale
	}
	if s.Market.Capabilities().Review {
		s.done(listing.Order{Kind: listing.Create, SKU: sku(6), Listing: s.prepared(sku(6))})
		want[sku(6)] = listing.InReview
	}
	shown := make(map[listing.SKU]listing.Remote)
	for _, r := range s.observe() {
		if r.ID == "" && r.Submission == "" {
			s.Errorf("an entry without an id: %+v", r)
		}
		shown[r.SKU] = r
	}
	for sku, state := range want {
		if got, ok := shown[sku]; !ok || got.State != state {
			s.Errorf("%s is %q in the list (there: %v), expected %q", sku, got.State, ok, state)
		}
	}
	if s.TakeDown != nil {
		if got := shown[sku(3)].State; got != listing.TakenDown && got != listing.Locked {
			s.Errorf("a listing that the market took down is %q in the list", got)
		}
	}
	if s.Trash != nil {
		if got := shown[sku(4)]; !got.Trashed || got.State == listing.OnSale {
			s.Errorf("a listing in the bin is shown as %+v", got)
		}
	}
}

func findOnlyAsked(s *suite) {
	s.sell(sku(1))
	s.sell(sku(2))
	if s.AddForeign != nil {
		l := s.Listing(sku(3))
		l.SKU = ""
		s.AddForeign(l) // a market that ignores an empty filter would show it
	}
	if got := s.find(sku(1), sku(9)); len(products(got)) != 1 {
		s.Errorf("Find of one that is there and one that is not shows %+v", got)
	}
	if got := s.find(sku(9)); len(got) != 0 {
		s.Errorf("Find of a SKU that is not there shows %+v", got)
	}
}

func findAgreesWithList(s *suite) {
	for n := range 3 {
		s.sell(sku(n))
	}
	off := s.only(sku(2), listing.OnSale)
	s.done(listing.Order{Kind: listing.Unlist, SKU: sku(2), ID: off.ID})
	s.done(listing.Order{Kind: listing.Create, SKU: sku(3), Listing: s.prepared(sku(3))}) // waits where there is a review
	skus := []listing.SKU{sku(0), sku(1), sku(2), sku(3)}
	listed := make(map[string]listing.Remote)
	for _, r := range s.observe() {
		if slices.Contains(skus, r.SKU) {
			listed[r.ID+"/"+r.Submission] = r
		}
	}
	found := s.find(skus...)
	if len(found) != len(listed) {
		s.Errorf("Find shows %d entries, the list %d\nfound: %+v\nlisted: %+v", len(found), len(listed), found, listed)
	}
	for _, r := range found {
		l, ok := listed[r.ID+"/"+r.Submission]
		if !ok || l.State != r.State || l.SKU != r.SKU || l.Digest() != r.Digest() {
			s.Errorf("Find shows %+v\nthe list shows %+v", r, l)
		}
	}
}

func findShowsDuplicates(s *suite) {
	s.need(!s.Market.Capabilities().UniqueSKU && s.AddForeign != nil, "duplicate SKUs")
	s.sell(sku(1))
	l := s.Listing(sku(1))
	s.AddForeign(l)
	if got := products(s.find(sku(1))); len(got) != 2 || got[0].ID == got[1].ID {
		s.Errorf("Find of a SKU that is there twice shows %+v", got)
	}
}

func findMany(s *suite) {
	s.need(s.AddForeign != nil, "way to add listings by hand")
	var skus []listing.SKU
	for n := range foreignMany {
		l := s.Listing(sku(n))
		l.SKU = sku(n)
		s.AddForeign(l)
		skus = append(skus, l.SKU)
	}
	got := make(map[listing.SKU]int)
	for _, r := range s.find(skus...) {
		got[r.SKU]++
	}
	for _, k := range skus {
		if got[k] != 1 {
			s.Fatalf("Find of %d SKUs shows %s %d times", len(skus), k, got[k])
		}
	}
}

func findNothing(s *suite) {
	s.sell(sku(1))
	calls := s.calls()
	if got := s.find(); len(got) != 0 {
		s.Errorf("Find of no SKU shows %+v", got)
	}
	reviews, err := s.Market.Reviews(s.ctx, nil)
	s.noError("reviews of nothing", err)
	if len(reviews) != 0 {
		s.Errorf("Reviews of no submission shows %+v", reviews)
	}
	if n := s.calls() - calls; n != 0 {
		s.Errorf("asking for nothing took %d calls", n)
	}
}

func readingStops(s *suite) {
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	open := []listing.Record{{SKU: sku(1), Submission: "r-1", State: listing.InReview}}
	calls := map[string]func() error{
		"List": func() error { _, err := s.Market.List(ctx, ""); return err },
		"Find": func() error { _, err := s.Market.Find(ctx, []listing.SKU{sku(1)}); return err },
	}
	if s.Market.Capabilities().Review {
		calls["Reviews"] = func() error { _, err := s.Market.Reviews(ctx, open); return err }
	}
	for name, call := range calls {
		s.Run(name, func(t *testing.T) {
			err := call()
			if err == nil || s.marketError(err).Kind != market.Cancelled {
				t.Errorf("%s with an ended context: %v, expected kind cancelled", name, err)
			}
		})
	}
}
