package postmart

import (
	"cmp"
	"strconv"
	"strings"
	"sync"
)

// readingsKept bounds how many readings of the whole shop may be under way; the
// one that was begun first is forgotten first.
const readingsKept = 4

// The sections of a reading, in their order.
const (
	sectionProducts = "products"
	sectionRequests = "requests"
)

// A reading is the note that a walk through the shop keeps from page to page:
// which SKUs have a product, and which request is the newest of the others.
type reading struct {
	mu     sync.Mutex
	newest map[string]string // SKU → "" for a product, else the id of its newest request
	pages  int
}

func newReading() *reading { return &reading{newest: make(map[string]string)} }

// product notes that the SKU has a product.
func (r *reading) product(sku string) {
	if sku != "" {
		r.newest[sku] = ""
	}
}

// isNewest says whether the request is the newest of a SKU without product.
// Requests are asked about newest first; asking again gives the same answer.
func (r *reading) isNewest(q *productRequest) bool {
	id, known := r.newest[q.SKU]
	if !known {
		r.newest[q.SKU] = q.ID
		return true
	}
	return id == q.ID
}

// readings are those that List has begun and not ended.
type readings struct {
	mu    sync.Mutex
	last  int
	under map[int]*reading
}

func newReadings() *readings { return &readings{under: make(map[int]*reading)} }

func (rs *readings) begin() (int, *reading) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.last++
	delete(rs.under, rs.last-readingsKept)
	r := newReading()
	rs.under[rs.last] = r
	return rs.last, r
}

func (rs *readings) find(number int) *reading {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return rs.under[number]
}

func (rs *readings) end(number int) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.under, number)
}

// A place is where a reading stands: the section and the market's own cursor
// in it.
type place struct {
	section string
	cursor  string
}

func (p place) ended() bool { return p.section == "" }

// next gives the place after a page whose answer named the cursor.
func (p place) next(cursor string) place {
	if cursor != "" {
		return place{p.section, cursor}
	}
	if p.section == sectionProducts {
		return place{section: sectionRequests}
	}
	return place{}
}

// cursor writes the place of a reading as List's cursor: "3:requests:abc".
func (p place) asCursor(number int) string {
	if p.ended() {
		return ""
	}
	return strconv.Itoa(number) + ":" + p.section + ":" + p.cursor
}

func readCursor(cursor string) (number int, p place, ok bool) {
	head, rest, _ := strings.Cut(cursor, ":")
	section, at, found := strings.Cut(rest, ":")
	number, err := strconv.Atoi(head)
	ok = err == nil && found && (section == sectionProducts || section == sectionRequests)
	return number, place{section, at}, ok
}

// describe is the place in an error's words.
func (p place) describe() string {
	return "list " + p.section + " from " + cmp.Or(p.cursor, "the start")
}
