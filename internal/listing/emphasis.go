package listing

// Emphasis follows what is on rather than how the tags stood, so that crossed
// and unclosed ones come out well nested: 0 is strong, 1 is em.

const (
	strongOpen, strongClose = "<strong>", "</strong>"
	emOpen, emClose         = "<em>", "</em>"
)

// emphasis turns strong or em on, or off once.
func (w *writer) emphasis(which int, off bool) {
	switch {
	case !off:
		w.emph[which]++
	case w.emph[which] > 0:
		w.emph[which]--
	}
}

func (w *writer) isOpen(which int) bool {
	for _, o := range w.emphOpen[:w.emphN] {
		if int(o) == which {
			return true
		}
	}
	return false
}

// emphasisDue says whether the written emphasis is not what is on.
func (w *writer) emphasisDue() bool {
	return w.isOpen(0) != (w.emph[0] > 0) || w.isOpen(1) != (w.emph[1] > 0)
}

// closeEmphasis closes from the inside until nothing is open that is off.
func (w *writer) closeEmphasis() {
	for w.isOpen(0) && w.emph[0] == 0 || w.isOpen(1) && w.emph[1] == 0 {
		w.closeLastEmphasis()
	}
}

func (w *writer) endEmphasis() {
	for w.emphN > 0 {
		w.closeLastEmphasis()
	}
}

func (w *writer) closeLastEmphasis() {
	w.emphN--
	if w.emphOpen[w.emphN] == 0 {
		w.tag(strongClose)
	} else {
		w.tag(emClose)
	}
}

func (w *writer) openEmphasis() {
	for which, name := range [2]string{strongOpen, emOpen} {
		if w.emph[which] > 0 && !w.isOpen(which) {
			w.tag(name)
			w.emphOpen[w.emphN] = uint8(which)
			w.emphN++
		}
	}
}
