package registry_test

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"ocopsync/internal/ocop"
	"ocopsync/internal/registry"
)

var update = flag.Bool("update", false, "write the golden files anew") //nolint:gochecknoglobals // a test flag

// wantError holds an error to the words that a person must get; "" is none.
func wantError(t *testing.T, what string, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case want != "" && err == nil:
		t.Errorf("%s: no error, want %q", what, want)
	case want != "" && !strings.Contains(err.Error(), want):
		t.Errorf("%s:\n got %v\nwant %s", what, err, want)
	}
}

// golden compares with testdata/<name>.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run with -update to accept):\n--- got\n%s\n--- want\n%s", path, got, want)
	}
}

// tab is one sheet of a workbook that a test writes.
type tab struct {
	name   string
	rows   [][]any
	merges []string
	hidden bool
}

func workbook(t *testing.T, tabs ...tab) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	for _, tab := range tabs {
		if _, err := f.NewSheet(tab.name); err != nil {
			t.Fatal(err)
		}
		for i, row := range tab.rows {
			if err := f.SetSheetRow(tab.name, fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
		for _, ref := range tab.merges {
			from, to, _ := strings.Cut(ref, ":")
			if err := f.MergeCell(tab.name, from, to); err != nil {
				t.Fatal(err)
			}
		}
		if tab.hidden {
			if err := f.SetSheetVisible(tab.name, false); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !slices.ContainsFunc(tabs, func(x tab) bool { return x.name == "Sheet1" }) {
		if err := f.DeleteSheet("Sheet1"); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// show writes a reading as a person would check it.
func show(t *testing.T, r registry.Reading, err error, path string) string {
	t.Helper()
	if err != nil {
		return "error: " + strings.ReplaceAll(err.Error(), path, "FILE") + "\n"
	}
	defer r.Staged.Discard()
	var b strings.Builder
	type line struct{ name, text string }
	var lines []line
	for _, e := range r.Staged.Entries() {
		p, err := r.Staged.Product(e)
		if err != nil {
			t.Fatal(err)
		}
		var bad []string
		for _, f := range p.Faults {
			bad = append(bad, string(f.Field))
		}
		text := fmt.Sprintf("%s | %s | %s | %d stars", p.Code, p.Name, p.Producer.Name, p.Rating.Recognized)
		if p.Rating.Proposed > 0 {
			text += fmt.Sprintf(" (proposed %d)", p.Rating.Proposed)
		}
		c := p.Certificate
		text += fmt.Sprintf(" | %s | %s | %s %s %s..%s", p.Status, p.Group, c.Number, c.Decision, c.IssuedOn, c.ExpiresOn)
		if p.Producer.District != "" {
			text += " | " + p.Producer.District
		}
		if p.Offer.Price != 0 {
			text += fmt.Sprintf(" | %d", int64(p.Offer.Price))
		}
		if len(bad) > 0 {
			text += " | faults: " + strings.Join(bad, ", ")
		}
		lines = append(lines, line{p.Name, text})
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.text, b.text)) })
	for _, l := range lines {
		b.WriteString(l.text + "\n")
	}
	b.WriteString(registry.Report(r.Faults))
	b.WriteString(registry.ReportVI(r.Faults))
	return b.String()
}

func readFile(t *testing.T, path string, columns map[string]string) (registry.Reading, error) {
	t.Helper()
	source, err := registry.NewWorkbook(registry.FileOptions{Path: path, Columns: columns, Settle: -1})
	if err != nil {
		t.Fatal(err)
	}
	return source.Read(t.Context(), openHeld(t, t.TempDir()), registry.Full, nil)
}

func priceList(t *testing.T, path string, columns map[string]string) (*registry.Prices, error) {
	t.Helper()
	list, err := registry.NewPriceList(registry.FileOptions{Path: path, Columns: columns, Settle: -1})
	if err != nil {
		t.Fatal(err)
	}
	prices, _, err := list.Read(t.Context())
	return prices, err
}

func product(code, name, producer string) *ocop.Product {
	return &ocop.Product{Code: ocop.Code(code), Name: name, Producer: ocop.Producer{Name: producer}}
}
