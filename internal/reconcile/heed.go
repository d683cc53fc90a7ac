package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/state"
)

// ErrCancelled: a person cancelled the run.
var ErrCancelled = errors.New("the run was cancelled")

// A PausedError says that a person paused the market, or everything. Nothing is
// written to a paused market, not even to take something off sale (design
// decision 10).
type PausedError struct {
	Market listing.Market
	Pause  state.Pause
}

func (e *PausedError) Error() string {
	what := string(e.Market)
	if e.Pause.All {
		what = "everything"
	}
	return fmt.Sprintf("%s is paused by %s since %s: %s", what, e.Pause.By, e.Pause.At.Format(time.RFC3339), e.Pause.Reason)
}

// stopped gives what people have said against going on, or that Redis is another
// one; nil: nothing. A plan changes nothing, so that a pause does not concern it.
// What can't be read is not said: the lease, which can't be renewed then, ends
// the part.
func (p *part) stopped(ctx context.Context) error {
	said, err := p.e.o.Store.Orders(ctx, p.runID, p.name)
	switch {
	case errors.Is(err, state.ErrMemoryLost):
		return err
	case err != nil:
		if ctx.Err() == nil {
			p.log.Warn("could not see whether the run was cancelled or the market paused", zap.Error(err))
		}
		return nil
	case said.Cancelled:
		return ErrCancelled
	case said.Pause != nil && !p.req.dry():
		return &PausedError{Market: p.name, Pause: *said.Pause}
	}
	p.heedDecisions(ctx, said.Decisions)
	return nil
}

// heeding does f until a person has something against it, which is its error then.
func (p *part) heeding(ctx context.Context, f func(context.Context) error) error {
	heeded, leave := p.heed(ctx)
	err := f(heeded)
	leave()
	if err != nil && heeded.Err() != nil && ctx.Err() == nil {
		return context.Cause(heeded) // more telling than what was cut off by it
	}
	return err
}

// rememberEvery is how often it is kept outside of Redis, while a part is under
// way, which memory was seen.
const rememberEvery = 2 * time.Second

// heed gives a context that ends, with ErrCancelled or a *PausedError as its
// cause, soon after a person has said so. leave waits for the looking to end.
func (p *part) heed(ctx context.Context) (heeded context.Context, leave func()) {
	heeded, cancel := context.WithCancelCause(ctx)
	left, done := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick, keep := time.NewTicker(p.e.o.Heed), time.NewTicker(rememberEvery)
		defer tick.Stop()
		defer keep.Stop()
		for {
			select {
			case <-left.Done():
				return
			case <-keep.C:
				p.e.remember()
			case <-tick.C:
				if err := p.stopped(left); err != nil {
					cancel(err)
					return
				}
			}
		}
	}()
	return heeded, func() {
		done()
		<-ended
	}
}
