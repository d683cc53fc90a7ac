package listing

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	xhtml "golang.org/x/net/html"
	"golang.org/x/text/unicode/norm"
)

// marketHTML is what a market that takes plain text refuses: a tag or an entity.
var marketHTML = regexp.MustCompile(`<[A-Za-z/!?]|&(#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);`)

// faultInHTML is a strict checker of the clean subset, written on another's
// tokenizer: what is wrong with s, "" when nothing is.
func faultInHTML(s string) string {
	if !utf8.ValidString(s) || !norm.NFC.IsNormalString(s) {
		return "not UTF-8 in NFC"
	}
	allowed := []string{"p", "br", "ul", "ol", "li", "strong", "em"}
	var open []string
	parent := func() string {
		if len(open) == 0 {
			return ""
		}
		return open[len(open)-1]
	}
	inText := func() bool { return slices.Contains(open, "p") || slices.Contains(open, "li") }
	for z := xhtml.NewTokenizer(strings.NewReader(s)); ; {
		kind := z.Next()
		raw := string(z.Raw()) // before Token, which changes it
		t := z.Token()
		switch kind {
		case xhtml.ErrorToken:
			if len(open) > 0 {
				return "not closed: " + strings.Join(open, ", ")
			}
			return ""
		case xhtml.StartTagToken:
			inList := parent() == "ul" || parent() == "ol"
			switch {
			case raw != "<"+t.Data+">" || !slices.Contains(allowed, t.Data):
				return "tag " + raw
			case t.Data == "p" && len(open) > 0,
				t.Data == "li" && !inList,
				inList && t.Data != "li",
				(t.Data == "ul" || t.Data == "ol") && len(open) > 0 && parent() != "li",
				(t.Data == "br" || t.Data == "strong" || t.Data == "em") && !inText(),
				(t.Data == "strong" || t.Data == "em") && slices.Contains(open, t.Data):
				return "<" + t.Data + "> in " + strings.Join(open, ", ")
			}
			if t.Data != "br" {
				open = append(open, t.Data)
			}
		case xhtml.EndTagToken:
			if raw != "</"+t.Data+">" || parent() != t.Data {
				return raw + " in " + strings.Join(open, ", ")
			}
			open = open[:len(open)-1]
		case xhtml.TextToken:
			if !inText() || parent() == "ul" || parent() == "ol" {
				return "text outside of p and li: " + raw
			}
			if strings.ContainsAny(raw, "<>") || hasHidden(raw) {
				return "text not escaped or with characters that do not show: " + raw
			}
		default:
			return "a " + kind.String() + ": " + raw
		}
	}
}

func hasHidden(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.IsSpace(r) && r != ' '
	})
}

// faultInPlain says what is wrong with plain text.
func faultInPlain(s string) string {
	switch {
	case !utf8.ValidString(s) || !norm.NFC.IsNormalString(s):
		return "not UTF-8 in NFC"
	case marketHTML.MatchString(s):
		return "holds " + marketHTML.FindString(s)
	case hasHidden(strings.ReplaceAll(s, "\n", "")):
		return "holds characters that do not show"
	}
	if s == "" {
		return ""
	}
	for line := range strings.SplitSeq(s, "\n") {
		if line == "" || strings.Join(strings.Fields(line), " ") != line {
			return "white space in the line " + line
		}
	}
	return ""
}

func TestFaultInHTMLFindsFaults(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"a", "<p>a", "<p>a</p></p>", "<p class=x>a</p>", "<P>a</P>", "<p/>", "<p><p>a</p></p>", "<ul>a</ul>", "<li>a</li>", "<ul><p>a</p></ul>",
		"<p><strong>a</p></strong>", "<p>a<br/></p>", "<script>a</script>", "<p><!-- a --></p>", "<p>a > b</p>", "<p>a\u200b</p>", "<p>a</p>\n",
		"<p>\xff</p>", "<p>a\u0301</p>", "<p><ul><li>a</li></ul></p>", "<em><p>a</p></em>",
	} {
		if faultInHTML(s) == "" {
			t.Errorf("the checker finds nothing wrong with %q", s)
		}
	}
}
