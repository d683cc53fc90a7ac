package reconcile

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/state"
)

// Work works the part on m of a run that is recorded. nil means that the part's
// end is recorded, by this call or before it. With any other error the part is
// left for another attempt, here or elsewhere:
//
//   - state.ErrBusy: another works the market now; nothing was done.
//   - a *PausedError: the part waits until a person resumes the market; a plan
//     does not wait.
//   - ctx has ended: calls under way were ended or their intents stay.
//   - else Redis or this program failed.
//
// What the markets and the sources do is no error of Work but the part's end.
func (e *Engine) Work(ctx context.Context, runID string, m listing.Market) error {
	run, err := e.o.Store.Run(ctx, runID)
	if errors.Is(err, state.ErrNotFound) {
		e.o.Log.Warn("a run was queued that is no longer kept", zap.String("run", runID))
		return nil
	}
	if err != nil {
		return err
	}
	before, has := run.Parts[m]
	if !has || state.Ended(before.State) {
		return nil
	}
	req := Request{ID: runID, Mode: Mode(run.Mode), Markets: run.Markets, Codes: run.Codes, Trigger: run.Trigger, By: run.By}
	shop, configured := e.shops[m]
	p := newPart(e, m, shop, req, runID)
	p.takeUp(before)
	if !configured {
		return p.close(ctx, &unknownMarketError{m})
	}
	switch err := p.stopped(ctx); {
	case errors.Is(err, ErrCancelled):
		return p.close(ctx, err)
	case err != nil:
		return err // nothing has begun, so there is nothing to leave
	}
	if req.dry() {
		return p.close(ctx, p.heeding(ctx, func(ctx context.Context) error { return p.begun(ctx, run) }))
	}
	lease, err := e.o.Store.Acquire(ctx, m, e.o.Owner, e.o.LeaseTTL)
	if err != nil {
		return fmt.Errorf("take the lease of %s: %w", m, err)
	}
	err = p.under(ctx, lease, func(ctx context.Context) error { return p.begun(ctx, run) })
	err = p.close(ctx, err)
	p.giveBack(ctx, lease)
	return err
}

// takeUp goes on where an earlier attempt left off: what it did counts.
func (p *part) takeUp(before state.Part) {
	if !before.StartedAt.IsZero() {
		p.out.StartedAt = before.StartedAt
	}
	p.out.Fence = before.Fence
	p.tally.begin(before)
}

// begun records that the part has begun, reads the run's sources and walks.
func (p *part) begun(ctx context.Context, run state.Run) error {
	p.out.Phase = string(PhaseSource)
	if err := p.e.o.Store.SavePart(ctx, p.runID, p.name, p.out); err != nil {
		return fmt.Errorf("record that the part on %s has begun: %w", p.name, err)
	}
	src, err := p.e.sources(ctx, p.req, run.ID, run.CreatedAt)
	if err != nil {
		return err // the run's summary stays empty, and the last one what it was
	}
	if err := p.e.o.Store.SaveSource(ctx, run.ID, src.summary); err != nil {
		return err
	}
	if p.out.Held, p.out.Checksum = src.summary.Held, src.summary.Checksum; p.out.Held != "" {
		return nil
	}
	if err := p.e.knownCodes(ctx, src.cat, p.req, run.Markets); err != nil {
		return err
	}
	p.cat = src.cat
	return p.walk(ctx)
}

// close records the part's end where it has one, else leaves it to another attempt.
func (p *part) close(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, state.ErrEnded): // somebody cancelled it just before it began
		return nil
	case errors.Is(err, state.ErrFenced), errors.Is(err, state.ErrLeaseLost):
		return fmt.Errorf("%w: %w", state.ErrBusy, err)
	case err == nil, errors.Is(err, ErrCancelled), ctx.Err() == nil && ends(err):
		p.finish(ctx, err)
		if serr := p.save(ctx); serr != nil && !errors.Is(serr, state.ErrEnded) {
			return fmt.Errorf("record the end of the part on %s: %w", p.name, serr)
		}
		return nil
	}
	p.leave(ctx)
	return err
}

// ends says whether trying again at once would be of no use: what a market, the
// sources or the configuration said is how the part ended.
func ends(err error) bool {
	var src *sourceError
	var mall *market.Error
	var unknown *unknownMarketError
	return errors.As(err, &src) || errors.As(err, &mall) || errors.As(err, &unknown)
}

// An unknownMarketError says that a run was asked for on a market that has since
// been taken out of the configuration.
type unknownMarketError struct{ market listing.Market }

func (e *unknownMarketError) Error() string {
	return fmt.Sprintf("%s is no longer in the daemon's configuration", e.market)
}

// leave shows the part as waiting again. That it is not ended is what counts; the
// rest is for people to see.
func (p *part) leave(ctx context.Context) {
	p.tally.into(&p.out)
	p.out.State, p.out.Phase = state.Queued, ""
	if err := p.e.o.Store.SavePart(context.WithoutCancel(ctx), p.runID, p.name, p.out); err != nil {
		p.log.Warn("could not show that the part waits again", zap.Error(err))
	}
}

// Abandon records that a part failed for good and why. One that has ended stays
// as it is.
func (e *Engine) Abandon(ctx context.Context, runID string, m listing.Market, why string) error {
	run, err := e.o.Store.Run(ctx, runID)
	if errors.Is(err, state.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	out := run.Parts[m]
	if state.Ended(out.State) {
		return nil
	}
	out.State, out.EndedAt = state.Failed, e.o.Now()
	out.Failures = append([]state.Failure{{Kind: "system", Words: why, Count: 1}}, out.Failures...)
	err = e.record(ctx, runID, Mode(run.Mode), m, out)
	if err != nil && !errors.Is(err, state.ErrEnded) && !errors.Is(err, state.ErrFenced) {
		return err
	}
	return nil
}
