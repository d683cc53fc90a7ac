package ocop

import "strings"

// ReadGroup reads a product group: the contract's slugs, the Vietnamese names of
// Decision 148/QĐ-TTg in any spelling ("Nhóm đồ uống", "3. Dược liệu"), and the
// older six of Decision 1048/QĐ-TTg in Vietnamese and as the national site
// spells them (food, drink, herbs, cloth, keepsake, travel). Empty and "-" are
// no group, without an error. Two groups in one value are refused.
func ReadGroup(s string) (Group, error) {
	if err := checkReadable(s); err != nil {
		return "", err
	}
	if nothingGiven(scan(s)) {
		return "", nil
	}
	key := NameKey(s)
	if g := groupOf(key); g != "" {
		return g, nil
	}
	words := strings.Fields(key)
	for len(words) > 1 && beforeGroup(words[0]) { // "Nhóm 3: ..."
		words = words[1:]
		if g := groupOf(strings.Join(words, " ")); g != "" {
			return g, nil
		}
	}
	return "", refuse(s, "Không rõ nhóm sản phẩm: chọn một trong sáu nhóm của Quyết định 148/QĐ-TTg, ví dụ “Thực phẩm”.",
		"not one of the six groups of Decision 148/QĐ-TTg: choose one, for example \"Thực phẩm\"")
}

// beforeGroup knows the words and numbers that may stand before a group's name.
func beforeGroup(word string) bool {
	switch word {
	case "nhom", "nganh", "hang", "san", "pham", "sp", "so", "linh", "vuc", "i", "ii", "iii", "iv", "v", "vi", "1", "2", "3", "4", "5", "6",
		"01", "02", "03", "04", "05", "06":
		return true
	}
	return false
}

// groupOf knows the names of groups by their NameKey.
func groupOf(key string) Group {
	switch key {
	case "thuc pham", "food", "foods", "nong san thuc pham", "thuc pham tuoi song", "thuc pham tho so che", "thuc pham che bien":
		return Food
	case "do uong", "thuc uong", "drink", "drinks", "beverage", "beverages", "do uong co con", "do uong khong con":
		return Drink
	case "duoc lieu", "duoc lieu va san pham tu duoc lieu", "duoc lieu san pham tu duoc lieu", "san pham tu duoc lieu",
		"duoc lieu va cac san pham tu duoc lieu", "duoc lieu va sp tu duoc lieu",
		"thao duoc", "herb", "herbs", "herbal", "medicinal herbs":
		return Herbal
	case "thu cong my nghe", "do thu cong my nghe", "tcmn", "craft", "crafts", "handicraft", "handicrafts",
		// of Decision 1048
		"vai va may mac", "vai may mac", "cloth", "clothes", "luu niem", "keepsake", "keepsakes",
		"luu niem noi that trang tri", "luu niem noi that va trang tri", "luu niem noi that",
		"thu cong my nghe trang tri", "do luu niem", "qua luu niem", "thu cong my nghe gia dung":
		return Crafts
	case "sinh vat canh", "hoa cay canh", "cay canh", "ornamental", "ornamentals", "ornamental plants and animals":
		return Ornamentals
	case "du lich", "dich vu du lich", "dich vu du lich cong dong du lich sinh thai va diem du lich",
		"du lich cong dong du lich sinh thai va diem du lich", "du lich cong dong", "du lich sinh thai", "du lich nong thon",
		"dich vu du lich cong dong", "dich vu du lich cong dong va diem du lich", "du lich cong dong va diem du lich",
		"tourism", "travel", "community tourism",
		"dich vu du lich nong thon va ban hang", "dich vu du lich nong thon ban hang", "dich vu du lich nong thon":
		return Tourism
	}
	return ""
}
