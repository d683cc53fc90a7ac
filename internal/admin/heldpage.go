package admin

import (
	"fmt"
	"slices"
	"strings"

	"ocopsync/internal/listing"
)

// heldLine is something that waits for a person, in words.
type heldLine struct {
	Name, Why, Since string
	Does             []string
	Changes          []heldChange
	More             string
	Decided          string // what a person said; "": nobody has yet
	Approve, Refuse  bool   // what the reader can do
	Market           listing.Market
	Run, Checksum    string
}

type heldChange struct{ SKU, Does, Move, Why string }

// held tells what waits: of a reading, which is of all markets, once.
func (t teller) held(st *Status) []heldLine {
	var lines []heldLine
	reading := false
	for i := range st.Markets {
		m := &st.Markets[i]
		if m.Held == nil || m.Held.Reading && reading {
			continue
		}
		reading = reading || m.Held.Reading
		lines = append(lines, t.heldOn(m))
	}
	return lines
}

func (t teller) heldOn(m *MarketStatus) heldLine {
	h := m.Held
	line := heldLine{Name: string(m.Market), Why: t.said(h.Why), Market: m.Market, Run: h.Run, Checksum: h.Checksum}
	if h.Reading {
		line.Name = t.w.Sources
	}
	line.Since = fmt.Sprintf(t.w.HeldSince, t.time(h.Since, t.w.Never))
	if !h.Ends.IsZero() {
		line.Since += " " + fmt.Sprintf(t.w.HeldEnds, t.time(h.Ends, ""))
	}
	for _, k := range listing.Kinds() {
		if n := h.Counts[k]; n > 0 {
			line.Does = append(line.Does, t.lang.of(listing.Would(k, n)))
		}
	}
	for _, c := range h.Changes {
		line.Changes = append(line.Changes, heldChange{
			SKU: string(c.SKU), Does: t.lang.of(c.Held.Text()), Move: t.move(c.From) + " → " + t.move(c.To), Why: t.said(c.Why),
		})
	}
	if more := h.Total - len(h.Changes); more > 0 {
		line.More = fmt.Sprintf(t.w.HeldMore, more)
	}
	line.Approve, line.Refuse = t.may && h.Checksum != "", t.may && h.Checksum != "" && !h.Reading
	if d := h.Decision; d != nil {
		line.Refuse = false
		if d.Approved {
			line.Approve, line.Decided = false, fmt.Sprintf(t.w.HeldApproved, d.By, t.time(d.At, ""), d.Run)
		} else {
			line.Decided = fmt.Sprintf(t.w.HeldRefused, d.By, t.time(d.At, ""), d.Reason)
		}
	}
	return line
}

// move says what a change goes from or to: a state, or fields with their values
// ("price 120.000đ, title").
func (t teller) move(side string) string {
	if side == "" {
		return "–"
	}
	parts := strings.Split(side, ", ")
	for i, p := range parts {
		name, value, valued := strings.Cut(p, " ")
		field := listing.FieldText(name)
		known := slices.Contains((listing.FieldState<<1 - 1).Names(), name)
		switch {
		case known && valued:
			parts[i] = t.lang.of(field) + " " + value
		case known:
			parts[i] = t.lang.of(field)
		default:
			parts[i] = t.lang.of(listing.State(p).Text())
		}
	}
	return strings.Join(parts, ", ")
}
