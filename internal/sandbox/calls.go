package sandbox

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// keptCalls is how many calls are kept one by one; the totals know all.
const keptCalls = 10_000

// Call is one request that a door got.
type Call struct {
	Market string    `json:"market"` // the door; "media" for a picture
	Kind   string    `json:"kind"`   // method and path template
	Method string    `json:"method"`
	Path   string    `json:"path"`
	Status int       `json:"status"` // 0: cut before an answer
	Code   string    `json:"code,omitempty"`
	At     time.Time `json:"at"`
	SKU    string    `json:"sku,omitempty"`
	Write  bool      `json:"write"`
}

// Total counts the calls of one market, kind and status.
type Total struct {
	Market string `json:"market"`
	Kind   string `json:"kind"`
	Status int    `json:"status"`
	Code   string `json:"code,omitempty"` // voso's word inside its envelope
	Write  bool   `json:"write"`
	Count  int    `json:"count"`
}

func (l *ledger) called(c Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.totals[Total{Market: c.Market, Kind: c.Kind, Status: c.Status, Code: c.Code, Write: c.Write}]++
	if len(l.calls) < keptCalls {
		l.calls = append(l.calls, c)
		return
	}
	l.calls[l.next] = c
	l.next = (l.next + 1) % keptCalls
}

// Calls gives the totals since the last ResetCounts, sorted.
func (s *Sandbox) Calls() []Total {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Total
	for key, n := range l.totals {
		if key.Count = n - l.since[key]; key.Count > 0 {
			out = append(out, key)
		}
	}
	slices.SortFunc(out, compareTotals)
	return out
}

func compareTotals(a, b Total) int {
	return cmp.Or(
		strings.Compare(a.Market, b.Market), strings.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Status, b.Status), strings.Compare(a.Code, b.Code),
	)
}

// Writes counts the writing calls per market since the last ResetCounts,
// refused and cut ones included. Every market is in it.
func (s *Sandbox) Writes() map[string]int {
	return s.sum(func(t Total) bool { return t.Write })
}

// Refused counts the calls answered 429 per door since the last ResetCounts.
func (s *Sandbox) Refused() map[string]int {
	return s.sum(func(t Total) bool { return t.Status == 429 })
}

// CallCounts counts all calls per door since the last ResetCounts.
func (s *Sandbox) CallCounts() map[string]int {
	return s.sum(func(Total) bool { return true })
}

func (s *Sandbox) sum(counts func(Total) bool) map[string]int {
	out := make(map[string]int)
	for _, m := range append(Markets(), Registry, Media) {
		out[m] = 0
	}
	for _, t := range s.Calls() {
		if counts(t) {
			out[t.Market] += t.Count
		}
	}
	return out
}

// ResetCounts lets Calls, Writes, Refused and PictureFetches count from now.
func (s *Sandbox) ResetCounts() {
	s.media.reset()
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.ledger.since = maps.Clone(s.ledger.totals)
}

// RecentCalls gives the last calls, oldest first, at most 10,000.
func (s *Sandbox) RecentCalls() []Call {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	return append(slices.Clone(l.calls[l.next:]), l.calls[:l.next]...)
}
