package reconcile

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
)

// reading is one reading of the registry and the price list, judged.
type reading struct {
	run          string // for which it was made
	mode         Mode
	began, ended time.Time
	cat          *catalog // the products; nil where err or summary.Held says why not
	summary      state.SourceSummary
	faults       []ocop.Fault
	release      func() // gives a dry run's reading back
	err          error
}

// sourceError is a failure of the registry or the price list, or of what was
// asked of them: trying the same again at once is of no use.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// never is the time of a request that another run's reading must not serve.
var never = time.Unix(1<<40, 0) //nolint:gochecknoglobals // read only

// servesFor is how long a reading serves the parts of other runs, which began
// beside its own: the ticks of three markets read the registry once.
const servesFor = 2 * time.Minute

// serves says whether the reading is as good for a run as one of its own: it is
// of the same run, or was begun after the run was asked for. A Refresh is of none.
func (r *reading) serves(req Request, run string, asked, now time.Time) bool {
	return r != nil && !req.DryRun && (r.mode == Verify || req.Mode != Verify) &&
		(run != "" && r.run == run || r.began.After(asked)) && now.Sub(r.ended).Abs() < servesFor
}

// sources reads the registry and the price list once for a whole run and judges
// them before any market is called. A reading that a guard refuses is discarded
// and said in summary.Held: the last good one stays. It never gives nil.
func (e *Engine) sources(ctx context.Context, req Request, run string, asked time.Time) (*reading, error) {
	select {
	case e.reading <- struct{}{}:
		defer func() { <-e.reading }()
	case <-ctx.Done():
		return &reading{release: func() {}}, ctx.Err()
	}
	if e.latest.serves(req, run, asked, e.o.Now()) && e.latest.cat.of(e.today()) {
		return e.latest, e.latest.err
	}
	r := &reading{run: run, mode: req.Mode, began: e.o.Now(), release: func() {}}
	if err := e.readSources(ctx, req, r); err != nil {
		r.err = err
		if !errors.Is(err, state.ErrMemoryLost) && ctx.Err() == nil {
			r.err = &sourceError{err}
		}
	}
	r.ended = e.o.Now()
	if ctx.Err() == nil && !req.DryRun {
		e.latest = r
	}
	return r, r.err
}

func (e *Engine) readSources(ctx context.Context, req Request, r *reading) error {
	how := registry.Conditional
	if req.Mode == Verify {
		how = registry.Full
	}
	read, err := e.read(ctx, how, r.run)
	if err != nil {
		return fmt.Errorf("read the registry %s: %w", e.o.Source.Describe(), err)
	}
	prices, err := e.readPrices(ctx)
	if err != nil {
		read.Staged.Discard()
		return err
	}
	cat, err := e.catalogOf(read, prices)
	if err != nil {
		read.Staged.Discard()
		return err
	}
	r.faults = cat.faults
	r.summary = state.SourceSummary{
		Kind: read.Kind, Total: len(cat.products), Eligible: cat.eligible, Faults: len(r.faults), AsOf: read.AsOf,
		Unchanged: read.Kind == registry.KindNotModified, Ending: e.forecast(cat),
	}
	before, err := e.lastReading(ctx)
	if err != nil {
		read.Staged.Discard()
		return err
	}
	accepted, err := e.doubt(ctx, r, cat, read, prices, before)
	if err != nil || r.summary.Held != "" {
		read.Staged.Discard()
		return err
	}
	r.cat = cat
	if req.DryRun { // the staged products are readable until it is given back
		r.release = read.Staged.Discard
		return nil
	}
	if accepted {
		before.Eligible, before.Falls = 0, nil // what was before counts no more
	}
	if err := e.commit(ctx, cat, read, prices, before); err != nil || !accepted {
		return err
	}
	return e.o.Store.ReadingTaken(ctx)
}

