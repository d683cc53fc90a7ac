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
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// progress shows a run as it goes: on a terminal one line that is drawn anew,
// elsewhere a line per market and phase. It is safe for concurrent use.
type progress struct {
	mu       sync.Mutex
	out      io.Writer
	terminal bool
	last     map[listing.Market]reconcile.Event
	drawn    time.Time
}

// redraw is how often a terminal is drawn at the most.
const redraw = 100 * time.Millisecond

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, last: make(map[listing.Market]reconcile.Event)}
	if s, ok := out.(*shared); ok {
		out = s.w
	}
	if f, ok := out.(*os.File); ok {
		p.terminal = term.IsTerminal(int(f.Fd())) //nolint:gosec // a file descriptor fits an int
	}
	return p
}

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
			_, _ = fmt.Fprintln(p.out, describeEvent(ev))
		}
	}
	if p.terminal && (ended || time.Since(p.drawn) >= redraw) {
		p.drawn = time.Now()
		_, _ = fmt.Fprint(p.out, "\r\x1b[K"+p.line())
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

// done ends the drawn line.
func (p *progress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal && len(p.last) > 0 {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
	clear(p.last)
}

func (p *progress) line() string {
	var words []string
	for _, m := range slices.Sorted(maps.Keys(p.last)) {
		if m != "" || len(p.last) == 1 {
			words = append(words, describeEvent(p.last[m]))
		}
	}
	return strings.Join(words, " | ")
}

func describeEvent(ev reconcile.Event) string {
	name := string(ev.Market)
	if name == "" {
		name = "registry"
	}
	return name + ": " + describeStep(ev)
}

func describeStep(ev reconcile.Event) string {
	s := string(ev.Phase)
	if ev.State != "" {
		s += " (" + ev.State + ")"
	}
	if ev.Total > 0 {
		s += fmt.Sprintf(" %d/%d", ev.Done, ev.Total)
	} else if ev.Done > 0 {
		s += fmt.Sprintf(" %d", ev.Done)
	}
	if ev.Failed > 0 {
		s += fmt.Sprintf(", %d failed", ev.Failed)
	}
	return s
}

func tenth(ev reconcile.Event) int {
	if ev.Total == 0 {
		return 0
	}
	return ev.Done * 10 / ev.Total
}
