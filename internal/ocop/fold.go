package ocop

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// NameKey is a name for comparing: lower case, without diacritics (đ too, which
// NFD does not take apart), every run of punctuation and white space one space.
// "Trà Atisô  (hộp 20 gói)" and "TRA ATISO - Hop 20 goi" have the same key.
//
// So have "Mứt dâu" and "Mứt đậu": equal keys are candidates, and SameName says
// whether the spellings agree. A byte that is no UTF-8 appears as U+FFFD and its
// value.
func NameKey(s string) string {
	if isKey(s) {
		return s
	}
	var stack [256]byte
	return string(appendFolded(stack[:0], s, false))
}

// SameName says whether two names can be one: their NameKeys are equal, and so
// are their diacritics, unless one of them was typed without any. Where the
// tone mark stands does not matter ("hoà", "hòa").
func SameName(a, b string) bool {
	if NameKey(a) != NameKey(b) {
		return false
	}
	aMarks, bMarks := wordMarks(a), wordMarks(b)
	return aMarks == bMarks || plainMarks(aMarks) || plainMarks(bMarks)
}

// fold is a text for reading: as NameKey, but punctuation stays.
func fold(s string) string {
	if isFolded(s) {
		return s
	}
	var stack [256]byte
	return string(appendFolded(stack[:0], s, true))
}

func appendFolded(buf []byte, s string, punctuation bool) []byte {
	start, space := len(buf), false
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		b := s[i]
		i += size
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		mark := len(buf)
		if space && mark > start {
			buf = append(buf, ' ')
		}
		body := len(buf)
		if r == utf8.RuneError && size == 1 { // not UTF-8: keep names apart that differ in it
			buf = fmt.Appendf(buf, "\ufffd%02x", b)
		} else {
			buf = appendBase(buf, r)
		}
		switch {
		case len(buf) == body: // a combining or invisible character
			buf = buf[:mark]
			continue
		case !punctuation && r != utf8.RuneError && !wordEnd(buf):
			buf, space = buf[:mark], true
			continue
		}
		space = false
	}
	return buf
}

// wordEnd says whether buf ends in a letter or a digit.
func wordEnd(buf []byte) bool {
	if last := buf[len(buf)-1]; last < utf8.RuneSelf {
		return 'a' <= last && last <= 'z' || '0' <= last && last <= '9'
	}
	r, _ := utf8.DecodeLastRune(buf)
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

// latinFold and vietFold hold the base letters of U+00C0 to U+01B0 and of
// U+1EA0 to U+1EF9, '?' where a character has none. Ð (Eth) counts as Đ: the
// two look alike and Vietnamese keyboards have produced both.
const (
	latinFold = "aaaaaa?ceeeeiiiidnooooo??uuuuy??aaaaaa?ceeeeiiiidnooooo??uuuuy?y" +
		"aaaaaaccccccccddddeeeeeeeeeegggggggghh??iiiiiiiii???jjkk?llllll?" +
		"???nnnnnn???oooooo??rrrrrrsssssssstttt??uuuuuuuuuuuuwwyyyzzzzzz?" +
		"????????????????????????????????oo?????????????uu"
	vietFold = "aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy"
)

// appendBase appends r in lower case without its diacritics; nothing for a
// combining mark, a variation selector or an invisible character.
func appendBase(buf []byte, r rune) []byte {
	switch {
	case 'A' <= r && r <= 'Z':
		return append(buf, byte(r)+'a'-'A')
	case 0x20 <= r && r < 0x7f:
		return append(buf, byte(r))
	case 0xc0 <= r && r <= 0x1b0 && latinFold[r-0xc0] != '?':
		return append(buf, latinFold[r-0xc0])
	case 0x1ea0 <= r && r <= 0x1ef9:
		return append(buf, vietFold[r-0x1ea0])
	case 0x300 <= r && r <= 0x36f: // combining marks, as NFD leaves them
		return buf
	case 0xff01 <= r && r <= 0xff5e: // full-width ASCII
		return appendBase(buf, r-0xfee0)
	case invisible(r):
		return buf
	}
	var raw, apart [64]byte
	for _, base := range string(norm.NFD.Append(apart[:0], utf8.AppendRune(raw[:0], r)...)) {
		if !unicode.Is(unicode.M, base) {
			buf = utf8.AppendRune(buf, unicode.ToLower(base))
		}
	}
	return buf
}

// isKey says whether s is its own NameKey, without allocating.
func isKey(s string) bool {
	wasSpace := true
	for i := range len(s) {
		c := s[i]
		isSpace := c == ' '
		if isSpace && wasSpace || !isSpace && !('a' <= c && c <= 'z' || '0' <= c && c <= '9') {
			return false
		}
		wasSpace = isSpace
	}
	return !wasSpace || s == ""
}

// isFolded says whether s is its own fold, without allocating.
func isFolded(s string) bool {
	wasSpace := true
	for i := range len(s) {
		c := s[i]
		isSpace := c == ' '
		if isSpace && wasSpace || c < 0x20 || c >= 0x7f || 'A' <= c && c <= 'Z' {
			return false
		}
		wasSpace = isSpace
	}
	return !wasSpace || s == ""
}

// wordMarks is what NameKey leaves out: word by word the marks that change a
// letter where they stand, a dot for each letter, then the word's tone.
func wordMarks(s string) string {
	var b, tone strings.Builder
	inWord := false
	endWord := func() {
		if inWord {
			b.WriteString(tone.String())
			b.WriteByte(' ')
		}
		tone.Reset()
		inWord = false
	}
	for _, r := range norm.NFD.String(CleanText(s)) {
		switch {
		case r == 0x300 || r == 0x301 || r == 0x303 || r == 0x309 || r == 0x323: // huyền, sắc, ngã, hỏi, nặng
			tone.WriteRune(r)
		case r == 'đ' || r == 'Đ' || r == 'ð' || r == 'Ð':
			b.WriteRune('đ')
			inWord = true
		case unicode.Is(unicode.M, r):
			b.WriteRune(r)
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			b.WriteByte('.')
			inWord = true
		default:
			endWord()
		}
	}
	endWord()
	return b.String()
}

// plainMarks says whether a name was typed without any diacritics.
func plainMarks(marks string) bool { return strings.Trim(marks, ". ") == "" }
