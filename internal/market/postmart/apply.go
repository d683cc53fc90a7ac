package postmart

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

const (
	// offerFields change at once; every other field needs a request.
	offerFields   = listing.FieldPrice | listing.FieldStock
	contentFields = listing.FieldTitle | listing.FieldDescription | listing.FieldCategory | listing.FieldUnit |
		listing.FieldPictures | listing.FieldDocuments | listing.FieldAttributes

	keyMax = 64 // characters of an Idempotency-Key
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

// submitIfNamed opens an update request when the order names a field that
// needs one.
func (j *job) submitIfNamed(ctx context.Context) *market.Error {
	if j.o.Fields&contentFields == 0 {
		return nil
	}
	return j.submit(ctx, kindUpdate)
}

// submit opens a request under the order's key. Tried again while the fate of
// the first call is unknown, it sends the same bytes.
func (j *job) submit(ctx context.Context, kind string) *market.Error {
	if j.o.Key == "" || len(j.o.Key) > keyMax {
		return j.refused("an idempotency key has 1 to %d characters, not %d", keyMax, len(j.o.Key))
	}
	body := j.m.attempts.sent(j.o.Key)
	if body == nil {
		content, e := j.content(ctx, kind)
		if e != nil {
			return e
		}
		body = encode(requestBody{Kind: kind, ProductID: j.o.ID, Content: content})
	}
	c := call{
		op: j.op(kind), method: post, path: requestsPath, body: body, key: j.o.Key, want: http.StatusAccepted,
	}
	var q productRequest
	e := j.write(ctx, &c, &q)
	if e == nil {
		e = j.accept(&c, &q, kind)
	}
	if e != nil && e.MaybeDone {
		j.m.attempts.keep(j.o.Key, body)
		return e
	}
	j.m.attempts.settle(j.o.Key)
	if e != nil && e.Kind == market.Invalid {
		j.explain(e)
	}
	return e
}

// accept takes the market's word that it will decide on the request.
func (j *job) accept(c *call, q *productRequest, kind string) *market.Error {
	if err := q.check(); err != nil {
		return c.protocol(err.Error())
	}
	sku := string(j.o.SKU)
	if kind == kindUpdate && j.shown != nil {
		sku = j.shown.Content.SKU
	}
	if q.SKU != sku || q.Kind != kind {
		return c.protocol(fmt.Sprintf("sent a %s of %s, got request %s, a %s of %q", kind, sku, q.ID, q.Kind, q.SKU))
	}
	j.out.Status, j.out.Submission = listing.Submitted, q.ID
	if kind == kindCreate {
		// Whatever it says already: on sale is only what the list of products shows.
		j.out.State = listing.InReview
	}
	return nil
}

// explain adds to a refusal what we know of its cause: scans that could not be
// sent, and pictures that were uploaded long ago and may no longer be there.
func (j *job) explain(e *market.Error) {
	documents, images := false, false
	for _, p := range e.Problems {
		documents = documents || p.Field == listing.FieldDocuments
		images = images || p.Reason == ocop.BadImage || p.Reason == ocop.MissingImage
	}
	if documents {
		e.Problems = append(e.Problems, j.pics.faults(j.o, listing.FieldDocuments)...)
	}
	if images {
		j.pics.forget(j.o)
	}
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

// encode writes one of our own plain structs, which cannot fail: attributes,
// the one raw part of them, are written by encodeAttributes or came from a
// decoder.
func encode(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("postmart: encode %T: %v", v, err))
	}
	return body
}
