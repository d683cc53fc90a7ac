package main

import (
	"context"
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ocopsync/internal/config"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
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
				found = append(found, say("configuration", levelBad, ocop.Text{VI: f.String(), EN: f.String()}))
			}
			return a.reportCheck(found)
		}
		return a.reportCheck([]finding{bad("configuration", err)})
	}
	found = append(found, good("configuration", ocop.Text{VI: "%s và %s", EN: "%s and %s"}, a.configPath, cfg.Categories))
	if offline {
		return a.reportCheck(found)
	}
	roots, err := caRoots(cfg.TLS.CAFile)
	if err != nil {
		return a.reportCheck(append(found, bad("tls", err)))
	}
	found = append(found, checkDataDir(cfg.DataDir))
	found = append(found, a.checkRedis(ctx, cfg)...)
	found = append(found, a.checkSources(ctx, cfg, roots)...)
	found = append(found, a.checkMarkets(ctx, cfg, roots)...)
	return a.reportCheck(found)
}

func (a *app) checkRedis(ctx context.Context, cfg *config.Config) []finding {
	if cfg.Redis.URL == "embedded" {
		return []finding{say("redis", levelWarn, ocop.Text{
			VI: "embedded: chỉ lệnh serve dùng được, để dùng thử; bộ nhớ mất khi tiến trình kết thúc",
			EN: "embedded: only serve takes it, for a trial; its memory ends with the process",
		})}
	}
	w := &works{}
	defer func() { _ = w.Close() }()
	if err := w.openState(ctx, cfg, wiring{now: a.now, readOnly: true, noData: true}); err != nil {
		return []finding{bad("redis", err)}
	}
	if err := w.store.Writable(ctx); err != nil {
		return []finding{bad("redis", err)}
	}
	settings, err := w.store.CheckSettings(ctx)
	if err != nil {
		return []finding{bad("redis", err)}
	}
	found := []finding{good("redis", ocop.Text{VI: "kết nối được, đơn vị %s", EN: "reachable, tenant %s"}, cfg.Tenant)}
	for _, s := range settings {
		level := levelBad
		switch s.Verdict {
		case state.Fit:
			level = levelOK
		case state.Unchecked, state.Warned:
			level = levelWarn
		case state.Refused:
		}
		found = append(found, say("redis", level, settingText(s)))
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
		return append(found, bad("registry", err))
	}
	defer done()
	tmp.DataDir = dir
	if err := w.openSource(&tmp, roots, a.now); err != nil {
		return append(found, bad("registry", err))
	}
	found = append(found, checkRegistry(ctx, w)...)
	return append(found, checkPrices(ctx, cfg)...)
}

func checkRegistry(ctx context.Context, w *works) []finding {
	reading, err := w.source.Read(ctx, w.held, 0, nil)
	if err != nil {
		return []finding{bad("registry", err)}
	}
	defer reading.Staged.Discard()
	at := w.source.Describe()
	if reading.Total == 0 {
		return []finding{say("registry", levelBad, ocop.Text{VI: "%s không trả về sản phẩm nào", EN: "%s answers with no products"}, at)}
	}
	found := []finding{good("registry", counting(ocop.Text{VI: "%s: ", EN: "%s: "}, reading.Total, productNoun()), at)}
	if n := reading.FaultCount(); n > 0 {
		found = append(found, unread("registry", n))
	}
	return found
}

func checkPrices(ctx context.Context, cfg *config.Config) []finding {
	list, err := priceList(cfg)
	if err != nil {
		return []finding{bad("price list", err)}
	}
	if list == nil {
		return []finding{say("price list", levelWarn, ocop.Text{
			VI: "chưa cấu hình bảng giá: sổ đăng ký không có giá thì không đăng bán được gì",
			EN: "none is configured: without prices from the registry nothing can be listed",
		})}
	}
	prices, _, err := list.Read(ctx)
	if err != nil {
		return []finding{bad("price list", err)}
	}
	head := counting(ocop.Text{VI: "%s: ", EN: "%s: "}, prices.Len(), noun{"price", "prices", "giá bán"})
	found := []finding{good("price list", ocop.Text{VI: head.VI + ", trung vị %s", EN: head.EN + ", median %s"}, cfg.PriceList.Path, prices.Median())}
	if n := len(prices.Faults()); n > 0 {
		found = append(found, unread("price list", n))
	}
	return found
}

func (a *app) checkMarkets(ctx context.Context, cfg *config.Config, roots *x509.CertPool) []finding {
	heard := newClocks(a.now)
	shops, err := openShops(cfg, shopParts{roots: roots, now: a.now, onCall: heard.call})
	if err != nil {
		return []finding{bad("markets", err)}
	}
	var found []finding
	for _, s := range shops {
		name := string(s.Market.Name())
		if s.assumed {
			found = append(found, say(name, levelWarn, ocop.Text{
				VI: "giao thức là giả định: chưa biết sàn này có API đăng bán công khai nào",
				EN: "the wire contract is assumed: no public listing API of this market is known",
			}))
		}
		facts, err := factsOf(ctx, s)
		if !heard.answered(s.Market.Name()) && err != nil {
			found = append(found, unreachable(name, err))
			continue
		}
		found = append(found, heard.finding(s.Market.Name()))
		if err != nil {
			found = append(found, bad(name, err))
			continue
		}
		found = append(found, good(name, counting(ocop.Text{VI: "tài khoản được chấp nhận, ", EN: "credentials accepted, "},
			len(facts.Categories), noun{"category", "categories", "ngành hàng"})))
		found = append(found, checkCategories(cfg, s, facts)...)
	}
	return found
}

// factsTimeout bounds how long a market that does not answer is waited for.
const factsTimeout = 30 * time.Second

// factsOf asks a market for its facts, at the pace that a run keeps too: a call
// beside it could cost the shop its quota (a 429 of voso locks it).
func factsOf(ctx context.Context, s shop) (listing.Facts, error) {
	ctx, cancel := context.WithTimeout(ctx, factsTimeout)
	defer cancel()
	return s.Market.Facts(ctx)
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
		return []finding{say(name, levelWarn, ocop.Text{
			VI: "các ngành hàng này được tạo ở lượt đồng bộ đầu tiên: %s", EN: "these categories are made at the first sync: %s",
		}, strings.Join(missing, ", "))}
	}
	return []finding{say(name, levelBad, ocop.Text{
		VI: "sàn không có các ngành hàng này của %s: %s", EN: "the market does not know these categories of %s: %s",
	}, cfg.Categories, strings.Join(missing, ", "))}
}
