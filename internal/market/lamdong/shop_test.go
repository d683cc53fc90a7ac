package lamdong

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

const (
	testKey    = "ck_test000000000000000000000000000000000001"
	testSecret = "cs_test000000000000000000000000000000000001"
)

func testNow() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// A recording is one call of the contract: what was asked and what came.
type recording struct {
	method, path, sent string
	status             int
	header             http.Header
	body               []byte
}

func readRecording(t *testing.T, name string) recording {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		t.Fatalf("recording: %v", err)
	}
	rec := recording{header: make(http.Header)}
	r := bufio.NewReader(bytes.NewReader(raw))
	for {
		ahead, err := r.Peek(2)
		if err != nil || ahead[1] != ' ' || ahead[0] != '>' && ahead[0] != '<' {
			break
		}
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("recording %s: %v", name, err)
		}
		text := strings.TrimSpace(line[2:])
		switch {
		case line[0] == '>' && rec.method == "":
			rec.method, rec.path, _ = strings.Cut(text, " ")
		case line[0] == '>':
			rec.sent = text
		case rec.status == 0:
			status, _, _ := strings.Cut(text, " ")
			if rec.status, err = strconv.Atoi(status); err != nil {
				t.Fatalf("recording %s: status %q", name, text)
			}
		default:
			key, value, _ := strings.Cut(text, ": ")
			rec.header.Set(key, value)
		}
	}
	if rec.body, err = io.ReadAll(r); err != nil || rec.status == 0 {
		t.Fatalf("recording %s has no answer (%v)", name, err)
	}
	return rec
}

// write gives the recorded answer.
func (rec recording) write(w http.ResponseWriter) {
	for key, values := range rec.header {
		w.Header()[key] = values
	}
	w.WriteHeader(rec.status)
	_, _ = w.Write(rec.body)
}

// inBatch is a recorded answer for one product as a batch gives it: in the list
// of that name, an error as the object "error" of an item.
func (rec recording) inBatch(list string) recording {
	item := json.RawMessage(rec.body)
	if rec.status >= 400 {
		item = []byte(`{"id":0,"error":` + string(rec.body) + `}`)
	}
	return recording{status: 200, header: rec.header, body: []byte(`{"` + list + `":[` + string(item) + `]}`)}
}

// An asked is one call as the shop saw it.
type asked struct {
	method, path string
	query        map[string][]string
	header       http.Header
	body         string
}

// A shop answers every call by a function and remembers what it was asked.
type shop struct {
	*Market
	mu    sync.Mutex
	asked []asked
}

func newShop(t *testing.T, answer func(w http.ResponseWriter, a asked)) *shop {
	t.Helper()
	s := &shop{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("the request's body: %v", err)
		}
		a := asked{
			method: r.Method, path: strings.TrimPrefix(r.URL.Path, apiRoot),
			query: r.URL.Query(), header: r.Header, body: string(body),
		}
		s.mu.Lock()
		s.asked = append(s.asked, a)
		s.mu.Unlock()
		answer(w, a)
	}))
	t.Cleanup(server.Close)
	s.Market = New(Options{
		BaseURL: server.URL, ConsumerKey: testKey, ConsumerSecret: testSecret, Now: testNow,
		HTTP: market.NewClient(market.ClientOptions{Market: Name, Timeout: 5 * time.Second}),
	})
	return s
}

// calls are the calls asked so far.
func (s *shop) calls() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]asked(nil), s.asked...)
}

// last is the last call to the path, which there must be.
func (s *shop) last(t *testing.T, method, path string) asked {
	t.Helper()
	calls := s.calls()
	for i := len(calls) - 1; i >= 0; i-- {
		if calls[i].method == method && calls[i].path == path {
			return calls[i]
		}
	}
	t.Fatalf("no %s %s was called, only %+v", method, path, calls)
	return asked{}
}

// replay always answers with one recording, but knows the category "tra".
func replay(t *testing.T, rec recording) *shop {
	t.Helper()
	return newShop(t, func(w http.ResponseWriter, a asked) {
		if a.method == http.MethodGet && a.path == "/products/categories" {
			writeText(w, 200, `[{"id":15,"name":"Uncategorized","slug":"uncategorized"},{"id":16,"name":"Trà","slug":"tra"}]`)
			return
		}
		rec.write(w)
	})
}

func writeText(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// tea is a prepared listing.
func tea(sku listing.SKU, price int64) listing.Listing {
	return listing.Listing{
		SKU: sku, Code: "83-829-00001-1-2024", Title: "Trà atisô túi lọc", Description: "<p>Trà thơm &amp; mát</p>",
		Category: "tra", Price: ocop.VND(price), Stock: 40, Unit: "hộp 250g",
		Pictures: []string{"https://img.example/a.jpg", "https://img.example/b.png"},
		Attributes: listing.Attributes{
			Stars: 4, Certificate: "12/2024", ExpiresOn: "2027-05-01",
			Producer: "HTX Gió Sương", Origin: "Phường Xuân Hương",
		},
		WeightGrams: 250,
	}
}

func create(l listing.Listing) listing.Order {
	return listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: l}
}

func update(id string, fields listing.Fields, l listing.Listing) listing.Order {
	return listing.Order{Kind: listing.Update, SKU: l.SKU, ID: id, Fields: fields, Listing: l}
}

// marketError is err as the one error type, which it must be.
func marketError(t *testing.T, err error) *market.Error {
	t.Helper()
	var e *market.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T) is no *market.Error", err, err)
	}
	if strings.Contains(e.Error(), testSecret) || strings.Contains(e.Error(), testKey) {
		t.Errorf("the error tells a secret: %v", e)
	}
	return e
}

// apply1 carries out one order.
func (s *shop) apply1(t *testing.T, o listing.Order) listing.Outcome {
	t.Helper()
	out := s.Apply(context.Background(), []listing.Order{o})
	if len(out) != 1 {
		t.Fatalf("%d outcomes of one order", len(out))
	}
	return out[0]
}

func checkKind(t *testing.T, err error, kind market.Kind, code, words string) {
	t.Helper()
	if kind == "" {
		if err != nil {
			t.Fatalf("failed: %v", err)
		}
		return
	}
	if err == nil {
		t.Fatalf("went well, want %s", kind)
	}
	e := marketError(t, err)
	if e.Kind != kind || code != "" && e.Code != code || !strings.Contains(e.Words, words) {
		t.Errorf("error %v; want kind %s, code %q, words with %q", e, kind, code, words)
	}
}
