package registry

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// sniffed is how much of a text file is looked at to find its encoding and
// separator.
const sniffed = 64 << 10

// maxField bounds one line of a CSV file with what its quotes enclose, so that
// an unclosed quote does not swallow the file.
const maxField = 1 << 20

// openCSV opens a text table. Another encoding than UTF-8 is said, not guessed
// at: a wrong guess would put wrong letters on sale.
func openCSV(f io.ReaderAt, size int64, hints vocabulary) (*book, error) {
	head := make([]byte, min(size, sniffed))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := checkText(head, size > sniffed); err != nil {
		return nil, err
	}
	skip := int64(0)
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		skip = 3
	}
	comma, line := sniffComma(head[skip:], hints)
	return &book{close: func() {}, sheets: []*sheet{{
		each: func(ctx context.Context, fn func(int, []string) error) error {
			in := &lineBound{r: bufio.NewReaderSize(io.NewSectionReader(f, skip, size-skip), 64<<10)}
			return csvRows(ctx, in, comma, line, fn)
		},
	}}}, nil
}

// csvRows reads the records after the given line. Quotation marks inside a cell
// are forgiven; a cell that has swallowed whole rows is an error.
func csvRows(ctx context.Context, in io.Reader, comma rune, from int, fn func(int, []string) error) error {
	r := csv.NewReader(in)
	r.Comma, r.FieldsPerRecord, r.ReuseRecord, r.LazyQuotes = comma, -1, true, true
	width := 4
	for n := 0; ; n++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the table: %w", err)
		}
		if n%256 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		line, _ := r.FieldPos(0)
		if line <= from {
			continue
		}
		width = max(width, min(len(cells), 64))
		if swallowed(cells, comma, width) {
			return fmt.Errorf("line %d: a quotation mark is not closed: one cell holds whole rows", line)
		}
		if err := fn(line, cells); err != nil {
			return err
		}
	}
}

// swallowed says whether one of a cell's lines looks like a row.
func swallowed(cells []string, comma rune, width int) bool {
	for _, c := range cells {
		if !strings.Contains(c, "\n") {
			continue
		}
		for line := range strings.Lines(c) {
			if strings.Count(line, string(comma)) >= width-1 {
				return true
			}
		}
	}
	return false
}

// lineBound refuses a quoted field that runs on for too long: a quote that was
// never closed would otherwise take the rest of the file for one cell, and its
// products for gone.
type lineBound struct {
	r      *bufio.Reader
	quotes int
	run    int
}

func (l *lineBound) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for _, c := range p[:n] {
		switch c {
		case '"':
			l.quotes++
			l.run = 0
		case '\n':
			if l.quotes%2 == 0 {
				l.run = 0
			}
		}
		l.run++
		if l.run > maxField {
			return 0, errors.New("a cell is longer than allowed; perhaps a quotation mark is not closed")
		}
	}
	return n, err
}

// sniffComma finds the separator: what the file itself says ("sep=;", Excel),
// else the one with which the titles are understood best, else the one that
// splits the first lines into most cells. It gives the line that only says "sep=".
func sniffComma(head []byte, hints vocabulary) (rune, int) {
	first, _, _ := strings.Cut(string(head), "\n")
	first = strings.TrimSpace(first)
	if v, ok := strings.CutPrefix(strings.ToLower(first), "sep="); ok && len(v) == 1 {
		return rune(v[0]), 1
	} else if ok && v == "" {
		return '\t', 1 // "sep=\t", whose tab was trimmed
	}
	best, bestTitles, bestCells := ';', -1, -1
	for _, comma := range []rune{';', ',', '\t'} {
		titles, cells := 0, 0
		r := csv.NewReader(bytes.NewReader(head))
		r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
		for n := 0; n < titleRows; n++ {
			rec, err := r.Read()
			if err != nil {
				break
			}
			titles = max(titles, hints.count(rec))
			cells += len(rec)
		}
		if titles > bestTitles || titles == bestTitles && cells > bestCells {
			best, bestTitles, bestCells = comma, titles, cells
		}
	}
	return best, 0
}
