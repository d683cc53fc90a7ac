package reconcile_test

import (
	"context"
	"errors"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
)

// A tap stands between the engine and a model: a test may act at every call, and
// play what the model can't.
type tap struct {
	*markettest.Model
	// before is asked before each call, after after it; an error of the first
	// keeps the call from being made, of the second loses its answer.
	before, after func(op string) error
	// hold may wait at an order for its context to end.
	hold func(ctx context.Context, op string)
	// wait may wait at a page of the shop for its context to end.
	wait func(ctx context.Context)
	// outcomes may change what the market answers to orders.
	outcomes func([]listing.Order, []listing.Outcome)
	page     func(*market.Page)                      // may change what a list shows
	reviews  func([]listing.Record) []listing.Review // instead of the model
}

func (t *tap) enter(op string) error {
	if t.before == nil {
		return nil
	}
	return t.before(op)
}

func (t *tap) leave(op string) error {
	if t.after == nil {
		return nil
	}
	return t.after(op)
}

// tapped makes one reading call.
func tapped[T any](t *tap, op string, call func() (T, error)) (T, error) {
	var none T
	if err := t.enter(op); err != nil {
		return none, t.lost(op, err, false)
	}
	out, err := call()
	if e := t.leave(op); e != nil {
		return none, t.lost(op, e, false)
	}
	return out, err
}

func (t *tap) List(ctx context.Context, cursor string) (market.Page, error) {
	return tapped(t, "list", func() (market.Page, error) {
		if t.wait != nil {
			t.wait(ctx)
		}
		page, err := t.Model.List(ctx, cursor)
		if t.page != nil && err == nil {
			t.page(&page)
		}
		return page, err
	})
}

func (t *tap) Find(ctx context.Context, skus []listing.SKU) ([]listing.Remote, error) {
	return tapped(t, "find", func() ([]listing.Remote, error) { return t.Model.Find(ctx, skus) })
}

func (t *tap) Facts(ctx context.Context) (listing.Facts, error) {
	return tapped(t, "facts", func() (listing.Facts, error) { return t.Model.Facts(ctx) })
}

func (t *tap) Reviews(ctx context.Context, open []listing.Record) ([]listing.Review, error) {
	return tapped(t, "reviews", func() ([]listing.Review, error) {
		if t.reviews != nil {
			return t.reviews(open), nil
		}
		return t.Model.Reviews(ctx, open)
	})
}

func (t *tap) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	out := make([]listing.Outcome, len(orders))
	for i, o := range orders {
		op := string(o.Kind)
		if t.hold != nil {
			t.hold(ctx, op)
		}
		if err := t.enter(op); err != nil {
			out[i] = listing.Outcome{Status: listing.Failed, Err: t.lost(op, err, false)}
			continue
		}
		out[i] = t.Model.Apply(ctx, orders[i:i+1])[0]
		if err := t.leave(op); err != nil {
			out[i] = listing.Outcome{Status: listing.Failed, Err: t.lost(op, err, true), Wrote: 1}
		}
	}
	if t.outcomes != nil {
		t.outcomes(orders, out)
	}
	return out
}

func (t *tap) lost(op string, err error, maybe bool) error {
	kind := market.Unavailable
	if errors.Is(err, context.Canceled) {
		kind = market.Cancelled
	}
	return &market.Error{Market: t.Name(), Op: op, Kind: kind, Retryable: true, MaybeDone: maybe, Err: err}
}
