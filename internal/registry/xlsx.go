package registry

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	// inMemory bounds each part that excelize holds in memory; sheets and shared
	// strings above it go to a temporary file.
	inMemory = 4 << 20
	// maxParts bounds the parts of a workbook.
	maxParts = 5000
)

// openXLSX opens a workbook for reading row by row. It first inflates every part
// that will be read, counting, so that a bomb is refused whatever sizes its
// directory claims, and so that a part that was cut is found: excelize reads a
// damaged sheet as a shorter one.
func openXLSX(ctx context.Context, f *os.File, size int64, limits Limits) (*book, error) {
	zr, err := zip.NewReader(f, size)
	if err != nil {
		return nil, fmt.Errorf("this is no whole .xlsx workbook; it may still be being written: %w", err)
	}
	if len(zr.File) > maxParts {
		return nil, fmt.Errorf("the workbook has %d parts, more than the %d allowed", len(zr.File), maxParts)
	}
	left := limits.InflateBytes
	scans := map[string]*sheetScan{}
	for _, part := range zr.File {
		if !wanted(part.Name) {
			continue
		}
		scan := &sheetScan{}
		n, err := inflate(ctx, part, left, scan)
		if err != nil {
			return nil, err
		}
		left -= n
		if isSheet(part.Name) {
			scans[part.Name] = scan
		} else if part.Name != sharedStrings && n > inMemory*4 {
			return nil, fmt.Errorf("the workbook's part %s is larger than allowed", part.Name)
		}
	}
	slim, err := slimCopy(zr, limits.TempDir)
	if err != nil {
		return nil, err
	}
	x, err := excelize.OpenFile(slim, excelize.Options{
		RawCellValue: true, UnzipSizeLimit: limits.InflateBytes + 1, UnzipXMLSizeLimit: min(inMemory, limits.InflateBytes+1), TmpDir: limits.TempDir,
	})
	if err != nil {
		_ = os.Remove(slim)
		return nil, fmt.Errorf("opening the workbook: %w", err)
	}
	b := &book{letters: true, close: func() {
		_ = x.Close()
		_ = os.Remove(slim)
	}}
	if err := b.addSheets(zr, x, scans); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

const sharedStrings = "xl/sharedStrings.xml"

func isSheet(name string) bool { return strings.HasPrefix(name, "xl/worksheets/sheet") }

// wanted says whether a part matters to a reader of cells; pictures, comments
// and the like are left out.
func wanted(name string) bool {
	switch name {
	case "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", sharedStrings:
		return true
	}
	return isSheet(name)
}

// inflate counts what a part really holds and verifies its checksum.
func inflate(ctx context.Context, part *zip.File, left int64, into io.Writer) (int64, error) {
	r, err := part.Open()
	if err != nil {
		return 0, fmt.Errorf("opening the workbook's part %s: %w", part.Name, err)
	}
	defer func() { _ = r.Close() }()
	n, err := io.Copy(into, &boundedReader{&contextReader{ctx, r}, left})
	if errors.Is(err, errTooLarge) {
		return n, fmt.Errorf("the workbook inflates to more than allowed (part %s): it is refused", part.Name)
	}
	if err != nil {
		return n, fmt.Errorf("the workbook's part %s is damaged or cut short; it may still be being written: %w", part.Name, err)
	}
	return n, nil
}

type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(p)
}

// slimCopy writes the wanted parts, as compressed as they are, to a temporary
// file: excelize would take every picture into memory.
func slimCopy(zr *zip.Reader, dir string) (name string, err error) {
	f, err := os.CreateTemp(dir, "ocopsync-*.xlsx")
	if err != nil {
		return "", fmt.Errorf("copying the workbook: %w", err)
	}
	zw := zip.NewWriter(f)
	for _, part := range zr.File {
		if wanted(part.Name) && err == nil {
			err = zw.Copy(part)
		}
	}
	if err := errors.Join(err, zw.Close(), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", fmt.Errorf("copying the workbook: %w", err)
	}
	return f.Name(), nil
}

// addSheets lists the sheets in their order with what the scan found in them.
func (b *book) addSheets(zr *zip.Reader, x *excelize.File, scans map[string]*sheetScan) error {
	var wb struct {
		Pr struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := readPart(zr, "xl/workbook.xml", &wb); err != nil {
		return err
	}
	if err := readPart(zr, "xl/_rels/workbook.xml.rels", &rels); err != nil {
		return err
	}
	b.date1904 = wb.Pr.Date1904 == "1" || wb.Pr.Date1904 == "true"
	targets := map[string]string{}
	for _, r := range rels.List {
		target := strings.TrimPrefix(r.Target, "/")
		if !strings.HasPrefix(target, "xl/") {
			target = path.Join("xl", target)
		}
		targets[r.ID] = target
	}
	for _, s := range wb.Sheets {
		id := ""
		for _, a := range s.Attrs {
			if a.Name.Local == "id" && a.Name.Space != "" {
				id = a.Value
			}
		}
		scan := scans[targets[id]]
		if scan == nil {
			continue // a chart or a macro sheet
		}
		if !scan.ended() {
			return fmt.Errorf("sheet %q ends in the middle; the workbook may still be being written", s.Name)
		}
		b.sheets = append(b.sheets, &sheet{
			name: s.Name, hidden: s.State == "hidden" || s.State == "veryHidden", merges: scan.merges,
			each: xlsxRows(x, s.Name, scan.lastRow),
		})
	}
	if len(b.sheets) == 0 {
		return errors.New("the workbook has no sheets with cells")
	}
	return nil
}

func readPart(zr *zip.Reader, name string, v any) error {
	f, err := zr.Open(name)
	if err != nil {
		return fmt.Errorf("the workbook lacks its part %s: %w", name, err)
	}
	defer func() { _ = f.Close() }()
	if err := xml.NewDecoder(io.LimitReader(f, inMemory*4)).Decode(v); err != nil {
		return fmt.Errorf("the workbook's part %s can't be read: %w", name, err)
	}
	return nil
}

// xlsxRows streams a sheet. excelize ends silently where the XML breaks, so the
// last row that the scan saw must come.
func xlsxRows(x *excelize.File, name string, lastRow int) func(context.Context, func(int, []string) error) error {
	return func(ctx context.Context, fn func(int, []string) error) error {
		rows, err := x.Rows(name)
		if err != nil {
			return fmt.Errorf("sheet %q: %w", name, err)
		}
		defer func() { _ = rows.Close() }()
		n := 0
		for rows.Next() {
			n++
			if n%256 == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			cells, err := rows.Columns()
			if err != nil {
				return fmt.Errorf("sheet %q, row %d: %w", name, n, err)
			}
			if err := fn(n, cells); err != nil {
				return err
			}
		}
		if err := rows.Error(); err != nil {
			return fmt.Errorf("sheet %q, row %d: %w", name, n, err)
		}
		if n < lastRow {
			return fmt.Errorf("sheet %q can be read to row %d only, and has %d rows: the file is damaged", name, n, lastRow)
		}
		return nil
	}
}
