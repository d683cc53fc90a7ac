package ocop

import "strings"

// An amount is a decimal number as written, exact: value / 10^decimals.
type amount struct {
	value    int64
	decimals int
	// either says that the number may mean a thousand times as much: "1.200"
	// beside a word such as "kg" or "triệu" is 1,2 or 1200.
	either bool
}

// maxDigits keeps every amount times a million inside an int64.
const maxDigits = 12

// readAmount reads a number at the start of tokens as people group it:
// "120000", "120.000", "120,000", "120 000", "1.250.000,00", "1,2", "0.5".
// It gives how many tokens that takes, 0 when it is no number or an unclear one.
func readAmount(tokens []token) (amount, int) {
	if len(tokens) == 0 || tokens[0].kind != digits {
		return amount{}, 0
	}
	groups, seps, length := []string{tokens[0].text}, "", 1
	for length < len(tokens) {
		if t := tokens[length]; t.kind == digits && len(t.text) == 3 && len(groups[0]) <= 3 { // "120 000"
			groups, seps, length = append(groups, t.text), seps+" ", length+1
			continue
		}
		if length+1 == len(tokens) || tokens[length+1].kind != digits || !tokens[length].glued || !tokens[length+1].glued {
			break
		}
		sep := tokens[length].text
		if sep != "." && sep != "," {
			break
		}
		groups, seps, length = append(groups, tokens[length+1].text), seps+sep, length+2
	}
	whole, fraction := groups, ""
	last := groups[len(groups)-1]
	thousands := len(groups) > 1 && len(last) == 3 && len(groups[0]) <= 3 && groups[0][0] != '0'
	switch {
	case len(groups) == 1:
	case len(groups) == 2 && len(last) == 3 && !thousands && groups[0] != "0": // "1200.000": badly grouped, or three decimals?
		return amount{}, 0
	case !thousands || len(seps) > 1 && seps[len(seps)-1] != seps[0]:
		// The last sign is the decimal one: "1,2", "1.250.000,00". After
		// groups, three digits may be either.
		if sep := seps[len(seps)-1]; sep == ' ' || len(groups) > 2 && (len(last) == 3 || strings.Count(seps, string(sep)) > 1) {
			return amount{}, 0
		}
		whole, fraction = groups[:len(groups)-1], last
	}
	for i, g := range whole[1:] {
		if len(g) != 3 || len(whole[0]) > 3 || seps[i] != seps[0] {
			return amount{}, 0
		}
	}
	text := strings.Join(whole, "") + strings.TrimRight(fraction, "0")
	if len(strings.TrimLeft(text, "0")) > maxDigits || len(whole) > 1 && whole[0][0] == '0' {
		return amount{}, 0
	}
	a := amount{decimals: len(strings.TrimRight(fraction, "0")), either: len(groups) == 2 && thousands && seps != " "}
	for i := range len(text) {
		a.value = a.value*10 + int64(text[i]-'0')
	}
	return a, length
}

// times gives the amount multiplied by a power of ten, if that is a whole number.
func (a amount) times(scale int64) (int64, bool) {
	n := a.value * scale
	for range a.decimals {
		if n%10 != 0 {
			return 0, false
		}
		n /= 10
	}
	return n, true
}
