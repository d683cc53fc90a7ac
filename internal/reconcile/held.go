package reconcile

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/state"
)

// heldCount begins the keys of a part's counts that say what waits for a person.
const heldCount = "held_"

// judge asks the guards about the plan and holds what they name, but for what a
// person approved for this very run. What waits is kept for a person, before
// anything else is applied.
func (p *part) judge(ctx context.Context) error {
	approved, err := p.approved(ctx)
	if err != nil {
		return err
	}
	p.plan, p.out.Held = p.e.o.Guard.Judge(p.plan, plan.Stand{OnSale: p.onSale, First: p.first, LastDay: p.lastDay, Approved: approved})
	held := p.held()
	for _, c := range held {
		p.out.Counts[heldCount+string(c.Held)]++
	}
	p.out.Checksum = p.plan.Checksum()
	if p.only != nil { // a part of what waits: the next whole run keeps all of it
		return nil
	}
	return p.keepHeld(ctx, held)
}

// approved gives what a person approved for this run; nil for any other run. The
// first run on a shop is let go with it.
func (p *part) approved(ctx context.Context) (func(listing.Change) bool, error) {
	if word := p.memory.Waiting.Decision; p.req.dry() || word == nil || !word.Approved || word.Run != p.runID {
		return nil, nil
	}
	marks, err := p.e.o.Store.Approved(ctx, p.name, p.runID)
	if err != nil || marks == nil {
		return nil, err
	}
	if p.first > 0 {
		p.memory.State.FirstApproved = p.e.o.Now()
	}
	return func(c listing.Change) bool { return marks[p.mark(c)] }, nil
}

func (p *part) mark(c listing.Change) string {
	var target listing.Digest
	if w := p.wantedOf(c.Code); w != nil {
		target = w.Digest
	}
	return plan.Mark(c, target)
}

// held gives what waits, the most urgent first.
func (p *part) held() []state.HeldChange {
	byKind := make(map[listing.Kind][]state.HeldChange)
	for c := range p.plan.All() {
		if c.Kind == listing.Hold {
			byKind[c.Held] = append(byKind[c.Held], state.HeldChange{Change: c, Mark: p.mark(c)})
		}
	}
	var out []state.HeldChange
	for _, kind := range plan.Urgency() {
		out = append(out, byKind[kind]...)
	}
	return out
}

// keepHeld keeps what waits, or forgets what waited.
func (p *part) keepHeld(ctx context.Context, held []state.HeldChange) error {
	waiting := p.memory.Waiting
	before := waiting.Plan
	if len(held) == 0 {
		if before == nil || p.req.dry() {
			return nil
		}
		return p.e.o.Store.DropHeld(ctx, p.lease)
	}
	kept := held[:min(len(held), state.MaxHeld)]
	marks := make([]string, len(kept))
	for i, c := range kept {
		marks[i] = c.Mark
	}
	p.out.Checksum = plan.ChecksumOf(marks)
	refused := waiting.Decision.Refuses(p.out.Checksum)
	if refused {
		p.plan, p.out.Held = p.plan.Refused(), ""
	}
	if p.req.dry() {
		return nil
	}
	next, changed := p.heldPlan(before, held, refused)
	if !changed {
		return nil
	}
	if before != nil && before.Checksum == next.Checksum {
		kept = nil // they are kept already
	}
	if err := p.e.o.Store.SaveHeld(ctx, p.lease, next, kept); err != nil {
		return fmt.Errorf("keep %s of %s for a person: %w", ocop.Count(len(held), "held change", "held changes"), p.name, err)
	}
	return nil
}

// heldPlan gives the plan that is kept, and whether it differs from before. The
// same changes stay the same plan until it ends; then they are asked anew.
func (p *part) heldPlan(before *state.HeldPlan, held []state.HeldChange, refused bool) (state.HeldPlan, bool) {
	now := p.e.o.Now().UTC()
	next := state.HeldPlan{
		Run: p.runID, Checksum: p.out.Checksum, Why: p.out.Held, First: p.first, Since: now, Warned: now,
		Total: len(held), Counts: make(map[listing.Kind]int),
	}
	for i, c := range held {
		next.Counts[c.Held]++
		if i < state.HeldShown {
			next.Shown = append(next.Shown, c.Change)
		}
	}
	if before == nil || before.Checksum != next.Checksum {
		return next, true
	}
	if refused { // nobody is asked, so nothing ends
		return *before, false
	}
	ended := !now.Before(before.Ends())
	if !ended {
		next.Run, next.Since, next.Warned = before.Run, before.Since, before.Warned
	}
	due := now.Sub(before.Warned) >= 24*time.Hour
	if due {
		next.Warned = now
		p.log.Warn("changes wait for a person to approve or refuse them", zap.String("checksum", next.Checksum), zap.Int("changes", next.Total),
			zap.String("why", next.Why), zap.Time("since", before.Since), zap.Time("ends", before.Ends()), zap.Bool("ended", ended))
	}
	return next, ended || due || before.Why != next.Why
}
