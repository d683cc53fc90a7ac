package market

import (
	"context"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"ocopsync/internal/listing"
)

// What Circuit uses where CircuitOptions say nothing.
const (
	DefaultShare   = 0.5
	DefaultMinimum = 10
	DefaultWindow  = time.Minute
	DefaultOpenFor = 30 * time.Second
	DefaultAuthFor = 15 * time.Minute
)

// CircuitOptions say when a market is left alone.
type CircuitOptions struct {
	Share   float64       // of failing calls that opens the circuit; DefaultShare when 0
	Minimum int           // calls within Window before the share counts; DefaultMinimum when 0
	Window  time.Duration // DefaultWindow when 0
	OpenFor time.Duration // until one call is let through to try; DefaultOpenFor when 0
	AuthFor time.Duration // the same after credentials were refused; DefaultAuthFor when 0
	// OnChange is told of every change, from within a call; may be nil.
	OnChange func(CircuitState)
}

// CircuitState is what a status page says of a circuit.
type CircuitState struct {
	State string    // "closed", "half-open" or "open"
	Why   string    // the failure that opened it; "" when closed
	Since time.Time // of the state
	Until time.Time // when open: until one call is let through
}

// Circuit gives a market that is left alone while it is down, so that a run
// ends soon and says why. Refused credentials open it at once; Unavailable,
// Timeout and Protocol failures once they are a share of the calls. While it is
// open every call fails with Kind Open and nothing is sent; after that one call
// is let through, and its end decides. A market that refuses contents works:
// such answers count as success, and 429 and our own cancelling not at all.
//
// The time is the process's own, as the breaker's library has no other.
func Circuit(m Market, o CircuitOptions) Market {
	if o.Share <= 0 {
		o.Share = DefaultShare
	}
	o.Minimum = orElse(o.Minimum, DefaultMinimum)
	o.Window = orElse(o.Window, DefaultWindow)
	o.OpenFor = orElse(o.OpenFor, DefaultOpenFor)
	o.AuthFor = max(orElse(o.AuthFor, DefaultAuthFor), o.OpenFor)
	c := &circuit{Market: m, o: o}
	c.close()
	return c
}

// StateOf gives the state of the circuit around m, through other wrappers;
// false where there is none.
func StateOf(m Market) (CircuitState, bool) {
	c, ok := find[*circuit](m)
	if !ok {
		return CircuitState{}, false
	}
	return c.State(), true
}

// ResetCircuit closes the circuit around m at once, for a person who has put
// right what was wrong; false where there is none.
func ResetCircuit(m Market) bool {
	c, ok := find[*circuit](m)
	if ok {
		c.Reset()
	}
	return ok
}

type circuit struct {
	Market
	o CircuitOptions

	mu        sync.Mutex // never held while the breaker is asked: it calls back
	breaker   *gobreaker.CircuitBreaker[struct{}]
	state     CircuitState
	authUntil time.Time
	failure   *Error         // the last that counted
	changes   []CircuitState // not yet told to OnChange
}

// Unwrap gives the market within.
func (c *circuit) Unwrap() Market { return c.Market }

func (c *circuit) List(ctx context.Context, cursor string) (Page, error) {
	return through(c, "list", func() (Page, error) { return c.Market.List(ctx, cursor) })
}

func (c *circuit) Find(ctx context.Context, skus []listing.SKU) ([]listing.Remote, error) {
	return through(c, "find", func() ([]listing.Remote, error) { return c.Market.Find(ctx, skus) })
}

func (c *circuit) Facts(ctx context.Context) (listing.Facts, error) {
	return through(c, "read facts", func() (listing.Facts, error) { return c.Market.Facts(ctx) })
}

func (c *circuit) Reviews(ctx context.Context, open []listing.Record) ([]listing.Review, error) {
	return through(c, "read reviews", func() ([]listing.Review, error) { return c.Market.Reviews(ctx, open) })
}

// Apply is one call to the circuit, whatever the number of orders.
func (c *circuit) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	var out []listing.Outcome
	_, err := through(c, "apply", func() (struct{}, error) {
		out = applyWhole(ctx, c.Market, orders)
		return struct{}{}, verdict(out)
	})
	if out == nil {
		return refuseAll(orders, AsError(err))
	}
	return out
}

// verdict is what a batch says of the market: refused credentials before all,
// then that it works, then how it failed.
func verdict(out []listing.Outcome) error {
	var failed, aside error
	works := len(out) == 0
	for i := range out {
		switch err := out[i].Err; {
		case KindOf(err) == Auth:
			return err
		case isAside(err):
			aside = err
		case isWorking(err):
			works = true
		default:
			failed = err
		}
	}
	switch {
	case works:
		return nil
	case failed != nil:
		return failed
	}
	return aside
}
