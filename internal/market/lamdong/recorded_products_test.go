package lamdong

import (
	"os"
	"strings"
	"testing"

	"ocopsync/internal/listing"
)

// TestReplayProducts reads single products of recordings that we never ask for.
func TestReplayProducts(t *testing.T) {
	t.Parallel()
	for name, want := range singleProducts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p product
			if err := decode(readRecording(t, name).body, &p); err != nil {
				t.Fatal(err)
			}
			if got := p.remote(nil); got.ID != want.ID || got.State != want.State || got.Trashed != want.Trashed || got.SKU != want.SKU || got.Price != want.Price {
				t.Errorf("read as %+v, want %+v", got, want)
			}
		})
	}
}

func singleProducts() map[string]listing.Remote {
	return map[string]listing.Remote{
		"get":          {ID: "11", SKU: "TN-0001", State: listing.OnSale, Price: 150000},
		"get_trashed":  {ID: "12", SKU: "B-1", State: listing.OffSale, Trashed: true, Price: 1000},
		"delete_force": {ID: "12", SKU: "B-1", State: listing.OffSale, Trashed: true, Price: 1000},
		// The answer of a write is not what is stored: this one lies in the bin.
		"delete_trash": {ID: "12", SKU: "B-1", State: listing.OnSale, Price: 1000},
	}
}

// TestEveryRecordingIsReplayed keeps a new recording from lying there unused.
func TestEveryRecordingIsReplayed(t *testing.T) {
	t.Parallel()
	used := map[string]bool{"batch": true}
	for name := range readings() {
		used[name] = true
	}
	for name := range writings() {
		used[name] = true
	}
	for name := range refusedWhole() {
		used[name] = true
	}
	for name := range categoryRecordings() {
		used[name] = true
	}
	for name := range singleProducts() {
		used[name] = true
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), ".txt"); ok && !used[name] {
			t.Errorf("recording %s is replayed by no test", name)
		}
	}
}
