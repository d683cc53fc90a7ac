package config

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Schedule says when the daemon works the markets by itself. What a schedule
// may look like is the queue's to say: this package only carries it.
type Schedule struct {
	Sync   string        `yaml:"sync"`   // five fields as cron has them, in time_zone, or off
	Verify string        `yaml:"verify"` // likewise
	Jitter time.Duration `yaml:"jitter"` // at most this is added to a tick's time
}

// Admin is the daemon's HTTP server: pages, API, health and metrics.
type Admin struct {
	Listen    string   `yaml:"listen"`     // host:port; without a host: everywhere; port 0: any free one
	PublicURL string   `yaml:"public_url"` // how browsers reach it, without a slash at its end; "": at Listen
	TLS       AdminTLS `yaml:"tls"`
	// TrustedProxies are the networks whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix `yaml:"trusted_proxies"`
}

// AdminTLS is the certificate that the daemon shows, with its chain, and its
// key, both PEM. Without it the daemon speaks plain HTTP.
type AdminTLS struct {
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

// On says whether the daemon speaks https itself.
func (t AdminTLS) On() bool { return t.CertFile != "" }

func (c *Config) checkDaemon(bad report) {
	if j := c.Schedule.Jitter; j > 15*time.Minute {
		bad("schedule.jitter", "%s: expected 0s to 15m", j)
	}
	if g := c.ShutdownGrace; g < time.Second || g > 5*time.Minute {
		bad("shutdown_grace", "%s: expected 1s to 5m", g)
	}
	c.Admin.check(bad)
}

func (a Admin) check(bad report) {
	host, port, err := net.SplitHostPort(a.Listen)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil || !regexp.MustCompile(`^[A-Za-z0-9.:%_-]*$`).MatchString(host) {
		bad("admin.listen", `%q: expected host:port, like 127.0.0.1:8080, or ":8080" for every address of this machine`, cut(a.Listen))
	}
	if (a.TLS.CertFile == "") != (a.TLS.KeyFile == "") {
		bad("admin.tls", "both cert_file and key_file (PEM) are needed, or neither")
	}
	if a.PublicURL == "" {
		return
	}
	checkURL(bad, "admin.public_url", a.PublicURL, "https", "http")
	u, err := url.Parse(a.PublicURL)
	switch {
	case err != nil: // told
	case strings.Trim(u.Path, "/") != "":
		bad("admin.public_url", "must not have a path: the pages are at the root; give the daemon a name of its own, like https://ocop.example")
	case u.Scheme == "http" && a.TLS.On():
		bad("admin.public_url", "says http while admin.tls makes the daemon speak https; write https://%s", u.Host)
	}
}

// network reads a network in CIDR form, or an address, which is the network of
// that address alone. The daemon compares addresses in their plain form, so one
// that never could be equal is refused.
func network(text string) (netip.Prefix, string) {
	const form = "expected a network like 10.0.0.0/8 or an address like 10.1.2.3"
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, aerr := netip.ParseAddr(text)
		if aerr != nil || a.Zone() != "" {
			return p, form
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	switch {
	case p.Addr().Is4In6():
		return p, "write an IPv4 address as such, like 10.1.2.3"
	case p != p.Masked():
		return p, "is an address within a network; write the network, " + p.Masked().String() + ", or the address alone, " + p.Addr().String()
	case p.Bits() == 0:
		return p, "is everybody: then anyone could claim to call from anywhere; name the proxy's own address or network"
	}
	return p, ""
}
