package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// progress shows a run as it goes: on a terminal one line that is drawn anew,
// elsewhere a line per market and phase. It is safe for concurrent use.
type progress struct {
	mu       sync.Mutex
	app      *app // whose language it speaks
	out      io.Writer
	terminal bool
	last     map[listing.Market]reconcile.Event
	drawn    time.Time
}

// redraw is how often a terminal is drawn at the most.
const redraw = 100 * time.Millisecond

func (a *app) newProgress() *progress {
	return &progress{app: a, out: a.err, terminal: isTerminal(a.err), last: make(map[listing.Market]reconcile.Event)}
}

func isTerminal(out io.Writer) bool {
	if s, ok := out.(*shared); ok {
		out = s.w
	}
	f, ok := out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) //nolint:gosec // a file descriptor fits an int
}

// clearLine takes back what a terminal's line shows.
const clearLine = "\r\x1b[K"

// shared is a writer that several write to at the same time: standard error is
// progress's, the log's and the command's own.
type shared struct {
	mu sync.Mutex
	w  io.Writer
}

// Write writes b whole.
func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(b)
}

func (p *progress) show(ev reconcile.Event) { p.showAll(ev) }

// showAll shows what happened at the same time.
func (p *progress) showAll(events ...reconcile.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	ended := false
	for _, ev := range events {
		before, known := p.last[ev.Market]
		p.last[ev.Market] = ev
		ended = ended || ev.Phase == reconcile.PhaseDone
		if !p.terminal && (!known || before.Phase != ev.Phase || tenth(ev) != tenth(before)) {
			_, _ = fmt.Fprintln(p.out, p.describe(ev))
		}
	}
	if p.terminal && (ended || time.Since(p.drawn) >= redraw) {
		p.drawn = time.Now()
		_, _ = fmt.Fprint(p.out, clearLine+p.line())
	}
}

// showRun shows a run that is worked elsewhere.
func (p *progress) showRun(r state.Run) {
	events := make([]reconcile.Event, 0, len(r.Parts))
	for _, m := range slices.Sorted(maps.Keys(r.Parts)) {
		events = append(events, eventOf(m, r.Parts[m]))
	}
	p.showAll(events...)
}

// eventOf tells of a part as the engine would.
func eventOf(m listing.Market, part state.Part) reconcile.Event {
	ev := reconcile.Event{Market: m, Phase: reconcile.Phase(part.Phase), Done: part.Done, Total: part.Total}
	switch {
	case part.State == state.Queued || part.State == state.Running && part.Phase == "":
		ev.Phase = reconcile.Phase(part.State)
	case part.State != state.Running:
		ev.Phase, ev.State = reconcile.PhaseDone, part.State
	}
	for _, f := range part.Failures {
		ev.Failed += f.Count
	}
	return ev
}

// quiet shows nothing from now on.
func (p *progress) quiet() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out, p.terminal = io.Discard, false
}

// done ends the drawn line.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal && len(p.last) > 0 {
		_, _ = fmt.Fprint(p.out, clearLine)
	}
	clear(p.last)
}

func (p *progress) line() string {
	var words []string
	for _, m := range slices.Sorted(maps.Keys(p.last)) {
		if m != "" || len(p.last) == 1 {
			words = append(words, p.describe(p.last[m]))
		}
	}
	return strings.Join(words, " | ")
}

func (p *progress) describe(ev reconcile.Event) string {
	name := string(ev.Market)
	if name == "" {
		name = p.app.text(ocop.Text{VI: "sổ đăng ký", EN: "registry"})
	}
	return name + ": " + p.app.step(ev)
}

// step says what a part is doing and how far it is.
func (a *app) step(ev reconcile.Event) string {
	s := a.text(word(phaseWords(), string(ev.Phase)))
	if ev.State != "" {
		s += " (" + a.text(word(stateWords(), ev.State)) + ")"
	}
	if ev.Total > 0 {
		s += fmt.Sprintf(" %d/%d", ev.Done, ev.Total)
	} else if ev.Done > 0 {
		s += fmt.Sprintf(" %d", ev.Done)
	}
	if ev.Failed > 0 {
		s += a.fill(ocop.Text{VI: ", %d lỗi", EN: ", %d failed"}, ev.Failed)
	}
	return s
}

func tenth(ev reconcile.Event) int {
	if ev.Total == 0 {
		return 0
	}
	return ev.Done * 10 / ev.Total
}
