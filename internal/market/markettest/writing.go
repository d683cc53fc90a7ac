package markettest

import (
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

func writingProofs() []proof {
	return []proof{
		{"what is created is shown as prepared", createShown},
		{"a price change is one writing call", priceChange},
		{"an update writes the named fields only", updateNamedFields},
		{"an update of several fields", updateSeveral},
		{"taking off sale twice is no error", unlistTwice},
		{"relisting puts back on sale", relist},
		{"relisting can write fields", relistWithFields},
		{"a SKU that is taken", duplicateCreate},
		{"a key that was used replays its answer", keyReplays},
		{"an id that is not there", unknownID},
	}
}

func createShown(s *suite) {
	l := s.prepared(sku(1))
	writes := s.writes()
	out := s.done(listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l})
	if review := s.Market.Capabilities().Review; review != (out.Status == listing.Submitted) {
		s.Errorf("Capabilities say review %v, the outcome is %s", review, out.Status)
	}
	if out.Wrote < 1 || s.Writes != nil && out.Wrote > s.writes()-writes {
		s.Errorf("the outcome says %d writing calls, the market saw %d", out.Wrote, s.writes()-writes)
	}
	s.decide()
	r := s.only(l.SKU, listing.OnSale)
	s.same(r, l)
	if out.ID != "" && out.ID != r.ID {
		s.Errorf("created as %q, shown as %q", out.ID, r.ID)
	}
	s.onSale(l.SKU, 1)
	for _, listed := range products(s.observe()) {
		if listed.SKU == l.SKU {
			s.same(listed, l)
			return
		}
	}
	s.Errorf("the list does not show %s", l.SKU)
}

func (s *suite) onSale(sku listing.SKU, want int) {
	s.Helper()
	if s.OnSale == nil {
		return
	}
	if got := s.OnSale(sku); got != want {
		s.Errorf("by the market's books %s is on sale %d times, expected %d", sku, got, want)
	}
}

func priceChange(s *suite) {
	l, r := s.sell(sku(1))
	l.Price *= 2
	writes := s.writes()
	out := s.done(listing.Order{Kind: listing.Update, SKU: l.SKU, ID: r.ID, Fields: listing.FieldPrice, Listing: l})
	if out.Wrote != 1 || s.Writes != nil && s.writes()-writes != 1 {
		s.Errorf("a price change took %d writing calls by the outcome, %d by the market's books", out.Wrote, s.writes()-writes)
	}
	s.decide()
	s.same(s.only(l.SKU, listing.OnSale), l)
}

// changed gives the listing with every field another one.
func (s *suite) changed(l listing.Listing) listing.Listing {
	other := s.Listing(sku(77))
	l.Title = "Cao atisô Thung Lũng Sương loại đặc biệt"
	l.Description = "<p>Nấu từ hoa và thân rễ, ba lần chắt.</p>"
	l.Price *= 2
	l.Stock += 7
	l.Pictures = other.Pictures
	for id, c := range s.facts.Categories {
		if id != l.Category && len(c.Attributes) == 0 && len(c.Documents) == 0 {
			l.Category = id
			break
		}
	}
	return s.prepare(l)
}

func updateNamedFields(s *suite) {
	fields := []listing.Field{
		listing.FieldTitle, listing.FieldDescription, listing.FieldPrice, listing.FieldStock,
		listing.FieldPictures, listing.FieldCategory,
	}
	for n, field := range fields {
		s.Run(field.Names()[0], func(t *testing.T) {
			sub := &suite{T: t, Shop: s.Shop, ctx: s.ctx, facts: s.facts}
			l, before := sub.sell(sku(n))
			wanted := sub.changed(l)
			if wanted.Category == l.Category && field == listing.FieldCategory {
				t.Skip("this market has no second category without requirements")
			}
			sub.done(listing.Order{Kind: listing.Update, SKU: l.SKU, ID: before.ID, Fields: field, Listing: wanted})
			sub.decide()
			after := sub.only(l.SKU, listing.OnSale)
			if after.ID != before.ID {
				t.Errorf("the update made listing %q of %q", after.ID, before.ID)
			}
			differs := after.Digest().Differs(before.Digest())
			if differs != field {
				t.Errorf("the update should change %v, changed %v\nbefore %+v\nafter  %+v", field.Names(), differs.Names(), before, after)
			}
		})
	}
}

func updateSeveral(s *suite) {
	l, r := s.sell(sku(1))
	wanted := s.changed(l)
	wanted.Category, wanted.Pictures = l.Category, l.Pictures
	fields := listing.FieldTitle | listing.FieldDescription | listing.FieldPrice | listing.FieldStock
	s.done(listing.Order{Kind: listing.Update, SKU: l.SKU, ID: r.ID, Fields: fields, Listing: wanted})
	s.decide()
	s.same(s.only(l.SKU, listing.OnSale), wanted)
	s.onSale(l.SKU, 1)
}

