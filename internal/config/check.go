package config

import (
	"maps"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// report takes a fault of a value as a whole.
type report func(path, format string, args ...any)

// check reports everything that is wrong with the values as a whole.
func (c *Config) check(bad report) {
	if !isName(c.Tenant) {
		bad("tenant", "%q: expected small letters, digits and hyphens, at most 40, like da-lat", cut(c.Tenant))
	}
	if c.DataDir == "" {
		bad("data_dir", "expected a folder for the held reading and the journal")
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "" || c.TimeZone == "Local" {
		bad("time_zone", "%q is no known time zone; expected one like Asia/Ho_Chi_Minh", cut(c.TimeZone))
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		bad("log.level", "%q: expected debug, info, warn or error", cut(c.Log.Level))
	}
	for i, host := range c.Pictures.AllowHosts {
		if strings.Contains(host, "/") || !isHostPort(host) && !isHostPort(host+":80") {
			bad(element("pictures.allow_hosts", i), "%q: expected host or host:port, like 127.0.0.1:8090", cut(host))
		}
	}
	c.checkDaemon(bad)
	c.Redis.check(bad)
	c.Registry.check(bad)
	c.Rules.check(bad)
	c.Guards.check(bad)
	c.checkMarkets(bad)
	if c.Categories == "" {
		bad("categories", "the file that maps groups to the markets' categories is needed, like categories.yaml")
	}
}

func (r Redis) check(bad report) {
	var ways []string
	for _, way := range []struct {
		name  string
		given bool
	}{{"url", r.URL != ""}, {"sentinel", r.Sentinel.Master != "" || len(r.Sentinel.Addresses) > 0}, {"cluster", len(r.Cluster) > 0}} {
		if way.given {
			ways = append(ways, way.name)
		}
	}
	switch {
	case len(ways) == 0:
		bad("redis", "say where Redis is: url (redis://host:6379/0), sentinel or cluster")
	case len(ways) > 1:
		bad("redis", "give one of url, sentinel and cluster; %s are given", strings.Join(ways, " and "))
	}
	if r.URL != "" && r.URL != "embedded" {
		checkURL(bad, "redis.url", r.URL, "redis", "rediss", "unix")
	}
	if (r.Sentinel.Master == "") != (len(r.Sentinel.Addresses) == 0) {
		bad("redis.sentinel", "both master (its name) and addresses (host:port of the Sentinels) are needed")
	}
	checkAddresses(bad, "redis.sentinel.addresses", r.Sentinel.Addresses)
	checkAddresses(bad, "redis.cluster", r.Cluster)
}

func (r Registry) check(bad report) {
	switch r.Kind {
	case "province", "ocopvietnam":
		checkURL(bad, "registry.url", r.URL, "http", "https")
		if r.Kind == "province" && r.Token == "" {
			bad("registry.token", "the province dialect needs a token (token or token_file)")
		}
	case "workbook":
		if r.Path == "" {
			bad("registry.path", "a workbook needs its path (.xlsx, .csv or .json)")
		}
	default:
		bad("registry.kind", "%q: expected province, ocopvietnam or workbook", cut(r.Kind))
	}
	for i, code := range r.Canaries {
		if strings.TrimSpace(code) == "" || strings.TrimSpace(code) != code {
			bad(element("registry.canaries", i), "%q: expected a product's code as the registry writes it", cut(code))
		}
	}
	if r.PageSize < 1 || r.PageSize > 500 {
		bad("registry.page_size", "%d: expected 1 to 500 (the registry's contract)", r.PageSize)
	}
	checkTimeout(bad, "registry.timeout", r.Timeout)
}

func (r Rules) check(bad report) {
	if r.MinStars < 3 || r.MinStars > 5 {
		bad("rules.min_stars", "%d: expected 3 to 5; the programme promises the products with 3 stars and up", r.MinStars)
	}
	if r.GraceDays < 0 || r.GraceDays > 180 {
		bad("rules.grace_days", "%d: expected 0 to 180", r.GraceDays)
	}
	if !regexp.MustCompile(`^[A-Z0-9]([A-Z0-9-]{0,9}[A-Z0-9])?-$`).MatchString(r.SKUPrefix) || strings.Contains(r.SKUPrefix, "--") {
		bad("rules.sku_prefix", "%q: expected capital letters, digits and single hyphens, at most 12, ending in a hyphen, like OCOP-", cut(r.SKUPrefix))
	}
	if s := r.DefaultStock; s != nil && *s < 0 {
		bad("rules.default_stock", "%d: expected 0 or more, or leave it out", *s)
	}
}

func (g Guards) check(bad report) {
	for _, guard := range []struct {
		path  string
		value int
	}{
		{"guards.max_shrink_percent", g.MaxShrinkPercent}, {"guards.max_unlist_percent", g.MaxUnlistPercent},
		{"guards.max_update_percent", g.MaxUpdatePercent},
	} {
		if guard.value < 1 || guard.value > 100 {
			bad(guard.path, "%d: expected 1 to 100", guard.value)
		}
	}
	if p := g.PriceJumpPercent; p < 0 || p > 1000 {
		bad("guards.price_jump_percent", "%d: expected 1 to 1000, or 0 for no such guard", p)
	}
	if g.Hold != HoldUnlistOnly && g.Hold != HoldAll {
		bad("guards.hold", "%q: expected %s or %s", cut(g.Hold), HoldUnlistOnly, HoldAll)
	}
}

func (c *Config) checkMarkets(bad report) {
	enabled := 0
	at := make(map[string]string) // which market is at an address
	for _, name := range slices.Sorted(maps.Keys(c.Markets)) {
		m := c.Markets[name]
		switch {
		case marketKeys(name) == nil:
			bad(join("markets", name), "no such market; known are postmart, voso and lamdong")
		case m.Enabled:
			enabled++
			m.check(name, bad)
			address := strings.ToLower(strings.TrimRight(m.URL, "/"))
			if other := at[address]; other != "" && address != "" {
				bad(join(join("markets", name), "url"), "is also the address of %s; two markets can't be one shop", other)
			}
			at[address] = name
		}
	}
	if enabled == 0 {
		bad("markets", "no market is enabled; with none nothing can be put on sale")
	}
}

// marketKeys are the credentials that a market takes; nil for an unknown one.
func marketKeys(market string) []string {
	switch market {
	case "postmart":
		return []string{"client_id", "client_secret"}
	case "voso":
		return []string{"username", "password"}
	case "lamdong":
		return []string{"consumer_key", "consumer_secret"}
	}
	return nil
}

func (m Market) check(name string, bad report) {
	at := join("markets", name)
	needed := marketKeys(name)
	for _, credential := range []struct {
		key, value string
		secret     bool
	}{
		{"client_id", m.ClientID, false}, {"client_secret", string(m.ClientSecret), true}, {"username", m.Username, false},
		{"password", string(m.Password), true}, {"consumer_key", string(m.ConsumerKey), true}, {"consumer_secret", string(m.ConsumerSecret), true},
	} {
		path, need := join(at, credential.key), slices.Contains(needed, credential.key)
		switch {
		case need && credential.value == "" && credential.secret:
			bad(path, "is missing or empty; give it as a file (%s_file), from the environment (${NAME}) or here", credential.key)
		case need && credential.value == "":
			bad(path, "is missing or empty; %s takes %s", name, strings.Join(needed, " and "))
		case !need && credential.value != "":
			bad(path, "%s does not take it; its credentials are %s", name, strings.Join(needed, " and "))
		}
	}
	if m.Account != "" && !isName(m.Account) {
		bad(join(at, "account"), "%q: expected small letters, digits and hyphens, at most 40, like da-lat-shop, or leave it out", cut(m.Account))
	}
	checkURL(bad, join(at, "url"), m.URL, "http", "https")
	if !slices.Contains([]string{"sync", "upsert-only", "create-only", "observe"}, m.Policy) {
		bad(join(at, "policy"), "%q: expected sync, upsert-only, create-only or observe", cut(m.Policy))
	}
	if m.Rate < 0 {
		bad(join(at, "rate"), "expected calls a second, or 0 for no limit")
	}
	if m.Burst < 0 {
		bad(join(at, "burst"), "%d: expected 0 or more", m.Burst)
	}
	if m.Workers < 0 || m.Workers > 64 {
		bad(join(at, "workers"), "%d: expected 1 to 64, or 0 for the market's own number", m.Workers)
	}
	checkTimeout(bad, join(at, "timeout"), m.Timeout)
}

// isName says whether a word may name a tenant or an account in Redis.
func isName(s string) bool { return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`).MatchString(s) }

func checkTimeout(bad report, path string, d time.Duration) {
	if d < time.Second || d > 10*time.Minute {
		bad(path, "%s: expected 1s to 10m", d)
	}
}

// checkURL reports what is wrong with an address. It does not repeat it: it may
// hold a password.
func checkURL(bad report, path, value string, schemes ...string) {
	u, err := url.Parse(value)
	switch {
	case value == "":
		bad(path, "is missing or empty; expected an address like %s://host", schemes[0])
	case err != nil || !slices.Contains(schemes, u.Scheme) || u.Host == "" && (u.Scheme != "unix" || u.Path == ""):
		bad(path, "is no address of the form %s://host", strings.Join(schemes, ":// or "))
	case (u.Scheme == "http" || u.Scheme == "https") && (u.User != nil || u.RawQuery != "" || u.Fragment != ""):
		bad(path, "must not hold a user, a password, ? or #; addresses are logged, credentials have keys of their own")
	}
}

func checkAddresses(bad report, path string, addresses []string) {
	for i, a := range addresses {
		if !isHostPort(a) {
			bad(element(path, i), "%q: expected host:port", cut(a))
		}
	}
}

func isHostPort(address string) bool {
	host, port, err := net.SplitHostPort(address)
	n, portErr := strconv.ParseUint(port, 10, 16)
	return err == nil && portErr == nil && n > 0 && host != "" && !strings.ContainsAny(host, " /@")
}

func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
