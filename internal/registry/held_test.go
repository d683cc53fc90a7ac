package registry_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ocopsync/internal/ocop"
	"ocopsync/internal/registry"
)

// jsonFile is a registry in a file that a test rewrites.
type jsonFile struct {
	t      *testing.T
	path   string
	source *registry.Workbook
}

func newJSONFile(t *testing.T) *jsonFile {
	t.Helper()
	f := &jsonFile{t: t, path: filepath.Join(t.TempDir(), "so.json")}
	var err error
	if f.source, err = registry.NewWorkbook(registry.FileOptions{Path: f.path, Settle: -1}); err != nil {
		t.Fatal(err)
	}
	return f
}

// write puts n products there; every text says version, and is about size bytes.
func (f *jsonFile) write(n int, version string, size int) {
	f.t.Helper()
	var b strings.Builder
	b.WriteString("[")
	for i := range n {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"code":"P-%05d","name":"Trà số %d","stars":4,"status":"recognized","group":"do-uong","producer":{"name":"HTX %d"},"certificate":{"number":"%d","issued_on":"2024-01-15"},"description":%q}`,
			i, i, i%7, i, version+strings.Repeat("x", size))
	}
	b.WriteString("]")
	if err := os.WriteFile(f.path, []byte(b.String()), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

func TestStagedIsNotHeldUntilCommit(t *testing.T) {
	t.Parallel()
	f, dir := newJSONFile(t), t.TempDir()
	held := openHeld(t, dir)
	if !held.Empty() {
		t.Error("a new held reading is not empty")
	}
	f.write(10, "one", 100)
	mustRead(t, f.source, held, registry.Full)
	f.write(3, "two", 100)
	r, err := f.source.Read(t.Context(), held, registry.Full, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Total != 3 || len(r.Changed) != 3 || len(r.Removed) != 7 {
		t.Errorf("staged: %d products, %d changed, %d removed", r.Total, len(r.Changed), len(r.Removed))
	}
	if _, err := f.source.Read(t.Context(), held, registry.Full, nil); !errors.Is(err, registry.ErrBusy) {
		t.Errorf("a second read beside a staged one: %v", err)
	}
	other := openHeld(t, dir)
	if _, err := f.source.Read(t.Context(), other, registry.Full, nil); !errors.Is(err, registry.ErrBusy) {
		t.Errorf("a second read by another process: %v", err)
	}
	if p, err := r.Staged.Product(r.Staged.Entries()[0]); err != nil || !strings.HasPrefix(p.Description, "two") {
		t.Errorf("staged product %+v, %v", p, err)
	}
	r.Staged.Discard()
	r.Staged.Discard()
	if err := r.Staged.Commit(); err == nil {
		t.Error("a discarded reading was committed")
	}
	for code, p := range products(t, held) {
		if !strings.HasPrefix(p.Description, "one") {
			t.Errorf("%s is %q after a discarded reading", code, p.Description[:3])
		}
	}
	// A commit by the other process is taken over by this one's next read.
	mustRead(t, f.source, other, registry.Full)
	if r := mustRead(t, f.source, held, registry.Conditional); r.Kind != registry.KindNotModified || r.Total != 3 {
		t.Errorf("after the other process's commit: %s of %d", r.Kind, r.Total)
	}
}

// A product that was read stays as it is when others are read after it.
func TestProductsKeepTheirTexts(t *testing.T) {
	t.Parallel()
	f, held := newJSONFile(t), openHeld(t, t.TempDir())
	f.write(50, "một \\u0026 \"hai\"", 300)
	mustRead(t, f.source, held, registry.Full)
	var all []*ocop.Product
	for _, e := range held.Entries() {
		p, err := held.Product(e)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	for i, p := range all {
		if want := fmt.Sprintf("P-%05d", i); string(p.Code) != want || p.Name != fmt.Sprintf("Trà số %d", i) ||
			p.Certificate.Number != fmt.Sprint(i) || p.Description != "một \\u0026 \"hai\""+strings.Repeat("x", 300) {
			t.Errorf("product %d is now %+v", i, p)
		}
	}
}

func TestHeldSurvivesRestart(t *testing.T) {
	t.Parallel()
	f, dir := newJSONFile(t), t.TempDir()
	f.write(50, "one", 10)
	held := openHeld(t, dir)
	mustRead(t, f.source, held, registry.Full)
	want := products(t, held)
	meta := held.Meta()
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	again := openHeld(t, dir)
	if err := again.Dropped(); err != nil {
		t.Error(err)
	}
	got := products(t, again)
	if !maps.EqualFunc(got, want, func(a, b *ocop.Product) bool { return a.Name == b.Name && a.Certificate == b.Certificate }) {
		t.Errorf("%d products after a restart, %d before", len(got), len(want))
	}
	if m := again.Meta(); m.ETag != meta.ETag || !m.AsOf.Equal(meta.AsOf) || m.Total != 50 {
		t.Errorf("meta %+v, was %+v", m, meta)
	}
}

// What a killed read or a bad disk leaves behind is either the reading before
// or none at all, said clearly.
func TestDamagedHeldIsDropped(t *testing.T) {
	t.Parallel()
	find := func(t *testing.T, dir, pattern string) string {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(names) != 1 {
			t.Fatalf("%s: %v %v", pattern, names, err)
		}
		return names[0]
	}
	alter := func(pattern string, f func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			name := find(t, dir, pattern)
			b, err := os.ReadFile(name)
			if err == nil {
				err = os.WriteFile(name, f(b), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	for _, test := range []struct {
		name   string
		damage func(*testing.T, string)
		want   string // "" keeps the reading
	}{
		{"garbage behind the committed end", alter("products-*", func(b []byte) []byte { return append(b, `{"code":"half`...) }), ""},
		{"leftovers", func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "index-99.bin"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, ""},
		{"products flipped", alter("products-*", flip), "products-1.jsonl: damaged: wrong length or checksum"},
		{"products cut", alter("products-*", cut), "products-1.jsonl: damaged: wrong length or checksum"},
		{"products gone", func(t *testing.T, dir string) { _ = os.Remove(find(t, dir, "products-*")) }, "no such file"},
		{"index flipped", alter("index-*", flip), "index-1.bin: damaged: wrong checksum"},
		{"index gone", func(t *testing.T, dir string) { _ = os.Remove(find(t, dir, "index-*")) }, "no such file"},
		{"meta cut", alter("meta.json", func(b []byte) []byte { return b[:len(b)/2] }), "meta.json: damaged"},
		{"other format", alter("meta.json", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), `"format": 1`, `"format": 99`, 1))
		}), "it has format 99, this program writes format 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f, dir := newJSONFile(t), t.TempDir()
			f.write(20, "one", 50)
			held := openHeld(t, dir)
			mustRead(t, f.source, held, registry.Full)
			if err := held.Close(); err != nil {
				t.Fatal(err)
			}
			test.damage(t, dir)
			held = openHeld(t, dir)
			if test.want == "" {
				if held.Dropped() != nil || len(products(t, held)) != 20 {
					t.Errorf("dropped: %v; %d products", held.Dropped(), len(held.Entries()))
				}
			} else {
				wantError(t, "dropped", held.Dropped(), test.want)
				if !held.Empty() || len(held.Entries()) != 0 {
					t.Error("a damaged reading is half used")
				}
			}
			// Whatever was found, the next read puts it right.
			r := mustRead(t, f.source, held, registry.Conditional)
			if len(products(t, held)) != 20 || held.Dropped() != nil || (test.want == "") != (r.Kind == registry.KindNotModified) {
				t.Errorf("after the next read: %s, %d products, %v", r.Kind, len(held.Entries()), held.Dropped())
			}
			if n := leftovers(t, dir); n > 5 {
				t.Errorf("%d files are left", n)
			}
		})
	}
}

