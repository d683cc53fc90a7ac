package state

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state/redistest"
)

// The scale of issue 2: 20,000 products on each of three markets.
const products = 20_000

var benchMarkets = []listing.Market{"postmart", "voso", "lamdong"}

// BenchmarkRecords reads all of one market's records.
func BenchmarkRecords(b *testing.B) {
	s, trips := benchStore(b)
	ctx := b.Context()
	l, err := s.Acquire(ctx, "voso", "bench", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Write(ctx, l, Batch{Put: benchRecords()}); err != nil {
		b.Fatal(err)
	}
	measure(b, trips, func() {
		n := 0
		err := s.Records(ctx, "voso", func(listing.Record) error { n++; return nil })
		if err != nil || n != products {
			b.Fatalf("read %d of %d records: %v", n, products, err)
		}
	})
}

// BenchmarkWrite writes the records of three markets.
func BenchmarkWrite(b *testing.B) {
	s, trips := benchStore(b)
	records := benchRecords()
	var leases []*Lease
	for _, m := range benchMarkets {
		l, err := s.Acquire(b.Context(), m, "bench", time.Hour)
		if err != nil {
			b.Fatal(err)
		}
		leases = append(leases, l)
	}
	measure(b, trips, func() {
		for _, l := range leases {
			if err := s.Write(b.Context(), l, Batch{Put: records}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkTouch moves SeenAt of one market's records.
func BenchmarkTouch(b *testing.B) {
	s, trips := benchStore(b)
	records := benchRecords()
	l, err := s.Acquire(b.Context(), "voso", "bench", time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Write(b.Context(), l, Batch{Put: records}); err != nil {
		b.Fatal(err)
	}
	codes := make([]ocop.Code, len(records))
	for i := range records {
		codes[i] = records[i].Code
	}
	measure(b, trips, func() {
		if err := s.Write(b.Context(), l, Batch{Touch: codes, SeenAt: records[0].SeenAt}); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkItems adds the outcomes of 10,000 items to a new part.
func BenchmarkItems(b *testing.B) {
	s, trips := benchStore(b)
	items := make([]Item, MaxItems)
	for i := range items {
		code := ocop.Code(fmt.Sprintf("68-672-%05d-1-2024", i))
		items[i] = Item{Code: code, SKU: listing.NewSKU("LD-", code), Kind: listing.Create, Outcome: "done",
			Why: "not on the market and wanted", At: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}
	}
	run := 0
	measure(b, trips, func() {
		run++
		id := fmt.Sprint("r", run)
		if err := s.CreateRun(b.Context(), Run{ID: id, CreatedAt: s.now()}); err != nil {
			b.Fatal(err)
		}
		if err := s.AddItems(b.Context(), id, "voso", items); err != nil {
			b.Fatal(err)
		}
	})
}

// measure reports this process' CPU seconds and round trips per turn.
func measure(b *testing.B, trips *RoundTrips, turn func()) {
	b.Helper()
	b.ReportAllocs()
	before, from := trips.Total(), cpu(b)
	for b.Loop() {
		turn()
	}
	b.ReportMetric((cpu(b)-from).Seconds()/float64(b.N), "cpu-s/op")
	b.ReportMetric(float64(trips.Total()-before)/float64(b.N), "roundtrips/op")
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchStore(b *testing.B) (*Store, *RoundTrips) {
	b.Helper()
	client := redis.NewClient(&redis.Options{Addr: redistest.Start(b)})
	b.Cleanup(func() { _ = client.Close() })
	trips := CountRoundTrips(client)
	s, err := Open(context.Background(), Options{Client: client, Tenant: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	return s, trips
}

func benchRecords() []listing.Record {
	at := time.Date(2026, 11, 23, 9, 0, 0, 123456789, time.UTC)
	records := make([]listing.Record, products)
	for i := range records {
		code := ocop.Code(fmt.Sprintf("68-672-%05d-1-2024", i))
		n := uint64(i)*0x9e3779b97f4a7c15 + 1
		sent := listing.Digest{Title: n, TitleText: n ^ 1, Description: n ^ 2, DescriptionText: n ^ 3, Category: n ^ 4,
			Unit: n ^ 5, Pictures: n ^ 6, Documents: n ^ 7, Attributes: n ^ 8, Price: 125_000, Stock: 40}
		stored := sent
		stored.Pictures, stored.Documents = 0, 0
		records[i] = listing.Record{
			Code: code, SKU: listing.NewSKU("LD-", code), ID: fmt.Sprint("pm-", i),
			URL: fmt.Sprintf("https://shop.example/p/%d", i), State: listing.OnSale, Seen: true,
			Sent: sent, Stored: stored, CreatedAt: at, SentAt: at, SeenAt: at, Since: at,
		}
	}
	return records
}
