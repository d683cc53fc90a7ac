package listing

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxLists is how deep lists may stand in one another; deeper ones become lines
// of the last.
const maxLists = 6

// writer writes the clean subset. It is told what is to come (a line ends, a
// list begins, strong is on) and writes tags only when there is text for them,
// so that what it writes is well nested and nothing in it is empty.
type writer struct {
	buf   []byte
	lines bool // line ends in the text end a paragraph
	space bool // white space was read
	start bool // nothing stands yet on the line
	// breaks are the line breaks that were read since the last text.
	breaks int
	open   bool // a p, or the li of the deepest list, is open

	ordered  [maxLists]bool // the lists that are to stand, outermost first
	depth    int            // how many of them are to stand
	written  int            // how many of them are written
	too      int            // lists beyond maxLists
	emph     [2]int         // how often strong and em are on
	emphOpen [2]uint8       // the emphasis that is written, outermost first: 0 strong, 1 em
	emphN    int

	run     int  // where the text since the last tag begins
	strange bool // the run holds characters that NFC may change
}

func newWriter(size int, lines bool) writer {
	return writer{buf: make([]byte, 0, size+size/8+16), lines: lines, start: true}
}

func (w *writer) finish() string {
	w.depth, w.too = 0, 0
	w.closeLists()
	w.closeBlock()
	return string(w.buf)
}

// text writes text, which is not escaped yet.
func (w *writer) text(s string) {
	for i := 0; i < len(s); {
		if end := plainRun(s, i); end > i {
			w.ready()
			w.buf = append(w.buf, s[i:end]...)
			i = end
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '<':
			w.escaped("&lt;")
		case r == '>':
			w.escaped("&gt;")
		case r == '&':
			w.escaped("&amp;")
		case w.lines && strings.ContainsRune(lineEnds, r):
			w.endLine()
		case unicode.IsSpace(r):
			w.space = true
		case r == utf8.RuneError && size == 1, invisible(r):
		default:
			w.unusual(s[i : i+size])
		}
		i += size
	}
}

func (w *writer) escaped(entity string) {
	w.ready()
	w.buf = append(w.buf, entity...)
}

// unusual writes a character that NFC may change. One that would join what
// stands before it goes where that would be a tag.
func (w *writer) unusual(char string) {
	if norm.NFC.PropertiesString(char).BoundaryBefore() {
		w.ready()
	} else if w.space || w.breaks > 0 || !w.open || w.run == len(w.buf) {
		return
	}
	w.buf = append(w.buf, char...)
	w.strange = true
}

// ready writes the tags and the white space that belong before more text.
func (w *writer) ready() {
	if w.open && !w.space && w.breaks == 0 && w.written == w.depth && !w.emphasisDue() {
		w.start = false
		return
	}
	if w.breaks > 1 && w.depth == 0 {
		w.closeBlock() // an empty line ends a paragraph
	}
	w.openBlock()
	w.closeEmphasis()
	switch {
	case w.start:
	case w.breaks > 0:
		w.tag("<br>")
	case w.space:
		w.buf = append(w.buf, ' ')
	}
	w.space, w.breaks, w.start = false, 0, false
	w.openEmphasis()
}

// tag writes a tag, and brings the text before it to NFC.
func (w *writer) tag(t string) {
	if w.strange {
		run := norm.NFC.Bytes(w.buf[w.run:])
		w.buf = append(w.buf[:w.run], run...)
		w.strange = false
	}
	w.buf = append(w.buf, t...)
	w.run = len(w.buf)
}

func (w *writer) openBlock() {
	for w.written < w.depth {
		w.endEmphasis()
		if w.written > 0 && !w.open {
			w.tag("<li>")
		}
		if w.ordered[w.written] {
			w.tag("<ol>")
		} else {
			w.tag("<ul>")
		}
		w.written++
		w.open = false
	}
	switch {
	case w.open:
		return
	case w.depth > 0:
		w.tag("<li>")
	default:
		w.tag("<p>")
	}
	w.open, w.start = true, true
}

func (w *writer) closeBlock() {
	w.space, w.breaks, w.start = false, 0, true
	if !w.open {
		return
	}
	w.endEmphasis()
	if w.written > 0 {
		w.tag("</li>")
	} else {
		w.tag("</p>")
	}
	w.open = false
}

// endLine ends a paragraph, or a line of an item.
func (w *writer) endLine() {
	if w.depth == 0 {
		w.closeBlock()
		return
	}
	w.space = false
	if w.open && !w.start {
		w.breaks = 1
	}
}

// lineBreak ends a line; two of them end a paragraph.
func (w *writer) lineBreak() {
	w.space = false
	if w.open && !w.start && (w.depth == 0 || w.breaks == 0) {
		w.breaks++
	}
}

// item begins or ends an item of the deepest list; outside of one, a line.
func (w *writer) item() {
	switch {
	case w.depth == 0, w.too > 0:
		w.endLine()
	case w.depth == w.written:
		w.closeBlock()
	}
}

func (w *writer) list(ordered, closing bool) {
	switch {
	case closing && w.too > 0:
		w.too--
		w.endLine()
	case closing && w.depth > 0:
		w.depth--
		w.closeLists()
	case closing:
		w.endLine()
	case w.depth == maxLists:
		w.too++
		w.endLine()
	default:
		w.endLine()
		w.ordered[w.depth] = ordered
		w.depth++
	}
}

// closeLists closes the written lists that are no longer to stand.
func (w *writer) closeLists() {
	for w.written > w.depth {
		w.closeBlock()
		w.written--
		if w.ordered[w.written] {
			w.tag("</ol>")
		} else {
			w.tag("</ul>")
		}
		w.open = w.written > 0 // the item that holds the list
	}
}
