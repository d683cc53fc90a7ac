package reconcile

import (
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

// updateRecord brings a record to what the market showed at a look. Only a
// complete observation can say that a listing is not there.
func (p *part) updateRecord(code ocop.Code, r *listing.Record, seen []plan.Seen, complete bool) {
	now := p.e.o.Now()
	shown := plan.Current(r, seen)
	if shown == nil {
		if complete && (r.ID != "" || r.Submission != "") && r.State != listing.Gone {
			r.Absent++
			r.State, r.Seen = listing.NotListed, true
			if r.Absent >= plan.GoneAfter {
				r.State, r.Stored, r.Submission, r.Pending = listing.Gone, listing.Digest{}, "", listing.Digest{}
			}
			p.changed(code)
		}
		return
	}
	before := *r
	r.Absent = 0
	if shown.ID != "" {
		r.ID = shown.ID
	}
	if shown.URL != "" {
		r.URL = shown.URL
	}
	if shown.Submission != "" && shown.State != listing.OnSale {
		r.Submission = shown.Submission
	}
	if r.State == listing.InReview && shown.State == listing.OnSale && r.ID != "" && !r.Pending.IsZero() && before.ID == "" {
		approved(r, shown.ID) // decided while we looked elsewhere
	}
	r.State, r.Seen, r.Words = shown.State, true, cut(shown.Words)
	if shown.State == listing.OnSale || shown.State == listing.OffSale {
		p.rebase(r, shown)
	}
	if before.State != r.State {
		r.Since = now
	}
	if *recordEssence(&before) != *recordEssence(r) {
		p.changed(code)
	} else {
		p.touched = append(p.touched, code)
	}
	r.SeenAt = now
}

// rebase takes what the market shows as stored once it agrees with what we
// sent (design decision 6). What it showed before stays the measure otherwise,
// so that the difference is seen as drift.
func (p *part) rebase(r *listing.Record, shown *plan.Seen) {
	switch {
	case r.Sent.IsZero():
		r.Stored = shown.Digest // adopted: all that is known of it
	case r.Stored.IsZero() && shown.Digest.Disagrees(r.Sent) == 0:
		r.Stored = shown.Digest
	case !r.Stored.IsZero() && shown.Digest.Disagrees(r.Sent)&^listing.FieldPictures == 0 &&
		shown.Digest.Drifted(r.Stored)&listing.FieldPictures == 0:
		r.Stored = shown.Digest
	}
}

// essence is the part of a record whose change is worth writing.
type essence struct {
	id, submission, url, words string
	state                      listing.State
	seen                       bool
	sent, stored, pending      listing.Digest
	absent                     int
}

func recordEssence(r *listing.Record) *essence {
	return &essence{r.ID, r.Submission, r.URL, r.Words, r.State, r.Seen, r.Sent, r.Stored, r.Pending, r.Absent}
}
