package markettest

import (
	"context"
	"slices"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

// Apply carries the orders out one after another.
func (m *Model) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	out := make([]listing.Outcome, len(orders))
	for i, order := range orders {
		out[i] = m.applyOne(ctx, order)
	}
	return out
}

func (m *Model) applyOne(ctx context.Context, order listing.Order) listing.Outcome {
	m.mu.Lock()
	defer m.mu.Unlock()
	op := Op(order.Kind)
	fault, err := m.met(ctx, op, order.SKU)
	if err != nil && !fault.effective() {
		return failed(err, fault != nil)
	}
	if fault != nil && fault.Late && order.Kind == listing.Create {
		m.late = append(m.late, func() { m.carryOut(order) })
		return failed(err, true)
	}
	done := m.carryOut(order)
	if err != nil { // it took effect and the answer was lost
		return failed(err, true)
	}
	return done
}

func failed(err error, reached bool) listing.Outcome {
	o := listing.Outcome{Status: listing.Failed, Err: err}
	if reached {
		o.Wrote = 1
	}
	return o
}

func (m *Model) carryOut(order listing.Order) listing.Outcome {
	if order.Kind == listing.Create {
		return m.create(order)
	}
	at := slices.IndexFunc(m.items, func(i *item) bool { return i.remote.ID == order.ID })
	if at < 0 {
		return m.refuse(order, market.Error{Kind: market.NotFound, Status: 404, Code: "not_found"})
	}
	i := m.items[at]
	switch {
	case i.remote.State == listing.Locked:
		return m.refuse(order, market.Error{Kind: market.IsLocked, Status: 409, Code: "locked", Words: i.remote.Words})
	case i.remote.Trashed:
		return m.refuse(order, market.Error{Kind: market.NotFound, Status: 404, Code: "trashed"})
	}
	switch order.Kind {
	case listing.Update:
		return m.update(i, order)
	case listing.Relist:
		if i.remote.State == listing.TakenDown {
			return m.refuse(order, market.Error{Kind: market.Invalid, Status: 409, Code: "taken_down", Words: i.remote.Words})
		}
		i.remote.State = listing.OnSale
		m.touch(i)
		return m.update(i, order)
	case listing.Unlist:
		if i.remote.State != listing.TakenDown {
			i.remote.State = listing.OffSale
		}
		m.touch(i)
		return listing.Outcome{Status: listing.Done, ID: i.remote.ID, State: i.remote.State, Wrote: 1}
	}
	return m.refuse(order, market.Error{Kind: market.Invalid, Code: "no_such_order"})
}

func (m *Model) create(order listing.Order) listing.Outcome {
	if m.o.IdempotencyKey {
		if answer, ok := m.answers[order.Key]; ok && order.Key != "" {
			return answer
		}
	}
	if e := m.objection(order.Listing); e != nil {
		return m.refuse(order, *e)
	}
	if m.o.UniqueSKU {
		if e := m.taken(order.SKU); e != nil {
			return m.refuse(order, *e)
		}
	}
	var out listing.Outcome
	if m.o.Review {
		r := &request{id: m.id("r-"), sku: order.SKU, wanted: copyOf(order.Listing), state: listing.InReview}
		m.requests = append(m.requests, r)
		out = listing.Outcome{Status: listing.Submitted, Submission: r.id, State: listing.InReview, Wrote: 1}
	} else {
		i := m.put(order.Listing, order.SKU)
		out = listing.Outcome{Status: listing.Done, ID: i.remote.ID, URL: i.remote.URL, State: i.remote.State, Wrote: 1}
	}
	if order.Key != "" {
		m.answers[order.Key] = out
	}
	return out
}

func (m *Model) taken(sku listing.SKU) *market.Error {
	e := &market.Error{Kind: market.Duplicate, Status: 409, Code: "sku_exists"}
	for _, i := range m.items {
		if i.remote.SKU == sku {
			e.HeldBy = i.remote.ID
			return e
		}
	}
	for _, r := range m.waiting() {
		if r.sku == sku && r.item == nil {
			e.HeldBy, e.HeldByRequest = r.id, true
			return e
		}
	}
	return nil
}

