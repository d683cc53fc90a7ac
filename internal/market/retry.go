package market

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"ocopsync/internal/listing"
)

// What Retry uses where RetryOptions say nothing.
const (
	DefaultAttempts   = 4
	DefaultBackoff    = 500 * time.Millisecond
	DefaultMaxBackoff = 30 * time.Second
	DefaultMaxElapsed = 5 * time.Minute
)

// rateShare is how many Rate failures use up one attempt: they say that the
// market works and only that we came too soon.
const rateShare = 4

// RetryOptions say how often and how patiently something is tried again.
type RetryOptions struct {
	MaxAttempts int           // in all, the first included; DefaultAttempts when 0
	Backoff     time.Duration // before the second attempt, then doubled; DefaultBackoff when 0
	MaxBackoff  time.Duration // DefaultMaxBackoff when 0
	MaxElapsed  time.Duration // no attempt begins later than this after the first; DefaultMaxElapsed when 0
	Rand        func() float64
	Now         func() time.Time
	Sleep       func(ctx context.Context, d time.Duration) error
	// OnRetry is told before each wait; may be nil.
	OnRetry func(err *Error, attempt int, wait time.Duration)
}

// Retry gives a market that tries again what can be: each page, each look-up
// and each order by itself, after a jittered exponential backoff and never
// before the market's own Retry-After. What a person, another content or
// another time must put right is not tried again, and a creating call that may
// have taken effect only where the market knows idempotency keys: updates and
// taking off sale can be repeated. An order that fails in the end is MaybeDone
// if any of its attempts was.
func Retry(m Market, o RetryOptions) Market {
	o.MaxAttempts = orElse(o.MaxAttempts, DefaultAttempts)
	o.Backoff = orElse(o.Backoff, DefaultBackoff)
	o.MaxBackoff = orElse(o.MaxBackoff, DefaultMaxBackoff)
	o.MaxElapsed = orElse(o.MaxElapsed, DefaultMaxElapsed)
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = Sleep
	}
	return &retry{Market: m, o: o}
}

func orElse[T int | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}
	return v
}

type retry struct {
	Market
	o RetryOptions
}

// Unwrap gives the market within.
func (r *retry) Unwrap() Market { return r.Market }

func (r *retry) List(ctx context.Context, cursor string) (Page, error) {
	return again(ctx, r, func() (Page, error) { return r.Market.List(ctx, cursor) })
}

func (r *retry) Find(ctx context.Context, skus []listing.SKU) ([]listing.Remote, error) {
	return again(ctx, r, func() ([]listing.Remote, error) { return r.Market.Find(ctx, skus) })
}

func (r *retry) Facts(ctx context.Context) (listing.Facts, error) {
	return again(ctx, r, func() (listing.Facts, error) { return r.Market.Facts(ctx) })
}

func (r *retry) Reviews(ctx context.Context, open []listing.Record) ([]listing.Review, error) {
	return again(ctx, r, func() ([]listing.Review, error) { return r.Market.Reviews(ctx, open) })
}

// again repeats a reading call.
func again[T any](ctx context.Context, r *retry, call func() (T, error)) (T, error) {
	b := r.begin()
	for {
		out, err := call()
		if err == nil {
			return out, nil
		}
		e := AsError(err)
		wait, more := b.next(e)
		if !more {
			return out, err
		}
		if err := r.pause(ctx, e, b.attempts, wait); err != nil {
			return out, &Error{Market: e.Market, Op: e.Op, Kind: Cancelled, Err: err}
		}
	}
}

// Apply sends the orders, then those that failed and may be sent again, in new
// Applies, until none is left or their attempts are used up.
func (r *retry) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	out := applyWhole(ctx, r.Market, orders)
	budgets := make([]*budget, len(orders))
	begun := r.begin()
	for {
		var due []int // which orders are sent again
		var wait time.Duration
		var worst *Error
		var attempts int
		for i := range out {
			e := AsError(out[i].Err)
			if e == nil || !r.repeatable(orders[i], e) {
				continue
			}
			if budgets[i] == nil {
				b := *begun
				budgets[i] = &b
			}
			d, more := budgets[i].next(e)
			if !more {
				continue
			}
			due = append(due, i)
			if d >= wait {
				wait, worst, attempts = d, e, budgets[i].attempts
			}
		}
		if len(due) == 0 || r.pause(ctx, worst, attempts, wait) != nil {
			return out // what is left keeps the failure that it had
		}
		r.applyAgain(ctx, orders, out, due)
	}
}

// applyAgain sends the due orders and merges their outcomes.
func (r *retry) applyAgain(ctx context.Context, orders []listing.Order, out []listing.Outcome, due []int) {
	some := make([]listing.Order, len(due))
	for n, i := range due {
		some[n] = orders[i]
	}
	for n, outcome := range applyWhole(ctx, r.Market, some) {
		before := &out[due[n]]
		outcome.Wrote += before.Wrote
		if e := AsError(outcome.Err); e != nil && !e.MaybeDone && AsError(before.Err).MaybeDone {
			doubt := *e
			doubt.MaybeDone = true
			outcome.Err = &doubt
		}
		*before = outcome
	}
}

// repeatable says whether a failed order may be sent again without the danger
// of making a second listing.
func (r *retry) repeatable(order listing.Order, e *Error) bool {
	if order.Kind != listing.Create || !e.MaybeDone {
		return true
	}
	return r.Capabilities().IdempotencyKey && order.Key != ""
}

func (r *retry) pause(ctx context.Context, e *Error, attempt int, wait time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.o.OnRetry != nil {
		r.o.OnRetry(e, attempt, wait)
	}
	return r.o.Sleep(ctx, wait)
}

// A budget is what one thing may still cost in attempts and time.
type budget struct {
	retry    *retry
	until    time.Time
	left     int // in quarters of an attempt
	attempts int // failed so far
}

func (r *retry) begin() *budget {
	return &budget{retry: r, until: r.o.Now().Add(r.o.MaxElapsed), left: r.o.MaxAttempts * rateShare}
}

// next says whether to try again after this failure, and after how long.
func (b *budget) next(e *Error) (time.Duration, bool) {
	b.attempts++
	cost := rateShare
	if e.Kind == Rate {
		cost = 1
	}
	b.left -= cost
	if !e.Retryable || e.Kind == Open || e.Kind == Cancelled || b.left < rateShare && e.Kind != Rate || b.left <= 0 {
		return 0, false
	}
	o := b.retry.o
	wait := float64(o.Backoff) * math.Pow(2, float64(b.attempts-1))
	wait = min(wait, float64(o.MaxBackoff))
	wait = wait/2 + wait/2*o.Rand() // half of it by chance, so that workers don't come back together
	d := time.Duration(wait)
	if e.After > 0 {
		d = e.After + time.Duration(float64(o.Backoff)*o.Rand())
	}
	return d, !o.Now().Add(d).After(b.until)
}