// catalogOf gives the products of a reading, taking over what did not change.
func (e *Engine) catalogOf(read registry.Reading, prices *registry.Prices) (*catalog, error) {
	entries, before := read.Staged.Entries(), e.catalog()
	if before.current(read, entries, prices, e.today()) {
		return before, nil
	}
	cat := before.update(catalogInput{
		entries: entries, load: read.Staged.Product, prices: prices, today: e.today(), rules: e.o.Rules, prefix: e.o.SKUPrefix,
		delta: read.Kind != registry.KindFull,
	})
	if read.Kind == registry.KindDelta && before.load != nil && version(before.prices) == version(prices) {
		cat.faults = afterDelta(before.faults, read)
		return cat, nil
	}
	var err error
	cat.faults, err = standingFaults(read.Staged, prices, entries)
	return cat, err
}

// catalog gives that of the last reading that was believed.
func (e *Engine) catalog() *catalog {
	e.share.Lock()
	defer e.share.Unlock()
	return e.cat
}

// Another process (a plan beside a sync) may be reading the same registry.
const (
	busyTries = 60
	busyPause = time.Second
)

// read reads the registry, after another process that does so just now.
func (e *Engine) read(ctx context.Context, how registry.How, run string) (registry.Reading, error) {
	for try := 1; ; try++ {
		reading, err := e.o.Source.Read(ctx, e.o.Held, how, func(p registry.Progress) {
			e.progress(Event{Run: run, Phase: PhaseSource, Done: p.Records, Total: p.Total})
		})
		if !errors.Is(err, registry.ErrBusy) || try == busyTries {
			return reading, err
		}
		if err := market.Sleep(ctx, busyPause); err != nil {
			return registry.Reading{}, err
		}
	}
}

// afterDelta gives what stands after a delta without reading the others again:
// the faults of what did not change, and those of what was read now.
func afterDelta(before []ocop.Fault, reading registry.Reading) []ocop.Fault {
	out := make([]ocop.Fault, 0, len(before)+len(reading.Faults))
	for _, f := range before {
		if _, changed := slices.BinarySearch(reading.Changed, f.Code); !changed {
			out = append(out, f)
		}
	}
	return append(out, reading.Faults...)
}

// standingFaults gives all that could not be read surely and still stands.
func standingFaults(staged *registry.Staged, prices *registry.Prices, entries []registry.Entry) ([]ocop.Fault, error) {
	faults, _, err := staged.Faults()
	if err != nil {
		return nil, fmt.Errorf("gather what could not be read: %w", err)
	}
	if prices != nil {
		faults = slices.Concat(faults, prices.Faults(), prices.Unmatched(entries))
	}
	return faults, nil
}

func (e *Engine) commit(ctx context.Context, cat *catalog, reading registry.Reading, prices *registry.Prices, before state.ReadingFigures) error {
	if err := reading.Staged.Commit(); err != nil {
		return fmt.Errorf("keep the registry's reading: %w", err)
	}
	e.share.Lock()
	if cat != e.cat { // else others read it at this moment, and it stays as it is
		cat.load, cat.read = e.o.Held.Product, e.o.Held.Entries()
		e.cat = cat
	}
	e.share.Unlock()
	found := figuresOf(cat, prices)
	figures := state.ReadingFigures{
		Total: found.Total, Eligible: found.Eligible, Prices: found.Prices, MedianPrice: found.Median,
		AsOf: reading.AsOf.UTC(), ETag: e.o.Held.Meta().ETag, Falls: before.After(found.Eligible, e.o.Now()),
	}
	if reflect.DeepEqual(figures, before) {
		return nil
	}
	if err := e.o.Store.SaveReading(ctx, figures); err != nil {
		return fmt.Errorf("record the reading's figures: %w", err)
	}
	return nil
}

func (e *Engine) readPrices(ctx context.Context) (*registry.Prices, error) {
	if e.o.Prices == nil {
		return nil, nil //nolint:nilnil // no price list is configured: there is nothing to read
	}
	prices, _, err := e.o.Prices.Read(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the price list: %w", err)
	}
	return prices, nil
}

func (e *Engine) lastReading(ctx context.Context) (state.ReadingFigures, error) {
	f, err := e.o.Store.LastReading(ctx)
	if err != nil {
		return f, fmt.Errorf("look up the last good reading: %w", err)
	}
	return f, nil
}
