package reconcile

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// Phase is what a run or a part is doing.
type Phase string

// The phases, in their order.
const (
	PhaseSource  Phase = "source"
	PhaseRecall  Phase = "recall"
	PhaseWant    Phase = "want"
	PhaseObserve Phase = "observe"
	PhaseIntents Phase = "intents"
	PhaseReviews Phase = "reviews"
	PhaseApply   Phase = "apply"
	PhaseConfirm Phase = "confirm"
	PhaseDone    Phase = "done"
)

// Event is a step of a run's progress. Market is empty while the sources are
// read. Total is 0 where it is not known.
type Event struct {
	Run    string
	Market listing.Market
	Phase  Phase
	Done   int
	Total  int
	Failed int
	State  string // of the part, once done
}

func (e *Engine) progress(ev Event) {
	if e.o.Progress != nil {
		e.o.Progress(ev)
	}
}

func (p *part) phase(ctx context.Context, ph Phase, total int) {
	p.out.Phase, p.out.Done, p.out.Total = string(ph), 0, total
	p.progress(ph, 0, total)
	if p.req.DryRun || ph != PhaseObserve && ph != PhaseApply {
		return
	}
	p.savePart(ctx, p.out)
}

func (p *part) progress(ph Phase, done, total int) {
	ev := Event{Run: p.runID, Market: p.name, Phase: ph, Done: done, Total: total, Failed: p.tally.failed()}
	if ph == PhaseDone {
		ev.State = p.out.State
	}
	p.e.progress(ev)
}

// toldEvery is the least time between two records of how far a part is.
const toldEvery = time.Second

// stepped notes that n more changes are through, and tells other processes now
// and then.
func (p *part) stepped(ctx context.Context, n int) {
	now := p.e.o.Now()
	p.mu.Lock()
	p.out.Done += n
	done, total := p.out.Done, p.out.Total
	tell := now.Sub(p.told) >= toldEvery
	far := p.out
	if tell {
		p.told = now
		far.Counts = maps.Clone(p.out.Counts)
		p.tally.into(&far)
	}
	p.mu.Unlock()
	p.progress(PhaseApply, done, total)
	if tell {
		p.savePart(ctx, far)
	}
}

func (p *part) savePart(ctx context.Context, far state.Part) {
	if err := p.e.o.Store.SavePart(ctx, p.runID, p.name, far); err != nil && ctx.Err() == nil {
		p.log.Warn("progress could not be recorded", zap.Error(err))
	}
}

// planned begins the keys of a part's counts that say what was to be done.
const planned = "planned_"

// count takes the plan into the part's counts.
func (p *part) count() {
	for kind, n := range p.planned {
		p.out.Counts[planned+string(kind)] = n
	}
}

// tally counts outcomes and keeps the first words of each kind of failure. It
// is safe for concurrent use.
type tally struct {
	mu       sync.Mutex
	counts   map[string]int
	failures map[market.Kind]*state.Failure
	bad      int
}

func newTally() *tally {
	return &tally{counts: make(map[string]int), failures: make(map[market.Kind]*state.Failure)}
}

// begin takes over what an earlier attempt at the part did.
func (t *tally) begin(before state.Part) {
	for k, n := range before.Counts {
		if !strings.HasPrefix(k, planned) {
			t.counts[k] = n
		}
	}
}

// add counts what became of a change. What was stopped is no outcome: it is
// done later, or the part's end says why not.
func (t *tally) add(kind listing.Kind, o listing.Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts["writes"] += o.Wrote
	err := market.AsError(o.Err)
	if err == nil || err.Kind != market.Cancelled {
		t.counts[string(kind)+"_"+string(o.Status)]++
	}
	if err == nil {
		return
	}
	t.bad++
	f := t.failures[err.Kind]
	if f == nil {
		f = &state.Failure{Kind: string(err.Kind), Words: cut(err.Error())}
		t.failures[err.Kind] = f
	}
	f.Count++
}

func (t *tally) failed() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bad
}

// into writes the tally into the part.
func (t *tally) into(out *state.Part) {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.Copy(out.Counts, t.counts)
	for _, f := range t.failures {
		out.Failures = append(out.Failures, *f)
	}
	slices.SortFunc(out.Failures, func(a, b state.Failure) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Kind, b.Kind))
	})
}

// orphanCode is the code under which a listing of our SKU is kept whose product
// nobody knows any more.
func orphanCode(sku listing.SKU, prefix string) ocop.Code {
	return ocop.Code(strings.TrimPrefix(strings.ToUpper(string(sku)), prefix))
}
