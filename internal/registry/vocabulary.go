package registry

import (
	"regexp"
	"slices"
	"strings"

	"ocopsync/internal/ocop"
)

// Column is what a table's column holds: the keys of FileOptions.Columns.
type Column string

// The columns that a registry's workbook or a price list can have.
const (
	ColSerial         Column = "stt"
	ColCode           Column = "code"
	ColName           Column = "name"
	ColProducer       Column = "producer"
	ColKind           Column = "producer_kind"
	ColRepresentative Column = "representative"
	ColPhone          Column = "phone"
	ColEmail          Column = "email"
	ColAddress        Column = "address"
	ColCommune        Column = "commune"
	ColDistrict       Column = "district"
	ColGroup          Column = "group"
	ColSubgroup       Column = "subgroup"
	ColRating         Column = "rating" // the only one that may occur several times
	ColProposed       Column = "proposed"
	ColStatus         Column = "status"
	ColNumber         Column = "certificate"
	ColDecision       Column = "decision"
	ColIssued         Column = "issued_on"
	ColExpires        Column = "expires_on"
	ColRevoked        Column = "revoked_on"
	ColDescription    Column = "description"
	ColStory          Column = "story"
	ColImages         Column = "images"
	ColPrice          Column = "price"
	ColUnit           Column = "unit"
	ColStock          Column = "stock"
	ColGTIN           Column = "gtin"
	ColWeight         Column = "weight"
)

// Columns lists all column keys.
func Columns() []Column {
	return []Column{
		ColSerial, ColCode, ColName, ColProducer, ColKind, ColRepresentative, ColPhone, ColEmail, ColAddress,
		ColCommune, ColDistrict, ColGroup, ColSubgroup, ColRating, ColProposed, ColStatus, ColNumber, ColDecision,
		ColIssued, ColExpires, ColRevoked, ColDescription, ColStory, ColImages, ColPrice, ColUnit, ColStock, ColGTIN, ColWeight,
	}
}

// KnownColumn says whether a configuration may place a column under this key.
func KnownColumn(key string) bool { return slices.Contains(Columns(), Column(key)) }

// ColumnNames lists all column keys in one line.
func ColumnNames() string { return joinColumns(Columns()) }

func joinColumns(cols []Column) string {
	words := make([]string, len(cols))
	for i, c := range cols {
		words[i] = string(c)
	}
	return strings.Join(words, ", ")
}

// titles are the words that columns go by in decisions' annexes and price
// lists, folded as ocop.NameKey folds them. Words of two or more syllables also
// match titles that begin with them.
func titles() map[Column][]string {
	return map[Column][]string{
		ColSerial:         {"stt", "tt", "so tt", "so thu tu", "no"},
		ColCode:           {"ma san pham", "ma so san pham", "ma ocop", "ma san pham ocop", "ma sp", "ma so sp", "ma so", "ma", "code", "ma dinh danh", "san pham ma"},
		ColName:           {"ten san pham", "san pham", "ten sp", "ten san pham dich vu", "ten san pham ocop", "ten hang hoa", "ten hang", "mat hang", "name", "san pham ten", "ten goi san pham"},
		ColProducer:       {"chu the", "ten chu the", "chu the san xuat", "chu the ocop", "chu the san pham", "don vi san xuat", "co so san xuat", "ten co so", "nha san xuat", "don vi chu the", "to chuc ca nhan", "ten to chuc ca nhan", "producer", "chu the ten", "ten don vi", "don vi cung cap", "nha cung cap"},
		ColKind:           {"loai hinh", "loai hinh chu the", "loai chu the", "loai hinh to chuc", "chu the loai hinh", "hinh thuc to chuc"},
		ColRepresentative: {"nguoi dai dien", "dai dien", "chu co so", "nguoi dai dien phap luat", "ho ten nguoi dai dien", "chu the nguoi dai dien"},
		ColPhone:          {"dien thoai", "so dien thoai", "sdt", "so dt", "dt", "dien thoai lien he", "phone"},
		ColEmail:          {"email", "e mail", "thu dien tu", "mail"},
		ColAddress:        {"dia chi", "dia chi san xuat", "dia chi chu the", "noi san xuat", "address", "chu the dia chi", "dia chi lien he"},
		ColCommune:        {"xa", "phuong xa", "xa phuong", "xa phuong thi tran", "phuong xa thi tran", "ten xa", "xa phuong dac khu"},
		ColDistrict:       {"huyen", "huyen thanh pho", "quan huyen", "huyen thi xa thanh pho", "huyen tp", "dia phuong", "thanh pho", "ten huyen"},
		ColGroup:          {"nhom", "nhom san pham", "nganh hang", "nganh san pham", "nhom nganh", "nhom hang", "nganh", "nhom nganh hang", "group"},
		ColSubgroup:       {"phan nhom", "bo san pham", "tieu nhom", "nhom phu", "phan nhom san pham", "phan nganh", "nhom san pham chi tiet", "nhom chi tiet", "phan nhom chi tiet", "chi tiet nhom", "nhom con", "bo san pham phan nhom", "subgroup"},
		ColRating:         {"hang sao", "so sao", "xep hang", "phan hang", "hang", "sao", "cap sao", "xep loai", "ket qua phan hang", "ket qua xep hang", "ket qua danh gia", "ket qua", "hang dat", "dat hang", "hang san pham", "phan hang san pham", "xep hang sao", "hang sao duoc cong nhan", "phan hang sao", "sao ocop", "hang ocop", "ocop", "stars", "dat sao"},
		ColProposed:       {"hang sao de xuat", "de xuat", "hang de xuat", "de xuat hang sao", "de nghi", "hang de nghi", "hang sao du kien", "du kien", "sao de xuat", "de xuat phan hang"},
		ColStatus:         {"trang thai", "tinh trang", "trang thai cong nhan", "status", "tinh trang cong nhan"},
		ColNumber:         {"so giay chung nhan", "giay chung nhan", "so gcn", "gcn", "so chung nhan", "ma giay chung nhan", "giay chung nhan so", "gcn so", "so hieu giay chung nhan"},
		ColDecision:       {"so quyet dinh", "quyet dinh", "so qd", "qd", "quyet dinh cong nhan", "qd cong nhan", "so quyet dinh cong nhan", "van ban cong nhan", "quyet dinh so", "can cu", "so ky hieu quyet dinh"},
		ColIssued:         {"ngay cap", "ngay quyet dinh", "ngay cong nhan", "ngay ban hanh", "ngay ky", "ngay", "ngay thang", "ngay thang nam", "nam cong nhan", "nam", "thoi gian cong nhan", "thoi diem cong nhan", "ngay cap giay chung nhan", "quyet dinh ngay", "giay chung nhan ngay cap", "ngay qd", "ngay thang quyet dinh", "nam duoc cong nhan", "thoi gian cap"},
		ColExpires:        {"ngay het han", "thoi han", "het han", "hieu luc den", "gia tri den", "ngay het hieu luc", "han giay chung nhan", "thoi han giay chung nhan", "co gia tri den", "han su dung giay chung nhan", "thoi han hieu luc", "den ngay"},
		ColRevoked:        {"ngay thu hoi", "thu hoi"},
		ColDescription:    {"mo ta", "mo ta san pham", "gioi thieu", "gioi thieu san pham", "description"},
		ColStory:          {"cau chuyen", "cau chuyen san pham", "story"},
		ColImages:         {"hinh anh", "anh", "link anh", "anh san pham", "duong dan anh", "url anh", "hinh anh san pham", "images", "link hinh anh"},
		ColPrice:          {"gia", "gia ban", "don gia", "gia ban le", "gia niem yet", "gia ban lam tron", "gia le", "price", "gia san pham", "gia ban niem yet"},
		ColUnit:           {"don vi tinh", "dvt", "quy cach", "quy cach dong goi", "quy cach san pham", "unit", "dong goi"},
		ColStock:          {"ton kho", "so luong", "so luong ton", "ton", "so luong ton kho", "sl", "sl ton", "stock", "so luong con"},
		ColGTIN:           {"ma vach", "gtin", "barcode", "ean", "ma so ma vach", "ma gtin"},
		ColWeight:         {"khoi luong", "trong luong", "khoi luong tinh", "trong luong tinh", "weight", "khoi luong dong goi", "can nang"},
	}
}

