package registry

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ocopsync/internal/ocop"
)

// titleRows is in how many rows from the top the titles are looked for.
const titleRows = 60

// header is where a sheet's columns are.
type header struct {
	last   int // row number of the titles' last row
	cols   map[Column]int
	rating []ratingColumn // all of them, in order
	titles map[int]string // by column, as a person reads them
	scale  string         // what a price without a unit is in: "", "k" or " triệu"
	grams  string         // what a weight without a unit is in: "", " g" or " kg"
	twice  []string       // titles of columns that were found twice and are not used
	money  string         // a currency that is not đồng, as the title says it

	divided int // titles of a second row that stand below another of the first
}

// ratingColumn is a column of ratings. stars is not 0 for one that is crossed:
// "4 sao", with an x in the rows of 4-star products.
type ratingColumn struct {
	col   int
	stars int
}

func (h header) has(col Column) bool {
	_, ok := h.cols[col]
	return ok
}

func (h header) get(r row, col Column) string {
	i, ok := h.cols[col]
	if !ok {
		return ""
	}
	return r.cell(i)
}

// usable says whether the header finds products: by name or code, and something else of them.
func (h header) usable() bool {
	n := len(h.cols)
	if h.has(ColSerial) {
		n--
	}
	if h.has(ColRating) && len(h.rating) == 0 {
		n--
	}
	return (h.has(ColName) || h.has(ColCode)) && n >= 2
}

// findHeader looks for the titles among a sheet's first rows: one row, or two
// where the second divides titles of the first ("Quyết định" over "Số", "Ngày").
func findHeader(rows []titleRow, v vocabulary) (header, bool) {
	for i, r := range rows {
		one := readHeader(r.n, nil, r.cells, v)
		if i+1 < len(rows) && rows[i+1].n == r.n+1 {
			next := rows[i+1]
			two := readHeader(next.n, r.cells, next.cells, v)
			switch {
			case !two.usable() || looksLikeData(next.cells, two):
			case one.usable() && two.divided > 0 && len(two.cols) >= len(one.cols):
				return two, true
			case !one.usable() && len(two.cols) > len(readHeader(next.n, nil, next.cells, v).cols):
				return two, true // the first row alone has too few titles, and they matter
			}
		}
		if one.usable() {
			return one, true
		}
	}
	return header{}, false
}

// titleRow is a copy of one of a sheet's first rows, merged cells spread.
type titleRow struct {
	n     int
	cells []string
}

// looksLikeData says whether a row that may be the second row of titles holds
// values: a number under "STT", a rating, a long number.
func looksLikeData(cells []string, h header) bool {
	if i, ok := h.cols[ColSerial]; ok && i < len(cells) {
		if _, err := strconv.Atoi(strings.TrimSpace(cells[i])); err == nil {
			return true
		}
	}
	for _, r := range h.rating {
		if r.stars == 0 && r.col < len(cells) {
			if rating, err := ocop.ReadRating(cells[r.col]); err == nil && rating.Recognized > 0 {
				return true
			}
		}
	}
	return false
}

var crossed = regexp.MustCompile(`^(?:hang |ocop |dat )*([1-5]) sao$`)

// crossedColumns finds titles such as "3 sao", "4 sao", "5 sao", of which there
// must be two: one alone is a rating.
func crossedColumns(cells []string) map[int]int {
	found, different := map[int]int{}, map[int]bool{}
	for col, c := range cells {
		if m := crossed.FindStringSubmatch(ocop.NameKey(c)); m != nil {
			stars, _ := strconv.Atoi(m[1])
			found[col], different[stars] = stars, true
		}
	}
	if len(different) < 2 {
		return nil
	}
	return found
}

// readHeader reads one row of titles, or two when above is given.
func readHeader(n int, above, cells []string, v vocabulary) header {
	h := header{last: n, cols: map[Column]int{}, titles: map[int]string{}}
	sure := map[Column]match{}
	crosses := crossedColumns(cells)
	for col := range max(len(above), len(cells)) {
		upper, lower := at(above, col), at(cells, col)
		what, m := meaningOf(upper, lower, v)
		title := ocop.CleanText(lower)
		if u := ocop.CleanText(upper); u != "" && u != title {
			title = strings.TrimSpace(u + " " + title)
		}
		under := ocop.CleanText(upper) != "" && ocop.CleanText(lower) != "" && !sameTitle(upper, lower)
		if stars := crosses[col]; stars != 0 && m < forced {
			h.rating = append(h.rating, ratingColumn{col, stars})
			h.titles[col] = title
			h.divided++
			continue
		}
		if m == noMatch {
			continue
		}
		if under && m >= exact {
			h.divided++
		}
		h.titles[col] = title
		if what == ColRating {
			h.rating = append(h.rating, ratingColumn{col: col})
		}
		if m > sure[what] {
			if before, ok := h.cols[what]; ok && sure[what] == m {
				h.twice = append(h.twice, h.titles[before])
			}
			h.cols[what], sure[what] = col, m
		} else if what != ColRating && m == sure[what] && m >= exact && !sameTitle(h.titles[h.cols[what]], title) {
			h.twice = append(h.twice, title)
		}
	}
	for what, col := range v.letters {
		h.cols[what] = col
		if what == ColRating {
			h.rating = []ratingColumn{{col: col}}
		}
		if h.titles[col] == "" {
			h.titles[col] = ocop.CleanText(at(cells, col))
		}
	}
	if len(h.rating) > 0 && !h.has(ColRating) {
		h.cols[ColRating] = h.rating[0].col
	}
	h.units()
	return h
}

func sameTitle(a, b string) bool { return ocop.NameKey(a) == ocop.NameKey(b) }

func at(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
}

// meaningOf reads a title of up to two rows: both together where that is a
// known title, else the lower one alone, else the upper one that has nothing
// below it.
func meaningOf(upper, lower string, v vocabulary) (Column, match) {
	if ocop.CleanText(lower) == "" {
		return v.meaning(upper)
	}
	if ocop.CleanText(upper) == "" || sameTitle(upper, lower) {
		return v.meaning(lower)
	}
	if what, m := v.meaning(upper + " " + lower); m >= exact {
		return what, m
	}
	return v.meaning(lower)
}

// units reads what the titles say of amounts: "Giá bán (nghìn đồng)", "Khối lượng (g)".
func (h *header) units() {
	if i, ok := h.cols[ColPrice]; ok {
		key := ocop.NameKey(h.titles[i])
		words := strings.Fields(key)
		switch {
		case strings.Contains(key, "nghin") || strings.Contains(key, "ngan dong") || strings.Contains(key, "1000d") || strings.Contains(key, "1 000d") ||
			strings.Contains(key, "1000 d") || strings.Contains(key, "1 000 d"):
			h.scale = "k"
		case strings.Contains(key, "trieu"):
			h.scale = " triệu"
		case slices.Contains(words, "usd") || slices.Contains(words, "eur") || slices.Contains(words, "do la"):
			h.money = h.titles[i]
		}
	}
	if i, ok := h.cols[ColWeight]; ok {
		words := strings.Fields(ocop.NameKey(h.titles[i]))
		switch {
		case slices.Contains(words, "kg"):
			h.grams = " kg"
		case slices.Contains(words, "g") || slices.Contains(words, "gam") || slices.Contains(words, "gram") || slices.Contains(words, "gr"):
			h.grams = " g"
		}
	}
}
