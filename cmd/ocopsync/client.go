package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/go-resty/resty/v2"

	"ocopsync/internal/ocop"
)

// What bounds a call of the daemon. It answers within 10 s or says that it can't.
const (
	callTimeout = 30 * time.Second
	dialTimeout = 10 * time.Second
	maxAnswer   = 32 << 20
)

// A client calls a running daemon's admin API (internal/admin/openapi.yaml).
// Make it with app.client.
type client struct {
	app     *app // whose language it speaks
	address sourced
	token   sourced
	http    *resty.Client
	now     func() time.Time

	again    []time.Duration // how long to wait before each further attempt of a call that may be repeated
	rest     time.Duration   // between two attempts to follow a run
	silence  time.Duration   // after which a stream is taken for dead
	patience time.Duration   // how long a daemon may be away while a run is followed
}

// client gives the client of the daemon at the address that r and the
// environment name. It calls nothing.
func (a *app) client(r reach) (*client, error) {
	address, err := a.findAddress(r)
	if err != nil {
		return nil, err
	}
	token, err := a.findToken(r)
	if err != nil {
		return nil, err
	}
	roots, err := rootsOf(r.caFile)
	if err != nil {
		return nil, fmt.Errorf("--ca-file: %w", err)
	}
	calls := resty.NewWithClient(&http.Client{
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    dialTimeout,
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: 256 << 10,
		},
		// A redirect would take the token elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
	calls.SetBaseURL(address.value).SetResponseBodyLimit(maxAnswer).SetLogger(quiet{}).SetDisableWarn(true)
	calls.SetHeader("Authorization", "Bearer "+token.value).SetHeader("Accept-Language", a.lang).SetHeader("User-Agent", "ocopsync/"+version)
	return &client{
		app: a, address: address, token: token, http: calls, now: a.now,
		again: []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second},
		rest:  time.Second, silence: 45 * time.Second, patience: 5 * time.Minute,
	}, nil
}

// aside tells the person something beside the result, on a line of its own.
func (a *app) aside(t ocop.Text, args ...any) { _, _ = fmt.Fprintln(a.err, a.fill(t, args...)) }

// quiet keeps resty from writing to standard error.
type quiet struct{}

func (quiet) Errorf(string, ...any) {}
func (quiet) Warnf(string, ...any)  {}
func (quiet) Debugf(string, ...any) {}

// An ask is one call as it is to be made.
type ask struct {
	method, path string
	query        url.Values
	body         any    // sent as JSON; nil: none
	key          string // Idempotency-Key; "": none
}

// call makes one call and gives the answer's body and headers. It fails with a
// fault, within a usageError where the daemon finds fault with what was asked.
func (d *client) call(ctx context.Context, q ask) ([]byte, http.Header, error) {
	limited, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req := d.http.R().SetContext(limited).SetHeader("Accept", "application/json").SetQueryParamsFromValues(q.query)
	if q.body != nil {
		body, err := json.Marshal(q.body)
		if err != nil {
			return nil, nil, fmt.Errorf("encode the request: %w", err)
		}
		req.SetHeader("Content-Type", "application/json").SetBody(body)
	}
	if q.key != "" {
		req.SetHeader("Idempotency-Key", q.key)
	}
	resp, err := req.Execute(q.method, q.path)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, nil, context.Cause(ctx)
	case err != nil:
		return nil, nil, d.noAnswer(err)
	case resp.StatusCode() >= 300:
		return nil, nil, d.refused(resp.StatusCode(), resp.Header(), resp.Body())
	case resp.StatusCode() != http.StatusNoContent && !json.Valid(resp.Body()):
		return nil, nil, d.stranger(resp.StatusCode())
	}
	return resp.Body(), resp.Header(), nil
}

// get reads what is at a path into v, and gives it as it came.
func (d *client) get(ctx context.Context, path string, query url.Values, v any) ([]byte, error) {
	body, _, err := d.call(ctx, ask{method: http.MethodGet, path: path, query: query})
	if err != nil {
		return nil, err
	}
	return body, d.decode(body, v)
}

// persist makes a call that may be repeated until it is answered, a few times.
// The fault that it fails with says whether any attempt may have arrived.
func (d *client) persist(ctx context.Context, q ask) ([]byte, http.Header, error) {
	arrived, said := false, ""
	for n := 0; ; n++ {
		body, header, err := d.call(ctx, q)
		var f *fault
		if err == nil || !errors.As(err, &f) {
			return body, header, err
		}
		f.arrived = f.arrived || arrived
		if !f.passes || n == len(d.again) {
			return body, header, err
		}
		arrived = f.arrived
		wait := max(d.again[n], min(f.after, maxAfter))
		if f.words != said {
			_, _ = fmt.Fprintln(d.app.err, f.words)
		}
		said = f.words
		d.app.aside(ocop.Text{VI: "Thử lại sau %s.", EN: "Trying again in %s."}, wait)
		if err := pause(ctx, wait); err != nil {
			return nil, nil, err
		}
	}
}

// maxAfter bounds how long a daemon's Retry-After is heeded.
const maxAfter = 10 * time.Second

func (d *client) decode(body []byte, v any) error {
	if err := json.NewDecoder(bytes.NewReader(body)).Decode(v); err != nil {
		return fmt.Errorf("%s %w", d.text(ocop.Text{
			VI: "câu trả lời của " + d.address.value + " không như mong đợi; dịch vụ và chương trình này có cùng phiên bản không?",
			EN: "the answer of " + d.address.value + " is not as expected; are the daemon and this program of the same version?",
		}), err)
	}
	return nil
}
