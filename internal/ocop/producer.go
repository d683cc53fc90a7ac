package ocop

import "strings"

// ProducerKey is a producer's name for comparing: NameKey with the kinds in one
// spelling (HTX = hợp tác xã, THT = tổ hợp tác, HKD = hộ kinh doanh = hộ = cơ
// sở, cty = công ty TNHH, công ty cổ phần and so on) and the usual abbreviations
// of trades written out (NN = nông nghiệp, SX = sản xuất, TM, DV, XNK).
func ProducerKey(s string) string {
	words := producerWords(s)
	kind, rest := producerKindWords(words)
	out := make([]string, 0, len(words)+4)
	if kind != "" {
		out = append(out, kind)
	}
	for _, w := range rest {
		switch {
		case w == "va": // "thương mại và dịch vụ" = "TM & DV"
		case kind == "cty" && (w == "tnhh" || w == "mtv" || w == "ctcp"):
		default:
			out = append(out, tradeWords(w))
		}
	}
	return strings.Join(out, " ")
}

// KindFromName gives the kind that a producer's name begins with, "" when the
// name does not say: "Cơ sở" and "Trang trại" are no kinds.
func KindFromName(producerName string) ProducerKind {
	words := producerWords(producerName)
	if len(words) > 2 && words[0] == "chi" && words[1] == "nhanh" {
		words = words[2:]
	}
	kind, _ := producerKindWords(words)
	switch kind {
	case "htx":
		return Cooperative
	case "tht":
		return CoopGroup
	case "cty", "dn":
		return Company
	case "hkd":
		if words[0] != "co" && words[0] != "cs" && words[0] != "cssx" {
			return Household
		}
	}
	return ""
}

// ReadProducerKind reads the kind of a producer from a column of its own: the
// contract's slugs and Vietnamese words. Empty and "-" are no kind, without an
// error.
func ReadProducerKind(s string) (ProducerKind, error) {
	if err := checkReadable(s); err != nil {
		return "", err
	}
	if nothingGiven(scan(s)) {
		return "", nil
	}
	words := producerWords(s)
	if len(words) == 1 && words[0] == "ho" {
		return Household, nil
	}
	kind, rest := producerKindWords(words)
	if len(rest) == 0 {
		switch kind {
		case "htx":
			return Cooperative, nil
		case "tht":
			return CoopGroup, nil
		case "cty", "dn":
			return Company, nil
		case "hkd":
			return Household, nil
		}
	}
	return "", refuse(s, "Không rõ loại hình chủ thể: ghi “Doanh nghiệp”, “Hợp tác xã”, “Tổ hợp tác” hoặc “Hộ kinh doanh”.",
		"an unknown kind of producer: write \"Doanh nghiệp\", \"Hợp tác xã\", \"Tổ hợp tác\" or \"Hộ kinh doanh\"")
}

// producerWords is the name's NameKey in words. A household's bare "Hộ", "Hộ
// ông", "Hộ bà" is known by its diacritics alone: Hồ is a surname.
func producerWords(s string) []string {
	words := strings.Fields(NameKey(s))
	if len(words) < 2 || words[0] != "ho" {
		return words
	}
	raw := strings.Fields(strings.ToLower(CleanText(s)))
	if kind, _ := producerKindWords(words); kind != "" || raw[0] != "hộ" {
		return words
	}
	if len(words) > 2 && (raw[1] == "ông" || raw[1] == "bà") {
		words = words[1:]
	}
	words[0] = "hkd"
	return words
}

// producerKindWords takes the words of a kind off the start of a name: "hop tac
// xa", "cong ty tnhh mot thanh vien". It gives the kind's abbreviation.
func producerKindWords(words []string) (kind string, rest []string) {
	rest = words
	for {
		found, length := "", 0
		for n := min(len(rest), 6); n > 0 && length == 0; n-- {
			if found = producerKindOf(strings.Join(rest[:n], " ")); found != "" {
				length = n
			}
		}
		switch {
		case length == 0:
			return kind, rest
		case kind == "" && found != legalForm:
			kind = found
		case kind == "cty" && found == legalForm, kind == found:
		default: // "Hộ kinh doanh Hợp tác xã ...": the first word says it
			return kind, rest
		}
		rest = rest[length:]
	}
}

// legalForm stands for the words that only say which form a company has.
const legalForm = "form"

func producerKindOf(phrase string) string {
	switch phrase {
	case "htx", "hop tac xa", "lien hiep hop tac xa", "lien hiep htx", "lhhtx", "cooperative":
		return "htx"
	case "tht", "to hop tac", "to ht":
		return "tht"
	case "hkd", "ho kinh doanh", "ho kd", "ho ca the", "ho kinh doanh ca the", "ho gia dinh", "ho san xuat", "ho san xuat kinh doanh",
		"ho sx", "ho sxkd", "co so", "cs", "co so san xuat", "cssx", "co so sx", "co so kinh doanh",
		"co so san xuat kinh doanh", "household", "household business":
		return "hkd"
	case "cty", "cong ty", "c ty", "ct tnhh", "ctcp", "cty cp", "cong ty cp", "cong ty co phan", "cty co phan", "cty tnhh", "cong ty tnhh",
		"cong ty trach nhiem huu han", "company":
		return "cty"
	case "doanh nghiep", "dn", "dntn", "doanh nghiep tu nhan", "dn tu nhan", "doanh nghiep tn":
		return "dn"
	case "tnhh", "mtv", "tnhh mtv", "mot thanh vien", "trach nhiem huu han", "hai thanh vien", "hai thanh vien tro len", "co phan", "cp",
		"1tv", "2tv", "hop danh":
		return legalForm
	}
	return ""
}

// tradeWords writes out an abbreviation that producers' names are full of.
func tradeWords(w string) string {
	switch w {
	case "nn":
		return "nong nghiep"
	case "dvnn":
		return "dich vu nong nghiep"
	case "sx":
		return "san xuat"
	case "tm":
		return "thuong mai"
	case "dv":
		return "dich vu"
	case "tmdv":
		return "thuong mai dich vu"
	case "sxtm":
		return "san xuat thuong mai"
	case "sxtmdv":
		return "san xuat thuong mai dich vu"
	case "sxkd":
		return "san xuat kinh doanh"
	case "xnk":
		return "xuat nhap khau"
	case "cnc":
		return "cong nghe cao"
	}
	return w
}

// Text is the kind in words; of an unknown one the word itself.
func (k ProducerKind) Text() Text {
	switch k {
	case Company:
		return Text{"Doanh nghiệp", "Company"}
	case Cooperative:
		return Text{"Hợp tác xã", "Cooperative"}
	case CoopGroup:
		return Text{"Tổ hợp tác", "Cooperative group"}
	case Household:
		return Text{"Hộ kinh doanh", "Household business"}
	}
	return Text{string(k), string(k)}
}
