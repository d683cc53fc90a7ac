package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"

	"ocopsync/internal/ocop"
)

const (
	firstBackoff = 500 * time.Millisecond
	longBackoff  = 30 * time.Second
	// patience is the longest Retry-After that is waited for; a longer one fails
	// the read, and the next run tries again.
	patience = 2 * time.Minute
)

// HTTPError is an answer that a read can't use.
type HTTPError struct {
	Status int
	Words  string        // what the server said, cut and on one line
	After  time.Duration // what Retry-After asked for; 0 when it did not
}

func (e *HTTPError) Error() string {
	text := fmt.Sprintf("the registry answered %d %s", e.Status, http.StatusText(e.Status))
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		text += " (is the registry's token right?)"
	}
	if e.Words != "" {
		text += ": " + e.Words
	}
	return text
}

// retryable says whether the same request may succeed a little later.
func (e *HTTPError) retryable() bool {
	return e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout || e.Status >= 500
}

// errTooLarge is an answer over the size bound; asking again would not help.
var errTooLarge = errors.New("the answer is larger than allowed")

// answer is a response that a reader looks at.
type answer struct {
	status int
	header http.Header
	body   io.Reader // bounded
}

// fetcher sends GET requests and repeats those that may still succeed.
type fetcher struct {
	client  *resty.Client
	secret  string // never in an error's words
	retries int
	maxBody int64
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
}

// get calls read with an answer of one of the accepted statuses. Everything
// that goes wrong on the way or in read, but errEnough and errTooLarge, is
// tried again with backoff when that may help, so read must start afresh.
func (f *fetcher) get(ctx context.Context, path string, query url.Values, header http.Header, accept []int, read func(answer) error) error {
	for attempt := 0; ; attempt++ {
		err := f.try(ctx, path, query, header, accept, read)
		if err == nil || errors.Is(err, errEnough) {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%w (%w)", context.Cause(ctx), err)
		}
		wait, again := f.backoff(err, attempt)
		if !again {
			return err
		}
		if e := f.sleep(ctx, wait); e != nil {
			return fmt.Errorf("%w (%w)", e, err)
		}
	}
}

// backoff says how long to wait before the next attempt: what the server asks
// for, else doubling from half a second, with full jitter above a half.
func (f *fetcher) backoff(err error, attempt int) (time.Duration, bool) {
	if attempt >= f.retries || errors.Is(err, errTooLarge) {
		return 0, false
	}
	wait := min(firstBackoff<<min(attempt, 16), longBackoff)
	wait = wait/2 + rand.N(wait/2+1)
	var he *HTTPError
	if errors.As(err, &he) {
		if !he.retryable() || he.After > patience {
			return 0, false
		}
		wait = max(wait, he.After)
	}
	return wait, true
}

func (f *fetcher) try(ctx context.Context, path string, query url.Values, header http.Header, accept []int, read func(answer) error) error {
	req := f.client.R().SetContext(ctx).SetDoNotParseResponse(true).SetQueryParamsFromValues(query)
	req.SetHeader("Accept", "application/json")
	for k := range header {
		req.SetHeader(k, header.Get(k))
	}
	resp, err := req.Get(path)
	if err != nil {
		return f.clean(err)
	}
	body := resp.RawBody()
	if body == nil {
		return errors.New("the registry's answer has no body")
	}
	defer func() { _ = body.Close() }()
	a := answer{resp.StatusCode(), resp.Header(), &boundedReader{body, f.maxBody}}
	for _, status := range accept {
		if a.status != status {
			continue
		}
		if a.status == http.StatusOK {
			if kind := a.header.Get("Content-Type"); strings.Contains(kind, "html") {
				return fmt.Errorf("%w: the registry answered with a web page instead of JSON: %s", ErrIncomplete, f.words(a))
			}
		}
		return read(a)
	}
	return &HTTPError{Status: a.status, Words: f.words(a), After: f.retryAfter(a.header)}
}

// clean takes the address, which may hold a secret, out of a transport's error.
func (f *fetcher) clean(err error) error {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	return fmt.Errorf("calling the registry: %w", err)
}

func (f *fetcher) retryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.Atoi(v); err == nil && n >= 0 {
		return time.Duration(min(n, 1<<20)) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(f.now()))
	}
	return 0
}

// words gives what an unusable answer says: a problem's title and detail, else
// its beginning.
func (f *fetcher) words(a answer) string {
	b, _ := io.ReadAll(io.LimitReader(a.body, 4096))
	var problem struct{ Title, Detail string }
	text := string(b)
	if json.Unmarshal(b, &problem) == nil && problem.Title+problem.Detail != "" {
		text = strings.Trim(problem.Title+": "+problem.Detail, ": ")
	}
	text = ocop.CleanText(strings.ToValidUTF8(text, "?"))
	if f.secret != "" {
		text = strings.ReplaceAll(text, f.secret, "***")
	}
	if r := []rune(text); len(r) > maxValue {
		text = string(r[:maxValue]) + "…"
	}
	return text
}

// boundedReader fails once more than left bytes were read.
type boundedReader struct {
	r    io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, errTooLarge
	}
	return n, err
}

// sleepTimer waits for d or until the context ends.
func sleepTimer(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
