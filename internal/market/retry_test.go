package market_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
)

func unavailable() market.Error { return market.Error{Kind: market.Unavailable, Retryable: true} }

func listingOf(sku listing.SKU) listing.Listing {
	return listing.Listing{SKU: sku, Title: "Trà atisô", Category: "1001", Price: 100_000, Stock: 5}
}

func createOf(sku listing.SKU) listing.Order {
	return listing.Order{Kind: listing.Create, SKU: sku, Listing: listingOf(sku), Key: "key-" + string(sku)}
}

func middle() float64 { return 0.5 }

func TestRetryReading(t *testing.T) {
	t.Parallel()
	rate := market.Error{Kind: market.Rate, Retryable: true, After: 10 * time.Second}
	for name, c := range map[string]struct {
		fail  market.Error
		times int
		calls int
		kind  market.Kind // "" when it works in the end
		took  time.Duration
	}{
		"works at once":      {calls: 1},
		"works at the third": {fail: unavailable(), times: 2, calls: 3, took: 375*time.Millisecond + 750*time.Millisecond},
		"never works":        {fail: unavailable(), times: 99, calls: 4, kind: market.Unavailable, took: 2625 * time.Millisecond},
		"not to be retried":  {fail: market.Error{Kind: market.Auth}, times: 99, calls: 1, kind: market.Auth},
		"open circuit":       {fail: market.Error{Kind: market.Open, Retryable: true}, times: 99, calls: 1, kind: market.Open},
		"too many calls":     {fail: rate, times: 6, calls: 7, took: 6 * 10250 * time.Millisecond},
		"always too many":    {fail: rate, times: 99, calls: 16, kind: market.Rate, took: 15 * 10250 * time.Millisecond},
		"after too long": {
			fail: market.Error{Kind: market.Unavailable, Retryable: true, After: time.Hour}, times: 99, calls: 1,
			kind: market.Unavailable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				model := markettest.NewModel(markettest.ModelOptions{})
				m := market.Retry(model, market.RetryOptions{Rand: middle})
				for op, call := range map[markettest.Op]func() error{
					markettest.OpList:  func() error { _, err := m.List(t.Context(), ""); return err },
					markettest.OpFind:  func() error { _, err := m.Find(t.Context(), []listing.SKU{"OCOP-1"}); return err },
					markettest.OpFacts: func() error { _, err := m.Facts(t.Context()); return err },
					markettest.OpReviews: func() error {
						_, err := m.Reviews(t.Context(), []listing.Record{{Submission: "r-1"}})
						return err
					},
				} {
					if c.times > 0 {
						model.Fail(op, c.times, c.fail)
					}
					begun := time.Now()
					err := call()
					if got := market.KindOf(err); got != c.kind {
						t.Errorf("%s ended %v, expected kind %q", op, err, c.kind)
					}
					if n := model.Calls(op); n != c.calls {
						t.Errorf("%s was called %d times, expected %d", op, n, c.calls)
					}
					if d := time.Since(begun); d != c.took {
						t.Errorf("%s took %v, expected %v", op, d, c.took)
					}
				}
			})
		})
	}
}

func TestRetryStopsWithContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		model := markettest.NewModel(markettest.ModelOptions{})
		model.Fail(markettest.OpList, 99, unavailable())
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		_, err := market.Retry(model, market.RetryOptions{Rand: middle}).List(ctx, "")
		if market.KindOf(err) != market.Cancelled || !errors.Is(err, context.DeadlineExceeded) || model.Calls(markettest.OpList) != 2 {
			t.Errorf("%v after %d calls, expected cancelled after 2", err, model.Calls(markettest.OpList))
		}
	})
}

