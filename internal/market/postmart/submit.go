package postmart

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

const (
	keyMax = 64 // characters of an Idempotency-Key
	// ownPictures ends the key of a second request of an order, see submit.
	ownPictures = "+p"
)

// submitIfNamed opens an update request when the order names a field that
// needs one.
func (j *job) submitIfNamed(ctx context.Context) *market.Error {
	if j.o.Fields&contentFields == 0 {
		return nil
	}
	return j.submit(ctx, kindUpdate)
}

// submit opens a request under the order's key. A hand-made listing can hold
// pictures that the market shows and yet refuses in an update: then ours are
// sent after all, as another request under a key of its own.
func (j *job) submit(ctx context.Context, kind string) *market.Error {
	if j.o.Key == "" || len(j.o.Key)+len(ownPictures) > keyMax {
		return j.refused("an idempotency key has 1 to %d characters here, not %d", keyMax-len(ownPictures), len(j.o.Key))
	}
	e := j.submitUnder(ctx, j.o.Key, kind)
	if e != nil && j.keptPictures && refusesPictures(e) {
		j.own = listing.FieldPictures
		e = j.submitUnder(ctx, j.o.Key+ownPictures, kind)
	}
	return e
}

// submitUnder opens a request. Tried again while the fate of the first call is
// unknown, it sends the same bytes.
func (j *job) submitUnder(ctx context.Context, key, kind string) *market.Error {
	body := j.m.attempts.sent(key)
	if body == nil {
		content, e := j.content(ctx, kind)
		if e != nil {
			return e
		}
		body = encode(requestBody{Kind: kind, ProductID: j.o.ID, Content: content})
	}
	c := call{
		op: j.op(kind), method: post, path: requestsPath, body: body, key: key, want: http.StatusAccepted,
	}
	var q productRequest
	e := j.write(ctx, &c, &q)
	if e == nil {
		e = j.accept(&c, &q, kind)
	}
	if e != nil && e.MaybeDone {
		j.m.attempts.keep(key, body)
		return e
	}
	j.m.attempts.settle(key)
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
	if images && !j.keptPictures {
		j.pics.forget(j.o)
	}
}

func refusesPictures(e *market.Error) bool {
	if e.Kind != market.Invalid || e.MaybeDone {
		return false
	}
	for _, p := range e.Problems {
		if p.Field == listing.FieldPictures {
			return true
		}
	}
	return false
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
