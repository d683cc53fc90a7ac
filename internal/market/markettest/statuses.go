package markettest

import (
	"net/http"
	"time"

	"ocopsync/internal/market"
)

// A StatusCase is an HTTP answer and what market.StatusError makes of it.
type StatusCase struct {
	Status    int
	Header    http.Header
	Body      string
	Kind      market.Kind
	Retryable bool
	MaybeDone bool // of a writing call
	After     time.Duration
	Code      string
	Words     string
}

// Statuses is the one table of statuses: the market package's test holds
// StatusError to it, and an adapter's test may hold its own client to the rows
// that its market answers.
func Statuses() []StatusCase {
	html := http.Header{"Content-Type": {"text/html"}}
	after := func(s string) http.Header { return http.Header{"Retry-After": {s}} }
	const page = "<html><head><title>502 Bad Gateway</title><style>p{}</style></head>\r\n<body><h1>502 Bad Gateway</h1></body></html>"
	return []StatusCase{
		{Status: 200, Header: html, Body: page, Kind: market.Protocol, Retryable: true, MaybeDone: true, Words: "HTML instead of JSON: 502 Bad Gateway 502 Bad Gateway"},
		{Status: 302, Kind: market.Protocol, MaybeDone: true},
		{Status: 400, Body: `{"code":"product_invalid_sku","message":"SKU không hợp lệ"}`, Kind: market.Invalid, Code: "product_invalid_sku", Words: "SKU không hợp lệ"},
		{Status: 401, Body: `{"code":"invalid_token","status":401}`, Kind: market.Auth, Code: "invalid_token"},
		{Status: 403, Kind: market.Auth},
		{Status: 404, Kind: market.NotFound},
		{Status: 405, Kind: market.Protocol},
		{Status: 407, Kind: market.Auth},
		{Status: 408, Kind: market.Timeout, Retryable: true},
		{Status: 409, Body: `{"code":"sku_exists","title":"taken"}`, Kind: market.Duplicate, Code: "sku_exists", Words: "taken"},
		{Status: 410, Kind: market.NotFound},
		{Status: 413, Kind: market.Invalid},
		{Status: 415, Kind: market.Invalid},
		{Status: 422, Body: `{"detail":"Giá phải là số","title":"x"}`, Kind: market.Invalid, Words: "Giá phải là số"},
		{Status: 423, Kind: market.IsLocked},
		{Status: 425, Kind: market.Unavailable, Retryable: true},
		{Status: 429, Header: after("7"), Body: "slow down", Kind: market.Rate, Retryable: true, After: 7 * time.Second, Words: "text instead of JSON: slow down"},
		{Status: 429, Kind: market.Rate, Retryable: true},
		{
			Status: 429, Kind: market.Rate, Retryable: true, After: 90 * time.Second,
			Header: http.Header{"Date": {"Mon, 23 Nov 2026 10:00:00 GMT"}, "Retry-After": {"Mon, 23 Nov 2026 10:01:30 GMT"}},
		},
		{Status: 429, Header: after("Mon, 23 Nov 2026 10:01:30 GMT"), Kind: market.Rate, Retryable: true}, // no Date: unknown
		{Status: 429, Header: after("-5"), Kind: market.Rate, Retryable: true},
		{Status: 500, Body: `{"error":"boom"}`, Kind: market.Unavailable, Retryable: true, MaybeDone: true, Words: "boom"},
		{Status: 500, Body: `[1,2`, Kind: market.Unavailable, Retryable: true, MaybeDone: true},
		{Status: 500, Body: `{"code":`, Kind: market.Unavailable, Retryable: true, MaybeDone: true},
		{Status: 502, Header: html, Body: page, Kind: market.Unavailable, Retryable: true, MaybeDone: true, Words: "HTML instead of JSON: 502 Bad Gateway 502 Bad Gateway"},
		{Status: 503, Header: after("120"), Kind: market.Unavailable, Retryable: true, MaybeDone: true, After: 2 * time.Minute},
		{Status: 504, Kind: market.Timeout, Retryable: true, MaybeDone: true},
		{Status: 599, Kind: market.Unavailable, Retryable: true, MaybeDone: true},
	}
}
