package registry

import (
	"bytes"
	"strconv"
	"strings"
)

// maxMerges bounds the merged areas of one sheet that are kept.
const maxMerges = 300_000

// sheetScan looks through a sheet's XML as it streams by for what excelize gives
// only by loading the whole sheet: the merged areas, the number of the last row,
// and whether the end is there.
type sheetScan struct {
	buf     []byte
	merges  []merge
	lastRow int
}

// keep is how much of the stream's end is looked at again with the next piece:
// more than any element that is looked for.
const keep = 512

// Write takes the next piece; it never fails.
func (s *sheetScan) Write(p []byte) (int, error) {
	s.buf = append(s.buf, p...)
	if len(s.buf) >= 64<<10 {
		s.scan(len(s.buf) - keep)
		s.buf = append(s.buf[:0], s.buf[len(s.buf)-keep:]...)
	}
	return len(p), nil
}

// ended looks through the rest and says whether the sheet's XML is closed.
func (s *sheetScan) ended() bool {
	s.scan(len(s.buf))
	return bytes.HasSuffix(bytes.TrimSpace(s.buf), []byte("worksheet>"))
}

// scan handles the elements that begin before end.
func (s *sheetScan) scan(end int) {
	for at := 0; ; {
		i := bytes.Index(s.buf[at:], []byte("mergeCell "))
		if i < 0 || at+i >= end {
			break
		}
		at += i
		if m, ok := readMerge(attribute(s.buf[at:], "ref")); ok && len(s.merges) < maxMerges {
			s.merges = append(s.merges, m)
		}
		at++
	}
	// Only the last row matters: look for it from the end.
	for at := end; at > 0; {
		i := bytes.LastIndex(s.buf[:min(at+4, len(s.buf))], []byte("row "))
		if i < 0 {
			return
		}
		if i > 0 && (s.buf[i-1] == '<' || s.buf[i-1] == ':') {
			if n, err := strconv.Atoi(attribute(s.buf[i:], "r")); err == nil {
				s.lastRow = max(s.lastRow, n)
				return
			}
		}
		at = i - 4
	}
}

// attribute gives the value of an attribute of the element that b begins in.
func attribute(b []byte, name string) string {
	if i := bytes.IndexByte(b[:min(len(b), keep)], '>'); i >= 0 {
		b = b[:i]
	}
	for _, quote := range []string{`"`, `'`} {
		mark := " " + name + "=" + quote
		if _, after, ok := strings.Cut(string(b[:min(len(b), keep)]), mark); ok {
			value, _, closed := strings.Cut(after, quote)
			if closed {
				return value
			}
		}
	}
	return ""
}

// readMerge reads an area such as "A2:C5".
func readMerge(ref string) (merge, bool) {
	from, to, ok := strings.Cut(strings.ReplaceAll(ref, "$", ""), ":")
	if !ok {
		return merge{}, false
	}
	left, top, ok1 := readCell(from)
	right, bottom, ok2 := readCell(to)
	if !ok1 || !ok2 || right < left || bottom < top {
		return merge{}, false
	}
	return merge{top, bottom, left, right}, true
}

func readCell(ref string) (col, row int, ok bool) {
	i := strings.IndexAny(ref, "0123456789")
	if i <= 0 {
		return 0, 0, false
	}
	col = letterIndex(ref[:i])
	row, err := strconv.Atoi(ref[i:])
	return col, row, err == nil && col >= 0 && row > 0
}
