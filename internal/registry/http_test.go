package registry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ocopsync/internal/ocop"
	"ocopsync/internal/registry"
)

// pages serves a list of records in the province dialect.
type pages struct {
	records []string
	etag    string
	asOf    string
	total   int // claimed; -1 for the true one
	most    int // page size that is given at most
	calls   atomic.Int64
	queries chan string
}

func record(code string, stars any) string {
	return fmt.Sprintf(`{"code":%q,"name":"Trà %s","stars":%v,"status":"recognized","group":"do-uong","producer":{"name":"HTX A","kind":"hop-tac-xa"},"certificate":{"number":%q,"issued_on":"2024-01-15"},"updated_at":"2024-01-15T00:00:00Z"}`, code, code, stars, code)
}

func records(n int) []string {
	var out []string
	for i := range n {
		out = append(out, record(fmt.Sprintf("P-%04d", i), 4))
	}
	return out
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.calls.Add(1)
	if p.queries != nil {
		p.queries <- r.URL.RawQuery
	}
	if p.etag != "" {
		w.Header().Set("ETag", p.etag)
		if r.Header.Get("If-None-Match") == p.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	size, _ := strconv.Atoi(r.URL.Query().Get("page_size"))
	if p.most > 0 {
		size = min(size, p.most)
	}
	total := p.total
	if total < 0 {
		total = len(p.records)
	}
	low := min((page-1)*size, len(p.records))
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"unknown":{"a":["]"]},"total":%d,"page":%d,"page_size":%d,"as_of":%q,"items":[%s],"next":null}`,
		total, page, size, p.asOf, strings.Join(p.records[low:min(low+size, len(p.records))], " , "))
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

const asOf = "2024-06-01T00:00:00Z"

func TestPageSizeOfServer(t *testing.T) {
	t.Parallel()
	p := &pages{records: records(57), etag: `"1"`, asOf: asOf, total: -1, most: 10}
	held := openHeld(t, t.TempDir())
	r := mustRead(t, newHTTP(t, registry.HTTPOptions{BaseURL: serve(t, p)}), held, registry.Full)
	if r.Total != 57 || r.Pages != 6 || p.calls.Load() != 6 || r.AsOf.Format(time.RFC3339) != asOf {
		t.Errorf("%d products on %d pages in %d calls, as of %s", r.Total, r.Pages, p.calls.Load(), r.AsOf)
	}
}

func TestBadRecords(t *testing.T) {
	t.Parallel()
	p := &pages{etag: `"1"`, asOf: asOf, total: 6, records: []string{
		record("P-1", 4), record("P-2", 7), `{"name":"Không mã"}`, record("P-3", `"5 sao"`), record("P-1", 3), `"rubbish"`,
	}}
	held := openHeld(t, t.TempDir())
	source := newHTTP(t, registry.HTTPOptions{BaseURL: serve(t, p)})
	r := mustRead(t, source, held, registry.Full)
	all := products(t, held)
	if len(all) != 3 || all["P-3"].Rating.Recognized != 5 {
		t.Errorf("%d products: %+v", len(all), all)
	}
	if _, bad := all["P-2"].FaultIn(ocop.FieldRating); !bad || all["P-2"].Rating.Recognized != 0 {
		t.Errorf("7 stars were read as %+v", all["P-2"])
	}
	for _, field := range []ocop.Field{ocop.FieldCode, ocop.FieldRating} {
		if _, bad := all["P-1"].FaultIn(field); !bad {
			t.Errorf("two records of one code leave no fault in %s", field)
		}
	}
	if why := ocop.Check(all["P-1"], ocop.Rules{MinStars: 3}, ocop.Day{Year: 2024, Month: 6, Dom: 1}); why.First() != ocop.RatingUnclear {
		t.Errorf("two records that disagree on the stars: %v", why)
	}
	golden(t, "http_bad_records", strings.ReplaceAll(registry.Report(r.Faults), hostOf(r.Faults), "HOST"))
	// Read again, the same records are no change and tell the same.
	again := mustRead(t, source, held, registry.Full)
	if len(again.Changed)+len(again.Removed) != 0 || registry.Report(again.Faults) != registry.Report(r.Faults) {
		t.Errorf("again: changed %v, removed %v\n%s", again.Changed, again.Removed, registry.Report(again.Faults))
	}
	standing, more, err := held.Faults()
	if err != nil || more != 0 || len(standing) != len(r.Faults) {
		t.Errorf("%d faults stand, %d were met: %v", len(standing), len(r.Faults), err)
	}
	// A delta that brings one of the two is not enough to believe it.
	p.etag, p.records, p.total = `"2"`, p.records[:5], 5
	if r := mustRead(t, source, held, registry.Conditional); r.Kind != registry.KindFull {
		t.Errorf("a delta of a code that two records claim: %s", r.Kind)
	}
}

func hostOf(faults []ocop.Fault) string {
	for _, f := range faults {
		host, _, _ := strings.Cut(f.Place.File, "/")
		return host
	}
	return ""
}

// Without an ETag nothing shows that the list stood still, so a code that comes
// twice may be in the place of one that was missed.
func TestDuplicateWithoutETagIsIncomplete(t *testing.T) {
	t.Parallel()
	p := &pages{asOf: asOf, total: -1, records: []string{record("P-1", 4), record("P-1", 3)}}
	_, err := newHTTP(t, registry.HTTPOptions{BaseURL: serve(t, p)}).Read(t.Context(), openHeld(t, t.TempDir()), registry.Full, nil)
	wantError(t, "duplicate", err, "read 3 times: the records do not add up: total says 2 products, 1 different ones came in 2 records")
	if !errors.Is(err, registry.ErrIncomplete) {
		t.Errorf("not ErrIncomplete: %v", err)
	}
}

func TestBadAnswers(t *testing.T) {
	t.Parallel()
	say := func(status int, header map[string]string, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for k, v := range header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	js := map[string]string{"Content-Type": "application/json"}
	tests := []struct {
		name    string
		handler http.Handler
		opt     registry.HTTPOptions
		want    string
		calls   int64
	}{
		{"html", say(200, map[string]string{"Content-Type": "text/html"}, "<html><h1>Bảo trì</h1></html>"), registry.HTTPOptions{},
			"page 1: the registry's answer is incomplete: the registry answered with a web page instead of JSON: <html><h1>Bảo trì</h1></html>", 5},
		{"html as json", say(200, js, "<html>"), registry.HTTPOptions{}, "the registry's answer is incomplete: invalid character '<'", 5},
		{"truncated", say(200, js, `{"total":2,"page":1,"page_size":500,"as_of":"`+asOf+`","items":[`+record("P-1", 4)+`,{"code":"P-`), registry.HTTPOptions{},
			"page 1: the registry's answer is incomplete: unexpected EOF", 5},
		{"no total", say(200, js, `{"items":[]}`), registry.HTTPOptions{}, `"total" or "items" is missing`, 5},
		{"items no list", say(200, js, `{"total":0,"items":{}}`), registry.HTTPOptions{}, "the list of records is no JSON: it begins with '{'", 5},
		{"broken record", say(200, js, `{"total":1,"items":[{"code":tru}]}`), registry.HTTPOptions{}, "the list of records is no JSON", 5},
		{"two documents", say(200, js, `{"total":0,"items":[]}{}`), registry.HTTPOptions{}, "more follows after the end of the JSON", 5},
		{"other page", say(200, js, `{"total":0,"page":7,"items":[]}`), registry.HTTPOptions{}, "the registry answered with page 7 instead", 5},
		{"bad as_of", say(200, js, `{"total":0,"as_of":"hôm nay","items":[]}`), registry.HTTPOptions{}, "as_of", 5},
		{"negative total", say(200, js, `{"total":-3,"items":[]}`), registry.HTTPOptions{}, "total is -3", 5},
		{"absurd total", say(200, js, `{"total":99000000,"items":[]}`), registry.HTTPOptions{}, "the registry claims 99000000 products, more than the 1000000 allowed", 5},
		{"304 to nothing", say(304, nil, ""), registry.HTTPOptions{}, "the registry answered 304 to a request without an ETag", 5},
		{"400", say(400, map[string]string{"Content-Type": "application/problem+json"}, `{"title":"Bad parameter","detail":"page_size cannot be read"}`), registry.HTTPOptions{},
			"the registry answered 400 Bad Request: Bad parameter: page_size cannot be read", 1},
		{"401 that repeats the token", say(401, nil, "no such token: s3cr3t-token"), registry.HTTPOptions{Token: "s3cr3t-token"},
			"the registry answered 401 Unauthorized (is the registry's token right?): no such token: ***", 1},
		{"503", say(503, nil, "<html>"), registry.HTTPOptions{}, "the registry answered 503 Service Unavailable", 5},
		{"429 for an hour", say(429, map[string]string{"Retry-After": "3600"}, ""), registry.HTTPOptions{}, "the registry answered 429 Too Many Requests", 1},
		{"no retries", say(500, nil, ""), registry.HTTPOptions{Retries: -1}, "the registry answered 500", 1},
		{"short", &pages{records: records(5), asOf: asOf, total: 9}, registry.HTTPOptions{}, "total says 9 products, 5 different ones came in 5 records", 3},
		{"endless record", endless(`{"total":1,"items":[{"name":"`), registry.HTTPOptions{MaxBody: 1 << 20}, "the answer is larger than allowed", 1},
		{"endless records", endless(`{"total":1,"items":[`, record("P-1", 4)+","), registry.HTTPOptions{MaxBody: 1 << 20}, "the answer is larger than allowed", 1},
		{"slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"total":1,`))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}), registry.HTTPOptions{Timeout: 50 * time.Millisecond, Retries: 1}, "Timeout", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int64
			test.opt.BaseURL = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				test.handler.ServeHTTP(w, r)
			}))
			held := openHeld(t, t.TempDir())
			_, err := newHTTP(t, test.opt).Read(t.Context(), held, registry.Full, nil)
			wantError(t, test.name, err, test.want)
			if calls.Load() != test.calls {
				t.Errorf("%d calls, not %d", calls.Load(), test.calls)
			}
			if !held.Empty() {
				t.Error("something is held")
			}
		})
	}
}

