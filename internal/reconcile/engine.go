// Package reconcile is one run and one part of it: it reads the sources, and
// for each market looks, plans, guards, applies and records. part.go reads from
// top to bottom as the walk in the design does.
//
// A run is done as a whole by Run, in the foreground, or part by part by Work,
// when a queue brings the parts of a run that is recorded already. Both read the
// sources once for a run and work the same part.
//
// It may call everything below it (registry, market, state, plan) and knows
// neither queues, schedules nor HTTP. All waiting honours ctx. An Engine reads
// its sources once at a time; parts go side by side, one per market.
package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
)

// Shop is one market as the engine works it.
type Shop struct {
	Market  market.Market // wrapped: retry, circuit, pacing
	Mapping listing.Mapping
	Workers int           // Apply calls side by side; 0: the market's own number
	Rate    float64       // calls a second, 0: not limited; sizes the groups of intents
	Timeout time.Duration // of one call; 0: 30 s
	Policy  plan.Policy   // what may be done here; "": everything
	// Ensure makes what the market must have before its facts are read
	// (categories of a shop of our own); nil: nothing. Never called in a dry run.
	Ensure func(context.Context) error
}

// Options are what an Engine is made of.
type Options struct {
	Store    *state.Store
	Source   registry.Source
	Held     *registry.Held
	Prices   *registry.PriceList // nil: the registry's own offers
	Shops    []Shop
	Rules    ocop.Rules
	Guard    plan.GuardPolicy
	Canaries []ocop.Code // products that a full reading of the registry always has
	// KnownShop says that a person let a market's first run go before, as the
	// journal of decisions has it: then an emptied Redis does not ask again. nil:
	// only Redis knows.
	KnownShop    func(listing.Market) bool
	SKUPrefix    string
	DefaultStock *int64 // nil: an unknown stock is a problem
	Location     *time.Location
	Now          func() time.Time
	Owner        string        // names this process in leases
	LeaseTTL     time.Duration // 15 s
	Heed         time.Duration // between two looks for a pause or a cancelling: 250 ms
	Log          *zap.Logger
	Progress     func(Event) // nil: nobody watches; called from many goroutines
	Ended        func(End)   // told of each part whose end was recorded; nil: nobody listens
	// Remember keeps outside of Redis which memory was seen (state.Seen): called
	// at each part's end and every 2 s while one is under way; nil: nobody does.
	Remember func()
}

// An End is a part that has ended.
type End struct {
	Run    string
	Mode   Mode
	Market listing.Market
	Part   state.Part
	Last   bool // and with it the run
}

// ObservationAge is how old the last complete observation may be for new
// listings to be made (design.md, the walk).
const ObservationAge = 36 * time.Hour

// Engine does runs. Make it with New. It is safe for concurrent use.
type Engine struct {
	o       Options
	shops   map[listing.Market]Shop
	reading chan struct{} // held while the sources are read
	latest  *reading      // guarded by it

	share sync.Mutex // guards what follows
	cat   *catalog   // of the last reading that was believed
	names names      // of cat's products
	facts map[listing.Market]heldFacts
	memos map[listing.Market]*memo
	done  map[listing.Market]settled
	// unread are the markets whose facts could not be read when last asked for.
	unread map[listing.Market]bool
}

// New makes an Engine.
func New(o Options) *Engine {
	if o.LeaseTTL == 0 {
		o.LeaseTTL = 15 * time.Second
	}
	if o.Heed == 0 {
		o.Heed = 250 * time.Millisecond
	}
	e := &Engine{
		o: o, shops: make(map[listing.Market]Shop), reading: make(chan struct{}, 1), cat: &catalog{},
		facts: make(map[listing.Market]heldFacts), memos: make(map[listing.Market]*memo), done: make(map[listing.Market]settled),
		unread: make(map[listing.Market]bool),
	}
	for _, s := range o.Shops {
		if s.Policy == plan.PolicyObserve { // the plan has nothing to write; should it have, nothing is
			s.Market, s.Ensure = market.ReadOnly(s.Market), nil
		}
		e.shops[s.Market.Name()] = s
	}
	return e
}

// Mode is what a run looks at.
type Mode string

// The modes.
const (
	Sync   Mode = "sync"   // conditional reading, remembered state, open reviews
	Verify Mode = "verify" // registry and markets read in full
	Plan   Mode = "plan"   // what a sync would do now; markets and records stay as they are
)

// Request is what a tick or a person asks for.
type Request struct {
	ID      string // of the run; "" makes one
	Mode    Mode
	Markets []listing.Market // empty: all
	Codes   []ocop.Code      // empty: all products
	DryRun  bool             // plan only: nothing is written anywhere, not even the run
	Trigger string           // "schedule", "request", "foreground"
	By      string
}

// dry says that nothing is changed: neither on a market nor in what is remembered of it.
func (r Request) dry() bool { return r.DryRun || r.Mode == Plan }

// Result is what a run came to.
type Result struct {
	Run   state.Run
	Plans map[listing.Market]plan.Plan
	// Faults are what could not be read surely in the sources.
	Faults []ocop.Fault
}

