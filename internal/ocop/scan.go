package ocop

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

// tokenKind sorts the pieces of a folded text.
type tokenKind uint8

const (
	word   tokenKind = iota + 1 // letters, lower case, without diacritics
	digits                      // 0-9
	other                       // any one other character
)

// A token is one piece of a folded text.
type token struct {
	kind  tokenKind
	text  string
	glued bool // no space before it
}

// is says whether the token is the character or word.
func (t token) is(text string) bool { return t.text == text }

// scan folds s and takes it apart: "OCOP 4 sao" is a word, digits, a word.
func scan(s string) []token {
	s = fold(s)
	tokens := make([]token, 0, 8)
	glued := false
	for i := 0; i < len(s); {
		kind, size := kindAt(s[i:])
		if kind == 0 {
			glued = false
			i += size
			continue
		}
		end := i + size
		for kind != other && end < len(s) {
			next, n := kindAt(s[end:])
			if next != kind {
				break
			}
			end += n
		}
		tokens = append(tokens, token{kind, s[i:end], glued})
		glued = true
		i = end
	}
	return tokens
}

// kindAt gives the kind and size of the first character; kind 0 is a space.
func kindAt(s string) (tokenKind, int) {
	switch c := s[0]; {
	case c == ' ':
		return 0, 1
	case '0' <= c && c <= '9':
		return digits, 1
	case 'a' <= c && c <= 'z':
		return word, 1
	case c < utf8.RuneSelf:
		return other, 1
	}
	r, size := utf8.DecodeRuneInString(s)
	if unicode.IsLetter(r) {
		return word, size
	}
	return other, size
}

// longestPhrase finds the longest run of words at the start of tokens, at most
// five, that known has a meaning for. It gives the zero meaning when there is none.
func longestPhrase[M comparable](tokens []token, known func(string) M) (meaning M, length int) {
	var none M
	phrase := ""
	for i, t := range tokens[:min(len(tokens), 5)] {
		if t.kind != word {
			break
		}
		if i > 0 {
			phrase += " "
		}
		phrase += t.text
		if m := known(phrase); m != none {
			meaning, length = m, i+1
		}
	}
	return meaning, length
}

// smallInt is the value of up to nine digits, -1 for more.
func smallInt(s string) int {
	if len(s) > 9 {
		return -1
	}
	n := 0
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// formatFloat writes a cell's number as a person would.
func formatFloat(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// nothingGiven says whether a value says that there is none.
func nothingGiven(tokens []token) bool {
	text := ""
	for _, t := range tokens {
		switch {
		case t.kind != other:
			text += t.text + " "
		case !t.is("-") && !t.is("–") && !t.is("—"):
			return false
		}
	}
	switch text {
	case "", "khong ", "khong co ", "chua ", "chua co ", "null ", "none ":
		return true
	}
	return false
}

// withoutQuotes drops quotation marks, and the apostrophe by which spreadsheets
// mark a text.
func withoutQuotes(tokens []token) []token {
	kept := tokens[:0]
	for _, t := range tokens {
		switch t.text {
		case "'", "\"", "“", "”", "‘", "’", "`", "«", "»":
		default:
			kept = append(kept, t)
		}
	}
	return kept
}