// endless begins an answer and never ends it.
func endless(begin string, more ...string) http.HandlerFunc {
	again := strings.Repeat(strings.Join(append(more, ""), ""), 100)
	if len(more) == 0 {
		again = strings.Repeat("x", 10_000)
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, err := w.Write([]byte(begin))
		for err == nil {
			_, err = w.Write([]byte(again))
		}
	}
}

func TestRetryAfterIsWaitedFor(t *testing.T) {
	t.Parallel()
	p := &pages{records: records(2), etag: `"1"`, asOf: asOf, total: -1}
	var calls atomic.Int64
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch calls.Add(1) {
		case 1:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			w.WriteHeader(http.StatusBadGateway)
		default:
			p.ServeHTTP(w, r)
		}
	}))
	var waits []time.Duration
	source := newHTTP(t, registry.HTTPOptions{BaseURL: url, Sleep: func(_ context.Context, d time.Duration) error {
		waits = append(waits, d)
		return nil
	}})
	mustRead(t, source, openHeld(t, t.TempDir()), registry.Full)
	if len(waits) != 2 || waits[0] != 7*time.Second || waits[1] < 500*time.Millisecond || waits[1] > time.Second {
		t.Errorf("waited %v", waits)
	}
}

func TestCancelledRead(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	held := openHeld(t, t.TempDir())
	_, err := newHTTP(t, registry.HTTPOptions{BaseURL: url}).Read(ctx, held, registry.Full, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// The cursor is the server's as_of less an overlap; a reading older than the
// registry remembers removals is made in full.
func TestCursor(t *testing.T) {
	t.Parallel()
	p := &pages{records: records(3), etag: `"1"`, asOf: asOf, total: -1, queries: make(chan string, 20)}
	now, err := time.Parse(time.RFC3339, asOf)
	if err != nil {
		t.Fatal(err)
	}
	source := newHTTP(t, registry.HTTPOptions{BaseURL: serve(t, p), PageSize: 2, Now: func() time.Time { return now }})
	held := openHeld(t, t.TempDir())
	mustRead(t, source, held, registry.Full)
	drain := func() []string {
		var out []string
		for len(p.queries) > 0 {
			out = append(out, <-p.queries)
		}
		return out
	}
	if got := drain(); !slices.Equal(got, []string{"page=1&page_size=2", "page=2&page_size=2"}) {
		t.Errorf("a full read asks %v", got)
	}
	p.etag = `"2"`
	if r := mustRead(t, source, held, registry.Conditional); r.Kind != registry.KindDelta {
		t.Errorf("a changed list: %s", r.Kind)
	}
	const since = "page=1&page_size=2&updated_since=2024-05-31T23%3A50%3A00Z"
	if got := drain(); len(got) != 3 || got[1] != since {
		t.Errorf("a delta asks %v", got)
	}
	now, p.etag = now.AddDate(0, 3, 0), `"3"`
	if r := mustRead(t, source, held, registry.Conditional); r.Kind != registry.KindFull {
		t.Errorf("after three months: %s", r.Kind)
	}
	// A replica that is a day behind must not bring the past back.
	p.asOf = "2024-05-30T00:00:00Z"
	_, err = source.Read(t.Context(), held, registry.Full, nil)
	wantError(t, "stale replica", err, "it is of 2024-05-30T00:00:00Z, older than the reading of 2024-06-01T00:00:00Z that is already held")
}

// A delta after which the counts differ means that something went missing
// without a word: then everything is read.
func TestDeltaThatDoesNotAddUp(t *testing.T) {
	t.Parallel()
	all := records(30)
	p := &pages{records: all, etag: `"1"`, asOf: asOf, total: -1}
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("updated_since") {
			(&pages{records: all[:1], asOf: asOf, total: -1}).ServeHTTP(w, r)
			return
		}
		p.ServeHTTP(w, r)
	}))
	held := openHeld(t, t.TempDir())
	now, _ := time.Parse(time.RFC3339, asOf)
	source := newHTTP(t, registry.HTTPOptions{BaseURL: url, PageSize: 10, Now: func() time.Time { return now }})
	mustRead(t, source, held, registry.Full)
	p.records, p.etag = all[:25], `"2"` // five deleted without a trace
	r := mustRead(t, source, held, registry.Conditional)
	if r.Kind != registry.KindFull || len(r.Removed) != 5 {
		t.Errorf("%s, removed %v", r.Kind, r.Removed)
	}
}

