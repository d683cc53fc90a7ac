package lamdong

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

func TestRefusalsOfWholeCalls(t *testing.T) {
	t.Parallel()
	const gateway = `<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>`
	tests := []struct {
		name      string
		status    int
		header    map[string]string
		body      string
		kind      market.Kind
		retry     bool
		maybeDone bool
		after     time.Duration
		words     string
	}{
		{name: "database down", status: 500, body: `<p>Error establishing a database connection</p>`, kind: market.Unavailable, retry: true, maybeDone: true, words: "HTML instead of JSON"},
		{name: "gateway", status: 502, body: gateway, kind: market.Unavailable, retry: true, maybeDone: true, words: "Bad Gateway"},
		{name: "maintenance", status: 503, header: map[string]string{"Retry-After": "30"}, body: gateway, kind: market.Unavailable, retry: true, maybeDone: true, after: 30 * time.Second},
		{name: "PHP died", status: 500, body: `{"code":"internal_server_error","message":"<p>There has been a critical error</p>","data":{"status":500}}`, kind: market.Unavailable, retry: true, maybeDone: true, words: "critical error"},
		{name: "gateway gave up", status: 504, body: gateway, kind: market.Timeout, retry: true, maybeDone: true},
		{name: "too many", status: 429, header: map[string]string{"Retry-After": "7"}, kind: market.Rate, retry: true, after: 7 * time.Second},
		{name: "key that may only read", status: 403, body: `{"code":"woocommerce_rest_cannot_batch","message":"Sorry","data":{"status":403}}`, kind: market.Auth, words: "Sorry"},
		{name: "no such route", status: 404, body: `{"code":"rest_no_route","message":"No route was found","data":{"status":404}}`, kind: market.Protocol, words: "No route"},
		{name: "no WordPress at all", status: 404, body: gateway, kind: market.Protocol},
		{name: "a firewall's conflict", status: 409, body: gateway, kind: market.Protocol},
		{name: "moved", status: 301, header: map[string]string{"Location": "https://elsewhere.example/"}, kind: market.Protocol, maybeDone: true},
		{name: "a parameter list that PHP made an array", status: 400, body: `{"code":"rest_invalid_param","message":"Invalid","data":{"status":"400","params":["a","b"]}}`, kind: market.Invalid, words: "Invalid"},
		{name: "data is null", status: 400, body: `{"code":"x","message":null,"data":null}`, kind: market.Invalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rec := recording{status: test.status, body: []byte(test.body), header: make(http.Header)}
			for k, v := range test.header {
				rec.header.Set(k, v)
			}
			s := replay(t, rec)
			out := s.apply1(t, create(tea("OCOP-1", 1000)))
			checkKind(t, out.Err, test.kind, "", test.words)
			e := marketError(t, out.Err)
			if e.Retryable != test.retry || e.MaybeDone != test.maybeDone || e.After != test.after || e.Status != test.status {
				t.Errorf("%+v; want retryable %v, may be done %v, after %v", e, test.retry, test.maybeDone, test.after)
			}
			_, err := s.List(context.Background(), "")
			checkKind(t, err, test.kind, "", "")
			if marketError(t, err).MaybeDone {
				t.Errorf("a reading call may be done: %v", err)
			}
		})
	}
}

func TestRefusalsOfItems(t *testing.T) {
	t.Parallel()
	m := New(Options{BaseURL: "https://shop.example"})
	for _, test := range []struct {
		body      string
		kind      market.Kind
		maybeDone bool
		heldBy    string
	}{
		{`{"code":"product_invalid_sku","message":"m","data":{"status":400,"resource_id":"11"}}`, market.Duplicate, false, "11"},
		{`{"code":"product_invalid_sku","message":"m","data":{"status":400,"resource_id":0}}`, market.Duplicate, false, ""},
		{`{"code":"product_invalid_sku","message":"m","data":[]}`, market.Duplicate, false, ""},
		{`{"code":"woocommerce_rest_product_invalid_id","message":"m","data":{"status":404}}`, market.NotFound, false, ""},
		{`{"code":"woocommerce_rest_cannot_edit","message":"m","data":{"status":403}}`, market.Auth, false, ""},
		{`{"code":"db_insert_error","message":"m","data":{"status":500}}`, market.Unavailable, true, ""},
		{`{"code":"rest_no_idea","message":"m"}`, market.Invalid, false, ""},
		{`{"code":"x","data":{"status":200}}`, market.Invalid, false, ""},
	} {
		var w wireError
		if err := decode([]byte(test.body), &w); err != nil {
			t.Fatal(err)
		}
		e := m.itemRefused("write", w)
		if e.Kind != test.kind || e.MaybeDone != test.maybeDone || e.HeldBy != test.heldBy || e.Market != Name {
			t.Errorf("%s\n got %+v\nwant %s, may be done %v, held by %q", test.body, e, test.kind, test.maybeDone, test.heldBy)
		}
	}
}

