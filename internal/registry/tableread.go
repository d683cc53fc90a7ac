package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ocopsync/internal/ocop"
)

// tableRead walks through the sheets of a book; registry and price list differ
// in what they do with a row.
type tableRead struct {
	opt   FileOptions
	voc   vocabulary
	book  *book
	file  string
	loose func(ocop.Fault)
	row   func(*rowReader, row) error
	need  []Column // whose absence is told once for each sheet
	sheet func(rows int)
	rows  int
}

// run reads every sheet. A book in which no sheet has titles is an error: it is
// not the file that it should be.
func (t *tableRead) run(ctx context.Context) error {
	usable := 0
	var seen []string
	for _, name := range t.opt.Sheets {
		if !slices.ContainsFunc(t.book.sheets, func(s *sheet) bool { return s.name == name }) {
			return fmt.Errorf("there is no sheet %q", name)
		}
	}
	for _, s := range t.book.sheets {
		if len(t.opt.Sheets) > 0 && !slices.Contains(t.opt.Sheets, s.name) {
			continue
		}
		if s.hidden && len(t.opt.Sheets) == 0 {
			t.loose(t.about(s, ocop.Text{VI: "trang bị ẩn nên không đọc", EN: "the sheet is hidden and was not read"}))
			continue
		}
		found, first, err := t.one(ctx, s)
		if err != nil {
			return err
		}
		seen = append(seen, first...)
		if found {
			usable++
		} else if len(first) > 0 {
			t.loose(t.about(s, ocop.Text{
				VI: "không tìm thấy dòng tiêu đề (cần ít nhất tên sản phẩm và một cột khác)", EN: "no row of titles was found (at least the product's name and another column)",
			}))
		}
		t.sheet(t.rows)
	}
	if usable > 0 {
		return nil
	}
	text := strings.Join(seen, " ")
	if name := guessFonts(text); name != "" {
		return fmt.Errorf("the titles are not in Unicode but seem to be %s: convert the file to Unicode", name)
	}
	return errors.New("no sheet has a row of titles that names the products (\"Tên sản phẩm\", \"Chủ thể\", \"Hạng sao\" and the like): is this the right file?")
}

func (t *tableRead) about(s *sheet, why ocop.Text) ocop.Fault {
	return newFault(ocop.Place{File: t.file, Sheet: s.name}, "", ocop.FieldRow, s.name, why)
}

// one reads a sheet: its first rows are kept until the titles are found in them.
// It gives the texts that it met first, for a message.
func (t *tableRead) one(ctx context.Context, s *sheet) (found bool, first []string, err error) {
	rr := &rowReader{file: t.file, sheet: s, book: t.book, district: districtOfSheet(s.name)}
	var tops []titleRow
	var held []row
	ended := false
	settle := func() error {
		h, ok := findHeader(tops, t.voc)
		if !ok {
			return nil
		}
		found, rr.h = true, h
		t.aboutHeader(s, h)
		for _, r := range held {
			if r.n > h.last {
				if err := t.take(rr, r, &ended); err != nil {
					return err
				}
			}
		}
		return nil
	}
	looked := false
	err = s.rows(ctx, titleRows, func(r row) error {
		if len(distinct(r.cells)) > 0 {
			if t.rows++; t.rows > t.opt.Limits.Rows {
				return fmt.Errorf("the file has more than the %d rows allowed", t.opt.Limits.Rows)
			}
			if len(first) < 200 && !found {
				first = append(first, distinct(r.cells)...)
			}
		}
		if looked {
			if found {
				return t.take(rr, r, &ended)
			}
			return nil
		}
		tops = append(tops, titleRow{r.n, slices.Clone(r.wide)})
		held = append(held, row{n: r.n, cells: slices.Clone(r.cells)})
		if r.n >= titleRows {
			looked = true
			return settle()
		}
		return nil
	})
	if err == nil && !looked {
		err = settle()
	}
	return found, first, err
}

func (t *tableRead) aboutHeader(s *sheet, h header) {
	for _, title := range h.twice {
		t.loose(newFault(ocop.Place{File: t.file, Sheet: s.name, Row: h.last, Column: title}, "", ocop.FieldRow, title, ocop.Text{
			VI: "hai cột có cùng ý nghĩa; cột này không dùng (có thể chỉ định cột trong cấu hình)", EN: "two columns mean the same; this one is not used (the configuration can name the right one)",
		}))
	}
	for _, col := range t.need {
		if !h.has(col) {
			t.loose(newFault(ocop.Place{File: t.file, Sheet: s.name, Row: h.last}, "", ocop.FieldRow, string(col), ocop.Text{
				VI: "trang không có cột này (có thể chỉ định cột trong cấu hình)", EN: "the sheet has no such column (the configuration can name one)",
			}))
		}
	}
	if h.money != "" {
		t.loose(newFault(ocop.Place{File: t.file, Sheet: s.name, Row: h.last, Column: h.money}, "", ocop.FieldPrice, h.money, ocop.Text{
			VI: "giá phải tính bằng đồng Việt Nam", EN: "prices must be in Vietnamese đồng",
		}))
	}
}

// take handles one row below the titles.
func (t *tableRead) take(rr *rowReader, r row, ended *bool) error {
	switch rr.h.kindOf(r, *ended) {
	case rowData:
		return t.row(rr, r)
	case rowEnd:
		*ended = true
	case rowSection:
		rr.section = readSection(distinct(r.cells))
		*ended = false
	case rowStrange:
		t.loose(newFault(ocop.Place{File: t.file, Sheet: rr.sheet.name, Row: r.n}, "", ocop.FieldRow, strings.Join(distinct(r.cells), " | "), ocop.Text{
			VI: "dòng này không đọc được thành sản phẩm", EN: "this row could not be read as a product",
		}))
	case rowEmpty, rowNumbers:
	}
	return nil
}
