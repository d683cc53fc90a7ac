package registry

import (
	"context"
	"fmt"
	"slices"
)

// book is the tables of one file.
type book struct {
	sheets   []*sheet
	date1904 bool // day numbers count from 1904
	letters  bool // columns are known by their letters, else by their titles
	close    func()
}

// sheet is one table, read row by row from the top.
type sheet struct {
	name   string
	hidden bool
	merges []merge
	// each calls fn for every row, with its number as the person's program
	// counts. The cells are valid until fn returns.
	each func(ctx context.Context, fn func(row int, cells []string) error) error
}

// merge is a merged area; rows and columns count from 1 and 0.
type merge struct{ top, bottom, left, right int }

// maxOpenMerges bounds the merged areas that one row may lie in; a sheet has at
// most one per cell, so more is no real sheet.
const maxOpenMerges = 2000

// row is one row as the readers see it.
type row struct {
	n     int
	cells []string // a cell of an area merged downwards has the area's value
	wide  []string // and so has one of an area merged sideways; for titles only
}

func (r row) cell(col int) string {
	if col < 0 || col >= len(r.cells) {
		return ""
	}
	return r.cells[col]
}

// rows reads the sheet with its merged areas spread: downwards always, for a
// producer that stands once for all its products; sideways only for titles,
// since a name merged over two columns is not the second column's value.
func (s *sheet) rows(ctx context.Context, titles int, fn func(row) error) error {
	merges := slices.Clone(s.merges)
	slices.SortStableFunc(merges, func(a, b merge) int { return a.top - b.top })
	type area struct {
		merge
		value string
	}
	var open []area
	var cells, wide []string
	return s.each(ctx, func(n int, given []string) error {
		cells = append(cells[:0], given...)
		open = slices.DeleteFunc(open, func(a area) bool { return a.bottom < n })
		for len(merges) > 0 && merges[0].top <= n {
			m := merges[0]
			merges = merges[1:]
			if m.bottom < n {
				continue
			}
			if len(open) == maxOpenMerges {
				return fmt.Errorf("row %d lies in more than %d merged areas", n, maxOpenMerges)
			}
			value := ""
			if m.top == n && m.left < len(cells) {
				value = cells[m.left]
			}
			open = append(open, area{m, value})
		}
		for _, a := range open {
			if a.value != "" && a.top < n {
				cells = set(cells, a.left, a.value)
			}
		}
		r := row{n: n, cells: cells}
		if n <= titles {
			wide = append(wide[:0], cells...)
			for _, a := range open {
				for col := a.left; a.value != "" && col <= min(a.right, a.left+200); col++ {
					wide = set(wide, col, a.value)
				}
			}
			r.wide = wide
		}
		return fn(r)
	})
}

// set puts a value into an empty cell.
func set(cells []string, col int, value string) []string {
	for len(cells) <= col {
		cells = append(cells, "")
	}
	if cells[col] == "" {
		cells[col] = value
	}
	return cells
}

// letter names a column as spreadsheets do, from 0.
func letter(col int) string {
	name := ""
	for col++; col > 0; col = (col - 1) / 26 {
		name = string(rune('A'+(col-1)%26)) + name
	}
	return name
}

// letterIndex reads a column's name, "F" or "AB"; -1 when it is none.
func letterIndex(s string) int {
	if len(s) == 0 || len(s) > 3 {
		return -1
	}
	n := 0
	for _, c := range s {
		if c < 'A' || c > 'Z' {
			return -1
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}