func TestClockSkewIsSaid(t *testing.T) {
	t.Parallel()
	for ahead, want := range map[time.Duration]string{
		0:                 "",
		10 * time.Minute:  "",
		20 * time.Minute:  "our clock is 20m0s ahead of the shop's",
		-20 * time.Minute: "our clock is 20m0s behind the shop's",
	} {
		s := newShop(t, func(w http.ResponseWriter, _ asked) {
			w.Header().Set("Date", testNow().Add(-ahead).Format(http.TimeFormat))
			writeText(w, 401, `{"code":"woocommerce_rest_authentication_error","message":"Invalid timestamp.","data":{"status":401}}`)
		})
		_, err := s.List(context.Background(), "")
		checkKind(t, err, market.Auth, "woocommerce_rest_authentication_error", want)
		if e := marketError(t, err); want == "" && strings.Contains(e.Words, "clock") {
			t.Errorf("clock off by %v: %q", ahead, e.Words)
		}
	}
}

// TestSecretsStayOut: whatever the shop or the network repeats, no error tells
// the key, the secret or the signature.
func TestSecretsStayOut(t *testing.T) {
	t.Parallel()
	echo := newShop(t, func(w http.ResponseWriter, a asked) {
		signature := a.query["oauth_signature"][0]
		writeText(w, 400, fmt.Sprintf(`{"code":"x","message":"?oauth_consumer_key=%s&consumer_secret=%s&oauth_signature=%s was sent, %s"}`,
			testKey, testSecret, signature, testSecret))
	})
	cut := newShop(t, func(http.ResponseWriter, asked) { panic(http.ErrAbortHandler) })
	refused := New(Options{
		BaseURL: "http://127.0.0.1:1", ConsumerKey: testKey, ConsumerSecret: testSecret,
		HTTP: market.NewClient(market.ClientOptions{Market: Name}),
	})
	page := newShop(t, func(w http.ResponseWriter, _ asked) {
		w.WriteHeader(http.StatusOK)
		_, _ = fmt.Fprintf(w, "<p>Key %s</p>", testKey)
	})
	for name, m := range map[string]*Market{"echo": echo.Market, "cut": cut.Market, "refused": refused, "page": page.Market} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, listErr := m.List(context.Background(), "")
			out := m.Apply(context.Background(), []listing.Order{{Kind: listing.Unlist, SKU: "OCOP-1", ID: "1"}})
			for what, err := range map[string]error{"list": listErr, "apply": out[0].Err} {
				if err == nil {
					t.Fatalf("%s went well", what)
				}
				text := fmt.Sprintf("%v %+v", err, marketError(t, err))
				for _, bad := range []string{testKey, testSecret, "oauth_signature=%", "oauth_nonce"} {
					if strings.Contains(text, bad) {
						t.Errorf("%s tells %q: %s", what, bad, text)
					}
				}
			}
		})
	}
}

func TestNoConnectionIsNotDone(t *testing.T) {
	t.Parallel()
	m := New(Options{
		BaseURL: "http://127.0.0.1:1", ConsumerKey: testKey, ConsumerSecret: testSecret,
		HTTP: market.NewClient(market.ClientOptions{Market: Name}),
	})
	out := m.Apply(context.Background(), []listing.Order{
		{Kind: listing.Unlist, SKU: "OCOP-1", ID: "1"}, {Kind: listing.Unlist, SKU: "OCOP-2", ID: "2"},
	})
	for _, o := range out {
		if e := marketError(t, o.Err); e.Kind != market.Unavailable || e.MaybeDone || !e.Retryable {
			t.Errorf("%+v, want unavailable, retryable and not done", e)
		}
	}
}