// vocabulary finds what a title means.
type vocabulary struct {
	words   map[string]Column
	letters map[Column]int // overrides by letter
	forced  map[string]Column
}

// newVocabulary builds the words, with the overrides of the configuration
// before them. In a price list a bare "Đơn vị" is a unit.
func newVocabulary(override map[string]string, prices bool) vocabulary {
	v := vocabulary{words: map[string]Column{}, letters: map[Column]int{}, forced: map[string]Column{}}
	for col, words := range titles() {
		for _, w := range words {
			v.words[w] = col
		}
	}
	if prices {
		v.words["don vi"] = ColUnit
	}
	for key, where := range override {
		where = strings.TrimSpace(where)
		if i := letterIndex(where); i >= 0 {
			v.letters[Column(key)] = i
			continue
		}
		v.forced[ocop.NameKey(where)] = Column(key)
	}
	// A column that the configuration places is not looked for elsewhere.
	for w, col := range v.words {
		if _, ok := v.letters[col]; ok || slices.ContainsFunc(mapValues(v.forced), func(c Column) bool { return c == col }) {
			delete(v.words, w)
		}
	}
	return v
}

func mapValues(m map[string]Column) []Column {
	out := make([]Column, 0, len(m))
	for _, c := range m {
		out = append(out, c)
	}
	return out
}

// match is how surely a title names a column.
type match int

const (
	noMatch match = iota
	begins        // the title begins with the words
	exact
	forced // by configuration
)

// meaning finds what one title names.
func (v vocabulary) meaning(title string) (Column, match) {
	if len(title) > 300 {
		return "", noMatch
	}
	plain, _, _ := splitTitle(title)
	key := ocop.NameKey(plain)
	if col, ok := v.forced[ocop.NameKey(title)]; ok {
		return col, forced
	}
	if col, ok := v.forced[key]; ok {
		return col, forced
	}
	if col, ok := v.words[key]; ok {
		return col, exact
	}
	// "Tên sản phẩm đạt OCOP": the longest beginning that is known.
	for i := strings.LastIndexByte(key, ' '); i > 0; i = strings.LastIndexByte(key[:i], ' ') {
		begin := key[:i]
		if strings.IndexByte(begin, ' ') < 0 {
			break
		}
		if col, ok := v.words[begin]; ok {
			return col, begins
		}
	}
	return "", noMatch
}

// count gives how many different columns a row's cells name.
func (v vocabulary) count(cells []string) int {
	var found []Column
	for _, c := range cells {
		if col, m := v.meaning(c); m != noMatch && !slices.Contains(found, col) {
			found = append(found, col)
		}
	}
	return len(found)
}

var parenthesis = regexp.MustCompile(`[(\[]([^)\]]*)[)\]]?`)

// splitTitle takes what stands in brackets out of a title: "Giá bán (nghìn đồng)".
func splitTitle(title string) (plain, inside string, ok bool) {
	m := parenthesis.FindStringSubmatch(title)
	if m == nil {
		return title, "", false
	}
	return parenthesis.ReplaceAllString(title, " "), m[1], true
}