// objection is what the market holds against a content.
func (m *Model) objection(l listing.Listing) *market.Error {
	if _, ok := m.o.Facts.Categories[l.Category]; !ok {
		return &market.Error{Kind: market.Invalid, Status: 422, Code: "bad_category", Words: "no category " + l.Category}
	}
	if l.Price <= 0 {
		return &market.Error{Kind: market.Invalid, Status: 422, Code: "bad_price"}
	}
	return nil
}

// atOnce are the fields that no person looks at.
const atOnce = listing.FieldPrice | listing.FieldStock | listing.FieldState

func (m *Model) update(i *item, order listing.Order) listing.Outcome {
	wanted := overlay(i.content, order.Listing, order.Fields)
	if e := m.objection(wanted); e != nil {
		return m.refuse(order, *e)
	}
	out := listing.Outcome{Status: listing.Done, ID: i.remote.ID, URL: i.remote.URL, Wrote: 1}
	if m.o.Review && order.Fields&^atOnce != 0 {
		r := &request{
			id: m.id("r-"), sku: i.remote.SKU, item: i, fields: order.Fields, wanted: wanted,
			state: listing.InReview, made: i.remote.ID,
		}
		m.requests = append(m.requests, r)
		i.remote.Submission = r.id
		out.Status, out.Submission = listing.Submitted, r.id
	} else {
		m.show(i, wanted)
	}
	out.State = i.remote.State
	return out
}

// overlay gives the content with the named fields taken from another.
func overlay(content, from listing.Listing, fields listing.Fields) listing.Listing {
	take := func(f listing.Field) bool { return fields.Has(f) }
	if take(listing.FieldTitle) {
		content.Title = from.Title
	}
	if take(listing.FieldDescription) {
		content.Description = from.Description
	}
	if take(listing.FieldCategory) {
		content.Category = from.Category
	}
	if take(listing.FieldPrice) {
		content.Price = from.Price
	}
	if take(listing.FieldStock) {
		content.Stock = from.Stock
	}
	if take(listing.FieldUnit) {
		content.Unit = from.Unit
	}
	if take(listing.FieldPictures) {
		content.Pictures = slices.Clone(from.Pictures)
	}
	if take(listing.FieldDocuments) {
		content.Documents = slices.Clone(from.Documents)
	}
	if take(listing.FieldAttributes) {
		content.Attributes, content.GTIN, content.WeightGrams = from.Attributes, from.GTIN, from.WeightGrams
	}
	return content
}

// put makes a listing that is on sale.
func (m *Model) put(l listing.Listing, sku listing.SKU) *item {
	i := &item{remote: listing.Remote{ID: m.id("p-"), SKU: sku, State: listing.OnSale}}
	i.remote.URL = "https://" + string(m.o.Name) + ".example/" + i.remote.ID
	m.items = append(m.items, i)
	m.show(i, copyOf(l))
	return i
}

func (m *Model) show(i *item, l listing.Listing) {
	i.content = l
	r := &i.remote
	r.Title, r.Description, r.Category, r.Unit = l.Title, l.Description, l.Category, l.Unit
	r.Price, r.Stock, r.Certificate = l.Price, l.Stock, l.Attributes.Certificate
	r.Pictures = slices.Clone(l.Pictures)
	m.touch(i)
}

// touch notes a change and keeps the books.
func (m *Model) touch(i *item) {
	i.remote.UpdatedAt = m.o.Now()
	if i.remote.SKU != "" && m.onSale(i.remote.SKU) > 1 {
		m.twice[i.remote.SKU] = true
	}
}

func (m *Model) refuse(order listing.Order, e market.Error) listing.Outcome {
	return listing.Outcome{Status: listing.Failed, Err: m.failure(Op(order.Kind), order.SKU, e), Wrote: 1}
}
