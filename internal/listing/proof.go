package listing

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// isCleanHTML is a cheap proof, in one pass and without allocating, that a text
// is in the clean subset (see CleanHTML) and that rewriting could only give it
// back. Where it says false, the text may still be harmless.
func isCleanHTML(s string) bool {
	p := proof{in: s}
	for p.at < len(s) {
		if end := plainRun(s, p.at); end > p.at {
			p.at = end
			if !p.text() {
				return false
			}
			continue
		}
		ok := false
		switch c := s[p.at]; {
		case c == '<':
			ok = p.tag()
		case c == '&':
			ok = p.entity()
		case c == ' ':
			ok = p.last == lastText && !p.fresh
			p.last = lastSpace
			p.at++
		case c >= utf8.RuneSelf:
			ok = p.text() && p.unusual() // text stands in a tag, so at > 0
		}
		if !ok {
			return false
		}
	}
	return !p.inP && p.depth == 0 && (!p.strange || norm.NFC.IsNormalString(s))
}

// What stands last before the place that is looked at.
type lastSeen uint8

const (
	lastNothing lastSeen = iota // in a p or li that has just begun; between blocks
	lastText
	lastSpace
	lastBreak
	lastItem // an item has ended
	lastList // a list has ended
)

type proof struct {
	in      string
	at      int
	last    lastSeen
	inP     bool
	inItem  bool // an item of the deepest list is open
	depth   int
	ordered [maxLists]bool
	emph    [2]byte // what is open, outermost first: 's' or 'e'
	emphN   int
	fresh   bool // the emphasis has just begun
	strange bool // there are characters that NFC may change
}

// text is text that shows.
func (p *proof) text() bool {
	p.last, p.fresh = lastText, false
	return p.inP || p.inItem
}

// unusual is a character that NFC may change, invisible or white. A mark that
// has no letter before it does not stay.
func (p *proof) unusual() bool {
	r, size := utf8.DecodeRuneInString(p.in[p.at:])
	if before := p.in[p.at-1]; (before == '>' || before == ' ') && !norm.NFC.PropertiesString(p.in[p.at:]).BoundaryBefore() {
		return false
	}
	p.at += size
	p.strange = true
	return (r != utf8.RuneError || size > 1) && !unicode.IsSpace(r) && !invisible(r)
}

func (p *proof) entity() bool {
	for _, e := range [...]string{"&amp;", "&lt;", "&gt;"} {
		if p.skip(e) {
			return p.text()
		}
	}
	return false
}

func (p *proof) skip(word string) bool {
	if len(p.in)-p.at < len(word) || p.in[p.at:p.at+len(word)] != word {
		return false
	}
	p.at += len(word)
	return true
}

func (p *proof) tag() bool {
	switch {
	case p.skip("<br>"):
		ok := p.last == lastText && !p.fresh
		p.last = lastBreak
		return ok
	case p.skip("<p>"):
		ok := !p.inP && p.depth == 0
		p.inP, p.last = true, lastNothing
		return ok
	case p.skip("</p>"):
		ok := p.inP && p.emphN == 0 && p.last == lastText
		p.inP, p.last = false, lastNothing
		return ok
	case p.skip("<li>"):
		ok := p.depth > 0 && !p.inItem
		p.inItem, p.last = true, lastNothing
		return ok
	case p.skip("</li>"):
		ok := p.inItem && p.emphN == 0 && (p.last == lastText || p.last == lastList)
		p.inItem, p.last = false, lastItem
		return ok
	case p.skip("<strong>"):
		return p.begin('s')
	case p.skip("</strong>"):
		return p.end('s')
	case p.skip("<em>"):
		return p.begin('e')
	case p.skip("</em>"):
		return p.end('e')
	case p.skip("<ul>"):
		return p.beginList(false)
	case p.skip("</ul>"):
		return p.endList(false)
	case p.skip("<ol>"):
		return p.beginList(true)
	case p.skip("</ol>"):
		return p.endList(true)
	}
	return false
}

func (p *proof) begin(name byte) bool {
	if !p.inP && !p.inItem || p.emphN == len(p.emph) || p.emphN > 0 && p.emph[0] == name {
		return false
	}
	p.emph[p.emphN] = name
	p.emphN++
	p.fresh = true
	return true
}

func (p *proof) end(name byte) bool {
	if p.emphN == 0 || p.emph[p.emphN-1] != name || p.fresh || p.last != lastText {
		return false
	}
	p.emphN--
	return true
}

func (p *proof) beginList(ordered bool) bool {
	if p.inP || p.emphN > 0 || p.depth == maxLists || p.last == lastSpace || p.last == lastBreak || p.depth > 0 && !p.inItem {
		return false
	}
	p.ordered[p.depth] = ordered
	p.depth++
	p.inItem, p.last = false, lastNothing
	return true
}

func (p *proof) endList(ordered bool) bool {
	if p.depth == 0 || p.inItem || p.last != lastItem || p.ordered[p.depth-1] != ordered {
		return false
	}
	p.depth--
	p.inItem, p.last = p.depth > 0, lastList
	return true
}
