package registry

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"ocopsync/internal/ocop"
)

// rowKind is what a row below the titles is.
type rowKind int

const (
	rowEmpty   rowKind = iota
	rowData            // a product or a price
	rowNumbers         // (1) (2) (3) below the titles, or the titles again
	rowSection         // "I. Huyện Lạc Dương", "II. Đồ uống"
	rowEnd             // a total, a signature or a note: what follows is no table
	rowStrange         // text that is no product: reported
)

var (
	columnNumber = regexp.MustCompile(`^\(?[0-9A-Z]{1,2}\)?$`)
	sectionMark  = regexp.MustCompile(`^(?:[IVXLC]+|[A-Z]|\d{1,2})\s*[.)/:-]\s*`)
	roman        = regexp.MustCompile(`^(?:[IVXLC]+|[A-Z])$`)
	placeAndDate = regexp.MustCompile(`(?:^|.*[, ])ngay [\d .…]* ?thang [\d .…]* ?nam`)
)

// endWords begin the rows below a table, folded as ocop.NameKey folds them.
func endWords() []string {
	return []string{
		"tong cong", "tong so", "tong", "cong", "nguoi lap", "lap bieu", "nguoi tong hop", "tm uy ban", "tm ubnd",
		"t m uy ban", "t m ubnd", "kt chu tich", "k t chu tich", "chu tich", "pho chu tich", "thu truong", "giam doc so", "truong phong",
		"noi nhan", "ghi chu", "ky ten", "ky va ghi ro", "ky ghi ro", "uy ban nhan dan", "xac nhan cua",
	}
}

// kindOf tells what a row is. ended says that a total or a signature stood above.
func (h header) kindOf(r row, ended bool) rowKind {
	texts := distinct(r.cells)
	if len(texts) == 0 {
		return rowEmpty
	}
	if h.isNumbers(r) || h.isTitlesAgain(r) {
		return rowNumbers
	}
	serial := ocop.CleanText(h.get(r, ColSerial))
	_, err := strconv.Atoi(strings.Trim(serial, ".)"))
	numbered := err == nil
	coded := ocop.CleanText(h.get(r, ColCode)) != ""
	if !numbered && (!coded || len(texts) <= 2) {
		for _, t := range texts {
			if isEnd(t) {
				return rowEnd
			}
		}
	}
	named := ocop.CleanText(h.get(r, ColName)) != ""
	facts := h.facts(r)
	switch {
	case coded && (named || facts > 1):
		return rowData
	case named && facts > 0 && (numbered || !ended):
		return rowData
	case ended && !numbered:
		return rowEnd
	case len(texts) == 1 || len(texts) == 2 && roman.MatchString(serial):
		if last := texts[len(texts)-1]; sectionMark.MatchString(last) || len(texts) == 2 || readSection(texts) != (section{}) {
			return rowSection
		}
	}
	return rowStrange
}

// facts counts the cells that say something of a product beside its name.
func (h header) facts(r row) int {
	n := 0
	for _, col := range []Column{ColCode, ColProducer, ColDecision, ColNumber, ColIssued, ColGroup, ColPrice, ColUnit, ColStock, ColAddress, ColStatus, ColGTIN} {
		if ocop.CleanText(h.get(r, col)) != "" {
			n++
		}
	}
	for _, c := range h.rating {
		if ocop.CleanText(r.cell(c.col)) != "" {
			n++
		}
	}
	return n
}

// isNumbers says whether the row only counts the columns: (1), (2), (3).
func (h header) isNumbers(r row) bool {
	if r.n > h.last+2 {
		return false
	}
	n := 0
	for i, c := range r.cells {
		c = ocop.CleanText(c)
		if c == "" {
			continue
		}
		if !columnNumber.MatchString(c) {
			return false
		}
		// Counting columns, the n-th number is about n; a row of figures is not.
		if v, err := strconv.Atoi(strings.Trim(c, "()")); err == nil && v != i+1 && v != i {
			return false
		}
		n++
	}
	return n >= 2
}

// isTitlesAgain says whether the titles stand here again, as on every printed page.
func (h header) isTitlesAgain(r row) bool {
	if c := ocop.CleanText(h.get(r, ColName)); h.has(ColName) && len(c) > len(h.titles[h.cols[ColName]]) {
		return false // nearly every row, cheaply
	}
	same := 0
	for col, title := range h.titles {
		if c := ocop.CleanText(r.cell(col)); c != "" && (sameTitle(c, title) || strings.HasSuffix(ocop.NameKey(title), " "+ocop.NameKey(c))) {
			same++
		}
	}
	return same >= 2 && same*2 > len(h.titles)
}

func isEnd(text string) bool {
	key := ocop.NameKey(text)
	for _, w := range endWords() {
		if key == w || strings.HasPrefix(key, w+" ") && (len(w) > 4 || strings.Contains(text, ":")) {
			return true
		}
	}
	return len(key) < 80 && placeAndDate.MatchString(key)
}

// distinct gives the different texts of a row, at most three.
func distinct(cells []string) []string {
	var out []string
	for _, c := range cells {
		c = ocop.CleanText(c)
		known := c == ""
		for _, o := range out {
			known = known || o == c
		}
		if !known {
			if out = append(out, c); len(out) == 3 {
				break
			}
		}
	}
	return out
}

// section reads what a heading between rows says of those below it: their
// district or commune, or their group.
type section struct {
	district string
	group    ocop.Group
}

func readSection(texts []string) section {
	text := texts[len(texts)-1]
	text = strings.TrimSpace(sectionMark.ReplaceAllString(text, ""))
	if isDistrict(text) {
		return section{district: text}
	}
	if g, err := ocop.ReadGroup(text); err == nil {
		return section{group: g}
	}
	return section{}
}

// isDistrict says whether a heading or a sheet's name names a district or what
// has taken its place.
func isDistrict(text string) bool {
	key := ocop.NameKey(text)
	for _, w := range []string{"huyen ", "thanh pho ", "tp ", "thi xa ", "quan ", "phuong ", "xa ", "dac khu ", "thi tran "} {
		if strings.HasPrefix(key, w) {
			return true
		}
	}
	return false
}

// districtOfSheet takes a district from a sheet's name; "" where the name is of
// another kind: "Sheet1", "Phụ lục 2", "Tổng hợp", "2025".
func districtOfSheet(name string) string {
	name = ocop.CleanText(name)
	key := ocop.NameKey(name)
	for _, w := range []string{"sheet", "trang tinh", "phu luc", "danh sach", "tong hop", "bang", "bieu", "san pham", "ocop", "data", "du lieu", "nam", "products", "quyet dinh", "pl"} {
		if key == w || strings.HasPrefix(key, w+" ") || strings.HasPrefix(key, w) && len(key) > len(w) && key[len(w)] <= '9' {
			return ""
		}
	}
	for _, c := range name {
		if unicode.IsLetter(c) {
			return name
		}
	}
	return ""
}
