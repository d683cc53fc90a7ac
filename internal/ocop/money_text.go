package ocop

import "strconv"

// String writes the amount as Vietnamese people do: "120.000đ".
func (v VND) String() string {
	s := strconv.FormatInt(int64(v), 10)
	sign := ""
	if v < 0 {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return sign + s + "đ"
}
