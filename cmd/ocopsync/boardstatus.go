package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ocopsync/internal/admin"
	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/queue"
	"ocopsync/internal/state"
)

// recalled is what the status is made of.
type recalled struct {
	memory     map[listing.Market]state.Memory
	unfinished []state.Run
	last       map[listing.Market]state.LastPart
	source     state.SourceSummary
	pause      *state.Pause // of everything
	waiting    map[listing.Market]state.Waiting
}

// takeStatus makes the status anew, and tells by what the products' standing is
// known to be the same.
func (b *board) takeStatus(ctx context.Context) (stamp, error) {
	r, err := b.recall(ctx)
	if err != nil {
		return stamp{}, err
	}
	depth, err := b.queue.Depth(ctx)
	if err != nil {
		return stamp{}, err
	}
	now := b.now()
	s := &admin.Status{
		AsOf: now, Tenant: b.tenant, Source: r.source, Pause: r.pause,
		Queue: admin.QueueDepth{Waiting: depth.Waiting + depth.Delayed, Running: depth.Active},
	}
	upcoming := b.upcoming()
	taken := stamp{day: ocop.DayOf(now, b.zone)}
	for _, shop := range b.shops {
		m := shop.Market.Name()
		s.Markets = append(s.Markets, b.market(shop, r, upcoming, now))
		taken.generations += fmt.Sprint(r.memory[m].Generation, " ")
		if run, here := r.last[m].Run, b.workedHere(m); run != "" && run != here {
			taken.elsewhere += fmt.Sprint(m, " ", run, " ")
		}
		taken.decisions = max(taken.decisions, r.memory[m].Decisions)
	}
	b.status.Store(s)
	return taken, nil
}

func (b *board) recall(ctx context.Context) (recalled, error) {
	r := recalled{memory: make(map[listing.Market]state.Memory)}
	var err error
	var markets []listing.Market
	for _, s := range b.shops {
		markets = append(markets, s.Market.Name())
		if r.memory[s.Market.Name()], err = b.store.Memory(ctx, s.Market.Name()); err != nil {
			return r, err
		}
	}
	if r.waiting, err = b.store.Waiting(ctx, markets...); err != nil {
		return r, err
	}
	if r.unfinished, err = b.store.Unfinished(ctx); err != nil {
		return r, err
	}
	if r.last, err = b.store.LastParts(ctx); err != nil {
		return r, err
	}
	if r.source, err = b.store.LastSource(ctx); err != nil {
		return r, err
	}
	everything, err := b.store.Orders(ctx, "", "")
	r.pause = everything.Pause
	return r, err
}

func (b *board) market(s shop, r recalled, upcoming []queue.Upcoming, now time.Time) admin.MarketStatus {
	m := s.Market.Name()
	ms, last := r.memory[m].State, r.last[m]
	out := admin.MarketStatus{
		Market: m, LastAttempt: ms.LastAttempt, LastSuccess: ms.LastSuccess, LastObservation: ms.LastObservation, Pause: ms.Pause,
		Policy: string(s.Policy), Assumed: s.assumed, LastRun: last.Run, LastState: last.Part.State, Counts: last.Part.Counts, Failures: last.Part.Failures,
	}
	if ms.LastObservation.Before(ms.Lost) {
		out.DoubtedSince = ms.Lost
	}
	if last.Part.StartedAt.After(out.LastAttempt) { // it ended before the market was reached
		out.LastAttempt = last.Part.StartedAt
	}
	for _, u := range upcoming {
		switch {
		case u.Market != m:
		case u.Mode == queue.Sync:
			out.NextSync = u.At
		case u.Mode == queue.Verify:
			out.NextVerify = u.At
		}
	}
	if ws := b.windows[m]; len(ws) > 0 {
		out.WindowOpens = ws.Opens(now.In(b.zone))
	}
	if c, has := market.StateOf(s.Market); has && c.State != "closed" {
		out.Circuit = &admin.Circuit{State: c.State, Why: c.Why, Since: c.Since, Until: c.Until}
	}
	out.Held = heldOf(r.waiting[m], last, r.source)
	out.Work = b.work(m, r.unfinished)
	return out
}

// heldOf gives what waits on a market: the plan that is kept, else what the last
// part said. A reading that is held is of all markets.
func heldOf(w state.Waiting, last state.LastPart, source state.SourceSummary) *admin.Held {
	if last.Part.State == state.Held && source.Held != "" && last.Part.Held == source.Held {
		return &admin.Held{
			Run: last.Run, Checksum: source.Checksum, Why: source.Held, Since: last.Part.EndedAt, Reading: true,
		}
	}
	if p := w.Plan; p != nil {
		h := &admin.Held{
			Run: p.Run, Checksum: p.Checksum, Why: p.Why, Since: p.Since, Ends: p.Ends(), Total: p.Total, Counts: p.Counts, Changes: p.Shown,
		}
		if h.Why == "" {
			h.Why = plan.JumpsWait
		}
		if d := w.Decision; d != nil && d.Checksum == p.Checksum && (d.Held == p.Run || !d.Approved) {
			h.Decision = d
		}
		return h
	}
	if last.Part.State == state.Held {
		return &admin.Held{Run: last.Run, Why: last.Part.Held, Since: last.Part.EndedAt}
	}
	return nil
}

// work gives the part under way on a market, if any.
func (b *board) work(m listing.Market, runs []state.Run) *admin.Progress {
	for _, run := range runs {
		p, has := run.Parts[m]
		if !has || p.State != state.Running {
			continue
		}
		p = b.live.over(run.ID, m, p)
		return &admin.Progress{Run: run.ID, Phase: strings.TrimSpace(p.Phase), Done: p.Done, Total: p.Total}
	}
	return nil
}
