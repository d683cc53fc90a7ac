package listing

import (
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
)

// CleanHTML brings a description from people's keyboards to the clean subset:
// p, ul, ol, li, br, strong and em without attributes, well nested (text stands
// in a p or li, a list holds li only, nothing is empty, no white space that
// shows nothing), in NFC, with &amp;, &lt; and &gt; as the only entities.
// Nothing executable is left. Text without block tags keeps its lines, each as
// a paragraph. Cleaning twice changes nothing.
//
// A text that is in the subset already is given back as it is. Another is
// written anew tag by tag; where it holds anything but well-known tags
// (scripts, comments, what only a browser could read), the sanitiser goes over
// it first.
func CleanHTML(s string) string {
	if isCleanHTML(s) {
		return s
	}
	if out, ok := rewrite(s, false); ok {
		return out
	}
	out, _ := rewrite(sanitiser().Sanitize(escapeTorn(s)), true)
	return out
}

// sanitiser strips what must not be written anew: attributes, comments,
// scripts, styles and every tag but those of keptTags. It is immutable once
// built and safe for concurrent use.
//
//nolint:gochecknoglobals // immutable, and dear to build for each text
var sanitiser = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	kept := strings.Fields(keptTags)
	p.AllowElements(kept...)
	p.AllowNoAttrs().OnElements(kept...)
	// The sanitiser counts opening and closing tags of what it hides, and hides
	// the rest of the text once a stray one has put it out of step. These are
	// hidden by rewrite instead, or their content is text.
	p.AllowElementsContent("frame", "frameset", "iframe", "noembed", "noframes", "noscript", "nostyle", "object", "title")
	return p
})

// keptTags are the tags that the sanitiser leaves for rewrite.
const keptTags = "p div section article header footer main aside nav blockquote pre address center form fieldset figure figcaption " +
	"dl dt dd hr table caption thead tbody tfoot tr h1 h2 h3 h4 h5 h6 td th br ul ol li strong b em i " +
	"title iframe noembed noframes noscript"

// tagKind is what a tag means for a description.
type tagKind uint8

const (
	tagUnknown tagKind = iota
	tagInline          // shows its content: the tag alone goes
	tagBlock           // begins and ends a paragraph
	tagHeading         // a paragraph in strong
	tagCell            // begins and ends a word
	tagBreak
	tagBullets
	tagNumbers
	tagItem
	tagStrong
	tagEm
	tagHidden // its content goes too; read only after the sanitiser
)

func kindOfTag(name string) tagKind {
	switch name {
	case "span", "font", "a", "u", "small", "big", "sub", "sup", "s", "strike", "del", "ins", "mark", "code", "tt", "abbr", "label",
		"cite", "q", "img", "o:p", "html", "body", "col", "colgroup", "wbr":
		return tagInline
	case "p", "div", "section", "article", "header", "footer", "main", "aside", "nav", "blockquote", "pre", "address", "center",
		"form", "fieldset", "figure", "figcaption", "dl", "dt", "dd", "hr", "table", "caption", "thead", "tbody", "tfoot", "tr":
		return tagBlock
	case "h1", "h2", "h3", "h4", "h5", "h6":
		return tagHeading
	case "td", "th":
		return tagCell
	case "br":
		return tagBreak
	case "ul":
		return tagBullets
	case "ol":
		return tagNumbers
	case "li":
		return tagItem
	case "strong", "b":
		return tagStrong
	case "em", "i":
		return tagEm
	case "title", "iframe", "noembed", "noframes", "noscript":
		return tagHidden
	}
	return tagUnknown
}

// startsTag says whether a text that begins with '<' would be read as a tag or
// a comment: the next character is a letter, '/', '!' or '?'.
func startsTag(s string) bool {
	if len(s) < 2 {
		return false
	}
	c := s[1]
	return c == '/' || c == '!' || c == '?' || asciiLetter(c)
}

func asciiLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
