package ocop

// ReadVND reads one price in whole đồng: "120.000đ", "120,000 VNĐ", "120 000",
// "120k", "1,2 triệu", "1tr2", "120.000đ/hộp 250g". Empty, "-" and "không có"
// are no price (0), without an error.
//
// "Liên hệ", ranges, several prices, prices "from" and fractions of a đồng are
// refused, each in its own words, and so is what lies outside MinPrice to MaxPrice.
func ReadVND(s string) (VND, error) {
	if err := checkReadable(s); err != nil {
		return 0, err
	}
	tokens := withoutQuotes(scan(s))
	if nothingGiven(tokens) {
		return 0, nil
	}
	r := moneyReader{value: s, tokens: tokens}
	for i := range tokens {
		if err := r.objection(tokens[i:]); err != nil {
			return 0, err
		}
	}
	r.introduction()
	n, err := r.sum()
	if err != nil {
		return 0, err
	}
	if err := r.tail(); err != nil {
		return 0, err
	}
	switch {
	case n < int64(MinPrice):
		return 0, refuse(s, "Giá dưới 1.000 đồng: có phải tính theo nghìn đồng? Hãy ghi đủ số, ví dụ 120.000đ.",
			"below 1,000 đồng: is it in thousands? write the whole amount, for example 120.000đ")
	case n > int64(MaxPrice):
		return 0, refuse(s, "Giá quá lớn: kiểm tra lại, mỗi ô chỉ ghi một giá.", "far too high for a price: write one price")
	}
	return VND(n), nil
}

// moneyWord is what a word does in a price.
type moneyWord uint8

const (
	moneyCurrency  moneyWord = iota + 1 // "đ", "VNĐ"
	moneyThousand                       // "k", "nghìn"
	moneyMillion                        // "tr", "triệu"
	moneyHalf                           // "rưỡi"
	moneyIntro                          // "giá bán"
	moneyOnRequest                      // "liên hệ"
	moneyRange                          // "từ", "khoảng"
	moneyCondition                      // "giá sỉ", "giảm"
)

func moneyWordOf(phrase string) moneyWord {
	switch phrase {
	case "d", "vnd", "dong", "vn d", "vn dong", "dong viet nam":
		return moneyCurrency
	case "k", "nghin", "ngan", "ngh", "nghin dong", "ngan dong":
		return moneyThousand
	case "tr", "trieu", "trd", "trieu dong":
		return moneyMillion
	case "ruoi":
		return moneyHalf
	case "gia", "gia ban", "gia ban le", "gia le", "ban le", "gia niem yet", "gia tien", "don gia", "chi":
		return moneyIntro
	case "lien he", "lh", "lien lac", "goi", "call", "contact", "inbox", "ib", "thoa thuan", "thuong luong", "bao gia", "thoi gia",
		"theo thoi gia", "theo thoi diem", "theo mua", "tuy loai", "tuy thoi diem", "gia thi truong", "theo thi truong", "dang cap nhat",
		"cap nhat", "chua co gia", "hoi gia", "zalo", "hotline", "dt", "sdt":
		return moneyOnRequest
	case "tu", "khoang", "den", "toi", "tren", "duoi", "hon", "tro len", "tro xuong":
		return moneyRange
	case "si", "gia si", "giam", "giam gia", "khuyen mai", "km", "gia goc", "gia cu", "gia moi", "usd", "dola", "do la", "ty", "ti", "eur":
		return moneyCondition
	}
	return 0
}

// A moneyReader walks over the tokens of one price.
type moneyReader struct {
	value  string
	tokens []token
	at     int
	marked bool // a currency or a scale was written
}

// objection says what at the start of rest keeps the whole value from being one price.
func (r *moneyReader) objection(rest []token) error {
	if rest[0].is("~") || rest[0].is("≈") || rest[0].is("+") || rest[0].is("<") || rest[0].is(">") {
		return r.isRange()
	}
	if rest[0].is("e") && len(rest) > 1 && rest[1].is("+") { // "1.2E+05"
		return r.unclear()
	}
	meaning, length := longestPhrase(rest, moneyWordOf)
	switch meaning {
	case moneyOnRequest:
		if length == 1 && rest[0].is("goi") && len(rest) < len(r.tokens) { // "hộp 20 gói", not "gọi"
			return nil
		}
		return refuse(r.value, "Giá “liên hệ” không đăng bán được: hãy ghi giá bán lẻ, ví dụ 120.000đ.",
			"says \"on request\" instead of a price: write the retail price, for example 120.000đ")
	case moneyRange:
		return r.isRange()
	case moneyCondition:
		return refuse(r.value, "Ô giá có giá sỉ, giá giảm hoặc loại tiền khác: chỉ ghi một giá bán lẻ bằng đồng.",
			"speaks of a wholesale or reduced price or another currency: write one retail price in đồng")
	case moneyCurrency, moneyThousand, moneyMillion, moneyHalf, moneyIntro:
	}
	return nil
}

// introduction skips "Giá bán:", "VND", "₫".
func (r *moneyReader) introduction() {
	for {
		meaning, length := longestPhrase(r.tokens[r.at:], moneyWordOf)
		switch {
		case meaning == moneyIntro, meaning == moneyCurrency:
			r.at += length
			r.marked = r.marked || meaning == moneyCurrency
		case r.next("₫"):
			r.marked = true
		case r.at > 0 && r.next(":"):
		default:
			return
		}
	}
}

