package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"time"

	"ocopsync/internal/config"
	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/lamdong"
	"ocopsync/internal/market/postmart"
	"ocopsync/internal/market/voso"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// shop is a market as wired: for the engine, and for check.
type shop struct {
	reconcile.Shop
	account string
	assumed bool
}

type shopParts struct {
	roots  *x509.CertPool
	store  *state.Store // nil: pictures are remembered in the process only
	onCall func(market.Call)
	now    func() time.Time
	pace   pace
}

func openShops(cfg *config.Config, parts shopParts) ([]shop, error) {
	var shops []shop
	for _, name := range slices.Sorted(maps.Keys(cfg.Markets)) {
		mc := cfg.Markets[name]
		if !mc.Enabled {
			continue
		}
		s, err := openShop(cfg, listing.Market(name), mc, parts)
		if err != nil {
			return nil, fmt.Errorf("market %s: %w", name, err)
		}
		shops = append(shops, s)
	}
	return shops, nil
}

func openShop(cfg *config.Config, name listing.Market, mc config.Market, parts shopParts) (shop, error) {
	adapter, ensure, err := openAdapter(cfg, name, mc, parts)
	if err != nil {
		return shop{}, err
	}
	caps := adapter.Capabilities()
	workers := mc.Workers
	if workers == 0 {
		workers = caps.Workers
	}
	return shop{
		Shop: reconcile.Shop{
			Market:  market.Retry(market.Circuit(adapter, parts.pace.circuit), parts.pace.retry),
			Mapping: mappingOf(cfg.Mapping[string(name)]), Workers: workers, Rate: mc.Rate, Timeout: mc.Timeout, Ensure: ensure,
			Policy: plan.Policy(mc.Policy),
		},
		account: accountOf(mc), assumed: caps.Assumed,
	}, nil
}

func openAdapter(cfg *config.Config, name listing.Market, mc config.Market, parts shopParts) (market.Market, func(context.Context) error, error) {
	client := market.NewClient(market.ClientOptions{
		Market: name, Pacer: market.NewPacer(market.PacerOptions{Rate: mc.Rate, Burst: mc.Burst}),
		Timeout: mc.Timeout, MaxConns: max(mc.Workers, 16), RootCAs: parts.roots, OnCall: parts.onCall,
	})
	switch name {
	case "postmart":
		var pictures market.PictureStore
		if parts.store != nil {
			pictures = pictureStore{parts.store}
		}
		return postmart.New(postmart.Options{
			BaseURL: mc.URL, ClientID: mc.ClientID, ClientSecret: string(mc.ClientSecret), HTTP: client, Pictures: pictures, Now: parts.now,
			Fetch: market.NewFetcher(market.FetchOptions{MaxBytes: postmart.PictureMaxBytes, MinSide: postmart.PictureMinSide, AllowHosts: cfg.Pictures.AllowHosts, RootCAs: parts.roots}),
		}), nil, nil
	case "voso":
		return voso.New(voso.Options{BaseURL: mc.URL, Username: mc.Username, Password: string(mc.Password), HTTP: client, Now: parts.now}), nil, nil
	case "lamdong":
		m := lamdong.New(lamdong.Options{
			BaseURL: mc.URL, ConsumerKey: string(mc.ConsumerKey), ConsumerSecret: string(mc.ConsumerSecret), HTTP: client, Now: parts.now,
		})
		var wanted []lamdong.CategorySpec
		for _, c := range cfg.Mapping[string(name)].Categories {
			wanted = append(wanted, lamdong.CategorySpec{Slug: c.Category, Name: c.Name})
		}
		return m, func(ctx context.Context) error {
			_, err := m.EnsureCategories(ctx, wanted)
			return err
		}, nil
	}
	return nil, nil, fmt.Errorf("no adapter for %q", name)
}

func mappingOf(m config.Mapping) listing.Mapping {
	var categories []listing.CategoryRule
	for _, c := range m.Categories {
		categories = append(categories, listing.CategoryRule{Group: ocop.Group(c.Group), Subgroup: c.Subgroup, Category: c.Category})
	}
	var refusals []listing.Refusal
	for _, r := range m.Refuse {
		refusals = append(refusals, listing.Refusal{
			Group: ocop.Group(r.Group), Subgroup: r.Subgroup, Unless: ocop.DocumentKind(r.Unless), Why: ocop.Text(r.Why),
		})
	}
	return listing.NewMapping(categories, refusals)
}

// pictureStore lets an adapter remember uploaded pictures in Redis.
type pictureStore struct{ store *state.Store }

func (s pictureStore) Pictures(ctx context.Context, m listing.Market, urls []string) (map[string]market.Picture, error) {
	found, err := s.store.Pictures(ctx, m, urls)
	if err != nil {
		return nil, err
	}
	out := make(map[string]market.Picture, len(found))
	for url, p := range found {
		out[url] = market.Picture(p)
	}
	return out, nil
}

func (s pictureStore) SavePictures(ctx context.Context, m listing.Market, pics map[string]market.Picture) error {
	in := make(map[string]state.Picture, len(pics))
	for url, p := range pics {
		in[url] = state.Picture(p)
	}
	return s.store.SavePictures(ctx, m, in)
}