func leftovers(t *testing.T, dir string) int {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// Entries that were taken before a compaction stay readable over it.
func TestCompaction(t *testing.T) {
	t.Parallel()
	f, dir := newJSONFile(t), t.TempDir()
	held := openHeld(t, dir)
	f.write(300, "one", 5000)
	mustRead(t, f.source, held, registry.Full)
	before := held.Entries()
	size := func() (n int64) {
		names, _ := filepath.Glob(filepath.Join(dir, "products-*"))
		for _, name := range names {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			n += info.Size()
		}
		return n
	}
	one := size()
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 20 {
			for _, e := range before[:50] {
				if _, err := held.Product(e); err != nil {
					t.Errorf("while readings are committed: %v", err)
					return
				}
			}
		}
	})
	for _, v := range []string{"two", "three"} {
		f.write(300, v, 4900)
		mustRead(t, f.source, held, registry.Full)
	}
	wg.Wait()
	if n := size(); n > one*2+one/10 {
		t.Errorf("the products take %d bytes, one reading %d", n, one)
	}
	for _, p := range products(t, held) {
		if !strings.HasPrefix(p.Description, "three") {
			t.Fatalf("%s is %q", p.Code, p.Description[:5])
		}
	}
	if _, err := held.Product(before[0]); err != nil {
		t.Errorf("an entry from before the compaction: %v", err)
	}
}

