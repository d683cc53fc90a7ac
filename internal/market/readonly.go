package market

import (
	"context"
	"errors"

	"ocopsync/internal/listing"
)

// ReadOnly gives a market that can be read and planned for and refuses every
// order with Kind DryRun before anything is called. It is how `plan` and dry
// runs are kept from writing, whatever the engine above does.
func ReadOnly(m Market) Market { return readOnly{m} }

type readOnly struct{ Market }

// Unwrap gives the market within.
func (r readOnly) Unwrap() Market { return r.Market }

func (r readOnly) Apply(_ context.Context, orders []listing.Order) []listing.Outcome {
	return refuseAll(orders, &Error{
		Market: r.Name(), Op: "apply", Kind: DryRun, Words: "this run writes nothing",
	})
}

// refuseAll gives every order the same failure; nothing was called.
func refuseAll(orders []listing.Order, why *Error) []listing.Outcome {
	out := make([]listing.Outcome, len(orders))
	for i, order := range orders {
		each := *why
		each.Op = string(order.Kind) + " " + string(order.SKU)
		out[i] = listing.Outcome{Status: listing.Failed, Err: &each}
	}
	return out
}

// wrapped is a market around a market.
type wrapped interface{ Unwrap() Market }

// find gives the outermost layer of type T.
func find[T Market](m Market) (T, bool) {
	for m != nil {
		if t, ok := m.(T); ok {
			return t, true
		}
		w, ok := m.(wrapped)
		if !ok {
			break
		}
		m = w.Unwrap()
	}
	var none T
	return none, false
}

var errOutcomes = errors.New("the adapter answered another number of outcomes than orders")

// applyWhole applies the orders and holds the adapter to one outcome for each.
func applyWhole(ctx context.Context, m Market, orders []listing.Order) []listing.Outcome {
	out := m.Apply(ctx, orders)
	if len(out) == len(orders) {
		return out
	}
	out = refuseAll(orders, &Error{Market: m.Name(), Kind: Protocol, MaybeDone: true, Err: errOutcomes})
	return out
}
