package listing

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ocopsync/internal/ocop"
)

// PlainText brings a description to text without any markup, for markets that
// take none: paragraphs, breaks and list items on lines of their own, items
// after a hyphen. It holds nothing that a reader would take for a tag or an
// entity, not even one that was hidden in entities. Doing it twice changes
// nothing.
func PlainText(s string) string { return plainOf(CleanHTML(s)) }

// plainOf is PlainText for HTML in the clean subset.
func plainOf(s string) string {
	text := textOf(s)
	for range hiddenDepth {
		if !hasMarkup(text) {
			return text
		}
		next := textOf(CleanHTML(text))
		if next == text {
			break
		}
		text = next
	}
	return defuse(text)
}

// hiddenDepth is how often text is looked through for markup that was hidden
// in entities ("&amp;lt;p&amp;gt;"): programs have escaped it twice, people
// have not done so five times.
const hiddenDepth = 4

// textOf gives the text of HTML in the clean subset.
func textOf(s string) string {
	if s == "" {
		return ""
	}
	out := make([]byte, 0, len(s))
	bullet, strange := false, false
	for i := 0; i < len(s); {
		if s[i] == '<' {
			end := i + strings.IndexByte(s[i:], '>') + 1
			switch s[i:end] {
			case "<li>":
				bullet = true
				fallthrough
			case "<br>", "</p>", "</li>", "<ul>", "</ul>", "<ol>", "</ol>":
				if n := len(out); n > 0 && out[n-1] != '\n' {
					out = append(out, '\n')
				}
			}
			i = end
			continue
		}
		if bullet {
			out = append(out, "- "...)
			bullet = false
		}
		if end := plainRun(s, i); end > i {
			out = append(out, s[i:end]...)
			i = end
			continue
		}
		switch {
		case s[i] != '&':
			strange = strange || s[i] >= utf8.RuneSelf
			out = append(out, s[i])
			i++
		case strings.HasPrefix(s[i:], "&amp;"):
			out = append(out, '&')
			i += len("&amp;")
		case strings.HasPrefix(s[i:], "&lt;"):
			out = append(out, '<')
			i += len("&lt;")
		default:
			out = append(out, '>')
			i += len("&gt;")
		}
	}
	out = bytes.TrimSuffix(out, []byte("\n"))
	if strange && !norm.NFC.IsNormal(out) {
		return norm.NFC.String(string(out)) // a tag stood between a letter and its mark
	}
	return string(out)
}

// hasMarkup says whether a text holds what would be read as a tag or an entity.
func hasMarkup(s string) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '<':
			if startsTag(s[i:]) {
				return true
			}
		case '&':
			if entityLike(s[i:]) {
				return true
			}
		}
	}
	return false
}

// entityLike says whether a text that begins with '&' begins with an entity:
// one that HTML knows, or anything of the form "&name;".
func entityLike(s string) bool {
	n := nameLength(s)
	switch {
	case n == 1:
		return false
	case n < len(s) && s[n] == ';':
		return true
	}
	return html.UnescapeString(s[:n]) != s[:n]
}

// defuse sets a space after what makes a tag or an entity.
func defuse(s string) string {
	if !hasMarkup(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		if s[i] == '<' && startsTag(s[i:]) || s[i] == '&' && entityLike(s[i:]) {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// oneLine is PlainText for a name or a unit: one clean line (see
// ocop.CleanText), no markup.
func oneLine(s string) string {
	s = ocop.CleanText(strings.ToValidUTF8(s, ""))
	if !hasMarkup(s) {
		return s
	}
	return ocop.CleanText(PlainText(s))
}
