package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ocopsync/internal/config"
	"ocopsync/internal/listing"
	"ocopsync/internal/state"
)

// finding is one line of a check.
type finding struct {
	What   string `json:"what"`
	Level  string `json:"level"` // ok, warn or bad
	Detail string `json:"detail"`
}

const (
	levelOK   = "ok"
	levelWarn = "warn"
	levelBad  = "bad"
)

func (a *app) checkCommand() *cobra.Command {
	var offline bool
	c := &cobra.Command{
		Use:   "check",
		Short: "say what is wrong with the set-up",
		Long: `check reads the configuration, and tries Redis and its settings, the registry, the
price list, every market's credentials, clock and categories. It changes nothing.

Exit codes: 0 nothing is wrong, 1 something is.`,
		RunE: func(c *cobra.Command, _ []string) error { return a.check(c.Context(), offline) },
	}
	c.Flags().BoolVar(&offline, "offline", false, "the configuration files only")
	return c
}

func (a *app) check(ctx context.Context, offline bool) error {
	var found []finding
	cfg, err := a.load()
	if err != nil {
		if faults := config.AsFaults(err); faults != nil {
			for _, f := range faults {
				found = append(found, finding{"configuration", levelBad, f.String()})
			}
			return a.reportCheck(found)
		}
		return a.reportCheck([]finding{{"configuration", levelBad, err.Error()}})
	}
	found = append(found, finding{"configuration", levelOK, a.configPath + " and " + cfg.Categories})
	if offline {
		return a.reportCheck(found)
	}
	roots, err := caRoots(cfg.TLS.CAFile)
	if err != nil {
		return a.reportCheck(append(found, finding{"tls", levelBad, err.Error()}))
	}
	found = append(found, checkDataDir(cfg.DataDir))
	found = append(found, a.checkRedis(ctx, cfg)...)
	found = append(found, a.checkSources(ctx, cfg, roots)...)
	found = append(found, a.checkMarkets(ctx, cfg, roots)...)
	return a.reportCheck(found)
}

func (a *app) reportCheck(found []finding) error {
	bad := 0
	for _, f := range found {
		if f.Level == levelBad {
			bad++
		}
	}
	if a.json {
		if err := a.printJSON(map[string]any{"findings": found, "bad": bad}); err != nil {
			return err
		}
	} else {
		for _, f := range found {
			a.printf("%-4s  %-14s %s\n", f.Level, f.What, f.Detail)
		}
	}
	if bad > 0 {
		return &exitError{code: exitFailed, text: fmt.Sprintf("%d thing(s) are wrong", bad)}
	}
	return nil
}

func (a *app) checkRedis(ctx context.Context, cfg *config.Config) []finding {
	if cfg.Redis.URL == "embedded" {
		return []finding{{"redis", levelWarn, "embedded: only serve takes it, for a trial; its memory ends with the process"}}
	}
	w := &works{}
	defer func() { _ = w.Close() }()
	if err := w.openState(ctx, cfg, wiring{now: a.now, readOnly: true}); err != nil {
		return []finding{{"redis", levelBad, err.Error()}}
	}
	settings, err := w.store.CheckSettings(ctx)
	if err != nil {
		return []finding{{"redis", levelBad, err.Error()}}
	}
	found := []finding{{"redis", levelOK, "reachable, tenant " + cfg.Tenant}}
	for _, s := range settings {
		level := levelBad
		switch s.Verdict {
		case state.Fit:
			level = levelOK
		case state.Unchecked, state.Warned:
			level = levelWarn
		case state.Refused:
		}
		found = append(found, finding{"redis", level, s.String()})
	}
	return found
}