// Run does one run to its end. The error is of the run as a whole (a market
// that is not configured, state that can't be reached); what went wrong in a
// part stands in the part.
func (e *Engine) Run(ctx context.Context, req Request) (Result, error) {
	names, err := e.markets(req.Markets)
	if err != nil {
		return Result{}, err
	}
	run := e.newRun(req, names)
	if !req.DryRun {
		if err := e.o.Store.CreateRun(ctx, run); err != nil {
			return Result{}, fmt.Errorf("record the run: %w", err)
		}
	}
	src, err := e.sources(ctx, req, run.ID, never)
	defer src.release()
	res := Result{Plans: make(map[listing.Market]plan.Plan), Faults: src.faults}
	run.Source = src.summary
	if err == nil && !req.DryRun {
		err = e.o.Store.SaveSource(context.WithoutCancel(ctx), run.ID, run.Source)
	}
	if err == nil && src.summary.Held == "" {
		err = e.knownCodes(ctx, src.cat, req, names)
	}
	if err != nil || src.summary.Held != "" {
		e.endWithoutParts(&run, src.summary, err)
		if !req.DryRun {
			err = errors.Join(err, e.saveParts(context.WithoutCancel(ctx), run))
		}
	} else {
		e.runParts(ctx, req, src.cat, &run, res.Plans)
	}
	run.EndedAt, run.State = e.o.Now(), state.Worst(run.Parts)
	res.Run = run
	return res, err
}

// knownCodes refuses a request for products that nobody knows: doing nothing
// for them would look like success.
func (e *Engine) knownCodes(ctx context.Context, cat *catalog, req Request, names []listing.Market) error {
	unknown := slices.DeleteFunc(req.sortedCodes(), func(c ocop.Code) bool {
		_, known := cat.find(c)
		return known
	})
	for _, m := range names {
		if len(unknown) == 0 {
			return nil
		}
		records, err := e.o.Store.RecordsOf(ctx, m, unknown)
		if err != nil {
			return fmt.Errorf("look for %d products on %s: %w", len(unknown), m, err)
		}
		unknown = slices.DeleteFunc(unknown, func(c ocop.Code) bool {
			_, known := records[c]
			return known
		})
	}
	if len(unknown) == 0 {
		return nil
	}
	return &sourceError{fmt.Errorf("neither the registry nor any market has a product with the code %q", unknown)}
}

func (e *Engine) runParts(ctx context.Context, req Request, cat *catalog, run *state.Run, plans map[listing.Market]plan.Plan) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for _, name := range run.Markets {
		wg.Go(func() {
			p := newPart(e, name, e.shops[name], req, run.ID)
			p.cat = cat
			p.run(ctx)
			mu.Lock()
			defer mu.Unlock()
			run.Parts[name] = p.out
			plans[name] = p.plan
		})
	}
	wg.Wait()
}

func (e *Engine) newRun(req Request, names []listing.Market) state.Run {
	now := e.o.Now()
	run := state.Run{
		ID: req.ID, Mode: string(req.Mode), Trigger: req.Trigger, By: req.By, Markets: names, Codes: req.Codes,
		CreatedAt: now, StartedAt: now, State: state.Running, Parts: make(map[listing.Market]state.Part),
	}
	if run.ID == "" {
		run.ID = newID(now)
	}
	for _, n := range names {
		run.Parts[n] = state.Part{State: state.Queued}
	}
	return run
}

// endWithoutParts ends a run whose sources could not be trusted: nothing is
// called, every part says why (promise P3).
func (e *Engine) endWithoutParts(run *state.Run, src state.SourceSummary, err error) {
	now := e.o.Now()
	for _, n := range run.Markets {
		p := state.Part{State: state.Held, StartedAt: now, EndedAt: now, Held: src.Held, Checksum: src.Checksum}
		if err != nil {
			p.State = state.Failed
			p.Failures = []state.Failure{{Kind: "source", Words: err.Error(), Count: 1}}
			if errors.Is(err, context.Canceled) {
				p.State = state.Cancelled
			}
		}
		run.Parts[n] = p
	}
}

// saveParts records the ends of parts that never began.
func (e *Engine) saveParts(ctx context.Context, run state.Run) error {
	for _, n := range run.Markets {
		if err := e.record(ctx, run.ID, Mode(run.Mode), n, run.Parts[n]); err != nil {
			return fmt.Errorf("record the end of the part on %s: %w", n, err)
		}
	}
	return nil
}

// record records a part's end and tells of it. A plan is nobody's last part: it
// did nothing.
func (e *Engine) record(ctx context.Context, run string, mode Mode, m listing.Market, out state.Part) error {
	lasting := string(mode)
	if mode == Plan {
		lasting = ""
	}
	last, err := e.o.Store.EndPart(ctx, run, lasting, m, out)
	if err == nil && e.o.Ended != nil {
		e.o.Ended(End{Run: run, Mode: mode, Market: m, Part: out, Last: last})
	}
	return err
}

func (e *Engine) markets(asked []listing.Market) ([]listing.Market, error) {
	if len(asked) == 0 {
		return slices.Sorted(maps.Keys(e.shops)), nil
	}
	for _, m := range asked {
		if _, ok := e.shops[m]; !ok {
			return nil, fmt.Errorf("market %q is not configured; configured are %v", m, slices.Sorted(maps.Keys(e.shops)))
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(asked))), nil
}

func (r Request) sortedCodes() []ocop.Code {
	return slices.Compact(slices.Sorted(slices.Values(r.Codes)))
}

func (e *Engine) remember() {
	if e.o.Remember != nil {
		e.o.Remember()
	}
}

func (e *Engine) today() ocop.Day { return ocop.DayOf(e.o.Now(), e.o.Location) }
