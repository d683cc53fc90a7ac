package registry_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"ocopsync/internal/registry"
)

const (
	largeRows  = 300_000
	largeLimit = 300 << 20 // bytes that a sheet of that many rows may take
)

// peak samples how much memory the process has from the system while f runs.
func peak(t *testing.T, f func()) int64 {
	t.Helper()
	debug.FreeOSMemory()
	done, highest := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		most := int64(0)
		var m runtime.MemStats
		for {
			runtime.ReadMemStats(&m)
			most = max(most, int64(m.Sys-m.HeapReleased))
			select {
			case <-tick.C:
			case <-done:
				highest <- most
				return
			}
		}
	}()
	f()
	close(done)
	return <-highest
}

// Not parallel: it measures the whole process.
func TestLargeFiles(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("takes several seconds, and the race detector's own memory would be measured")
	}
	dir := t.TempDir()
	xlsx := writeLargeWorkbook(t, filepath.Join(dir, "large.xlsx"))
	csv := writeLargeCSV(t, filepath.Join(dir, "large.csv"))
	began := time.Now()
	var prices *registry.Prices
	most := peak(t, func() {
		var err error
		if prices, err = priceList(t, xlsx, nil); err != nil {
			t.Fatal(err)
		}
	})
	t.Logf("price list of %d rows (.xlsx) in %s, at most %d MiB", largeRows, time.Since(began).Round(time.Millisecond), most>>20)
	if prices.Len() != largeRows || most > largeLimit {
		t.Errorf("%d rows, %d MiB at most", prices.Len(), most>>20)
	}
	prices = nil
	began = time.Now()
	most = peak(t, func() {
		r, err := readFile(t, csv, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Staged.Discard()
		if r.Total != largeRows {
			t.Errorf("%d products", r.Total)
		}
	})
	t.Logf("registry of %d rows (.csv) in %s, at most %d MiB", largeRows, time.Since(began).Round(time.Millisecond), most>>20)
	if most > largeLimit {
		t.Errorf("the registry took %d MiB", most>>20)
	}
}

func largeRow(i int) []any {
	return []any{
		i + 1, fmt.Sprintf("68-672-24769-%d-2022", i), fmt.Sprintf("Trà atisô túi lọc loại %d", i), fmt.Sprintf("HTX Nông nghiệp số %d", i%5000),
		10_000 + i%1000*500, "hộp", i % 300, "4 sao",
	}
}

var largeTitles = []any{"STT", "Mã sản phẩm", "Tên sản phẩm", "Chủ thể", "Giá bán", "Đơn vị tính", "Tồn kho", "Hạng sao"} //nolint:gochecknoglobals // test data

func writeLargeWorkbook(t *testing.T, path string) string {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range largeRows + 1 {
		row := largeTitles
		if i > 0 {
			row = largeRow(i - 1)
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func writeLargeCSV(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	for i := range largeRows + 1 {
		row := largeTitles
		if i > 0 {
			row = largeRow(i - 1)
		}
		for _, c := range row {
			_, _ = fmt.Fprintf(w, "%v;", c)
		}
		_ = w.WriteByte('\n')
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}
