package postmart

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

const (
	// offerFields change at once; every other field needs a request.
	offerFields   = listing.FieldPrice | listing.FieldStock
	contentFields = listing.FieldTitle | listing.FieldDescription | listing.FieldCategory | listing.FieldUnit |
		listing.FieldPictures | listing.FieldDocuments | listing.FieldAttributes
)

// Apply carries out the orders one after another. What is remembered of
// pictures is read once before and saved once after.
func (m *Market) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	out := make([]listing.Outcome, len(orders))
	pics := m.openAlbum(ctx, orders)
	for i := range orders {
		j := job{m: m, pics: pics, o: &orders[i]}
		if e := j.run(ctx); e != nil {
			j.out.Status, j.out.Err = listing.Failed, e
		}
		out[i] = j.out
	}
	pics.save(ctx)
	return out
}

// A job is one order being carried out.
type job struct {
	m     *Market
	pics  *album
	o     *listing.Order
	out   listing.Outcome
	shown *product // what the market showed last, nil before it showed anything

	keptPictures bool          // the request carries the pictures that the market shows
	own          listing.Field // to be written although the order does not name it
}

func (j *job) run(ctx context.Context) *market.Error {
	if ctx.Err() != nil {
		return cancelled(ctx, j.op(string(j.o.Kind)))
	}
	if j.o.Kind == listing.Create {
		return j.submit(ctx, kindCreate)
	}
	j.out.ID = j.o.ID
	if j.o.ID == "" {
		return &market.Error{
			Market: Name, Op: j.op(string(j.o.Kind)), Kind: market.NotFound,
			Words: "the market has no product for this SKU yet",
		}
	}
	j.out.Status = listing.Done
	switch j.o.Kind {
	case listing.Update:
		if e := j.sendOffer(ctx); e != nil {
			return e
		}
		return j.submitIfNamed(ctx)
	case listing.Relist:
		return j.relist(ctx)
	case listing.Unlist:
		return j.act(ctx, "unlist")
	case listing.Create, listing.None, listing.Adopt, listing.Retire, listing.Resolve, listing.Hold:
	}
	return j.refused("an order of kind %q is not for a market", j.o.Kind)
}

// relist sets price and stock right first, so that the product does not come
// back at an old price. One that the mall took down comes back by an approved
// update instead.
func (j *job) relist(ctx context.Context) *market.Error {
	if e := j.sendOffer(ctx); e != nil {
		return e
	}
	e := j.act(ctx, "relist")
	if e != nil && e.Status == http.StatusConflict && e.Code == codeTakenDown {
		return j.submit(ctx, kindUpdate)
	}
	if e != nil {
		return e
	}
	return j.submitIfNamed(ctx)
}

// sendOffer writes price and stock, as far as the order names them.
func (j *job) sendOffer(ctx context.Context) *market.Error {
	if j.o.Fields&offerFields == 0 {
		return nil
	}
	var body offer
	if j.o.Fields&listing.FieldPrice != 0 {
		price := int64(j.o.Listing.Price)
		body.Price = &price
	}
	if j.o.Fields&listing.FieldStock != 0 {
		body.Stock = &j.o.Listing.Stock
	}
	return j.change(ctx, &call{
		op: j.op("offer"), method: patch, path: productsPath + "/" + url.PathEscape(j.o.ID) + "/offer",
		body: encode(body), want: http.StatusOK,
	})
}

// act puts the product off sale or back on; doing it twice is no error.
func (j *job) act(ctx context.Context, action string) *market.Error {
	return j.change(ctx, &call{
		op: j.op(action), method: post, path: productsPath + "/" + url.PathEscape(j.o.ID) + "/" + action,
		want: http.StatusOK,
	})
}

// write makes a writing call and counts it.
func (j *job) write(ctx context.Context, c *call, out any) *market.Error {
	e := j.m.do(ctx, c, out)
	if c.sent {
		j.out.Wrote++
	}
	return e
}

// change makes a call that the market answers with the product as it now is.
func (j *job) change(ctx context.Context, c *call) *market.Error {
	var p product
	if e := j.write(ctx, c, &p); e != nil {
		return e
	}
	r, err := p.remote()
	if err != nil {
		return c.protocol(err.Error())
	}
	if p.ID != j.o.ID {
		return c.protocol(fmt.Sprintf("asked for product %s, got %s", j.o.ID, p.ID))
	}
	j.shown = &p
	j.out.State, j.out.URL, j.out.Remote = r.State, r.URL, &r
	return nil
}

// refused is an order that the contract does not allow to be sent.
func (j *job) refused(format string, args ...any) *market.Error {
	return &market.Error{
		Market: Name, Op: j.op(string(j.o.Kind)), Kind: market.Invalid, Words: fmt.Sprintf(format, args...),
	}
}

func (j *job) op(what string) string {
	if j.o.ID == "" {
		return what + " " + string(j.o.SKU)
	}
	return what + " " + string(j.o.SKU) + " (product " + j.o.ID + ")"
}