// A kill between a staged reading and its end leaves the held one.
func TestKilledWhileStaging(t *testing.T) {
	t.Parallel()
	f, dir := newJSONFile(t), t.TempDir()
	held := openHeld(t, dir)
	f.write(20, "one", 50)
	mustRead(t, f.source, held, registry.Full)
	f.write(25, "two", 80)
	r, err := f.source.Read(t.Context(), held, registry.Full, nil)
	if err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir() // the files as a kill here would leave them
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	r.Staged.Discard()
	again := openHeld(t, copied)
	if again.Dropped() != nil || len(products(t, again)) != 20 {
		t.Errorf("after a kill: %v, %d products", again.Dropped(), len(again.Entries()))
	}
	if r := mustRead(t, f.source, again, registry.Full); len(r.Changed) != 25 || len(products(t, again)) != 25 {
		t.Errorf("after a kill and a read: %d changed", len(r.Changed))
	}
}

// An entry decides eligibility as the product itself does.
func TestEntryChecksAsProduct(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("[")
	n := 0
	for _, stars := range []string{`0`, `2`, `3`, `5`, `9`, `"4 sao"`, `"đề xuất 5 sao"`} {
		for _, status := range []string{"recognized", "expired", "revoked", "withdrawn", "?", ""} {
			for _, cert := range []string{
				`null`, `{}`, `{"number":"1"}`, `{"number":"1","issued_on":"2024-01-15"}`, `{"issued_on":"2021"}`, `{"decision":"1/QĐ","expires_on":"15/6/2024"}`,
				`{"number":"1","issued_on":"2024-01-15","revoked_on":"2024-05-01"}`, `{"number":"1","issued_on":"hôm qua"}`, `{"issued_on":"6/2021"}`,
			} {
				if n > 0 {
					b.WriteString(",")
				}
				n++
				fmt.Fprintf(&b, `{"code":"P-%05d","name":"Trà","stars":%s,"status":%q,"group":"do-uong","producer":{"name":"HTX"},"certificate":%s}`, n, stars, status, cert)
			}
		}
	}
	b.WriteString("]")
	source, err := registry.NewWorkbook(registry.FileOptions{Path: write(t, "so.json", []byte(b.String())), Settle: -1})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	held := openHeld(t, dir)
	mustRead(t, source, held, registry.Full)
	again := openHeld(t, dir) // the standing as the index keeps it
	for _, day := range []ocop.Day{{Year: 2024, Month: time.March, Dom: 1}, {Year: 2024, Month: time.June, Dom: 15}, {Year: 2024, Month: time.June, Dom: 16}, {Year: 2027, Month: time.January, Dom: 15}, {Year: 2027, Month: time.January, Dom: 16}} {
		for i, e := range again.Entries() {
			p, err := held.Product(held.Entries()[i])
			if err != nil {
				t.Fatal(err)
			}
			rules := ocop.Rules{MinStars: 3, GraceDays: i % 2}
			if got, want := e.Check(rules, day), ocop.Check(p, rules, day); !slices.Equal(got, want) {
				t.Errorf("%s %+v on %s: entry %v, product %v", e.Code, p.Certificate, day, got, want)
			}
			if e.Recognized() != p.Rating.Recognized || e.Status() != p.Status || e.Faulty() != (len(p.Faults) > 0) {
				t.Errorf("%s: entry says %d %q %v", e.Code, e.Recognized(), e.Status(), e.Faulty())
			}
		}
	}
}
