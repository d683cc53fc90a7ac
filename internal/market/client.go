package market

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/go-resty/resty/v2"

	"ocopsync/internal/listing"
)

// What a client uses where ClientOptions say nothing.
const (
	DefaultTimeout  = 30 * time.Second
	DefaultMaxBody  = 32 << 20
	DefaultMaxConns = 16
)

const (
	dialTimeout = 10 * time.Second
	// idleTimeout is shorter than any common server's own (Apache: 5 s), so
	// that a write does not go out on a connection that the server is closing:
	// nobody could say whether it arrived.
	idleTimeout  = 4 * time.Second
	maxHeader    = 256 << 10
	maxRedirects = 3
)

// ClientOptions say how a market is called.
type ClientOptions struct {
	Market   listing.Market
	Pacer    *Pacer                                // nil: not paced
	Timeout  time.Duration                         // of one call, from its turn to the end of the answer; DefaultTimeout when 0
	MaxBody  int64                                 // bytes of one answer, unpacked; DefaultMaxBody when 0
	MaxConns int                                   // idle connections kept, that is workers; DefaultMaxConns when 0
	Proxy    func(*http.Request) (*url.URL, error) // nil: as the environment says
	RootCAs  *x509.CertPool                        // nil: the system's
	OnCall   func(Call)                            // told of every attempt; called from many goroutines; may be nil
}

// A Call is one attempt as it went over the wire. It holds no secrets: Path
// has no query, and Err no address.
type Call struct {
	Market listing.Market
	Method string
	Path   string
	Status int           // 0 without an answer
	Date   time.Time     // the market's clock, to the second; zero where it does not tell
	Err    error         // why there was no answer
	Waited time.Duration // for its turn
	Took   time.Duration // from its turn to the answer's headers
}

// NewClient gives the HTTP client of one shop: every attempt waits for its turn
// at the pacer (redirects and the token's call too), is bounded in time and in
// bytes, and is told to OnCall. It retries nothing, keeps no cookies and
// follows redirects of reading calls only, on the same host and never from
// https to http; other redirects come back as answers.
func NewClient(o ClientOptions) *resty.Client {
	c := resty.NewWithClient(&http.Client{
		Transport:     newTransport(o),
		CheckRedirect: checkRedirect,
	})
	c.SetLogger(silent{})
	c.SetDisableWarn(true) // of Basic authentication over http, which check says
	return c
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	reading := req.Method == first.Method && (req.Method == http.MethodGet || req.Method == http.MethodHead)
	sameHost := req.URL.Host == first.URL.Host
	downgrade := first.URL.Scheme == "https" && req.URL.Scheme != "https"
	if !reading || !sameHost || downgrade || len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

func baseTransport(o ClientOptions) *http.Transport {
	proxy := o.Proxy
	if proxy == nil {
		proxy = http.ProxyFromEnvironment
	}
	conns := o.MaxConns
	if conns <= 0 {
		conns = DefaultMaxConns
	}
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           conns,
		MaxIdleConnsPerHost:    conns,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeader,
		WriteBufferSize:        16 << 10,
		ReadBufferSize:         16 << 10,
	}
}

// silent keeps resty from writing to the process's standard error: what matters
// comes back as an error.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
