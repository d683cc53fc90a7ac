package listing

import "unicode"

// plainRun gives the end of the run of s, from i, that every form of a text
// keeps as it is: printable ASCII but '<', '>' and '&', composed characters, and
// single spaces between them.
func plainRun(s string, i int) int {
	start, end := i, i
	for i < len(s) {
		n := 0
		if plainByte(s[i]) {
			n = 1
		} else if n = composedAt(s, i); n == 0 {
			if s[i] != ' ' || i == start || end < i {
				break
			}
			i++ // a space, kept if a plain character follows
			continue
		}
		i += n
		end = i
	}
	return end
}

// solidRun is plainRun without spaces.
func solidRun(s string, i int) int {
	for i < len(s) {
		if plainByte(s[i]) {
			i++
			continue
		}
		n := composedAt(s, i)
		if n == 0 {
			break
		}
		i += n
	}
	return i
}

// plainByte says whether c is printable ASCII that means nothing in HTML.
func plainByte(c byte) bool { return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '&' }

// composedAt gives the length of the composed character at s[i], 0 when there
// is none: one of those in which nearly all Vietnamese text is written and which
// NFC leaves as they are, whatever stands beside them (U+00A1 to U+02FF but the
// soft hyphen, U+1EA0 to U+1EF9, and the dashes, quotation marks and bullets
// U+2010 to U+2027).
func composedAt(s string, i int) int {
	if s[i] < 0xc2 {
		return 0
	}
	rest := s[i:]
	switch c := rest[0]; {
	case c <= 0xcb:
		if len(rest) > 1 && isTail(rest[1]) && (c != 0xc2 || rest[1] > 0xa0 && rest[1] != 0xad) {
			return 2
		}
	case c == 0xe1:
		if len(rest) > 2 && isTail(rest[2]) && (rest[1] == 0xba && rest[2] >= 0xa0 || rest[1] == 0xbb && rest[2] <= 0xb9) {
			return 3
		}
	case c == 0xe2:
		if len(rest) > 2 && rest[1] == 0x80 && rest[2] >= 0x90 && rest[2] <= 0xa7 {
			return 3
		}
	}
	return 0
}

// isTail says whether b continues a character of UTF-8.
func isTail(b byte) bool { return b&0xc0 == 0x80 }

// invisible says whether r shows nothing and is no white space.
func invisible(r rune) bool { return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) }
