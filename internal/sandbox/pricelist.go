package sandbox

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/xuri/excelize/v2"
)

// priceFiles are the price lists written so far; a change of a price writes
// them again.
type priceFiles struct {
	products *catalogue

	mu    sync.Mutex
	paths []string
}

// WritePriceList writes the producers' price list (bảng giá) to an .xlsx or
// .csv file, and keeps it up to date when SetPrice or SetStock change it.
func (s *Sandbox) WritePriceList(path string) error {
	p := s.prices
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.write(path); err != nil {
		return err
	}
	if !slices.Contains(p.paths, path) {
		p.paths = append(p.paths, path)
	}
	return nil
}

// SetPrice sets a product's price in the price list; 0 empties the cell.
func (s *Sandbox) SetPrice(code string, vnd int64) error {
	return s.prices.change(code, func(o *offer) { o.Listed, o.Price, o.Text = true, vnd, "" })
}

// SetPriceText writes a price that cannot be read as an amount, or empties the cell.
func (s *Sandbox) SetPriceText(code, text string) error {
	return s.prices.change(code, func(o *offer) { o.Listed, o.Price, o.Text = true, 0, text })
}

// SetStock sets a product's stock in the price list; below 0 empties the cell.
func (s *Sandbox) SetStock(code string, stock int) error {
	return s.prices.change(code, func(o *offer) {
		o.Listed, o.Stock = true, nil
		if stock >= 0 {
			o.Stock = &stock
		}
	})
}

// SetUnit sets a product's unit in the price list; "" empties the cell.
func (s *Sandbox) SetUnit(code, unit string) error {
	return s.prices.change(code, func(o *offer) { o.Listed, o.Unit = true, unit })
}

func (p *priceFiles) change(code string, alter func(*offer)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.products.changeOffer(code, alter); err != nil {
		return err
	}
	for _, path := range p.paths {
		if err := p.write(path); err != nil {
			return err
		}
	}
	return nil
}

var priceHeader = []any{"STT", "Mã sản phẩm", "Tên sản phẩm", "Chủ thể", "Giá bán", "Đơn vị tính", "Tồn kho", "Khối lượng", "Ghi chú"}

// priceRows is the sheet: two title rows, an empty one, the header, the data.
func (p *priceFiles) priceRows() [][]any {
	rows := [][]any{
		{"BẢNG GIÁ SẢN PHẨM OCOP"},
		{"(Do các chủ thể cung cấp; giá đã gồm thuế, chưa gồm phí vận chuyển)"},
		{},
		priceHeader,
	}
	n := 0
	for _, it := range p.products.snapshot() {
		if !it.offer.Listed || it.Status == "withdrawn" {
			continue
		}
		n++
		rows = append(rows, it.priceRow(n))
	}
	return rows
}

func (it *item) priceRow(n int) []any {
	row := []any{n, it.Code, it.Name, it.Producer.Name, nil, it.offer.Unit, nil, it.offer.Weight, nil}
	if it.offer.ByName {
		row[1] = nil
	}
	switch {
	case it.offer.Text != "":
		row[4] = it.offer.Text
	case it.offer.Price != 0:
		row[4] = it.offer.Price
	}
	if it.offer.Stock != nil {
		row[6] = *it.offer.Stock
	}
	return row
}

func (p *priceFiles) write(path string) error {
	var content []byte
	var err error
	switch strings.ToLower(filepath.Ext(path)) {
	case ".xlsx":
		content, err = p.workbook()
	case ".csv":
		content, err = p.csv()
	default:
		return fmt.Errorf("write the price list %s: neither .xlsx nor .csv", path)
	}
	if err == nil {
		err = replaceFile(path, content)
	}
	if err != nil {
		return fmt.Errorf("write the price list %s: %w", path, err)
	}
	return nil
}

func (p *priceFiles) workbook() ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // in memory only
	const sheet = "Bảng giá"
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return nil, err
	}
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return nil, err
	}
	if err := w.MergeCell("A1", "I1"); err != nil {
		return nil, err
	}
	for i, row := range p.priceRows() {
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (p *priceFiles) csv() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff") // as Excel writes it
	w := csv.NewWriter(&b)
	for _, row := range p.priceRows() {
		cells := make([]string, len(priceHeader))
		for i, cell := range row {
			if cell != nil {
				cells[i] = fmt.Sprint(cell)
			}
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// replaceFile never leaves half a file behind.
func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".sandbox-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone already when all went well
	if _, err = f.Write(content); err != nil {
		_ = f.Close()
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		_ = f.Close()
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
