package ocop

import "strings"

// ReadGTIN reads the number under a bar code: 8, 12, 13 or 14 digits whose last
// one checks the others (GS1 General Specifications, section 7.9). Spaces and
// hyphens are left out. Empty, "-" and "không có" are "", without an error.
func ReadGTIN(s string) (string, error) {
	if err := checkReadable(s); err != nil {
		return "", err
	}
	folded := fold(s)
	if nothingGiven(withoutQuotes(scan(s))) {
		return "", nil
	}
	if strings.Contains(folded, "e+") {
		return "", refuse(s, "Bảng tính đã làm tròn mã vạch: định dạng ô là văn bản rồi nhập lại đủ các chữ số.",
			"the spreadsheet has rounded the bar code: format the cell as text and enter all digits again")
	}
	code := strings.NewReplacer(" ", "", "-", "", "'", "").Replace(folded)
	if strings.Trim(code, "0123456789") != "" {
		return "", refuse(s, "Mã vạch chỉ gồm chữ số.", "a bar code is digits only")
	}
	switch len(code) {
	case 8, 12, 13, 14:
	default:
		return "", refuse(s, "Mã vạch phải có 8, 12, 13 hoặc 14 chữ số (có thể bảng tính đã bỏ số 0 ở đầu).",
			"a bar code has 8, 12, 13 or 14 digits (a spreadsheet may have dropped leading zeros)")
	}
	if !checkDigitRight(code) || strings.Trim(code, "0") == "" {
		return "", refuse(s, "Chữ số kiểm tra của mã vạch không khớp: kiểm tra lại từng chữ số.",
			"the check digit is wrong: compare every digit with the package")
	}
	return code, nil
}

// checkDigitRight weighs the digits 3, 1, 3, ... from the one before the last.
func checkDigitRight(code string) bool {
	sum := 0
	for i := range len(code) {
		n := int(code[len(code)-1-i] - '0')
		if i%2 == 1 {
			n *= 3
		}
		sum += n
	}
	return sum%10 == 0
}
