package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"iter"
	"slices"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// A Plan is what one part of a run would do. The zero Plan does nothing. The
// plan of a first run makes a listing of nearly every product, so what is to be
// made is kept in less than half the memory of a Change.
type Plan struct {
	changes []listing.Change // of every kind but create
	creates []creation
}

// creation is a change of kind create: there is no listing yet, so nothing else
// can be said of it.
type creation struct {
	code    ocop.Code
	sku     listing.SKU
	why, to string
}

func creationOf(c listing.Change) (creation, bool) {
	plain := c.Kind == listing.Create && c.ID == "" && c.Fields == 0 && len(c.Reasons) == 0 && c.Held == "" && c.From == string(listing.NotListed)
	return creation{c.Code, c.SKU, c.Why, c.To}, plain
}

func (n creation) change() listing.Change {
	return listing.Change{Kind: listing.Create, Code: n.code, SKU: n.sku, Why: n.why, From: string(listing.NotListed), To: n.to}
}

// Add takes a change into the plan, which must be sorted before it is used.
func (p *Plan) Add(c listing.Change) {
	if n, plain := creationOf(c); plain {
		p.creates = append(p.creates, n)
		return
	}
	p.changes = append(p.changes, c)
}

// Len is how many changes there are.
func (p Plan) Len() int { return len(p.changes) + len(p.creates) }

// All gives the changes in the order in which they are applied: the most urgent
// kinds first, then by code.
func (p Plan) All() iter.Seq[listing.Change] {
	return func(yield func(listing.Change) bool) {
		first := slices.IndexFunc(p.changes, func(c listing.Change) bool { return urgency(c.Kind) > urgency(listing.Create) })
		if first < 0 {
			first = len(p.changes)
		}
		for _, c := range p.changes[:first] {
			if !yield(c) {
				return
			}
		}
		for _, n := range p.creates {
			if !yield(n.change()) {
				return
			}
		}
		for _, c := range p.changes[first:] {
			if !yield(c) {
				return
			}
		}
	}
}

// Sort brings the changes into the order of All.
func (p Plan) Sort() {
	slices.SortFunc(p.changes, func(a, b listing.Change) int {
		return cmp.Or(urgency(a.Kind)-urgency(b.Kind), cmp.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(p.creates, func(a, b creation) int { return cmp.Compare(a.code, b.code) })
}

// urgency is the order in which changes are applied: what must leave the sale
// first, then what is wrong on it, then what is missing.
func urgency(k listing.Kind) int {
	order := urgencies()
	return slices.Index(order[:], k)
}

func urgencies() [9]listing.Kind {
	return [...]listing.Kind{
		listing.Retire, listing.Unlist, listing.Update, listing.Relist, listing.Adopt, listing.Create,
		listing.Resolve, listing.Hold, listing.None,
	}
}

// Urgency lists the kinds of changes, those first that are applied first.
func Urgency() []listing.Kind {
	order := urgencies()
	return order[:]
}

// Count gives how many changes of each kind the plan has.
func (p Plan) Count() map[listing.Kind]int {
	n := make(map[listing.Kind]int)
	for _, c := range p.changes {
		n[c.Kind]++
	}
	if len(p.creates) > 0 {
		n[listing.Create] += len(p.creates)
	}
	return n
}

// Checksum names exactly this plan's changes: two plans with one checksum do
// the same. Changes of kind none are not part of it.
func (p Plan) Checksum() string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for c := range p.All() {
		if c.Kind == listing.None {
			continue
		}
		if err := enc.Encode(c); err != nil { // a Change holds strings and numbers only
			return ""
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
