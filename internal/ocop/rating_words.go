package ocop

// ratingWord is what a word or phrase says about the rating it stands beside.
type ratingWord uint8

const (
	starWord    ratingWord = iota + 1 // "sao": binds the number before it
	rankWord                          // "hạng", "OCOP": binds a bare number after it
	plainWord                         // says nothing about which rating
	joinWord                          // "và": speaks of a second thing
	recognized                        // what follows is recognized
	proposed                          // what follows, else what precedes, is only proposed
	upgrade                           // an upgrade or a waiting: what follows is only proposed
	unranked                          // "chưa xếp hạng": nothing is recognized
	revoking                          // the rating may be gone
	citing                            // a decision, an authority: names and numbers may follow
	pointsWord                        // "điểm"
	numberedBy                        // "năm", "lần": the number after it is no rating
	countedWord                       // "sản phẩm": a number before it counts products
)

// ratingWordOf knows the words that may stand in a rating, folded. 0 is a word
// that it does not know, and then nothing is read out of the value.
func ratingWordOf(phrase string) ratingWord {
	switch phrase {
	case "sao", "star", "stars":
		return starWord
	case "hang", "xep hang", "phan hang", "loai", "xep loai", "ocop", "hang sao", "so sao", "muc", "muc sao",
		"sao ocop", "ocop hang", "ocop dat", "rating":
		return rankWord
	case "chuan", "dat chuan", "tieu chuan", "theo", "cua", "tai", "la", "cap", "hien tai la", "trong", "chuong trinh",
		"danh gia", "ket qua", "ket qua danh gia", "phan hang san pham", "va phan hang", "duoc", "chinh thuc", "quoc gia",
		"trung uong", "tw", "viet nam", "moi xa mot san pham", "thuoc", "gia tri", "hieu luc", "co hieu luc", "con hieu luc",
		"moi", "san pham moi", "tuong duong", "ky nay", "khu vuc":
		return plainWord
	case "sp", "san pham", "chu the":
		return countedWord
	case "va", "hoac", "hay", "cung":
		return joinWord
	case "dat", "da dat", "cong nhan", "da cong nhan", "duoc cong nhan", "da duoc cong nhan", "chung nhan", "da chung nhan",
		"duoc chung nhan", "da duoc chung nhan", "hien", "hien tai", "hien nay", "hien dat", "hien la", "dang la", "dang dat",
		"dat hang", "duoc xep hang", "da xep hang", "da duoc xep hang", "cong nhan lai", "duy tri", "giu hang", "giu":
		return recognized
	case "de xuat", "duoc de xuat", "de nghi", "du kien", "tiem nang", "dang ky", "kien nghi", "proposed", "expected",
		"du xet", "ung vien", "phan dau", "muc tieu", "huong toi", "huong den", "dinh huong", "du thi",
		"de xuat len", "de xuat cong nhan", "de xuat dat", "de nghi cong nhan", "de nghi dat", "du kien dat", "phan dau dat",
		"de xuat xep hang", "de nghi xep hang", "de xuat hang", "dang ky hang", "de nghi hang", "dang ky dat",
		"dang de xuat", "dang de nghi", "dang dang ky":
		return proposed
	case "nang hang", "nang hang len", "nang len", "nang sao", "de nghi nang hang", "de xuat nang hang", "de nghi nang hang len",
		"de xuat nang hang len", "de nghi nang len", "de xuat nang len", "dang cho", "dang trinh", "trinh",
		"cho cong nhan", "dang cho cong nhan", "cho xet", "cho tham dinh", "cho danh gia", "cho phe duyet", "cho ket qua", "dang xet",
		"dang tham dinh", "dang danh gia", "dang hoan thien", "ho so", "ho so de nghi", "trinh trung uong", "trinh tw",
		"pending", "waiting", "nang", "len":
		return upgrade
	case "chua xep hang", "chua phan hang", "chua duoc xep hang", "chua duoc phan hang", "chua duoc cong nhan", "chua cong nhan",
		"chua danh gia", "chua duoc danh gia", "chua co", "chua dat", "khong dat", "khong xep hang", "khong co",
		"chua co sao", "chua co hang", "khong sao", "khong co sao", "chua co hang sao":
		return unranked
	case "thu hoi", "bi thu hoi", "da thu hoi", "huy", "huy bo", "bi huy", "bai bo", "het han", "da het han", "het hieu luc",
		"qua han", "rut", "tuoc", "dinh chi", "tam dung", "khong con", "mat hang", "ha hang", "ha sao", "xuong hang", "giam",
		"khong", "chua", "duoi", "tren", "tu", "den", "tro len", "khoang", "duoc nang", "duoc nang hang", "duoc nang hang len",
		"da nang", "da nang hang", "da nang len", "da nang hang len", "da duoc nang hang", "da duoc nang", "da duoc nang hang len",
		"revoked", "expired", "not", "no":
		return revoking
	case "qd", "quyet dinh", "theo qd", "theo quyet dinh", "so qd", "quyet dinh so", "gcn", "giay chung nhan", "giay cn", "so gcn",
		"ubnd", "uy ban nhan dan", "hoi dong", "bo nong nghiep", "tinh", "huyen", "thanh pho", "tp", "xa", "cap tinh", "cap huyen",
		"cap quoc gia", "cap trung uong", "cap tw", "gia tri den", "co gia tri den", "hieu luc den", "co hieu luc den", "han den",
		"thoi han den", "qdub", "can cu":
		return citing
	case "diem", "points", "point":
		return pointsWord
	case "nam", "lan", "dot", "so", "ngay", "thang", "stt", "quy", "lan thu", "dot xet":
		return numberedBy
	}
	return 0
}

// spelledNumber reads the numbers that people spell before "sao", 0 for other words.
func spelledNumber(word string) int {
	switch word {
	case "mot", "one":
		return 1
	case "hai", "two":
		return 2
	case "ba", "three":
		return 3
	case "bon", "tu", "four":
		return 4
	case "nam", "five":
		return 5
	}
	return 0
}

// starGlyph says of a character whether it is a star, and whether a hollow one.
func starGlyph(c string) (star, hollow bool) {
	switch c {
	case "*", "★", "⭐", "🌟", "✭", "✮", "✯", "✪", "⭑", "✱", "∗", "⋆":
		return true, false
	case "☆", "✩", "⚝":
		return true, true
	}
	return false, false
}
