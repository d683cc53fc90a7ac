package lamdong

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"ocopsync/internal/market"
)

// apiRoot is where WooCommerce's REST API v3 begins.
const apiRoot = "/wp-json/wc/v3"

// An answer is a call that went well.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// total is how many entries the whole list has, -1 where the shop (or a proxy
// before it) does not say.
func (a answer) total() int {
	n, err := strconv.Atoi(a.header.Get("X-WP-Total"))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// get makes a reading call.
func (m *Market) get(ctx context.Context, op, path string, query ...param) (answer, error) {
	return m.call(ctx, op, http.MethodGet, path, query, nil)
}

// call makes one call and fails with a *market.Error for every answer but 200
// and 201. What is in error is never "may be done" for a reading call.
func (m *Market) call(ctx context.Context, op, method, path string, query []param, body []byte) (answer, error) {
	req := m.http.R().SetContext(ctx).SetHeader("Accept", "application/json")
	if body != nil {
		req.SetHeader("Content-Type", "application/json").SetBody(bytes.NewReader(body)) // a reader is sent without another copy
	}
	address := m.base + apiRoot + path
	if m.secure {
		req.SetBasicAuth(m.key, m.secret)
	} else {
		query = m.signed(method, address, query)
	}
	if len(query) > 0 {
		address += "?" + normalised(query)
	}
	got, err := market.Send(req, method, address)
	if err != nil {
		return answer{}, m.failed(method, market.TransportError(Name, op, err))
	}
	a := answer{status: got.Status, header: got.Header, body: got.Body}
	if a.status != http.StatusOK && a.status != http.StatusCreated {
		return answer{}, m.failed(method, m.refused(op, a))
	}
	return a, nil
}

// signed adds the OAuth parameters. They go into the query, as WooCommerce's
// own clients do, since many servers keep the Authorization header from PHP;
// besides, no cache on the way then answers twice.
func (m *Market) signed(method, address string, query []param) []param {
	query = append(query[:len(query):len(query)],
		param{"oauth_consumer_key", m.key},
		param{"oauth_nonce", m.nonce()},
		param{"oauth_signature_method", "HMAC-SHA256"},
		param{"oauth_timestamp", strconv.FormatInt(m.now().Unix(), 10)},
	)
	return append(query, param{"oauth_signature", signature(method, address, query, m.secret)})
}

func (m *Market) failed(method string, e *market.Error) *market.Error {
	if method == http.MethodGet {
		e.MaybeDone = false
	}
	e.Words = m.redact(e.Words)
	return e
}

// redact takes our own key and secret out of a text, in whatever form the shop
// repeats them.
func (m *Market) redact(s string) string {
	for _, secret := range []string{m.secret, m.key} {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "[redacted]")
		}
	}
	return s
}

// normalBase brings the site's address to the form in which RFC 5849, section
// 3.4.1.2 signs it: scheme and host in lower case, no default port. An address
// that can't be read stays as it is and fails at the first call.
func normalBase(base string) string {
	base = strings.TrimRight(base, "/")
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return base
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if p := u.Port(); u.Scheme == "http" && p == "80" || u.Scheme == "https" && p == "443" {
		u.Host = strings.TrimSuffix(u.Host, ":"+p)
	}
	return u.String()
}
