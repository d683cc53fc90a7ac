package config

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// check adds everything that is wrong with the values as a whole.
func (c *Config) check(d *decoder) {
	bad := func(path, format string, args ...any) { d.fault(nil, path, format, args...) }
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`).MatchString(c.Tenant) {
		bad("tenant", "%q: expected small letters, digits and hyphens, at most 40, like da-lat", c.Tenant)
	}
	if c.DataDir == "" {
		bad("data_dir", "expected a folder for the held reading and the journal")
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "" {
		bad("time_zone", "%q is no known time zone, expected one like Asia/Ho_Chi_Minh", c.TimeZone)
	}
	if _, err := strconv.Atoi(c.Log.Level); err == nil || !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		bad("log.level", "%q: expected debug, info, warn or error", c.Log.Level)
	}
	c.Redis.check(bad)
	c.Registry.check(bad)
	c.checkRules(bad)
	c.checkMarkets(bad)
}

type report func(path, format string, args ...any)

func (r Redis) check(bad report) {
	ways := 0
	for _, given := range []bool{r.URL != "", r.Sentinel.Master != "" || len(r.Sentinel.Addresses) > 0, len(r.Cluster) > 0} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		bad("redis", "give exactly one of url, sentinel and cluster; %d are given", ways)
	}
	if r.URL != "" && r.URL != "embedded" {
		checkURL(bad, "redis.url", r.URL, "redis", "rediss", "unix")
	}
	if (r.Sentinel.Master == "") != (len(r.Sentinel.Addresses) == 0) {
		bad("redis.sentinel", "both master and addresses are needed")
	}
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
		bad("registry.kind", "%q: expected province, ocopvietnam or workbook", r.Kind)
	}
	if r.PageSize < 1 || r.PageSize > 500 {
		bad("registry.page_size", "%d: expected 1 to 500 (registry contract)", r.PageSize)
	}
}

func (c *Config) checkRules(bad report) {
	if c.Rules.MinStars < 3 || c.Rules.MinStars > 5 {
		bad("rules.min_stars", "%d: expected 3 to 5; the programme promises products with 3 stars and up", c.Rules.MinStars)
	}
	if c.Rules.GraceDays < 0 || c.Rules.GraceDays > 180 {
		bad("rules.grace_days", "%d: expected 0 to 180", c.Rules.GraceDays)
	}
	if !regexp.MustCompile(`^[A-Z0-9]([A-Z0-9-]{0,9}[A-Z0-9])?-$`).MatchString(c.Rules.SKUPrefix) || strings.Contains(c.Rules.SKUPrefix, "--") {
		bad("rules.sku_prefix", "%q: expected capital letters, digits and single hyphens, at most 12, ending in a hyphen, like OCOP-", c.Rules.SKUPrefix)
	}
	if s := c.Rules.DefaultStock; s != nil && *s < 0 {
		bad("rules.default_stock", "%d: expected 0 or more, or leave it out", *s)
	}
	for path, v := range map[string]int{"guards.max_shrink_percent": c.Guards.MaxShrinkPercent, "guards.max_unlist_percent": c.Guards.MaxUnlistPercent} {
		if v < 1 || v > 100 {
			bad(path, "%d: expected 1 to 100", v)
		}
	}
}

func (c *Config) checkMarkets(bad report) {
	enabled := 0
	for _, name := range slices.Sorted(maps.Keys(c.Markets)) {
		m, at := c.Markets[name], "markets."+name
		if !m.Enabled {
			continue
		}
		enabled++
		need := func(key, value string) {
			if value == "" {
				bad(at+"."+key, "is needed for %s", name)
			}
		}
		switch name {
		case "postmart":
			need("client_id", m.ClientID)
			need("client_secret", string(m.ClientSecret))
		case "voso":
			need("username", m.Username)
			need("password", string(m.Password))
		case "lamdong":
			need("consumer_key", string(m.ConsumerKey))
			need("consumer_secret", string(m.ConsumerSecret))
		default:
			bad(at, "no such market; known are postmart, voso and lamdong")
			continue
		}
		checkURL(bad, at+".url", m.URL, "http", "https")
		if m.Rate < 0 || m.Burst < 0 || m.Workers < 0 || m.Workers > 64 {
			bad(at, "rate and burst must be 0 or more, workers 0 to 64")
		}
		if m.Timeout < time.Second {
			bad(at+".timeout", "%s: expected at least 1s", m.Timeout)
		}
	}
	if enabled == 0 {
		bad("markets", "no market is enabled")
	}
	if c.Categories == "" {
		bad("categories", "the file that maps groups to the markets' categories is needed")
	}
}

func checkURL(bad report, path, value string, schemes ...string) {
	u, err := url.Parse(value)
	switch {
	case value == "":
		bad(path, "is needed")
	case err != nil || u.Host == "" && u.Path == "" || !slices.Contains(schemes, u.Scheme):
		// The value is not repeated: an address may hold a password.
		bad(path, "is no address of the form %s://host", strings.Join(schemes, ":// or "))
	}
}

// checkMapping adds everything that is wrong with the categories file.
func (c *Config) checkMapping(d *decoder) {
	groups := []string{"thuc-pham", "do-uong", "duoc-lieu", "thu-cong-my-nghe", "sinh-vat-canh", "du-lich"}
	documents := []string{"", "ocop_certificate", "food_safety", "alcohol_licence", "health_declaration"}
	for _, name := range slices.Sorted(maps.Keys(c.Mapping)) {
		for i, r := range c.Mapping[name].Categories {
			at := name + ".categories[" + strconv.Itoa(i) + "]"
			if !slices.Contains(groups, r.Group) {
				d.fault(nil, at+".group", "%q: expected one of %s", r.Group, strings.Join(groups, ", "))
			}
			if r.Category == "" {
				d.fault(nil, at+".category", "the market's category is missing")
			}
		}
		for i, r := range c.Mapping[name].Refuse {
			at := name + ".refuse[" + strconv.Itoa(i) + "]"
			if r.Group == "" && r.Subgroup == "" {
				d.fault(nil, at, "group or subgroup is needed")
			}
			if r.Group != "" && !slices.Contains(groups, r.Group) {
				d.fault(nil, at+".group", "%q: expected one of %s", r.Group, strings.Join(groups, ", "))
			}
			if !slices.Contains(documents, r.Unless) {
				d.fault(nil, at+".unless", "%q: expected one of %s", r.Unless, strings.Join(documents[1:], ", "))
			}
			if r.Why.VI == "" || r.Why.EN == "" {
				d.fault(nil, at+".why", "a sentence in Vietnamese (vi) and English (en) is needed: officers read it")
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Markets)) {
		if _, mapped := c.Mapping[name]; c.Markets[name].Enabled && !mapped {
			d.fault(nil, name, "this market is enabled and has no categories here")
		}
	}
}
