package market

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
)

// guard sends the fetcher's requests. Without a proxy the address is looked at
// when dialling, so that a name which answers differently the second time
// (DNS rebinding) gains nothing. With one the proxy does the dialling: then the
// address is looked at as far as we can tell, and the proxy's own rules hold.
type guard struct {
	allow   []string
	proxy   func(*http.Request) (*url.URL, error)
	direct  *http.Transport
	proxied *http.Transport
}

func newGuard(o FetchOptions) *guard {
	g := &guard{allow: o.AllowHosts, proxy: o.Proxy}
	if g.proxy == nil {
		g.proxy = http.ProxyFromEnvironment
	}
	conns := orElse(o.MaxConns, DefaultMaxConns)
	g.direct = &http.Transport{
		DialContext:            g.dial,
		TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    conns,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
		ReadBufferSize:         16 << 10, // an answer's head and much of a picture in one read
		DisableCompression:     true,     // a picture is not packed again, so a bomb can't be either
	}
	g.proxied = g.direct.Clone()
	g.proxied.DialContext = (&net.Dialer{Timeout: dialTimeout}).DialContext
	g.proxied.Proxy = g.proxy
	return g
}

func (g *guard) RoundTrip(req *http.Request) (*http.Response, error) {
	proxy, err := g.proxy(req)
	if err != nil {
		return nil, fmt.Errorf("choosing a proxy: %w", err)
	}
	if proxy == nil {
		return g.direct.RoundTrip(req)
	}
	if err := g.checkBeforeProxy(req); err != nil {
		return nil, err
	}
	return g.proxied.RoundTrip(req)
}

// CloseIdleConnections is found by http.Client.
func (g *guard) CloseIdleConnections() {
	g.direct.CloseIdleConnections()
	g.proxied.CloseIdleConnections()
}

func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	if !g.allowed(address) {
		d.Control = func(_, resolved string, _ syscall.RawConn) error { return checkResolved(resolved) }
	}
	return d.DialContext(ctx, network, address)
}

// allowed says whether "host:port" may be a private address.
func (g *guard) allowed(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && slices.ContainsFunc(g.allow, func(a string) bool {
		return strings.EqualFold(a, address) || strings.EqualFold(strings.Trim(a, "[]"), host)
	})
}

func (g *guard) checkBeforeProxy(req *http.Request) error {
	host, port := req.URL.Hostname(), req.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[req.URL.Scheme]
	}
	if g.allowed(net.JoinHostPort(host, port)) {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return checkResolved(netip.AddrPortFrom(ip, 0).String())
	}
	found, err := net.DefaultResolver.LookupNetIP(req.Context(), "ip", host)
	if err != nil {
		return nil //nolint:nilerr // only the proxy can look names up here
	}
	for _, ip := range found {
		if err := checkResolved(netip.AddrPortFrom(ip, 0).String()); err != nil {
			return err
		}
	}
	return nil
}

func checkResolved(address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(ap.Addr()) {
		return &PictureError{Address: address, Why: whyPrivate()}
	}
	return nil
}

// isPublic says whether an address is in the open internet (IANA's
// special-purpose registries for IPv4 and IPv6).
func isPublic(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	if ip.Is6() && !netip.MustParsePrefix("2000::/3").Contains(ip) {
		return false
	}
	return !slices.ContainsFunc(specialPrefixes(), func(p netip.Prefix) bool { return p.Contains(ip) })
}

func specialPrefixes() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		// Those that carry an IPv4 address within, and those for documents.
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}
