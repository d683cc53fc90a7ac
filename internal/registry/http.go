package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"ocopsync/internal/ocop"
)

// The dialects that an HTTP registry may speak (contracts/registry.yaml).
const (
	DialectProvince    = "province"
	DialectOCOPVietnam = "ocopvietnam"
)

// HTTPOptions say where a registry answers and how patiently it is asked.
type HTTPOptions struct {
	BaseURL string // http or https, without user and password
	Token   string // bearer token; "" sends none, as for the ocopvietnam dialect
	Dialect string // DialectProvince when empty

	PageSize int // asked for; 500 for province, 100 for ocopvietnam by default
	Retries  int // of one request, 4 by default; negative for none
	Details  int // details fetched at once by the ocopvietnam dialect, 4 by default
	// DetailAge is after how long a full read fetches a detail again although
	// the list shows no change, 7 days by default.
	DetailAge  time.Duration
	MaxBody    int64 // bytes of one answer, 64 MiB by default
	MaxRecords int   // that a list may claim to have, 1,000,000 by default

	Timeout   time.Duration                         // of one request with its body, 60 s by default
	RootCAs   *x509.CertPool                        // nil for the system's
	Proxy     func(*http.Request) (*url.URL, error) // http.ProxyFromEnvironment by default
	Transport http.RoundTripper                     // replaces the one that RootCAs and Proxy would go into

	Now   func() time.Time                           // time.Now by default
	Sleep func(context.Context, time.Duration) error // by default a timer that ends with the context
}

// HTTP is a registry that answers over HTTP. It is safe for concurrent use;
// reads over the same Held exclude each other.
type HTTP struct {
	opt  HTTPOptions
	base *url.URL
	get  *fetcher
	own  *http.Transport // closed by Close
}

// NewHTTP makes the reader of a registry. It calls nothing.
func NewHTTP(o HTTPOptions) (*HTTP, error) {
	base, err := url.Parse(strings.TrimRight(o.BaseURL, "/"))
	if err != nil {
		return nil, errors.New("registry base_url: not an address") // the parse error would repeat it, secrets and all
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, errors.New("registry base_url: expected an http or https address")
	}
	if base.User != nil {
		return nil, errors.New("registry base_url: user and password do not belong into the address")
	}
	if o.Dialect == "" {
		o.Dialect = DialectProvince
	}
	if o.Dialect != DialectProvince && o.Dialect != DialectOCOPVietnam {
		return nil, fmt.Errorf("registry dialect %q: expected %s or %s", o.Dialect, DialectProvince, DialectOCOPVietnam)
	}
	o = o.withDefaults()
	h := &HTTP{opt: o, base: base}
	transport := o.Transport
	if transport == nil {
		h.own = &http.Transport{
			Proxy:                 o.Proxy,
			TLSClientConfig:       &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost:   o.Details + 1,
			IdleConnTimeout:       90 * time.Second,
			ResponseHeaderTimeout: o.Timeout,
			ForceAttemptHTTP2:     true,
		}
		transport = h.own
	}
	client := resty.NewWithClient(&http.Client{Transport: transport, Timeout: o.Timeout}).SetBaseURL(base.String())
	if o.Token != "" {
		// Set by hand: resty warns about tokens on plain HTTP, which a registry on loopback is.
		client.SetHeader("Authorization", "Bearer "+o.Token)
	}
	h.get = &fetcher{client: client, secret: o.Token, retries: o.Retries, maxBody: o.MaxBody, now: o.Now, sleep: o.Sleep}
	return h, nil
}

func (o HTTPOptions) withDefaults() HTTPOptions {
	size := 500
	if o.Dialect == DialectOCOPVietnam {
		size = 100
	}
	setDefault(&o.PageSize, size)
	setDefault(&o.Retries, 4)
	setDefault(&o.Details, 4)
	setDefault(&o.DetailAge, 7*24*time.Hour)
	setDefault(&o.MaxBody, 64<<20)
	setDefault(&o.MaxRecords, 1_000_000)
	setDefault(&o.Timeout, time.Minute)
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleepTimer
	}
	return o
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// Describe gives the address and the dialect.
func (h *HTTP) Describe() string { return h.base.String() + " (" + h.opt.Dialect + ")" }

// Close closes idle connections. No read may be under way.
func (h *HTTP) Close() {
	if h.own != nil {
		h.own.CloseIdleConnections()
	}
}

// Read reads the registry, see Source.
//
// In the province dialect a conditional read asks for the first page with the
// held ETag: 304 ends it, one call. Otherwise what changed since the held
// reading is laid over it, withdrawn products staying as withdrawn ones. A
// reading that is older than 90 days, of another source, or whose count does not
// agree with the registry's afterwards is read in full.
//
// The ocopvietnam dialect knows no changes: its list is always read in full, and
// details only of what the list shows as new or changed.
func (h *HTTP) Read(ctx context.Context, held *Held, how How, progress func(Progress)) (Reading, error) {
	began := h.opt.Now()
	st, err := held.stage(h.Describe())
	if err != nil {
		return Reading{}, fmt.Errorf("reading %s: %w", h.Describe(), err)
	}
	if progress == nil {
		progress = func(Progress) {}
	}
	rd := &httpRead{h: h, st: st, how: how, began: began, progress: progress}
	if h.opt.Dialect == DialectOCOPVietnam {
		err = rd.national(ctx)
	} else {
		err = rd.province(ctx)
	}
	if err != nil {
		st.Discard()
		return Reading{}, fmt.Errorf("reading %s: %w", h.Describe(), err)
	}
	rd.out.Took = h.opt.Now().Sub(began)
	return rd.out, nil
}

// httpRead is one read under way.
type httpRead struct {
	h        *HTTP
	st       *Staged
	how      How
	began    time.Time
	progress func(Progress)
	seen     *seen // of the list that was read to its end
	pages    int
	out      Reading
}

// finish seals the staged reading and fills the answer.
func (rd *httpRead) finish(kind string, asOf time.Time, etag string) error {
	var faults faultList
	if rd.seen != nil {
		faults = rd.seen.faults
	}
	return finish(rd.st, &rd.out, kind, asOf, etag, "", rd.began, faults, rd.pages)
}

// finish completes a reading of any source.
func finish(st *Staged, out *Reading, kind string, asOf time.Time, etag, stamp string, now time.Time, faults faultList, pages int) error {
	held := st.held.meta
	if kind == KindNotModified {
		st.unchanged(now)
		if stamp != "" {
			st.meta.Stamp = stamp
		}
		*out = Reading{Kind: kind, AsOf: held.AsOf, Total: len(st.entries), Pages: pages, Staged: st}
		return nil
	}
	if err := st.seal(); err != nil {
		return err
	}
	changed, removed := diff(st.base, st.entries)
	m := &st.meta
	m.AsOf, m.ETag, m.Stamp, m.ReadAt, m.Full = asOf, etag, stamp, now.UTC(), held.Full
	m.Faults = held.Faults
	if kind == KindFull {
		m.Full, m.Faults = now.UTC(), len(faults.list)+faults.more
	}
	m.Total = len(st.entries)
	*out = Reading{
		Kind: kind, AsOf: asOf, Total: len(st.entries), Changed: changed, Removed: removed,
		Faults: faults.list, Pages: pages, Staged: st, more: faults.more,
	}
	return nil
}

// place is where a record of a page stands.
func (rd *httpRead) place(path string, page, record int) ocop.Place {
	return ocop.Place{File: fmt.Sprintf("%s%s, page %d", rd.h.base.Host, path, page), Row: record}
}
