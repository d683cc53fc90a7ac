package voso

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"ocopsync/internal/market"
)

// stub answers in memory, so that what is measured is ours.
type stub map[string][]byte

func (s stub) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	body := s[r.URL.Path]
	return &http.Response{
		StatusCode: http.StatusOK, Request: r, Header: http.Header{"Content-Type": {"application/json"}},
		ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}

func benchMarket() *Market {
	products := manyProducts(200)
	for i := range products {
		products[i].Description = string(bytes.Repeat([]byte("Hái sớm, sấy lạnh. "), 40))
	}
	client := market.NewClient(market.ClientOptions{Market: Name})
	client.SetTransport(stub{
		pathLogin:  []byte(okay(`{"TOKEN": "t"}`).body),
		pathCreate: []byte(okay(`{"PRODUCT_ID": 5}`).body),
		pathList:   []byte(products.list(1, `{"PAGE": 1}`).body),
	})
	return New(Options{BaseURL: "http://mall.example", Username: testUser, Password: testPassword, HTTP: client})
}

func BenchmarkCreate(b *testing.B) {
	m, orders := benchMarket(), creates(1)
	b.ReportAllocs()
	for b.Loop() {
		if out := m.Apply(context.Background(), orders); out[0].Err != nil {
			b.Fatal(out[0].Err)
		}
	}
}

func BenchmarkListPage(b *testing.B) {
	m := benchMarket()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.List(context.Background(), ""); err != nil {
			b.Fatal(err)
		}
	}
}
