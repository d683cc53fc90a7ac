package ocop

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// CleanText makes one line of a text as people's programs leave it: in NFC,
// without control characters and invisible ones (zero-width spaces, direction
// marks, soft hyphens, byte order marks), every run of white space one space,
// none at the ends. Cleaning twice is cleaning once.
//
// A text that is not UTF-8 stays as it is, so that whoever reads it can report
// it; see ReadText.
func CleanText(s string) string {
	if isClean(s) || !utf8.ValidString(s) {
		return s
	}
	var stack [256]byte
	buf := stack[:0]
	space := false
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case unicode.IsSpace(r):
			space = true
		case invisible(r):
		default:
			if space && len(buf) > 0 {
				buf = append(buf, ' ')
			}
			space = false
			buf = append(buf, s[i:i+size]...)
		}
		i += size
	}
	return string(norm.NFC.Bytes(buf))
}

// ReadText is CleanText for a value that is kept as text: it refuses one that
// is not UTF-8, or in which another program has already put U+FFFD for what it
// could not read.
func ReadText(s string) (string, error) {
	if err := checkEncoding(s); err != nil {
		return "", err
	}
	return CleanText(s), nil
}

// checkEncoding refuses text whose letters are already lost or can't be known.
func checkEncoding(s string) error {
	for i, r := range s {
		if r != utf8.RuneError {
			continue
		}
		if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
			return refuse(s, "Tệp không dùng bảng mã UTF-8 (có thể là TCVN3, VNI hoặc Windows-1258): hãy lưu lại bằng Unicode UTF-8.",
				"not valid UTF-8 (perhaps TCVN3, VNI or Windows-1258): save the file again as Unicode UTF-8")
		}
		return refuse(s, "Có ký tự đã bị hỏng (�): hãy nhập lại giá trị này.",
			"holds a character that an earlier conversion has lost (U+FFFD): enter the value again")
	}
	return nil
}

// isClean says whether CleanText would give s back, without allocating. It is
// right whenever it says true and may say false for unusual clean texts.
func isClean(s string) bool {
	wasSpace := true // so that a leading space is found
	for _, r := range s {
		switch {
		case r == ' ':
			if wasSpace {
				return false
			}
			wasSpace = true
			continue
		case r < 0x20, r >= 0x7f && r <= 0xa0, r == 0xad:
			return false
		case composed(r):
		default:
			return false
		}
		wasSpace = false
	}
	return !wasSpace || s == ""
}

// composed says whether r is one of the characters in which nearly all
// Vietnamese text is written and which NFC leaves as they are, whatever stands
// beside them: below the combining marks, the Vietnamese block, and the dashes,
// quotation marks and bullets of General Punctuation.
func composed(r rune) bool {
	return r < 0x300 || r >= 0x1ea0 && r <= 0x1ef9 || r >= 0x2010 && r <= 0x2027
}

// invisible says whether r shows nothing and is no white space: control and
// format characters.
func invisible(r rune) bool {
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)
}
