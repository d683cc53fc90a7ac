package sandbox

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Event is one change of a listing.
type Event struct {
	At    time.Time `json:"at"`
	State string    `json:"state"`
	What  string    `json:"what"`   // create, update, offer, unlist, by hand: edit, ...
	ByAPI bool      `json:"by_api"` // else by the mall, by hand or by time
}

// Listing is what the ledger knows of one listing of a market.
type Listing struct {
	Market string `json:"market"`
	ID     string `json:"id"`
	SKU    string `json:"sku"`
	// Code is the product's; "" when it is nobody's in the registry.
	Code string `json:"code,omitempty"`
	// Foreign: made by hand under a SKU that is not ours, and never adopted.
	Foreign bool    `json:"foreign"`
	State   string  `json:"state"`
	OnSale  bool    `json:"on_sale"`
	History []Event `json:"history"`
}

// keptEvents bounds the history of one listing: the first and the last ones stay.
const keptEvents = 50

// ledger remembers calls and listings. Its lock is taken last, inside a market's.
type ledger struct {
	prefix string
	find   func(code string) (string, bool) // the registry's own spelling of a code

	mu       sync.Mutex
	calls    []Call // a ring
	next     int
	totals   map[Total]int // Count is 0 in the keys
	since    map[Total]int // the same, at the last ResetCounts
	listings map[string]map[string]*Listing
	order    map[string][]*Listing
	onSale   map[string]map[string]int // market, product or SKU: how many on sale now
	past     []Violation               // found as it happened: P1, P4
}

func newLedger(prefix string, find func(string) (string, bool)) *ledger {
	l := &ledger{
		prefix:   strings.ToUpper(prefix),
		find:     find,
		totals:   make(map[Total]int),
		since:    make(map[Total]int),
		listings: make(map[string]map[string]*Listing),
		order:    make(map[string][]*Listing),
		onSale:   make(map[string]map[string]int),
	}
	for _, m := range Markets() {
		l.listings[m] = make(map[string]*Listing)
		l.onSale[m] = make(map[string]int)
	}
	return l
}

// change is what a market reports of a listing, under its own lock.
type change struct {
	market, id, sku, state, what string
	onSale, byAPI                bool
}

// listing writes a change down and looks at once for what must never happen.
func (l *ledger) listing(at time.Time, c change) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x, known := l.listings[c.market][c.id]
	if !known {
		x = &Listing{Market: c.market, ID: c.id, Foreign: !c.byAPI && !l.ours(c.sku)}
		l.listings[c.market][c.id] = x
		l.order[c.market] = append(l.order[c.market], x)
	} else if x.Foreign && c.byAPI {
		l.past = append(l.past, Violation{Promise: "P4", Market: c.market, SKU: c.sku,
			What: "a listing that is not ours was changed: " + c.what + " of " + c.id})
	}
	l.count(x, -1)
	if x.SKU != c.sku {
		x.SKU, x.Code = c.sku, l.codeOf(c.sku)
	}
	x.State, x.OnSale = c.state, c.onSale
	if len(x.History) >= keptEvents {
		x.History = slices.Delete(x.History, 1, 2)
	}
	x.History = append(x.History, Event{At: at, State: c.state, What: c.what, ByAPI: c.byAPI})
	if l.count(x, 1) > 1 {
		l.past = append(l.past, Violation{Promise: "P1", Market: c.market, SKU: c.sku, Code: x.Code,
			What: "twice on sale at the same time, since " + at.Format(time.RFC3339)})
	}
}

// count moves the number of listings on sale for x's product and returns it.
func (l *ledger) count(x *Listing, by int) int {
	if !x.OnSale || x.Foreign || x.SKU == "" {
		return 0
	}
	key := x.Code
	if key == "" {
		key = strings.ToUpper(x.SKU)
	}
	l.onSale[x.Market][key] += by
	return l.onSale[x.Market][key]
}

func (l *ledger) ours(sku string) bool {
	return strings.HasPrefix(strings.ToUpper(sku), l.prefix)
}

// codeOf finds the product that a SKU of ours is of, "" when there is none.
func (l *ledger) codeOf(sku string) string {
	if !l.ours(sku) {
		return ""
	}
	code, _ := l.find(strings.ToUpper(sku)[len(l.prefix):])
	return code
}

// Listings gives a copy of what the ledger knows of a market's listings, in the
// order in which they appeared; of one SKU when sku is not empty.
func (s *Sandbox) Listings(market, sku string) []Listing {
	s.bringUpToDate()
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Listing
	for _, x := range l.order[market] {
		if sku == "" || strings.EqualFold(x.SKU, sku) {
			c := *x
			c.History = slices.Clone(x.History)
			out = append(out, c)
		}
	}
	return out
}

// Adopt tells the ledger that an officer gave a foreign listing to the program:
// from now on it is the product's. An empty code keeps it nobody's.
func (s *Sandbox) Adopt(market, sku, code string) error {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, x := range l.order[market] {
		if x.Foreign && strings.EqualFold(x.SKU, sku) {
			x.Foreign = false
			x.Code, _ = l.find(code)
			l.count(x, 1)
			return nil
		}
	}
	return notFound(market, sku)
}
