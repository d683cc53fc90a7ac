package sandbox

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	defaultPageSize = 100
	maxPageSize     = 500
)

// routes serves both dialects of the registry.
func (c *catalogue) routes(now func() time.Time) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/products", func(w http.ResponseWriter, r *http.Request) {
		if authorized(w, r) {
			c.serveList(w, r, now())
		}
	})
	mux.HandleFunc("GET /api/v1/products/{code}", func(w http.ResponseWriter, r *http.Request) {
		if authorized(w, r) {
			c.serveOne(w, r)
		}
	})
	mux.HandleFunc("GET /v1/public/product-info/{$}", c.serveNationalList)
	mux.HandleFunc("GET /v1/public/product-info/{id}/{$}", c.serveNationalOne)
	return mux
}

func authorized(w http.ResponseWriter, r *http.Request) bool {
	if callOf(r).twist != FaultExpiredToken && r.Header.Get("Authorization") == "Bearer "+RegistryToken {
		return true
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="registry"`)
	writeProblem(w, problem{Title: "Missing or bad token", Status: http.StatusUnauthorized})
	return false
}

// listQuery is what a list call asks for.
type listQuery struct {
	minStars, page, size int
	since                time.Time
}

func readListQuery(r *http.Request) (listQuery, error) {
	q := listQuery{page: 1, size: defaultPageSize}
	values := r.URL.Query()
	for _, p := range []struct {
		name     string
		into     *int
		low, top int
	}{
		{"min_stars", &q.minStars, 1, 5},
		{"page", &q.page, 1, 1 << 30},
		{"page_size", &q.size, 1, maxPageSize},
	} {
		if !values.Has(p.name) {
			continue
		}
		n, err := strconv.Atoi(values.Get(p.name))
		if err != nil || n < p.low || n > p.top {
			return q, fmt.Errorf("%s cannot be read: %q", p.name, values.Get(p.name))
		}
		*p.into = n
	}
	if values.Has("updated_since") {
		since, err := time.Parse(time.RFC3339, values.Get("updated_since"))
		if err != nil {
			return q, fmt.Errorf("updated_since cannot be read: %q", values.Get("updated_since"))
		}
		q.since = since
	}
	return q, nil
}

func (c *catalogue) serveList(w http.ResponseWriter, r *http.Request, now time.Time) {
	q, err := readListQuery(r)
	if err != nil {
		writeProblem(w, problem{Title: "Bad parameter", Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	var v *view
	if q.since.IsZero() {
		v = c.full(q.minStars)
	} else {
		v = c.since(q.since, now)
	}
	records, total, etag, unchanged := c.inMood(v, callOf(r).twist)
	w.Header().Set("ETag", etag)
	if given := r.Header.Get("If-None-Match"); given != "" && (unchanged || matches(given, etag)) {
		if unchanged {
			w.Header().Set("ETag", given)
		}
		w.WriteHeader(http.StatusNotModified)
		return
	}
	page := q.page
	if callOf(r).twist == FaultRepeatedPage && page > 1 {
		page--
	}
	low := min((page-1)*q.size, len(records))
	records = records[low:min(low+q.size, len(records))]
	if callOf(r).twist == FaultShortPage && len(records) > 0 {
		records = records[:len(records)-1-len(records)/10]
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"total":%d,"page":%d,"page_size":%d,"as_of":%q,"items":[`, total, q.page, q.size, now.UTC().Format(time.RFC3339Nano))
	for i, rec := range records {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(rec)
	}
	b.WriteString("]}")
	writeBody(w, http.StatusOK, "application/json", b.Bytes())
}

// inMood gives the list as the registry's mood, or a fault, shows it.
func (c *catalogue) inMood(v *view, twist string) (records [][]byte, total int, etag string, unchanged bool) {
	c.mu.Lock()
	mode := c.mode
	c.listed++
	nth := c.listed
	c.mu.Unlock()
	records, total, etag = v.records, len(v.records), v.etag
	switch {
	case mode == ModeEmpty || twist == FaultEmpty:
		return nil, 0, `"empty"`, false
	case mode == ModeShort || twist == FaultShort:
		return records[:total/2], total / 2, `"short-` + etag[1:], false
	case mode == ModeTruncated:
		return records[:total/2], total, etag, false
	case mode == ModeStale304 || twist == FaultStale:
		return records, total, etag, true
	case mode == ModeChanging || twist == FaultMovingTotal:
		less := min(total, nth%2)
		return records[:total-less], total - less, fmt.Sprintf(`"%d-%s`, nth, etag[1:]), false
	}
	return records, total, etag, false
}

// matches reads If-None-Match, RFC 9110.
func matches(header, etag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		if one == etag || one == "*" {
			return true
		}
	}
	return false
}

func (c *catalogue) serveOne(w http.ResponseWriter, r *http.Request) {
	c.mu.RLock()
	it := c.codes[strings.ToUpper(r.PathValue("code"))]
	var body []byte
	if it != nil && it.Code == r.PathValue("code") {
		body = it.encoded
	}
	c.mu.RUnlock()
	if body == nil {
		writeProblem(w, problem{Title: "No such product", Status: http.StatusNotFound})
		return
	}
	writeBody(w, http.StatusOK, "application/json", body)
}
