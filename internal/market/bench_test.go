package market

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/go-resty/resty/v2"
)

// measured reports the CPU time per call, the server's part included: it moves
// less than the wall clock does on a machine with other work.
func measured(b *testing.B) func() {
	b.Helper()
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	begun := used()
	return func() { b.ReportMetric(float64((used()-begun).Nanoseconds())/float64(b.N)/1000, "cpu-µs/op") }
}

// The benchmarks compare one paced, bounded call through NewClient with bare
// net/http against the same server: the difference is what we add per call.

type benchBody struct {
	SKU   string `json:"sku"`
	Name  string `json:"name"`
	Price int64  `json:"price"`
}

func benchServer(b *testing.B) *httptest.Server {
	b.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("RateLimit-Policy", `"shop";q=2000000;w=1`)
		w.Header().Set("RateLimit", `"shop";r=1900000;t=1`)
		_, _ = io.WriteString(w, `{"sku":"OCOP-1","name":"Trà atisô","price":120000}`)
	}))
	b.Cleanup(s.Close)
	return s
}

func BenchmarkCallBare(b *testing.B) {
	s := benchServer(b)
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	defer c.CloseIdleConnections()
	defer measured(b)()
	b.ReportAllocs()
	for b.Loop() {
		body, err := json.Marshal(benchBody{"OCOP-1", "Trà atisô", 120_000})
		if err != nil {
			b.Fatal(err)
		}
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, s.URL+"/v1/products", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := c.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		answer, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		var out benchBody
		if err != nil || json.Unmarshal(answer, &out) != nil || out.Price != 120_000 {
			b.Fatal(err, out)
		}
	}
}

func benchClient(b *testing.B, c *resty.Client, url string) {
	b.Helper()
	defer c.GetClient().CloseIdleConnections()
	defer measured(b)()
	b.ReportAllocs()
	for b.Loop() {
		var out benchBody
		_, err := c.R().SetContext(b.Context()).SetBody(benchBody{"OCOP-1", "Trà atisô", 120_000}).SetResult(&out).Post(url + "/v1/products")
		if err != nil || out.Price != 120_000 {
			b.Fatal(err, out)
		}
	}
}

func BenchmarkCallResty(b *testing.B) {
	s := benchServer(b)
	benchClient(b, resty.NewWithClient(&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}), s.URL)
}

func BenchmarkCallPaced(b *testing.B) {
	s := benchServer(b)
	p := NewPacer(PacerOptions{Rate: 1e6, Burst: 1000})
	benchClient(b, NewClient(ClientOptions{Market: "bench", Pacer: p, OnCall: func(Call) {}}), s.URL)
}

func BenchmarkPacerWait(b *testing.B) {
	p := NewPacer(PacerOptions{})
	b.ReportAllocs()
	for b.Loop() {
		_ = p.Wait(b.Context())
	}
}
