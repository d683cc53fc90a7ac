package sandbox

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func sheet(t *testing.T, path, name string) [][]string {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if name == "" {
		name = f.GetSheetName(0)
	}
	rows, err := f.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestPriceList(t *testing.T) {
	s := start(t, Options{})
	folder := t.TempDir()
	book, text := filepath.Join(folder, "gia.xlsx"), filepath.Join(folder, "gia.csv")
	for _, path := range []string{book, text} {
		if err := s.WritePriceList(path); err != nil {
			t.Fatal(err)
		}
	}
	rows := sheet(t, book, "")
	if rows[3][1] != "Mã sản phẩm" || rows[3][4] != "Giá bán" || len(rows) != 4+69 { // one withdrawn, one without a row
		t.Errorf("%d rows, header %v", len(rows), rows[3])
	}
	noCode, contact, written := 0, 0, 0
	for _, row := range rows[4:] {
		if row[1] == "" {
			noCode++
		}
		if row[4] == "Liên hệ" {
			contact++
		}
		if strings.HasSuffix(row[4], "đ") {
			written++
		}
	}
	if noCode != 2 || contact != 1 || written < 10 {
		t.Errorf("no code %d, contact %d, written %d", noCode, contact, written)
	}
	code := rows[4][1]
	if err := s.SetPrice(code, 123_000); err != nil {
		t.Fatal(err)
	}
	if err := s.SetStock(code, 77); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(text)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]string{sheet(t, book, "")[4], lines[4]} {
		if row[1] != code || row[4] != "123000" || row[6] != "77" {
			t.Errorf("%v", row)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".sandbox-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, bad := range []error{s.WritePriceList(filepath.Join(folder, "gia.txt")), s.WritePriceList(filepath.Join(folder, "none", "gia.csv")), s.SetPrice("none", 1)} {
		if bad == nil {
			t.Error("no error")
		}
	}
}

func TestRegistryWorkbook(t *testing.T) {
	s := start(t, Options{})
	path := filepath.Join(t.TempDir(), "phu-luc.xlsx")
	if err := s.WriteRegistryWorkbook(path); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	products, ratings := 0, map[string]bool{}
	for _, name := range f.GetSheetList() {
		rows := sheet(t, path, name)
		if rows[3][1] != "Tên sản phẩm" || !strings.HasPrefix(rows[0][0], "PHỤ LỤC") {
			t.Errorf("%s: %v", name, rows[:4])
		}
		for _, row := range rows[4:] {
			if len(row) > 5 && row[0] != "" {
				products++
				ratings[row[5]] = true
			}
		}
		if merged, _ := f.GetMergeCells(name); len(merged) != 2 {
			t.Errorf("%s: %d merged cells", name, len(merged))
		}
	}
	if len(f.GetSheetList()) != 4 || products != 63 || !ratings["OCOP 4 sao"] || !ratings["4*"] {
		t.Errorf("sheets %v, %d products, ratings %v", f.GetSheetList(), products, ratings)
	}
}
