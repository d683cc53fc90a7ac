package markettest

import (
	"slices"

	"ocopsync/internal/listing"
)

// Decide approves every submission that waits: a new listing goes on sale; an
// update's content is put in place.
func (m *Model) Decide() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.waiting() {
		m.approve(r)
	}
}

// DecideSKU approves what waits for one SKU.
func (m *Model) DecideSKU(sku listing.SKU) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.waiting() {
		if r.sku == sku {
			m.approve(r)
		}
	}
}

func (m *Model) approve(r *request) {
	r.state = listing.OnSale
	if r.item == nil {
		r.made = m.put(r.wanted, r.sku).remote.ID
		return
	}
	i := r.item
	if i.remote.Submission == r.id {
		i.remote.Submission = ""
	}
	if i.remote.State == listing.TakenDown { // an approved update puts it back
		i.remote.State, i.remote.Words = listing.OnSale, ""
	}
	m.show(i, overlay(i.content, r.wanted, r.fields))
}

// Reject rejects what waits for a SKU.
func (m *Model) Reject(sku listing.SKU, words string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.waiting() {
		if r.sku == sku {
			r.state, r.words = listing.Rejected, words
			if r.item != nil && r.item.remote.Submission == r.id {
				r.item.remote.Submission = ""
			}
		}
	}
}

// AddForeign puts a listing up by hand and gives its id.
func (m *Model) AddForeign(l listing.Listing) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.put(l, l.SKU).remote.ID
}

// Edit changes every listing with the SKU by hand.
func (m *Model) Edit(sku listing.SKU, change func(r *listing.Remote)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, i := range m.items {
		if i.remote.SKU != sku {
			continue
		}
		change(&i.remote)
		r, c := i.remote, &i.content
		c.Title, c.Description, c.Category, c.Unit = r.Title, r.Description, r.Category, r.Unit
		c.Price, c.Stock, c.Pictures = r.Price, r.Stock, slices.Clone(r.Pictures)
		m.touch(i)
	}
}

// TakeDown makes the market take the listing off sale by its own decision.
func (m *Model) TakeDown(sku listing.SKU, words string) {
	m.Edit(sku, func(r *listing.Remote) { r.State, r.Words = listing.TakenDown, words })
}

// Lock makes the market lock the listing.
func (m *Model) Lock(sku listing.SKU, words string) {
	m.Edit(sku, func(r *listing.Remote) { r.State, r.Words = listing.Locked, words })
}

// Unlock undoes Lock and TakeDown.
func (m *Model) Unlock(sku listing.SKU) {
	m.Edit(sku, func(r *listing.Remote) { r.State, r.Words = listing.OnSale, "" })
}

// Trash moves the listing to the bin, where its SKU stays taken.
func (m *Model) Trash(sku listing.SKU) {
	m.Edit(sku, func(r *listing.Remote) { r.State, r.Trashed = listing.OffSale, true })
}

// Delete removes the listings with the SKU, as people can and we never do.
func (m *Model) Delete(sku listing.SKU) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.items = slices.DeleteFunc(m.items, func(i *item) bool { return i.remote.SKU == sku })
}

// Remotes gives every listing, in order of their ids; requests are left out.
func (m *Model) Remotes() []listing.Remote {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]listing.Remote, len(m.items))
	for n, i := range m.items {
		out[n] = i.remote
	}
	return out
}

// OnSale counts the listings with the SKU that are on sale.
func (m *Model) OnSale(sku listing.SKU) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.onSale(sku)
}

func (m *Model) onSale(sku listing.SKU) int {
	n := 0
	for _, i := range m.items {
		if i.remote.SKU == sku && i.remote.State == listing.OnSale {
			n++
		}
	}
	return n
}

// TwiceOnSale lists, sorted, the SKUs that were on sale more than once at any
// time (promise P1).
func (m *Model) TwiceOnSale() []listing.SKU {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []listing.SKU
	for sku := range m.twice {
		out = append(out, sku)
	}
	slices.Sort(out)
	return out
}

// Calls counts the calls of an operation so far; each order of an Apply counts
// as one of its kind.
func (m *Model) Calls(op Op) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[op]
}

// Writes counts the orders so far, refused and failed ones included.
func (m *Model) Writes() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[OpCreate] + m.calls[OpUpdate] + m.calls[OpRelist] + m.calls[OpUnlist]
}

// ResetCounts forgets calls and writes, so that what follows can be counted.
func (m *Model) ResetCounts() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.calls)
}
