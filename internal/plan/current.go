package plan

import (
	"cmp"
	"slices"
	"strings"

	"ocopsync/internal/listing"
)

// current gives the one listing (or submission) that stands for the product on
// the market, and our duplicates of it that are on sale or about to be.
// Without a look the record stands for what the market shows.
func current(it *Item) (*Seen, []Seen) {
	if !it.Looked {
		return remembered(it.Record), nil
	}
	return pick(it.Record, it.Seen)
}

// Current gives the listing or submission among those seen that stands for the
// product of the record; nil when there is none.
func Current(r *listing.Record, seen []Seen) *Seen {
	now, _ := pick(r, seen)
	return now
}

func pick(r *listing.Record, seen []Seen) (*Seen, []Seen) {
	var products, submissions []Seen
	for _, s := range seen {
		switch {
		case s.Trashed:
		case s.ID == "" || s.Submission != "" && s.State != listing.OnSale && s.State != listing.OffSale:
			submissions = append(submissions, s)
		default:
			products = append(products, s)
		}
	}
	if len(products) == 0 {
		if len(submissions) == 0 {
			return nil, nil
		}
		return &slices.SortedFunc(slices.Values(submissions), newestSubmission)[0], nil
	}
	slices.SortFunc(products, func(a, b Seen) int { return keepBefore(a, b, r) })
	for _, s := range submissions { // an open request to change what is kept
		if s.ID != "" && s.ID == products[0].ID && s.State == listing.InReview && products[0].Submission == "" {
			products[0].Submission = s.Submission
		}
	}
	var duplicates []Seen
	for _, s := range products[1:] {
		if s.State == listing.OnSale || s.State == listing.InReview {
			duplicates = append(duplicates, s)
		}
	}
	return &products[0], duplicates
}

func remembered(r *listing.Record) *Seen {
	if r == nil || r.State == listing.Gone || r.State == listing.NotListed || r.State == "" {
		return nil
	}
	if r.ID == "" && r.Submission == "" {
		return nil
	}
	return &Seen{ID: r.ID, Submission: r.Submission, State: r.State, URL: r.URL, Digest: r.Stored}
}

// keepBefore orders listings of one SKU by which is to be kept: the one with
// our record, then one that is on sale, then the older.
func keepBefore(a, b Seen, r *listing.Record) int {
	rank := func(s Seen) int {
		switch {
		case r != nil && r.ID != "" && s.ID == r.ID:
			return 0
		case s.State == listing.OnSale:
			return 1
		case s.State == listing.InReview:
			return 2
		}
		return 3
	}
	return cmp.Or(rank(a)-rank(b), len(a.ID)-len(b.ID), strings.Compare(a.ID, b.ID))
}

// newestSubmission puts an open request before a decided one, then the newer.
func newestSubmission(a, b Seen) int {
	open := func(s Seen) int {
		if s.State == listing.InReview {
			return 0
		}
		return 1
	}
	return cmp.Or(open(a)-open(b), b.UpdatedAt.Compare(a.UpdatedAt), strings.Compare(b.Submission, a.Submission))
}

func describe(fields listing.Fields, to listing.Digest) string {
	words := fields.Names()
	for i, w := range words {
		switch w {
		case "price":
			words[i] = "price " + to.Price.String()
		case "stock":
			words[i] = "stock " + itoa(to.Stock)
		}
	}
	return strings.Join(words, ", ")
}

func describeFrom(fields listing.Fields, shown, sent listing.Digest) string {
	if shown.IsZero() {
		shown = sent
	}
	var words []string
	if fields.Has(listing.FieldPrice) {
		words = append(words, "price "+shown.Price.String())
	}
	if fields.Has(listing.FieldStock) {
		words = append(words, "stock "+itoa(shown.Stock))
	}
	return strings.Join(words, ", ")
}