func TestRetryBackoffIsJittered(t *testing.T) {
	t.Parallel()
	for chance, want := range map[float64]time.Duration{0: 250 * time.Millisecond, 0.999999: 500 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			model := markettest.NewModel(markettest.ModelOptions{})
			model.Fail(markettest.OpList, 1, unavailable())
			begun := time.Now()
			var told time.Duration
			m := market.Retry(model, market.RetryOptions{
				Rand:    func() float64 { return chance },
				OnRetry: func(_ *market.Error, _ int, wait time.Duration) { told = wait },
			})
			if _, err := m.List(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			if d := time.Since(begun).Round(time.Millisecond); d != want || told.Round(time.Millisecond) != want {
				t.Errorf("by chance %v the wait is %v (told %v), expected %v", chance, d, told, want)
			}
		})
	}
}

// TestRetryApply sends a batch in which some orders fail: only those are sent
// again, together, and the outcomes stay in order.
func TestRetryApply(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		model := markettest.NewModel(markettest.ModelOptions{UniqueSKU: true})
		model.SetFault(markettest.Fault{Op: markettest.OpCreate, SKU: "OCOP-2", Count: 2, Error: unavailable()})
		model.SetFault(markettest.Fault{Op: markettest.OpCreate, SKU: "OCOP-4", Count: 1, Error: unavailable()})
		model.SetFault(markettest.Fault{Op: markettest.OpCreate, SKU: "OCOP-5", Count: 9, Error: unavailable()})
		var batches [][]listing.SKU
		m := market.Retry(watched{model, func(orders []listing.Order) {
			var skus []listing.SKU
			for _, o := range orders {
				skus = append(skus, o.SKU)
			}
			batches = append(batches, skus)
		}}, market.RetryOptions{})
		bad := createOf("OCOP-3")
		bad.Listing.Price = 0
		out := m.Apply(t.Context(), []listing.Order{createOf("OCOP-1"), createOf("OCOP-2"), bad, createOf("OCOP-4"), createOf("OCOP-5")})
		wantKind := []market.Kind{"", "", market.Invalid, "", market.Unavailable}
		wantWrote := []int{1, 3, 1, 2, 4}
		for i, o := range out {
			if market.KindOf(o.Err) != wantKind[i] || o.Wrote != wantWrote[i] {
				t.Errorf("order %d: %+v, expected kind %q and %d writing calls", i, o, wantKind[i], wantWrote[i])
			}
		}
		sizes := []int{5, 3, 2, 1}
		if len(batches) != len(sizes) {
			t.Fatalf("batches %v, expected sizes %v", batches, sizes)
		}
		for i, b := range batches {
			if len(b) != sizes[i] {
				t.Errorf("batch %d is %v, expected %d orders", i, b, sizes[i])
			}
		}
	})
}

type watched struct {
	*markettest.Model
	seen func([]listing.Order)
}

func (w watched) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	w.seen(orders)
	return w.Model.Apply(ctx, orders)
}

// TestRetryCreateInDoubt is promise P1: a create that may have been done is
// sent again only where the market knows idempotency keys.
func TestRetryCreateInDoubt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keys  bool
		key   string
		calls int
		kind  market.Kind
	}{
		"without keys":              {false, "k", 1, market.Unavailable},
		"with keys":                 {true, "k", 2, ""},
		"with keys, order has none": {true, "", 1, market.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				model := markettest.NewModel(markettest.ModelOptions{IdempotencyKey: c.keys})
				model.LoseAnswers(1)
				order := createOf("OCOP-1")
				order.Key = c.key
				out := market.Retry(model, market.RetryOptions{}).Apply(t.Context(), []listing.Order{order})[0]
				if market.KindOf(out.Err) != c.kind || model.Calls(markettest.OpCreate) != c.calls {
					t.Errorf("%+v after %d creates, expected kind %q after %d", out, model.Calls(markettest.OpCreate), c.kind, c.calls)
				}
				if n := model.OnSale("OCOP-1"); n != 1 {
					t.Errorf("on sale %d times", n)
				}
			})
		})
	}
}