func unlistTwice(s *suite) {
	_, r := s.sell(sku(1))
	for range 2 {
		if out := s.done(listing.Order{Kind: listing.Unlist, SKU: sku(1), ID: r.ID}); out.Status != listing.Done {
			s.Errorf("unlist ended %s", out.Status)
		}
		s.only(sku(1), listing.OffSale)
		s.onSale(sku(1), 0)
	}
}

func relist(s *suite) {
	l, r := s.sell(sku(1))
	s.done(listing.Order{Kind: listing.Unlist, SKU: sku(1), ID: r.ID})
	for range 2 {
		s.done(listing.Order{Kind: listing.Relist, SKU: sku(1), ID: r.ID, Listing: l})
		s.decide()
		s.same(s.only(sku(1), listing.OnSale), l)
		s.onSale(sku(1), 1)
	}
}

func relistWithFields(s *suite) {
	l, r := s.sell(sku(1))
	s.done(listing.Order{Kind: listing.Unlist, SKU: sku(1), ID: r.ID})
	l.Price *= 2
	l.Stock += 3
	s.done(listing.Order{
		Kind: listing.Relist, SKU: sku(1), ID: r.ID, Fields: listing.FieldPrice | listing.FieldStock, Listing: l,
	})
	s.decide()
	s.same(s.only(sku(1), listing.OnSale), l)
}

func duplicateCreate(s *suite) {
	l := s.prepared(sku(1))
	first := s.done(listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l})
	if !s.Market.Capabilities().UniqueSKU {
		s.done(listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l})
		s.decide()
		if got := products(s.find(l.SKU)); len(got) != 2 {
			s.Errorf("Capabilities say that a SKU is not unique here, but two creates made %+v", got)
		}
		return
	}
	if first.Status == listing.Submitted {
		e := s.fails(listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l})
		s.taken(e, first.Submission, true)
	}
	s.decide()
	r := s.only(l.SKU, listing.OnSale)
	s.taken(s.fails(listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l}), r.ID, false)
	s.onSale(l.SKU, 1)
	if s.Trash != nil { // what is in the bin may keep its SKU
		s.Trash(l.SKU)
		s.onSale(l.SKU, 0)
		out := s.apply(listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l})[0]
		if out.Err != nil && s.marketError(out.Err).Kind != market.Duplicate {
			s.Errorf("creating what lies in the bin: %v, expected success or kind duplicate", out.Err)
		}
	}
}

func (s *suite) taken(e *market.Error, heldBy string, byRequest bool) {
	s.Helper()
	if e.Kind != market.Duplicate || e.HeldBy != heldBy || e.HeldByRequest != byRequest || e.Retryable || e.MaybeDone {
		s.Errorf("a taken SKU: %+v\nexpected kind duplicate, held by %q, by a request %v", e, heldBy, byRequest)
	}
}

func keyReplays(s *suite) {
	s.need(s.Market.Capabilities().IdempotencyKey, "idempotency keys")
	l := s.prepared(sku(1))
	order := listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l, Key: s.key()}
	first, second := s.done(order), s.done(order)
	if first.ID != second.ID || first.Submission != second.Submission || first.Status != second.Status {
		s.Errorf("the same key answers %+v, then %+v", first, second)
	}
	s.decide()
	s.only(l.SKU, listing.OnSale)
	s.onSale(l.SKU, 1)
}

func unknownID(s *suite) {
	l, r := s.sell(sku(1)) // gives an id of the market's form
	for _, kind := range []listing.Kind{listing.Update, listing.Relist, listing.Unlist} {
		s.Run(string(kind), func(t *testing.T) {
			sub := &suite{T: t, Shop: s.Shop, ctx: s.ctx, facts: s.facts}
			order := listing.Order{Kind: kind, SKU: sku(2), ID: unknownLike(r.ID), Fields: listing.FieldPrice, Listing: l}
			if e := sub.fails(order); e.Kind != market.NotFound || e.Retryable || e.MaybeDone {
				t.Errorf("%s of an id that is not there: %+v, expected kind not_found, neither retryable nor maybe done", kind, e)
			}
		})
	}
	s.only(sku(1), listing.OnSale)
}

// unknownLike gives an id of the same form that no listing has.
func unknownLike(id string) string {
	out := []byte(id)
	for i, c := range out {
		if c >= '0' && c <= '9' {
			out[i] = '9'
		}
	}
	return string(out)
}
