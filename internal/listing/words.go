package listing

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Words gives a text's words alone: tags, entities, white space and invisible
// characters stripped, NFC. Two texts with equal words say the same, however a
// market wraps them.
func Words(s string) string {
	return string(appendWords(make([]byte, 0, len(s)), s))
}

// appendWords appends the words of s. It reads s once.
func appendWords(to []byte, s string) []byte {
	start, strange := len(to), false
	lastEnd := strings.LastIndexByte(s, '>') // a tag that begins after it is torn off, so it is none
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ':
			i++
		case c == '<' && i < lastEnd && startsTag(s[i:]):
			i += strings.IndexByte(s[i:], '>') + 1
		case c == '&':
			text, length := entity(s[i:])
			to = appendShown(to, text, &strange)
			i += length
		case c == '<', c == '>':
			to = append(to, c)
			i++
		default:
			end := solidRun(s, i)
			if end == i {
				_, size := utf8.DecodeRuneInString(s[i:])
				end += size
				to = appendShown(to, s[i:end], &strange)
			} else {
				to = append(to, s[i:end]...)
			}
			i = end
		}
	}
	if strange && !norm.NFC.IsNormal(to[start:]) {
		return append(to[:start], norm.NFC.Bytes(to[start:])...)
	}
	return to
}

// appendShown appends the characters that show; bytes that are no UTF-8 go.
func appendShown(to []byte, s string, strange *bool) []byte {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !unicode.IsSpace(r) && !invisible(r) && (r != utf8.RuneError || size > 1) {
			*strange = *strange || r >= utf8.RuneSelf
			to = append(to, s[i:i+size]...)
		}
		i += size
	}
	return to
}

// entity reads an entity at the start of s, which begins with '&': what it
// stands for, and its length. What is none stands for itself.
func entity(s string) (text string, length int) {
	for _, known := range [...]struct{ entity, text string }{
		{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&nbsp;", " "}, {"&quot;", `"`}, {"&#39;", "'"}, {"&#039;", "'"},
	} {
		if strings.HasPrefix(s, known.entity) {
			return known.text, len(known.entity)
		}
	}
	if !entityLike(s) {
		return "&", 1
	}
	n := nameLength(s)
	if n < len(s) && s[n] == ';' {
		n++
	}
	return html.UnescapeString(s[:n]), n
}

// nameLength is how long '&' and what may be an entity's name are together.
func nameLength(s string) int {
	n := 1
	for n < len(s) && (asciiLetter(s[n]) || s[n] >= '0' && s[n] <= '9' || n == 1 && s[n] == '#') {
		n++
	}
	return n
}