// TestRetryKeepsTheDoubt: a first attempt that may have been done is not
// forgotten when the second surely was not.
func TestRetryKeepsTheDoubt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		model := markettest.NewModel(markettest.ModelOptions{IdempotencyKey: true})
		model.LoseAnswers(1)
		model.Fail(markettest.OpCreate, 9, unavailable())
		out := market.Retry(model, market.RetryOptions{}).Apply(t.Context(), []listing.Order{createOf("OCOP-1")})[0]
		if e := market.AsError(out.Err); e == nil || !e.MaybeDone || out.Wrote != 4 {
			t.Errorf("%+v (%v), expected maybe done after 4 writing calls", out, out.Err)
		}
	})
}

func TestRetryUpdatesInDoubtAreRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		model := markettest.NewModel(markettest.ModelOptions{})
		id := model.AddForeign(listingOf("OCOP-1"))
		doubt := unavailable()
		doubt.MaybeDone = true
		for _, order := range []listing.Order{
			{Kind: listing.Update, SKU: "OCOP-1", ID: id, Fields: listing.FieldPrice, Listing: listingOf("OCOP-1")},
			{Kind: listing.Unlist, SKU: "OCOP-1", ID: id},
			{Kind: listing.Relist, SKU: "OCOP-1", ID: id, Listing: listingOf("OCOP-1")},
		} {
			model.SetFault(markettest.Fault{Op: markettest.Op(order.Kind), Count: 1, Effect: true, Error: doubt})
			out := market.Retry(model, market.RetryOptions{}).Apply(t.Context(), []listing.Order{order})[0]
			if out.Err != nil || out.Wrote != 2 {
				t.Errorf("%s: %+v, expected done at the second attempt", order.Kind, out)
			}
		}
	})
}

func TestRetryApplyCancelledKeepsTheFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		model := markettest.NewModel(markettest.ModelOptions{})
		ctx, cancel := context.WithCancel(t.Context())
		doubt := unavailable()
		doubt.MaybeDone = true
		model.SetFault(markettest.Fault{Op: markettest.OpUnlist, Error: doubt, Before: cancel})
		id := model.AddForeign(listingOf("OCOP-1"))
		out := market.Retry(model, market.RetryOptions{}).Apply(ctx, []listing.Order{{Kind: listing.Unlist, SKU: "OCOP-1", ID: id}})[0]
		if e := market.AsError(out.Err); e == nil || e.Kind != market.Unavailable || !e.MaybeDone || out.Wrote != 1 {
			t.Errorf("%+v, expected the one attempt's failure, maybe done", out)
		}
	})
}

// TestWrappersHoldTheAdapterToOneOutcomeEach: a wrong number is a failure of
// every order, in doubt.
func TestWrappersHoldTheAdapterToOneOutcomeEach(t *testing.T) {
	t.Parallel()
	m := market.Retry(forgetful{markettest.NewModel(markettest.ModelOptions{})}, market.RetryOptions{})
	for _, o := range m.Apply(t.Context(), []listing.Order{createOf("OCOP-1"), createOf("OCOP-2")}) {
		if e := market.AsError(o.Err); e == nil || e.Kind != market.Protocol || !e.MaybeDone {
			t.Errorf("%+v, expected kind protocol, maybe done", o)
		}
	}
}

type forgetful struct{ *markettest.Model }

func (f forgetful) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	return f.Model.Apply(ctx, orders)[1:]
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	model := markettest.NewModel(markettest.ModelOptions{})
	model.AddForeign(listingOf("OCOP-1"))
	m := market.ReadOnly(model)
	out := m.Apply(t.Context(), []listing.Order{createOf("OCOP-2"), createOf("OCOP-3")})
	for _, o := range out {
		if e := market.AsError(o.Err); o.Status != listing.Failed || e.Kind != market.DryRun || e.MaybeDone || e.Retryable || o.Wrote != 0 {
			t.Errorf("%+v", o)
		}
	}
	if len(out) != 2 || model.Writes() != 0 {
		t.Errorf("%d outcomes, %d writes", len(out), model.Writes())
	}
	if found, err := m.Find(t.Context(), []listing.SKU{"OCOP-1"}); err != nil || len(found) != 1 {
		t.Errorf("a read-only market can't be read: %v, %v", found, err)
	}
}