func (a *app) checkSources(ctx context.Context, cfg *config.Config, roots *x509.CertPool) []finding {
	var found []finding
	if cfg.Registry.Kind != "workbook" {
		f := a.checkClock(ctx, "registry", cfg.Registry.URL, roots)
		found = append(found, f)
		if f.Level == levelBad {
			return found
		}
	}
	w := &works{}
	defer func() { _ = w.Close() }()
	tmp := *cfg
	tmp.Tenant = cfg.Tenant + ".check"
	dir, done, err := tempDir()
	if err != nil {
		return append(found, finding{"registry", levelBad, err.Error()})
	}
	defer done()
	tmp.DataDir = dir
	if err := w.openSource(&tmp, roots, a.now); err != nil {
		return append(found, finding{"registry", levelBad, err.Error()})
	}
	found = append(found, checkRegistry(ctx, w)...)
	return append(found, checkPrices(ctx, cfg)...)
}

func checkRegistry(ctx context.Context, w *works) []finding {
	reading, err := w.source.Read(ctx, w.held, 0, nil)
	if err != nil {
		return []finding{{"registry", levelBad, err.Error()}}
	}
	defer reading.Staged.Discard()
	f := finding{"registry", levelOK, fmt.Sprintf("%s: %d products", w.source.Describe(), reading.Total)}
	if reading.Total == 0 {
		f.Level, f.Detail = levelBad, w.source.Describe()+" answers with no products"
	}
	if n := reading.FaultCount(); n > 0 {
		return []finding{f, {"registry", levelWarn, fmt.Sprintf("%d values cannot be read surely; `ocopsync plan` lists them", n)}}
	}
	return []finding{f}
}

func checkPrices(ctx context.Context, cfg *config.Config) []finding {
	list, err := priceList(cfg)
	if err != nil {
		return []finding{{"price list", levelBad, err.Error()}}
	}
	if list == nil {
		return []finding{{"price list", levelWarn, "none is configured: without prices from the registry nothing can be listed"}}
	}
	prices, _, err := list.Read(ctx)
	if err != nil {
		return []finding{{"price list", levelBad, err.Error()}}
	}
	found := []finding{{"price list", levelOK, fmt.Sprintf("%s: %d prices, median %s", cfg.PriceList.Path, prices.Len(), prices.Median())}}
	if n := len(prices.Faults()); n > 0 {
		found = append(found, finding{"price list", levelWarn, fmt.Sprintf("%d values cannot be read surely; `ocopsync plan` lists them", n)})
	}
	return found
}

func (a *app) checkMarkets(ctx context.Context, cfg *config.Config, roots *x509.CertPool) []finding {
	shops, err := openShops(cfg, shopParts{roots: roots, now: a.now})
	if err != nil {
		return []finding{{"markets", levelBad, err.Error()}}
	}
	var found []finding
	for _, s := range shops {
		name := string(s.Market.Name())
		if s.assumed {
			found = append(found, finding{name, levelWarn, "the wire contract is assumed: no public listing API of this market is known"})
		}
		clock := a.checkClock(ctx, name, cfg.Markets[name].URL, roots)
		found = append(found, clock)
		if clock.Level == levelBad {
			continue
		}
		facts, err := s.Market.Facts(ctx)
		if err != nil {
			found = append(found, finding{name, levelBad, err.Error()})
			continue
		}
		found = append(found, finding{name, levelOK, fmt.Sprintf("credentials accepted, %d categories", len(facts.Categories))})
		found = append(found, checkCategories(cfg, s, facts)...)
	}
	return found
}

func checkCategories(cfg *config.Config, s shop, facts listing.Facts) []finding {
	name := string(s.Market.Name())
	var missing []string
	for _, c := range cfg.Mapping[name].Categories {
		if _, known := facts.Categories[c.Category]; !known && !slices.Contains(missing, c.Category) {
			missing = append(missing, c.Category)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if s.Ensure != nil {
		return []finding{{name, levelWarn, "these categories are made at the first sync: " + strings.Join(missing, ", ")}}
	}
	return []finding{{name, levelBad, "the market does not know these categories of " + cfg.Categories + ": " + strings.Join(missing, ", ")}}
}
