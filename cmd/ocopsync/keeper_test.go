package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ocopsync/internal/admin"
	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// keeper is a made-up daemon behind a real admin server: it shows figures that
// stand still and keeps runs that go on by one step with every look at them.
type keeper struct {
	mu      sync.Mutex
	runs    []state.Run
	steps   []func(*state.Run) // what is still to happen to the runs
	still   bool               // nothing happens for now
	decided *state.HeldDecision
	pauses  map[listing.Market]state.Pause
	now     time.Time
}

// monday is the moment of every test on a keeper: 09:31 in the province.
var monday = time.Date(2026, 11, 23, 2, 31, 0, 0, time.UTC)

func (k *keeper) Status() *admin.Status {
	k.mu.Lock()
	defer k.mu.Unlock()
	st := &admin.Status{
		AsOf: k.now, Tenant: "da-lat", Queue: admin.QueueDepth{Waiting: 1, Running: 1},
		Source: state.SourceSummary{Kind: "province", Total: 3, Eligible: 2, Faults: 1, AsOf: k.now.Add(-time.Minute)},
		Markets: []admin.MarketStatus{
			{Market: "lamdong", LastAttempt: k.now.Add(-time.Hour), LastSuccess: k.now.Add(-time.Hour), NextSync: k.now.Add(14 * time.Minute), NextVerify: k.now.Add(17 * time.Hour), LastRun: "r1", LastState: state.Succeeded},
			{
				Market: "postmart", LastAttempt: k.now.Add(-time.Minute), LastSuccess: k.now.Add(-72 * time.Hour), LastRun: "r2", LastState: state.Running,
				Work:     &admin.Progress{Run: "r2", Phase: "apply", Done: 3, Total: 5},
				Failures: []state.Failure{{Kind: "invalid", Words: "Tên quá dài\n\x1b[31mđỏ", Count: 2, Example: "OCOP-1"}},
			},
			{
				Market: "voso", Circuit: &admin.Circuit{State: "open", Why: "credentials refused", Since: k.now.Add(-3 * time.Minute), Until: k.now.Add(2 * time.Minute)},
				Held: &admin.Held{Run: "r1", Checksum: "abc", Why: "30 of 40 listings would leave the sale, more than 30 %", Since: k.now.Add(-26 * time.Hour),
					Ends: k.now.Add(142 * time.Hour), Total: 30, Counts: map[listing.Kind]int{listing.Unlist: 30}},
			},
		},
	}
	for i := range st.Markets {
		if p, is := k.pauses[st.Markets[i].Market]; is {
			st.Markets[i].Pause = &p
		}
	}
	if p, is := k.pauses[""]; is {
		st.Pause = &p
	}
	return st
}

func (k *keeper) Standing() *admin.Standing {
	on := coverage.Standing{State: listing.OnSale, Seen: true}
	not := func(r ocop.Reason) coverage.Standing {
		return coverage.Standing{State: listing.NotListed, Reasons: ocop.Reasons{r}}
	}
	return &admin.Standing{
		AsOf: k.now, Markets: []listing.Market{"lamdong", "postmart", "voso"},
		Products: []coverage.Product{
			{Code: "68-1", Name: "Trà atisô", Stars: 4, Group: ocop.Drink, Producer: "HTX Ví dụ", Commune: "Phường 7", On: []coverage.Standing{on, on, on}},
			{Code: "68-2", Name: "Hồng treo gió", Stars: 3, Group: ocop.Food, Producer: "Hộ Ví dụ", On: []coverage.Standing{on, not(ocop.MissingImage), not(ocop.MissingPrice)}},
			{Code: "68-3", Name: "Nấm", Stars: 3, Group: ocop.Food, Producer: "Hộ Ví dụ", Why: ocop.Reasons{ocop.CertificateExpired}, On: []coverage.Standing{not(ocop.CertificateExpired), not(ocop.CertificateExpired), not(ocop.CertificateExpired)}},
		},
	}
}

func (k *keeper) Product(_ context.Context, code ocop.Code) (*ocop.Product, error) {
	return nil, fmt.Errorf("product %s: %w", code, state.ErrNotFound)
}

func (k *keeper) Submit(_ context.Context, run state.Run) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.index(run.ID) >= 0 {
		return state.ErrExists
	}
	k.runs = append(k.runs, run)
	return nil
}

func (k *keeper) index(id string) int {
	return slices.IndexFunc(k.runs, func(r state.Run) bool { return r.ID == id })
}

func (k *keeper) Cancel(_ context.Context, id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.runs[k.index(id)].State = state.Cancelled
	return nil
}

// Decide takes any word on what is held.
func (k *keeper) Decide(ctx context.Context, w admin.Word) error {
	k.mu.Lock()
	before := k.decided
	k.decided = &w.Decision
	k.mu.Unlock()
	if before != nil {
		return &state.DecidedError{Decision: *before}
	}
	if !w.Decision.Approved {
		return nil
	}
	return k.Submit(ctx, w.Run)
}

func (k *keeper) Pause(_ context.Context, m listing.Market, p state.Pause) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pauses[m] = p
	return nil
}

func (k *keeper) Resume(_ context.Context, m listing.Market) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.pauses, m)
	return nil
}

// Run looks at a run, after its next step.
func (k *keeper) Run(_ context.Context, id string) (state.Run, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	i := k.index(id)
	if i < 0 {
		return state.Run{}, state.ErrNotFound
	}
	if len(k.steps) > 0 && !k.still {
		k.steps[0](&k.runs[i])
		k.steps = k.steps[1:]
	}
	return clone(k.runs[i]), nil
}

func clone(r state.Run) state.Run {
	r.Parts = maps.Clone(r.Parts)
	return r
}

func (k *keeper) Runs(_ context.Context, before string, limit int) ([]state.Run, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	newest := slices.Clone(k.runs)
	slices.Reverse(newest)
	if i := slices.IndexFunc(newest, func(r state.Run) bool { return r.ID == before }); before != "" {
		newest = newest[i+1:]
	}
	return newest[:min(limit, len(newest))], nil
}

// all gives the runs that were recorded.
func (k *keeper) all() []state.Run {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.runs)
}

// paused gives the pauses that there are.
func (k *keeper) paused() map[listing.Market]state.Pause {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maps.Clone(k.pauses)
}

// will sets what happens to runs, one step with each look at one.
func (k *keeper) will(steps ...func(*state.Run)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.steps = steps
}

// goOn lets things happen again.
func (k *keeper) goOn() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.still = false
}

// at is a step: a run is in a state, its lamdong part so far.
func at(runState, phase string, done, total int) func(*state.Run) {
	return func(r *state.Run) {
		r.State = runState
		r.Parts = map[listing.Market]state.Part{"lamdong": {State: runState, Phase: phase, Done: done, Total: total}}
	}
}

// wantLines fails the test where a text lacks a line that has all of the words
// of one of these, in their order.
func wantLines(t *testing.T, text string, wanted ...string) {
	t.Helper()
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	for _, w := range wanted {
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, w) }) {
			t.Errorf("no line has %q:\n%s", w, text)
		}
	}
}
