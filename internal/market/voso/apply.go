package voso

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// Apply carries the orders out one after another. Each fails alone, but for
// what concerns the shop as a whole: once the credentials or the shop are
// refused the rest is not tried, and once the day's new products are used up
// no further create is.
func (m *Market) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	out := make([]listing.Outcome, len(orders))
	var b barrier
	for i := range orders {
		c := &call{op: fmt.Sprintf("%s %s", orders[i].Kind, orders[i].SKU), write: true}
		if err := b.stops(c.op, orders[i].Kind); err != nil {
			out[i] = listing.Outcome{Status: listing.Failed, Err: err}
			continue
		}
		if late(ctx) {
			out[i] = listing.Outcome{Status: listing.Failed, Err: cancelled(ctx, c)}
			continue
		}
		done, err := m.carryOut(ctx, c, &orders[i])
		if err != nil {
			done = listing.Outcome{Status: listing.Failed, Err: err}
			b.raise(err)
		}
		done.Wrote = c.wrote
		out[i] = done
	}
	return out
}

// barrier is the refusal that the rest of a batch would meet as well.
type barrier struct{ all, creates *market.Error }

func (b *barrier) raise(err error) {
	e := market.AsError(err)
	switch {
	case e.Kind == market.Auth, e.Code == codeShopLocked:
		b.all = e
	case e.Code == codeQuotaExceeded:
		b.creates = e
	}
}

// stops gives the error of an order that is not tried, nil for one that is.
func (b *barrier) stops(op string, kind listing.Kind) error {
	met := b.all
	if met == nil && kind == listing.Create {
		met = b.creates
	}
	if met == nil {
		return nil
	}
	e := *met
	e.Op, e.MaybeDone, e.Problems = op, false, nil
	return &e
}

func cancelled(ctx context.Context, c *call) error {
	cause := context.Cause(ctx)
	if cause == nil {
		cause = errTooLate
	}
	return &market.Error{Market: Name, Op: c.op, Kind: market.Cancelled, Err: cause}
}

func (m *Market) carryOut(ctx context.Context, c *call, o *listing.Order) (listing.Outcome, error) {
	if o.Kind == listing.Create {
		return m.create(ctx, c, o)
	}
	id, err := strconv.ParseInt(o.ID, 10, 64)
	if err != nil || id <= 0 {
		return listing.Outcome{}, mistake(c, fmt.Errorf("%q is no PRODUCT_ID", o.ID))
	}
	switch o.Kind {
	case listing.Update:
		return m.update(ctx, c, o, id)
	case listing.Relist:
		if _, err := m.update(ctx, c, o, id); err != nil {
			return listing.Outcome{}, err
		}
		return m.setStatus(ctx, c, id, statusOn)
	case listing.Unlist:
		return m.setStatus(ctx, c, id, statusOff)
	default:
		return listing.Outcome{}, mistake(c, fmt.Errorf("an order of kind %q cannot be carried out", o.Kind))
	}
}

// create makes a product. It is PENDING for a moment and goes on sale by itself.
func (m *Market) create(ctx context.Context, c *call, o *listing.Order) (listing.Outcome, error) {
	f, err := formOf(c, &o.Listing, everything)
	if err != nil {
		return listing.Outcome{}, err
	}
	f.SKU = string(o.SKU)
	c.path = pathCreate
	got, err := invoke[written](ctx, m, c, f)
	if err != nil {
		return listing.Outcome{}, err
	}
	if got.ID <= 0 {
		return listing.Outcome{}, m.protocol(c, errors.New("the answer has no PRODUCT_ID"))
	}
	return listing.Outcome{Status: listing.Done, ID: strconv.FormatInt(got.ID, 10), State: listing.InReview}, nil
}

// update sends the order's fields; without one that the mall knows it calls nothing.
func (m *Market) update(ctx context.Context, c *call, o *listing.Order, id int64) (listing.Outcome, error) {
	done := listing.Outcome{Status: listing.Done, ID: o.ID}
	if o.Fields&everything == 0 {
		return done, nil
	}
	f, err := formOf(c, &o.Listing, o.Fields)
	if err != nil {
		return listing.Outcome{}, err
	}
	f.ID = id
	c.path = pathUpdate
	got, err := invoke[written](ctx, m, c, f)
	if err != nil {
		return listing.Outcome{}, err
	}
	if got.ID != id {
		return listing.Outcome{}, m.otherProduct(c, id, got.ID)
	}
	return done, nil
}

func (m *Market) setStatus(ctx context.Context, c *call, id int64, status string) (listing.Outcome, error) {
	c.path = pathStatus
	got, err := invoke[written](ctx, m, c, statusForm{ID: id, Status: status})
	if err != nil {
		return listing.Outcome{}, err
	}
	if got.ID != id {
		return listing.Outcome{}, m.otherProduct(c, id, got.ID)
	}
	state, ok := stateOf(got.Status)
	if !ok {
		return listing.Outcome{}, m.protocol(c, fmt.Errorf("the answer has the unknown STATUS %q", got.Status))
	}
	return listing.Outcome{Status: listing.Done, ID: strconv.FormatInt(id, 10), State: state}, nil
}

// otherProduct is the failure of a change whose answer is about something else.
func (m *Market) otherProduct(c *call, asked, answered int64) *market.Error {
	return m.protocol(c, fmt.Errorf("changed product %d, the answer speaks of %d", asked, answered))
}

// everything is what the mall has a place for. The unit's is the title's end.
const everything = listing.FieldTitle | listing.FieldUnit | listing.FieldDescription | listing.FieldCategory |
	listing.FieldPrice | listing.FieldStock | listing.FieldPictures | listing.FieldAttributes

// formOf writes the named fields of a listing down. Pictures go only when
// named: the mall fetches those that it is given again.
func formOf(c *call, l *listing.Listing, fields listing.Fields) (form, error) {
	var f form
	if fields&(listing.FieldTitle|listing.FieldUnit) != 0 {
		f.Name = l.Title
	}
	if fields&listing.FieldDescription != 0 {
		f.Description = &l.Description
	}
	if fields&listing.FieldCategory != 0 {
		id, err := strconv.ParseInt(l.Category, 10, 64)
		if err != nil {
			e := mistake(c, fmt.Errorf("%q is no CATEGORY_ID", l.Category))
			e.Problems = []listing.Problem{
				problem(ocop.CategoryUnmapped, listing.FieldCategory, fmt.Sprintf("CATEGORY_ID %q", l.Category)),
			}
			return form{}, e
		}
		f.CategoryID = id
	}
	if fields&listing.FieldPrice != 0 {
		f.Price = int64(l.Price)
	}
	if fields&listing.FieldStock != 0 {
		f.Quantity = &l.Stock
	}
	if fields&listing.FieldPictures != 0 {
		f.ImageURLs = l.Pictures
	}
	if fields&listing.FieldAttributes != 0 {
		f.Star = int(l.Attributes.Stars)
		f.CertNo, f.Origin = &l.Attributes.Certificate, &l.Attributes.Origin
	}
	return f, nil
}