func TestHTTPOptions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		opt  registry.HTTPOptions
		want string
	}{
		{registry.HTTPOptions{BaseURL: "registry.example"}, "registry base_url: expected an http or https address"},
		{registry.HTTPOptions{BaseURL: "https://u:p@registry.example"}, "registry base_url: user and password do not belong into the address"},
		{registry.HTTPOptions{BaseURL: "https://registry.example", Dialect: "soap"}, `registry dialect "soap": expected province or ocopvietnam`},
		{registry.HTTPOptions{BaseURL: "http://[::1"}, "registry base_url: not an address"},
	} {
		_, err := registry.NewHTTP(test.opt)
		wantError(t, test.opt.BaseURL, err, test.want)
	}
}

// A first read of the national site that fails goes on where it was, and a list
// record that changed costs one page.
func TestNationalDetailsAreKept(t *testing.T) {
	t.Parallel()
	star := atomic.Int64{}
	star.Store(3)
	var details atomic.Int64
	var broken atomic.Bool
	broken.Store(true)
	const n = 100
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		rest := strings.Trim(strings.TrimPrefix(r.URL.Path, "/v1/public/product-info/"), "/")
		row := func(id int) string {
			s := 4
			if id == 5 {
				s = int(star.Load())
			}
			return fmt.Sprintf(`"id":%d,"name":"Trà %d","ocop_star":"%d","type":"drink"`, id, id, s)
		}
		if rest != "" {
			id, _ := strconv.Atoi(rest)
			details.Add(1)
			if broken.Load() && id == 90 {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			if id == 7 {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			_, _ = fmt.Fprintf(w, `{%s, "ocop_certificate_number":"GCN-%d","issued_on":"2024-01-15","expiry_date":null,"image":"/media/%d.jpg","manufacturer":{"name":"HTX %d","phone_number":"0900000000"}}`, row(id), id, id, id)
			return
		}
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		var rows []string
		for id := (page-1)*12 + 1; id <= min(page*12, n); id++ { // whatever page size is asked for
			rows = append(rows, "{"+row(id)+"}")
		}
		if len(rows) == 0 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = fmt.Fprintf(w, `{"count":%d,"results":[%s]}`, n, strings.Join(rows, ","))
	}))
	source := newHTTP(t, registry.HTTPOptions{BaseURL: url, Dialect: registry.DialectOCOPVietnam, Retries: -1})
	held := openHeld(t, t.TempDir())
	_, err := source.Read(t.Context(), held, registry.Full, nil)
	wantError(t, "first", err, "product 90: the registry answered 500 Internal Server Error")
	before := details.Swap(0)
	broken.Store(false)
	r := mustRead(t, source, held, registry.Full)
	if r.Total != n || before < 64 || details.Load() > n-64+1 {
		t.Errorf("%d products; %d pages were fetched before the failure, %d after", r.Total, before, details.Load())
	}
	p := products(t, held)
	if got := p["OV-1"]; got.Images[0] != url+"/media/1.jpg" || got.Certificate.IssuedOn.String() != "2024-01-15" || got.Producer.Kind != ocop.Cooperative || got.Group != ocop.Drink {
		t.Errorf("read as %+v", got)
	}
	if why := ocop.Check(p["OV-7"], ocop.Rules{MinStars: 3}, ocop.Day{Year: 2024, Month: 6, Dom: 1}); why.First() != ocop.CertificateUnclear {
		t.Errorf("a product without a page: %v", why)
	}
	details.Store(0)
	star.Store(5)
	r = mustRead(t, source, held, registry.Conditional)
	if !slices.Equal(r.Changed, []ocop.Code{"OV-5"}) || details.Load() != 2 { // its own, and the one that had none
		t.Errorf("changed %v after %d pages", r.Changed, details.Load())
	}
}
