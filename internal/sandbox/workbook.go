package sandbox

import (
	"fmt"
	"time"

	"github.com/xuri/excelize/v2"
)

var annexHeader = []any{"STT", "Tên sản phẩm", "Chủ thể", "Địa chỉ", "Nhóm sản phẩm", "Kết quả phân hạng", "Số quyết định", "Ngày quyết định", "Ghi chú"}

// WriteRegistryWorkbook writes the recognized products as the annex of a
// decision: one sheet per old district, titles above the header, no product
// code, ratings and dates as people write them, a total and signatures below.
// It states no end of a certificate, so 36 months count.
func (s *Sandbox) WriteRegistryWorkbook(path string) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // in memory only
	sheets := make(map[string][]item)
	var order []string
	for _, it := range s.products.snapshot() {
		if it.Status != "recognized" || it.Stars == 0 || it.Certificate == nil {
			continue
		}
		d := it.Producer.District
		if sheets[d] == nil {
			order = append(order, d)
		}
		sheets[d] = append(sheets[d], it)
	}
	for _, district := range order {
		if _, err := f.NewSheet(district); err != nil {
			return fmt.Errorf("write the registry workbook: %w", err)
		}
		if err := writeAnnex(f, district, sheets[district]); err != nil {
			return fmt.Errorf("write the registry workbook, sheet %s: %w", district, err)
		}
	}
	if err := f.DeleteSheet("Sheet1"); err != nil {
		return fmt.Errorf("write the registry workbook: %w", err)
	}
	b, err := f.WriteToBuffer()
	if err == nil {
		err = replaceFile(path, b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("write the registry workbook: %w", err)
	}
	return nil
}

func writeAnnex(f *excelize.File, district string, items []item) error {
	w, err := f.NewStreamWriter(district)
	if err != nil {
		return err
	}
	for _, span := range [][2]string{{"A1", "I1"}, {"A2", "I2"}} {
		if err := w.MergeCell(span[0], span[1]); err != nil {
			return err
		}
	}
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14}) // a date
	if err != nil {
		return err
	}
	rows := [][]any{
		{"PHỤ LỤC: DANH SÁCH SẢN PHẨM OCOP ĐƯỢC CÔNG NHẬN"},
		{"(Kèm theo Quyết định của Ủy ban nhân dân; địa bàn: " + district + ")"},
		{},
		annexHeader,
	}
	for i := range items {
		rows = append(rows, items[i].annexRow(i, style))
	}
	rows = append(rows,
		[]any{"", fmt.Sprintf("Tổng cộng: %d sản phẩm", len(items))},
		[]any{},
		[]any{"", "", "", "", "", "TM. ỦY BAN NHÂN DÂN"},
		[]any{"", "", "", "", "", "KT. CHỦ TỊCH - PHÓ CHỦ TỊCH"},
	)
	for i, row := range rows {
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			return err
		}
	}
	return w.Flush()
}

// annexRow writes rating and date in one of several ways.
func (it *item) annexRow(i, dateStyle int) []any {
	rating := []string{"OCOP %d sao", "%d sao", "Hạng %d sao", "%d*"}[i%4]
	issued, err := time.Parse(time.DateOnly, it.Certificate.IssuedOn)
	if err != nil {
		panic("sandbox: " + err.Error()) // the generator wrote it
	}
	var date any = fmt.Sprintf("%d/%d/%d", issued.Day(), int(issued.Month()), issued.Year())
	if i%3 == 1 {
		date = excelize.Cell{StyleID: dateStyle, Value: serial(issued)}
	}
	note := ""
	if it.ProposedStars > 0 {
		note = fmt.Sprintf("Đề xuất %d sao", it.ProposedStars)
	}
	return []any{
		i + 1, it.Name, it.Producer.Name, it.Producer.Address, groupName(it.Group),
		fmt.Sprintf(rating, it.Stars), it.Certificate.Decision, date, note,
	}
}

// serial is Excel's number of a day.
func serial(t time.Time) int {
	return int(t.Sub(time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24)
}
