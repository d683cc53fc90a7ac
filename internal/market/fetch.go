package market

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// What a Fetcher uses where FetchOptions say nothing.
const (
	DefaultPictureBytes  = 10 << 20
	DefaultPicturePixels = 50_000_000
)

// FetchOptions say what a Fetcher may fetch and what it accepts.
type FetchOptions struct {
	AllowHosts []string                              // "host" or "host:port" that may have private addresses: tests, a province's own server
	MaxBytes   int64                                 // of one picture; DefaultPictureBytes when 0
	MinSide    int                                   // pixels that each side has at least; 0: no limit
	MaxPixels  int64                                 // width times height; DefaultPicturePixels when 0
	Types      []string                              // accepted media types, of image/jpeg, image/png, image/gif; the first two when empty
	Timeout    time.Duration                         // of one picture, redirects included; DefaultTimeout when 0
	Proxy      func(*http.Request) (*url.URL, error) // nil: as the environment says
	RootCAs    *x509.CertPool                        // nil: the system's
	MaxConns   int                                   // idle connections kept per host; DefaultMaxConns when 0
}

// Conditional asks for a picture only if it is another than last time.
type Conditional struct {
	ETag string // of the last answer; "" asks for it in any case
}

// Fetched is a picture that passed every check.
type Fetched struct {
	Bytes         []byte
	Hash          string // SHA-256 of Bytes, hex
	Type          string // media type by the content itself: "image/jpeg"
	Width, Height int    // pixels
	ETag          string
	NotModified   bool // as at the last time; of the other fields only ETag is set

	buffer []byte // holds Bytes from fetchRoom on, where that was set aside
}

// fetchRoom is what is kept free before and after a picture in its buffer.
const fetchRoom = 256

// Wrapped gives the picture between a head and a tail, as a form takes it. A
// head and a tail of at most 256 bytes are laid around the picture where it is,
// so that it is not copied; Bytes is then a part of what is given.
func (f *Fetched) Wrapped(head, tail string) []byte {
	if f.buffer == nil || len(head) > fetchRoom || len(tail) > fetchRoom {
		return slices.Concat([]byte(head), f.Bytes, []byte(tail))
	}
	whole := f.buffer[fetchRoom-len(head):]
	copy(whole, head)
	return append(whole, tail...)
}

// A Fetcher gets pictures from addresses that people typed into a price list or
// that a registry holds: it can't be used to reach what only this machine can
// reach. It is safe for concurrent use.
type Fetcher struct {
	o      FetchOptions
	accept string
	client *http.Client
}

// NewFetcher gives a fetcher.
func NewFetcher(o FetchOptions) *Fetcher {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultPictureBytes
	}
	if o.MaxPixels <= 0 {
		o.MaxPixels = DefaultPicturePixels
	}
	if len(o.Types) == 0 {
		o.Types = []string{"image/jpeg", "image/png"}
	}
	o.Timeout = orElse(o.Timeout, DefaultTimeout)
	return &Fetcher{o: o, accept: strings.Join(o.Types, ", "), client: &http.Client{
		Transport:     newGuard(o),
		CheckRedirect: checkPictureRedirect,
	}}
}

// Close ends the kept connections.
func (f *Fetcher) Close() { f.client.CloseIdleConnections() }

// Fetch gets one picture: http and https only, at most three redirects, no
// private, loopback, link-local, shared or multicast address (looked at when
// dialling, after the name was looked up, and again after every redirect), at
// most MaxBytes, a type and a size in pixels that are known from the content
// itself. Pixels are never decoded.
//
// It fails with a *PictureError, or with an error that wraps ctx's.
func (f *Fetcher) Fetch(ctx context.Context, address string, cond Conditional) (Fetched, error) {
	at, err := pictureAddress(address)
	if err != nil {
		return Fetched{}, err
	}
	header := http.Header{"User-Agent": {"ocopsync"}, "Accept": {f.accept}}
	if cond.ETag != "" {
		header.Set("If-None-Match", cond.ETag)
	}
	req := http.Request{Method: http.MethodGet, URL: at, Host: at.Host, Header: header}
	timed, cancel := context.WithTimeout(ctx, f.o.Timeout) // costs less than the client's own Timeout
	defer cancel()
	resp, err := f.client.Do(req.WithContext(timed))
	if err != nil {
		return Fetched{}, fetchFailed(ctx, address, err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	if resp.StatusCode == http.StatusNotModified && cond.ETag != "" {
		return Fetched{ETag: cond.ETag, NotModified: true}, nil
	}
	if err := checkPictureStatus(address, resp.StatusCode); err != nil {
		return Fetched{}, err
	}
	got, err := f.read(ctx, address, resp)
	if err != nil {
		return Fetched{}, err
	}
	if err := f.inspect(address, &got); err != nil {
		return Fetched{}, err
	}
	got.ETag = resp.Header.Get("ETag")
	return got, nil
}

func pictureAddress(address string) (*url.URL, error) {
	at, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return nil, pictureError(address, whyAddress(), errors.New("the address can't be parsed"))
	}
	if (at.Scheme != "http" && at.Scheme != "https") || at.Host == "" {
		return nil, pictureError(address, whyAddress(), nil)
	}
	if at.User != nil {
		return nil, pictureError(address, whyCredentials(), nil)
	}
	return at, nil
}

func checkPictureRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return pictureError(via[0].URL.String(), whyRedirects(), nil)
	}
	_, err := pictureAddress(req.URL.String())
	return err
}

// fetchFailed tells our own ending from a refusal by the guard, and both from
// a server that can't be reached at the moment.
func fetchFailed(ctx context.Context, address string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("fetch picture %s: %w", shownAddress(address), ctx.Err())
	}
	var refused *PictureError
	if errors.As(err, &refused) {
		own := *refused
		own.Address = shownAddress(address)
		return &own
	}
	e := pictureError(address, whyUnreachable(), redacted(err))
	e.Temporary = true
	return e
}

func checkPictureStatus(address string, status int) error {
	if status == http.StatusOK {
		return nil
	}
	e := pictureError(address, whyStatus(status), nil)
	e.Temporary = status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout
	return e
}

// read reads the whole picture; a length that is told is what is set aside.
func (f *Fetcher) read(ctx context.Context, address string, resp *http.Response) (Fetched, error) {
	if resp.ContentLength > f.o.MaxBytes {
		return Fetched{}, pictureError(address, whyTooBig(f.o.MaxBytes), nil)
	}
	var got Fetched
	var err error
	if n := int(resp.ContentLength); n >= 0 {
		got.buffer = make([]byte, fetchRoom+n, fetchRoom+n+fetchRoom)
		got.Bytes = got.buffer[fetchRoom:]
		_, err = io.ReadFull(resp.Body, got.Bytes)
	} else {
		got.Bytes, err = io.ReadAll(io.LimitReader(resp.Body, f.o.MaxBytes+1))
	}
	if err != nil {
		return Fetched{}, fetchFailed(ctx, address, err)
	}
	if int64(len(got.Bytes)) > f.o.MaxBytes {
		return Fetched{}, pictureError(address, whyTooBig(f.o.MaxBytes), nil)
	}
	return got, nil
}

// inspect tells what was fetched from its bytes alone.
func (f *Fetcher) inspect(address string, got *Fetched) (err error) {
	if got.Type, got.Width, got.Height, err = f.measure(address, got.Bytes); err != nil {
		return err
	}
	sum := sha256.Sum256(got.Bytes)
	got.Hash = hex.EncodeToString(sum[:])
	return nil
}
