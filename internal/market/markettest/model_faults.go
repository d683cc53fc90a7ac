package markettest

import (
	"context"
	"slices"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

// A Fault makes calls of a Model fail.
type Fault struct {
	Op    Op           // which calls; every one when empty
	SKU   listing.SKU  // only orders for this SKU; every one when empty
	Count int          // how many calls; 0 until ClearFaults
	Error market.Error // what they answer; Market and Op are filled in
	// Effect lets an order take effect although its answer is the error.
	Effect bool
	// Late lets a create take effect when Land is called, as a market does
	// whose work outlasts our timeout.
	Late bool
	// Wait is how long the call hangs before it fails; a context that ends
	// meanwhile makes it a Cancelled one that may be done.
	Wait time.Duration
	// Before is called first. It lets a test act at that very moment: end a
	// context, or change the model by hand.
	Before func()

	played int
}

func (f *Fault) effective() bool { return f != nil && (f.Effect || f.Late) }

// SetFault adds a fault; the first that fits a call is played.
func (m *Model) SetFault(f Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, &f)
}

// ClearFaults ends every fault.
func (m *Model) ClearFaults() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = nil
}

// Fail lets the next n calls of an operation fail without effect.
func (m *Model) Fail(op Op, n int, e market.Error) { m.SetFault(Fault{Op: op, Count: n, Error: e}) }

// LoseAnswers lets the next n creates take effect and their answers be lost.
func (m *Model) LoseAnswers(n int) {
	m.SetFault(Fault{Op: OpCreate, Count: n, Effect: true, Error: lostAnswer()})
}

// LateCreates lets the next n creates time out and take effect at Land.
func (m *Model) LateCreates(n int) {
	e := lostAnswer()
	e.Kind = market.Timeout
	m.SetFault(Fault{Op: OpCreate, Count: n, Late: true, Error: e})
}

// Land lets what is late take effect now.
func (m *Model) Land() {
	m.mu.Lock()
	defer m.mu.Unlock()
	late := m.late
	m.late = nil
	for _, effect := range late {
		effect()
	}
}

func lostAnswer() market.Error {
	return market.Error{Kind: market.Unavailable, Retryable: true, MaybeDone: true, Words: "connection cut"}
}

// called counts a reading call and says whether it fails.
func (m *Model) called(ctx context.Context, op Op, sku listing.SKU) error {
	_, err := m.met(ctx, op, sku)
	return err
}

// met counts a call and gives the fault that it meets, if any.
func (m *Model) met(ctx context.Context, op Op, sku listing.SKU) (*Fault, error) {
	if err := ctx.Err(); err != nil {
		return nil, m.failure(op, sku, market.Error{Kind: market.Cancelled, Err: err})
	}
	m.calls[op]++
	at := slices.IndexFunc(m.faults, func(f *Fault) bool {
		return (f.Op == "" || f.Op == op) && (f.SKU == "" || f.SKU == sku) && (f.Count == 0 || f.played < f.Count)
	})
	if at < 0 {
		return nil, nil
	}
	f := m.faults[at]
	f.played++
	if err := m.hang(ctx, f); err != nil {
		return f, m.failure(op, sku, market.Error{Kind: market.Cancelled, MaybeDone: true, Err: err})
	}
	if f.Error.Kind == "" {
		return f, nil
	}
	return f, m.failure(op, sku, f.Error)
}

// hang lets others at the model while a fault takes its time.
func (m *Model) hang(ctx context.Context, f *Fault) error {
	m.mu.Unlock()
	defer m.mu.Lock()
	if f.Before != nil {
		f.Before()
	}
	if f.Wait <= 0 {
		return nil
	}
	if err := market.Sleep(ctx, f.Wait); err != nil {
		return err
	}
	return ctx.Err() // on a slow machine both may have come to their end
}

func (m *Model) failure(op Op, sku listing.SKU, e market.Error) error {
	e.Market = m.o.Name
	e.Op = string(op)
	if sku != "" {
		e.Op += " " + string(sku)
	}
	return &e
}
