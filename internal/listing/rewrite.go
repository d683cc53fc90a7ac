package listing

import (
	"html"
	"strings"
)

// rewrite writes a text anew in the clean subset. What it writes is safe
// whatever it reads, since it writes its own tags and escaped text only. It
// reads tags that mean the same to every reader (names of kindOfTag, attributes
// properly quoted) and gives up, ok false, at any other. A sanitised text has no
// other, but hidden ones.
func rewrite(s string, sanitised bool) (out string, ok bool) {
	// Where no block tag says where a line ends, the text's own lines do.
	lines := strings.IndexByte(s, '<') < 0
	r := rewriter{in: s, sanitised: sanitised, w: newWriter(len(s), lines)}
	if !r.run() {
		return "", false
	}
	if !r.blocks && !lines && strings.ContainsAny(s, lineEnds) {
		r = rewriter{in: s, sanitised: sanitised, w: newWriter(len(s), true)}
		r.run()
	}
	return r.w.finish(), true
}

// lineEnds are the characters that end a line of plain text.
const lineEnds = "\n\r\u2028\u2029"

type rewriter struct {
	in        string
	sanitised bool
	blocks    bool   // a block tag has been read
	hidden    string // the hidden element that is open
	w         writer
	name      [16]byte
}

func (r *rewriter) run() bool {
	for at := 0; at < len(r.in); {
		from := at
		for at < len(r.in) {
			i := strings.IndexByte(r.in[at:], '<')
			if i < 0 {
				at = len(r.in)
				break
			}
			if at += i; startsTag(r.in[at:]) {
				break
			}
			at++
		}
		r.text(r.in[from:at])
		if at == len(r.in) {
			break
		}
		t, ok := r.tag(r.in[at:])
		if !ok {
			return false
		}
		at += t.length
		r.apply(t)
	}
	return true
}

func (r *rewriter) text(s string) {
	if r.hidden != "" || s == "" {
		return
	}
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	r.w.text(s)
}

type tag struct {
	kind    tagKind
	closing bool
	length  int
}

// tag reads the tag at the start of s.
func (r *rewriter) tag(s string) (tag, bool) {
	t, i := tag{}, 1
	if s[i] == '/' {
		t.closing = true
		i++
	}
	n := 0
	for ; i < len(s) && (asciiLetter(s[i]) || n > 0 && (s[i] >= '0' && s[i] <= '9' || s[i] == ':')); i++ {
		if n == len(r.name) {
			return t, false
		}
		r.name[n] = s[i] | 0x20 // small letters; digits and the colon have the bit
		n++
	}
	t.kind = kindOfTag(string(r.name[:n]))
	switch {
	case t.kind == tagUnknown, t.kind == tagHidden && !r.sanitised:
		return t, false
	case t.kind == tagHidden:
		r.hide(string(r.name[:n]), t.closing)
	}
	end, ok := tagEnd(s, i, t.closing)
	t.length = end
	return t, ok
}

// tagEnd reads a tag from after its name to its end: attributes as name,
// name=value or name="value".
func tagEnd(s string, i int, closing bool) (end int, ok bool) {
	for {
		space := i
		for i < len(s) && tagSpace(s[i]) {
			i++
		}
		switch {
		case i == len(s):
			return 0, false
		case s[i] == '>':
			return i + 1, true
		case s[i] == '/' && i+1 < len(s) && s[i+1] == '>' && !closing:
			return i + 2, true
		case closing || i == space || !attributeByte(s[i]):
			return 0, false
		}
		for i < len(s) && attributeByte(s[i]) {
			i++
		}
		if i == len(s) || s[i] != '=' {
			continue
		}
		if i, ok = valueEnd(s, i+1); !ok {
			return 0, false
		}
	}
}

func valueEnd(s string, i int) (end int, ok bool) {
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		n := strings.IndexByte(s[i+1:], s[i])
		return i + n + 2, n >= 0
	}
	from := i
	for i < len(s) && (attributeByte(s[i]) || s[i] == '#' || s[i] == '%') {
		i++
	}
	return i, i > from
}

func tagSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

func attributeByte(c byte) bool {
	return asciiLetter(c) || c >= '0' && c <= '9' || c == '-' || c == '_' || c == ':' || c == '.'
}

func (r *rewriter) hide(name string, closing bool) {
	switch {
	case r.hidden == "" && !closing:
		r.hidden = name
	case r.hidden == name && closing:
		r.hidden = ""
	}
}

func (r *rewriter) apply(t tag) {
	if r.hidden != "" {
		return
	}
	switch t.kind {
	case tagBlock:
		r.blocks = true
		r.w.endLine()
	case tagHeading:
		r.blocks = true
		r.w.endLine()
		r.w.emphasis(0, t.closing)
	case tagCell:
		r.w.space = true
	case tagBreak:
		r.blocks = true
		r.w.lineBreak()
	case tagBullets, tagNumbers:
		r.blocks = true
		r.w.list(t.kind == tagNumbers, t.closing)
	case tagItem:
		r.blocks = true
		r.w.item()
	case tagStrong:
		r.w.emphasis(0, t.closing)
	case tagEm:
		r.w.emphasis(1, t.closing)
	case tagUnknown, tagInline, tagHidden:
	}
}