// sum reads "120.000đ", "120k", "1 triệu 200 nghìn", "1tr2", "1 triệu rưỡi".
func (r *moneyReader) sum() (int64, error) {
	a, length := readAmount(r.tokens[r.at:])
	if first := r.tokens[min(r.at, len(r.tokens)-1)].text; length == 0 || len(first) > 1 && first[0] == '0' { // a telephone number
		return 0, r.unclear()
	}
	r.at += length
	scale := r.scale()
	if scale > 1 && a.either {
		return 0, refuse(r.value, "Không rõ dấu chấm hay phẩy là phần nghìn hay phần thập phân: ghi đủ số, ví dụ 1.250.000đ.",
			"the sign may group thousands or begin decimals: write the whole amount, for example 1.250.000đ")
	}
	n, whole := a.times(scale)
	if !whole {
		return 0, refuse(r.value, "Giá phải là số đồng nguyên, ví dụ 120.000đ.", "not a whole amount of đồng: write for example 120.000đ")
	}
	if scale == 1_000_000 {
		rest, ok := r.rest()
		if !ok {
			return 0, r.unclear()
		}
		n += rest
	}
	r.currency()
	return n, nil
}

// rest reads what follows "triệu": "2" (hundred thousand), "250" (thousand),
// "200 nghìn", "200.000", "rưỡi".
func (r *moneyReader) rest() (int64, bool) {
	if meaning, length := longestPhrase(r.tokens[r.at:], moneyWordOf); meaning == moneyHalf {
		r.at += length
		return 500_000, true
	}
	b, length := readAmount(r.tokens[r.at:])
	if length == 0 {
		return 0, true
	}
	written := r.tokens[r.at].text
	r.at += length
	scale := r.scale()
	if scale == 1 && length == 1 && len(written) <= 3 { // decimals, spoken
		for range 6 - len(written) {
			b.value *= 10
		}
		return b.value, true
	}
	n, whole := b.times(scale)
	return n, whole && scale < 1_000_000 && n >= 1_000 && n < 1_000_000 && (scale == 1 || !b.either)
}

// scale takes "k", "nghìn", "triệu" and gives what they multiply by, else 1.
func (r *moneyReader) scale() int64 {
	meaning, length := longestPhrase(r.tokens[r.at:], moneyWordOf)
	scale := int64(1)
	switch meaning {
	case moneyThousand:
		scale = 1_000
	case moneyMillion:
		scale = 1_000_000
	default:
		return 1
	}
	r.at += length
	r.marked = true
	return scale
}

// currency takes "đ", "₫", "VNĐ".
func (r *moneyReader) currency() {
	meaning, length := longestPhrase(r.tokens[r.at:], moneyWordOf)
	if meaning == moneyCurrency {
		r.at += length
		r.marked = true
	} else if r.next("₫") {
		r.marked = true
	}
}

// tail accepts what may follow one price, "/hộp 250g", "(hộp 20 gói)", and
// refuses a second one.
func (r *moneyReader) tail() error {
	if r.at == len(r.tokens) || r.at == len(r.tokens)-1 && r.next(".") {
		return nil
	}
	switch first := r.tokens[r.at]; {
	case first.is("-"), first.is("–"), first.is("—"):
		return r.isRange()
	case first.is("/"), first.is("("), r.marked && first.kind == word:
	case first.kind == digits, first.is(","), first.is(";"), first.is("&"):
		return r.several()
	default:
		return r.unclear()
	}
	for r.at < len(r.tokens) {
		if _, length := readAmount(r.tokens[r.at:]); length > 0 { // "250g", but no second price
			r.at += length
			if r.at == len(r.tokens) || r.tokens[r.at].kind != word || moneyWordOf(r.tokens[r.at].text) != 0 && !r.tokens[r.at].is("goi") {
				return r.several()
			}
			continue
		}
		switch t := r.tokens[r.at]; {
		case t.kind == digits, t.is("%"), t.is("₫"), t.is(";"):
			return r.several()
		case t.kind == word && (moneyWordOf(t.text) == moneyCurrency || moneyWordOf(t.text) == moneyThousand || moneyWordOf(t.text) == moneyMillion):
			return r.several()
		}
		r.at++
	}
	return nil
}

// next skips one token with the given text.
func (r *moneyReader) next(text string) bool {
	if r.at < len(r.tokens) && r.tokens[r.at].is(text) {
		r.at++
		return true
	}
	return false
}

func (r *moneyReader) unclear() error {
	return refuse(r.value, "Không đọc được giá: ghi một số tiền bằng đồng, ví dụ 120.000đ.",
		"not a price that can be read surely: write one amount in đồng, for example 120.000đ")
}

func (r *moneyReader) isRange() error {
	return refuse(r.value, "Đây là khoảng giá hoặc giá ước chừng: mỗi sản phẩm chỉ ghi một giá bán lẻ.",
		"a range or an estimate: write one retail price for the product")
}

func (r *moneyReader) several() error {
	return refuse(r.value, "Có nhiều số trong ô giá: mỗi sản phẩm chỉ ghi một giá, ví dụ 120.000đ/hộp.",
		"more than one number: write one price, for example 120.000đ/hộp")
}
