package postmart

import (
	"context"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

const saveTimeout = 10 * time.Second

// An album is what one Apply knows of pictures and scans: which source address
// is which upload. It belongs to one goroutine.
type album struct {
	m       *Market
	known   map[string]market.Picture
	changed map[string]market.Picture // to be saved
	looked  map[string]bool           // addresses asked for in this Apply
	bad     map[string]ocop.Text      // addresses that can't be used, and why
}

// openAlbum reads what is remembered of every address that the orders may need.
// When the store fails nothing is remembered, which costs uploads that give the
// same ids again.
func (m *Market) openAlbum(ctx context.Context, orders []listing.Order) *album {
	a := &album{m: m}
	var urls []string
	for i := range orders {
		o := &orders[i]
		if o.Kind == listing.Create || o.Kind == listing.Relist || o.Kind == listing.Update && o.Fields&contentFields != 0 {
			urls = append(urls, addresses(o)...)
		}
	}
	if len(urls) == 0 {
		return a // nothing will be looked up in it
	}
	a.known = make(map[string]market.Picture)
	a.changed = make(map[string]market.Picture)
	a.looked = make(map[string]bool)
	a.bad = make(map[string]ocop.Text)
	known, err := m.pictures.Pictures(ctx, Name, urls)
	if err != nil {
		return a
	}
	for address, p := range known {
		if p.ID != "" { // else forgotten, see forget
			a.known[address] = p
		}
	}
	return a
}

func addresses(o *listing.Order) []string {
	urls := append([]string(nil), o.Listing.Pictures...)
	for _, d := range o.Listing.Documents {
		urls = append(urls, d.URL)
	}
	return urls
}

// save remembers what is new. A failure costs an upload that gives the same id
// again, and concerns no order: it is not told. It is tried even when ctx has
// ended, for the uploads have happened.
func (a *album) save(ctx context.Context) {
	if len(a.changed) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	_ = a.m.pictures.SavePictures(ctx, Name, a.changed)
}

// sameBytes finds an upload of the same content under another address.
func (a *album) sameBytes(hash string) string {
	for _, p := range a.known {
		if p.Hash == hash {
			return p.ID
		}
	}
	return ""
}

// refuse notes why the picture at an address can't be used.
func (a *album) refuse(address string, why ocop.Text) {
	name := plainAddress(address)
	a.bad[address] = ocop.Text{VI: "Ảnh " + name + ": " + why.VI, EN: "Picture " + name + ": " + why.EN}
}

// faults gives the problems of the order's pictures or scans.
func (a *album) faults(o *listing.Order, field listing.Field) []listing.Problem {
	var out []listing.Problem
	add := func(address string, why ocop.Reason, what string) {
		if text, bad := a.bad[address]; bad {
			if what != "" {
				text = ocop.Text{VI: what + ": " + text.VI, EN: what + ": " + text.EN}
			}
			out = append(out, listing.Problem{Reason: why, Field: field, Party: why.Party(), Text: text})
		}
	}
	if field == listing.FieldPictures {
		for _, address := range o.Listing.Pictures {
			add(address, ocop.BadImage, "")
		}
		return out
	}
	for _, d := range o.Listing.Documents {
		add(d.URL, ocop.MissingDocument, string(d.Kind))
	}
	return out
}

// forget drops what is remembered of the order's pictures and scans, so that
// the next attempt uploads them again: the market no longer takes their ids.
func (a *album) forget(o *listing.Order) {
	for _, address := range addresses(o) {
		if _, known := a.known[address]; known {
			delete(a.known, address)
			delete(a.looked, address)
			a.changed[address] = market.Picture{}
		}
	}
}
