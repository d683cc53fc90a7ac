package reconcile

import (
	"context"
	"fmt"

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
	reading, err := e.o.Source.Read(ctx, e.o.Held, how, func(p registry.Progress) {
		e.progress(Event{Phase: PhaseSource, Done: p.Records, Total: p.Total})
	})
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
	if !cat.current(reading, prices, e.today()) {
		cat, err = e.cat.update(catalogInput{
			entries: entries, load: staged.Product, prices: prices, today: e.today(), rules: e.o.Rules, prefix: e.o.SKUPrefix,
		})
		if err != nil {
			reading.Staged.Discard()
			return src, err
		}
	}
	src.faults = append(src.faults, reading.Faults...)
	if prices != nil {
		src.faults = append(src.faults, prices.Faults()...)
	}
	src.summary = state.SourceSummary{
		Kind: reading.Kind, Total: len(entries), Eligible: cat.eligible, Faults: len(src.faults), AsOf: reading.AsOf,
		Unchanged: reading.Kind == registry.KindNotModified,
	}
	before, err := e.lastReading(ctx)
	if err != nil {
		reading.Staged.Discard()
		return src, err
	}
	if src.summary.Held = e.o.Guard.Source(before.Eligible, len(entries), cat.eligible); src.summary.Held != "" {
		reading.Staged.Discard()
		return src, nil
	}
	e.cat = cat
	if req.DryRun {
		// The staged products are still readable through the catalogue's loader.
		e.cat.release = func() { reading.Staged.Discard() }
		return src, nil
	}
	return src, e.commit(ctx, reading, prices, before)
}

func (e *Engine) commit(ctx context.Context, reading registry.Reading, prices *registry.Prices, before state.ReadingFigures) error {
	if err := reading.Staged.Commit(); err != nil {
		return fmt.Errorf("keep the registry's reading: %w", err)
	}
	e.cat.load = e.o.Held.Product
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
