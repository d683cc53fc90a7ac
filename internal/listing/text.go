package listing

import (
	"html"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/text/unicode/norm"
)

// sanitiser allows the tags that are kept or rewritten below, without any
// attribute. Content of script and style goes. It is immutable once built and
// safe for concurrent use.
var sanitiser = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "ul", "ol", "li", "strong", "em", "b", "i",
		"h1", "h2", "h3", "h4", "h5", "h6", "div", "tr")
	p.AddSpaceWhenStrippingTag(true)
	return p
})

// rewritten maps the tags that people use to the subset that markets take. The
// sanitiser has left no attributes, so plain replacing is safe.
var rewritten = sync.OnceValue(func() *strings.Replacer {
	pairs := []string{
		"<b>", "<strong>", "</b>", "</strong>", "<i>", "<em>", "</i>", "</em>",
		"<br/>", "<br>", "<div>", "", "</div>", "<br>", "<tr>", "", "</tr>", "<br>",
	}
	for _, h := range []string{"h1", "h2", "h3", "h4", "h5", "h6"} {
		pairs = append(pairs, "<"+h+">", "<p><strong>", "</"+h+">", "</strong></p>")
	}
	return strings.NewReplacer(pairs...)
})

// CleanHTML brings a description from people's keyboards to the subset
// p, br, ul, ol, li, strong, em without attributes: NFC, nothing executable.
// Plain text with line breaks becomes paragraphs. Cleaning twice changes nothing.
func CleanHTML(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	if !strings.ContainsAny(s, "<&") {
		return paragraphs(s)
	}
	s = rewritten().Replace(sanitiser().Sanitize(s))
	if !strings.ContainsRune(s, '<') {
		return paragraphs(html.UnescapeString(s))
	}
	return strings.TrimSpace(s)
}

func paragraphs(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			b.WriteString("<p>")
			b.WriteString(html.EscapeString(line))
			b.WriteString("</p>")
		}
	}
	return b.String()
}

// PlainText brings a description to text without any markup: paragraphs,
// breaks and list items on lines of their own.
func PlainText(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, ""))
	if strings.ContainsAny(s, "<&") {
		s = lineBreaks().Replace(rewritten().Replace(sanitiser().Sanitize(s)))
		s = html.UnescapeString(stripTags(s))
		// Entities may have hidden tags.
		for strings.ContainsRune(s, '<') {
			next := stripTags(s)
			if next == s {
				break
			}
			s = next
		}
	}
	var lines []string
	for line := range strings.Lines(s) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

var lineBreaks = sync.OnceValue(func() *strings.Replacer {
	return strings.NewReplacer("</p>", "\n", "<br>", "\n", "</li>", "\n", "<li>", "\n- ", "</ul>", "\n", "</ol>", "\n")
})

// oneLine is PlainText for a name: no markup, no line breaks.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "<&\n\r") {
		return s
	}
	return strings.Join(strings.Fields(PlainText(s)), " ")
}

// Words gives a text's words alone: tags, entities and white space stripped,
// NFC. Two texts with equal words say the same, however a market wraps them.
func Words(s string) string {
	if strings.ContainsRune(s, '<') {
		s = stripTags(s)
	}
	if strings.ContainsRune(s, '&') {
		s = html.UnescapeString(s)
	}
	if !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' {
			return -1
		}
		return r
	}, s)
}

// stripTags takes out what a browser would read as a tag or comment: '<'
// followed by a letter, '/', '!' or '?', up to the next '>' or the end.
func stripTags(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		s = s[i:]
		if len(s) < 2 || !tagStart(s[1]) {
			b.WriteByte('<')
			s = s[1:]
			continue
		}
		end := strings.IndexByte(s, '>')
		if end < 0 {
			return b.String()
		}
		s = s[end+1:]
	}
}

func tagStart(c byte) bool {
	return c == '/' || c == '!' || c == '?' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func runes(s string) int { return utf8.RuneCountInString(s) }
