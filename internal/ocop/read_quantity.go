package ocop

import "strings"

// maxQuantity is the largest stock and weight (in grams) that is taken for real;
// telephone numbers lie above it.
const maxQuantity = 100_000_000

// ReadStock reads how many pieces are on hand: "100", "1.000", "còn 100 hộp",
// "hết hàng" (0). Weights, volumes, capacities ("100 hộp/tháng") and estimates
// are refused, and so is an empty value: it is not zero.
func ReadStock(s string) (int64, error) {
	if err := checkReadable(s); err != nil {
		return 0, err
	}
	tokens := withoutQuotes(scan(s))
	switch NameKey(s) {
	case "het", "het hang", "da het", "da het hang", "tam het", "tam het hang", "out of stock":
		return 0, nil
	}
	if len(tokens) > 0 && (tokens[0].is("con") || tokens[0].is("ton")) {
		tokens = tokens[1:]
	}
	a, length := readAmount(tokens)
	n, whole := a.times(1)
	unit := ""
	for _, t := range tokens[length:] {
		unit += t.text + " "
	}
	if length == 0 || !whole || n > maxQuantity || !countedUnit(strings.TrimSuffix(unit, " ")) {
		return 0, refuse(s, "Không đọc được số lượng tồn: ghi số đơn vị bán còn trong kho, ví dụ 100.",
			"not a stock that can be read surely: write the number of pieces on hand, for example 100")
	}
	return n, nil
}

// countedUnit knows the units in which single pieces are counted. Cartons and
// sets are none: nobody says how many pieces they hold.
func countedUnit(unit string) bool {
	switch unit {
	case "", "cai", "chiec", "sp", "san pham", "hop", "goi", "tui", "chai", "lo", "hu", "bich", "qua", "trai", "cay", "chau", "binh",
		"thanh", "banh", "bo", "cuon", "tam", "buc", "don vi", "pcs", "hop nho", "phan", "vi", "lon", "can", "khay", "ve":
		return true
	}
	return false
}

// ReadWeight reads a weight in whole grams: "250g", "500 gr", "0,5 kg", "1kg",
// "2 lạng", "Hộp 250g", "250 gram/hộp". Empty, "-" and "không có" are 0, not
// known, without an error. A number without a unit, a volume, a product of
// numbers ("10 x 25g") and an estimate are refused.
func ReadWeight(s string) (int64, error) {
	if err := checkReadable(s); err != nil {
		return 0, err
	}
	tokens := withoutQuotes(scan(s))
	if nothingGiven(tokens) {
		return 0, nil
	}
	grams, ok := weightOf(tokens)
	if !ok {
		return 0, refuse(s, "Không đọc được khối lượng: ghi số kèm đơn vị g hoặc kg, ví dụ 250g.",
			"not a weight that can be read surely: write a number with g or kg, for example 250g")
	}
	return grams, nil
}

func weightOf(tokens []token) (grams int64, ok bool) {
	for len(tokens) > 0 && tokens[0].kind == word {
		_, length := longestPhrase(tokens, beforeWeight)
		if length == 0 {
			return 0, false
		}
		tokens = tokens[length:]
		if len(tokens) > 0 && tokens[0].is(":") {
			tokens = tokens[1:]
		}
	}
	a, length := readAmount(tokens)
	if length == 0 || length == len(tokens) || length > 1 && tokens[1].kind == digits { // "2 250g"
		return 0, false
	}
	scale := gramsIn(tokens[length].text)
	if scale == 0 || a.either && scale > 1 { // "1.500 kg" is 1,5 or 1500
		return 0, false
	}
	if tail := tokens[length+1:]; len(tail) > 0 { // "/hộp"
		if !tail[0].is("/") || len(tail) < 2 || len(tail) > 3 {
			return 0, false
		}
		for _, t := range tail[1:] {
			if t.kind != word {
				return 0, false
			}
		}
	}
	grams, ok = a.times(scale)
	return grams, ok && grams > 0 && grams <= maxQuantity
}

// beforeWeight knows the words that introduce a weight.
func beforeWeight(phrase string) bool {
	switch phrase {
	case "khoi luong", "trong luong", "kl", "tl", "net", "khoi luong tinh", "trong luong tinh", "khoi luong rong", "quy cach",
		"hop", "tui", "goi", "chai", "hu", "lo", "bich", "lon":
		return true
	}
	return false
}

// gramsIn gives the grams of a unit, 0 for what is no weight. A lạng is 100 g.
func gramsIn(unit string) int64 {
	switch unit {
	case "g", "gr", "gam", "gram", "grams", "grm":
		return 1
	case "kg", "kgs", "ky", "ki", "kilogam", "kilogram", "kilo":
		return 1000
	case "lang":
		return 100
	}
	return 0
}
