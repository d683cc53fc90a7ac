package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/config"
	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
)

// works is the engine and what must be closed after it.
type works struct {
	engine *reconcile.Engine
	store  *state.Store
	redis  state.Client
	shops  []shop
	source registry.Source
	held   *registry.Held
	trips  *state.RoundTrips
	marker *marker // nil where Redis is only read
	close  []func() error
}

// Close ends everything in the reverse order of its opening.
func (w *works) Close() error {
	var errs []error
	for _, f := range slices.Backward(w.close) {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// wiring are the choices of a command.
type wiring struct {
	redis    state.Client // nil: as configured
	embedded bool         // an in-process Redis will do
	readOnly bool         // markets refuse every write, no shop is claimed, and Redis stays as it is
	noData   bool         // data_dir is left alone
	progress func(reconcile.Event)
	ended    func(reconcile.End)
	onCall   func(market.Call)
	now      func() time.Time                      // nil: the machine's
	source   func(registry.Source) registry.Source // put around the registry as configured; nil: nothing is
	pace     pace
	log      *zap.Logger
}

// build puts the daemon together from its configuration.
func build(ctx context.Context, cfg *config.Config, o wiring) (*works, error) {
	if o.now == nil {
		o.now = time.Now
	}
	w := &works{}
	if err := w.build(ctx, cfg, o); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *works) build(ctx context.Context, cfg *config.Config, o wiring) error {
	loc, err := time.LoadLocation(cfg.TimeZone)
	if err != nil {
		return fmt.Errorf("time zone: %w", err)
	}
	roots, err := caRoots(cfg.TLS.CAFile)
	if err != nil {
		return err
	}
	if err := w.openState(ctx, cfg, o); err != nil {
		return err
	}
	if err := w.requireSettings(ctx, o); err != nil {
		return err
	}
	if err := w.openSource(cfg, roots, o.now); err != nil {
		return err
	}
	if o.source != nil {
		w.source = o.source(w.source)
	}
	prices, err := priceList(cfg)
	if err != nil {
		return err
	}
	if w.shops, err = openShops(cfg, shopParts{roots: roots, store: w.store, onCall: o.onCall, now: o.now, pace: o.pace}); err != nil {
		return err
	}
	engineShops := make([]reconcile.Shop, len(w.shops))
	for i, s := range w.shops {
		engineShops[i] = s.Shop
		if o.readOnly {
			engineShops[i].Market = market.ReadOnly(s.Market)
			engineShops[i].Ensure = nil
			continue
		}
		if err := w.store.Claim(ctx, s.Market.Name(), s.account); err != nil {
			return fmt.Errorf("claim the shop: %w", err)
		}
	}
	host, _ := os.Hostname()
	w.engine = reconcile.New(reconcile.Options{
		Store: w.store, Source: w.source, Held: w.held, Prices: prices, Shops: engineShops,
		Rules:     ocop.Rules{MinStars: ocop.Stars(cfg.Rules.MinStars), GraceDays: cfg.Rules.GraceDays},
		Guard:     guardsOf(cfg.Guards),
		Canaries:  codesOf(cfg.Registry.Canaries),
		SKUPrefix: cfg.Rules.SKUPrefix, DefaultStock: cfg.Rules.DefaultStock, Location: loc, Now: o.now, LeaseTTL: o.pace.lease,
		Owner: fmt.Sprintf("%s, process %d", host, os.Getpid()), Log: o.log, Progress: o.progress, Ended: o.ended,
		Remember: w.remember,
	})
	return nil
}

// remember keeps outside of Redis which memory was seen.
func (w *works) remember() {
	if w.marker != nil {
		w.marker.keep()
	}
}

func (w *works) openState(ctx context.Context, cfg *config.Config, o wiring) error {
	client, err := w.dial(ctx, cfg, o)
	if err != nil {
		return err
	}
	w.redis, w.trips = client, state.CountRoundTrips(client)
	accounts := make(map[listing.Market]string)
	for name, m := range cfg.Markets {
		accounts[listing.Market(name)] = accountOf(m)
	}
	open := state.Options{Client: client, Tenant: cfg.Tenant, Now: o.now, Accounts: accounts, ReadOnly: o.readOnly}
	if o.noData {
		w.store, err = state.Open(ctx, open)
		return err
	}
	open.Notice = func(words string) { o.log.Warn("the memory in Redis", zap.String("notice", words)) }
	dir := filepath.Join(cfg.DataDir, "decisions-"+cfg.Tenant)
	if open.Journal, open.Seen, err = keptOutside(ctx, dir, o); err != nil {
		return err
	}
	if w.store, err = state.Open(ctx, open); err != nil || o.readOnly {
		return err
	}
	w.marker = &marker{dir: dir, store: w.store, now: o.now, log: o.log}
	w.marker.keep()
	w.close = append(w.close, func() error { w.marker.keep(); return nil })
	return nil
}

// dial connects to Redis, or starts the one inside this process where it is
// configured and will do.
func (w *works) dial(ctx context.Context, cfg *config.Config, o wiring) (state.Client, error) {
	if o.redis != nil {
		return o.redis, nil
	}
	if cfg.Redis.URL == "embedded" {
		if !o.embedded {
			return nil, errors.New("redis: an in-process Redis forgets everything when this command ends; configure a real one (redis.url)")
		}
		r, err := state.Embedded(context.WithoutCancel(ctx)) // it ends when it is closed, after those who use it
		if err != nil {
			return nil, fmt.Errorf("start the in-process Redis: %w", err)
		}
		w.close = append(w.close, r.Close)
		o.log.Warn("redis: embedded: what is remembered ends with this process; only for a trial")
		return r.Client(), nil
	}
	client, err := state.Dial(state.Config{
		URL: cfg.Redis.URL, Cluster: len(cfg.Redis.Cluster) > 0, Master: cfg.Redis.Sentinel.Master,
		Addresses: slices.Concat(cfg.Redis.Cluster, cfg.Redis.Sentinel.Addresses),
		Username:  cfg.Redis.Username, Password: string(cfg.Redis.Password), SentinelPassword: string(cfg.Redis.Sentinel.Password),
	})
	if err != nil {
		return nil, err
	}
	w.close = append(w.close, client.Close)
	return client, nil
}

// requireSettings refuses a Redis that would forget what it was told (design
// decision 12). What can't be checked or is only unwise is logged.
func (w *works) requireSettings(ctx context.Context, o wiring) error {
	if o.readOnly {
		return nil // nothing is remembered
	}
	settings, err := w.store.CheckSettings(ctx)
	if err != nil {
		return fmt.Errorf("check the settings of Redis: %w", err)
	}
	var refused []string
	for _, s := range settings {
		switch s.Verdict {
		case state.Refused:
			refused = append(refused, s.String())
		case state.Warned:
			o.log.Warn("a setting of Redis", zap.String("setting", s.String()))
		case state.Fit, state.Unchecked:
		}
	}
	if len(refused) > 0 {
		return fmt.Errorf("redis must not forget what it is told: %s", strings.Join(refused, "; "))
	}
	return nil
}

func (w *works) openSource(cfg *config.Config, roots *x509.CertPool, now func() time.Time) error {
	if err := os.MkdirAll(cfg.DataDir, 0o750); err != nil {
		return fmt.Errorf("data_dir: %w", err)
	}
	held, err := registry.OpenHeld(filepath.Join(cfg.DataDir, "registry-"+cfg.Tenant))
	if err != nil {
		return fmt.Errorf("open the held reading: %w", err)
	}
	w.held = held
	w.close = append(w.close, held.Close)
	r := cfg.Registry
	if r.Kind == "workbook" {
		w.source, err = registry.NewWorkbook(registry.FileOptions{Path: r.Path, Columns: r.Columns})
		return err
	}
	src, err := registry.NewHTTP(registry.HTTPOptions{
		BaseURL: r.URL, Token: string(r.Token), Dialect: r.Kind, PageSize: r.PageSize, Timeout: r.Timeout, RootCAs: roots, Now: now,
	})
	if err != nil {
		return err
	}
	w.source = src
	w.close = append(w.close, func() error { src.Close(); return nil })
	return nil
}

func priceList(cfg *config.Config) (*registry.PriceList, error) {
	if cfg.PriceList.Path == "" {
		return nil, nil //nolint:nilnil // no price list is configured
	}
	return registry.NewPriceList(registry.FileOptions{Path: cfg.PriceList.Path, Columns: cfg.PriceList.Columns})
}

// accountOf names a shop account in Redis. Without a name in the configuration
// it is made of the address and the login, without telling them: some are
// telephone numbers. A key that is replaced now and then is no part of it, for
// the shop and what is remembered of it stay the same.
func accountOf(m config.Market) string {
	if m.Account != "" {
		return m.Account
	}
	sum := sha256.Sum256([]byte(strings.TrimRight(m.URL, "/") + "\x00" + m.ClientID + m.Username))
	return hex.EncodeToString(sum[:6])
}

func caRoots(file string) (*x509.CertPool, error) {
	pool, err := rootsOf(file)
	if err != nil {
		return nil, fmt.Errorf("tls.ca_file: %w", err)
	}
	return pool, nil
}

// rootsOf gives the system's roots and those of a PEM file; nil, which means the
// system's alone, without a file.
func rootsOf(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // nil means the system's
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", file)
	}
	return pool, nil
}
