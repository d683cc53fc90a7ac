package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
)

// sources is one reading of the registry and the price list, judged.
type sources struct {
	summary state.SourceSummary
	faults  []ocop.Fault
}

// readSources reads the registry and the price list once for the whole run and
// judges them before any market is called. A reading that a guard refuses is
// discarded and said in summary.Held: the last good one stays. On success
// e.cat holds the products.
func (e *Engine) readSources(ctx context.Context, req Request) (sources, error) {
	var src sources
	how := registry.Conditional
	if req.Mode == Verify {
		how = registry.Full
	}
	reading, err := e.read(ctx, how)
	if err != nil {
		return src, fmt.Errorf("read the registry %s: %w", e.o.Source.Describe(), err)
	}
	prices, err := e.readPrices(ctx)
	if err != nil {
		reading.Staged.Discard()
		return src, err
	}
	staged := reading.Staged
	entries := staged.Entries()
	cat := e.cat
	if !cat.current(reading, entries, prices, e.today()) {
		cat = e.cat.update(catalogInput{
			entries: entries, load: staged.Product, prices: prices, today: e.today(), rules: e.o.Rules, prefix: e.o.SKUPrefix,
			delta: reading.Kind != registry.KindFull,
		})
		if reading.Kind == registry.KindDelta && e.cat.load != nil && version(e.cat.prices) == version(prices) {
			cat.faults = afterDelta(e.cat.faults, reading)
		} else if cat.faults, err = standingFaults(staged, prices, entries); err != nil {
			staged.Discard()
			return src, err
		}
	}
	src.faults = cat.faults
	src.summary = state.SourceSummary{
		Kind: reading.Kind, Total: len(entries), Eligible: cat.eligible, Faults: len(src.faults), AsOf: reading.AsOf,
		Unchanged: reading.Kind == registry.KindNotModified,
	}
	before, err := e.lastReading(ctx)
	if err == nil && before.Total == 0 { // a Redis that knows nothing of the reading that is held
		before.Eligible = e.heldEligible()
	}
	if err != nil {
		reading.Staged.Discard()
		return src, err
	}
	if src.summary.Held = e.o.Guard.Source(before.Eligible, len(entries), cat.eligible); src.summary.Held != "" {
		staged.Discard()
		return src, nil
	}
	if req.DryRun {
		e.cat = cat
		// The staged products are still readable through the catalogue's loader.
		e.cat.release = staged.Discard
		return src, nil
	}
	return src, e.commit(ctx, cat, reading, prices, before)
}

// Another process (a plan beside a sync) may be reading the same registry.
const (
	busyTries = 60
	busyPause = time.Second
)

// read reads the registry, after another process that does so just now.
func (e *Engine) read(ctx context.Context, how registry.How) (registry.Reading, error) {
	for try := 1; ; try++ {
		reading, err := e.o.Source.Read(ctx, e.o.Held, how, func(p registry.Progress) {
			e.progress(Event{Phase: PhaseSource, Done: p.Records, Total: p.Total})
		})
		if !errors.Is(err, registry.ErrBusy) || try == busyTries {
			return reading, err
		}
		if err := market.Sleep(ctx, busyPause); err != nil {
			return registry.Reading{}, err
		}
	}
}

// heldEligible counts the eligible products of the reading that is held on disk.
func (e *Engine) heldEligible() int {
	n := 0
	for _, entry := range e.o.Held.Entries() {
		if len(entry.Check(e.o.Rules, e.today())) == 0 {
			n++
		}
	}
	return n
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
	cat.load, cat.read = e.o.Held.Product, e.o.Held.Entries()
	e.cat = cat
	figures := state.ReadingFigures{
		Total: len(e.cat.products), Eligible: e.cat.eligible, AsOf: reading.AsOf.UTC(), ETag: e.o.Held.Meta().ETag,
	}
	if prices != nil {
		figures.Prices, figures.MedianPrice = prices.Len(), prices.Median()
	}
	if figures == before {
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
	if e.o.Store == nil {
		return state.ReadingFigures{}, nil
	}
	f, err := e.o.Store.LastReading(ctx)
	if err != nil {
		return f, fmt.Errorf("look up the last good reading: %w", err)
	}
	return f, nil
}
