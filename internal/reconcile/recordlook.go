package reconcile

import (
	"slices"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/plan"
)

// updateRecord brings a record to what the market showed at a look. Only a
// complete observation can say that a listing is not there.
func (p *part) updateRecord(r *listing.Record, seen []plan.Seen, complete bool) {
	now := p.e.o.Now()
	state := r.State
	defer func() {
		if r.State != state {
			r.Since = now
		}
	}()
	shown := plan.Current(r, seen)
	if shown == nil {
		handed := r.ID == "" && (r.State == listing.Rejected || r.State == listing.AwaitingPerson) // nothing to be shown yet
		if complete && (r.ID != "" || r.Submission != "") && r.State != listing.Gone && !handed {
			if p.surelyAbsent(r, now) {
				r.Absent++
			}
			r.State, r.Seen = listing.NotListed, true
			if r.Absent >= plan.GoneAfter {
				r.State, r.Stored, r.Submission, r.Pending = listing.Gone, listing.Digest{}, "", listing.Digest{}
			}
		}
		return
	}
	if (r.State == listing.InReview || r.State == listing.AwaitingPerson) && r.ID == "" && shown.State == listing.OnSale {
		approved(r, shown.ID) // decided while we looked elsewhere
	}
	r.Absent = 0
	if shown.ID != "" {
		r.ID = shown.ID
	}
	if shown.URL != "" {
		r.URL = shown.URL
	}
	if shown.Submission != "" {
		r.Submission = shown.Submission
	}
	r.State, r.Seen, r.Words, r.SeenAt = shown.State, true, cut(shown.Words), now
	if shown.State == listing.OnSale || shown.State == listing.OffSale {
		rebase(r, shown)
	}
}

// lagging is how long a market that takes a SKU twice may leave a listing out
// of its lists: an absence counts only so long after our last write, and the
// second only so long after the first.
const lagging = 10 * time.Minute

func (p *part) surelyAbsent(r *listing.Record, now time.Time) bool {
	if p.shop.Market.Capabilities().UniqueSKU {
		return true // made again, it would meet the one that is there
	}
	return now.Sub(r.SentAt) >= lagging && (r.Absent == 0 || now.Sub(r.Since) >= lagging)
}

// rebase takes what the market shows as stored once it agrees with what we
// sent (design decision 6). What it showed before stays the measure otherwise,
// so that the difference is seen as drift.
func rebase(r *listing.Record, shown *plan.Seen) {
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

// sameRecord says that nothing worth writing differs; when it was seen is not.
func sameRecord(a, b *listing.Record) bool {
	return a.Code == b.Code && a.SKU == b.SKU && a.ID == b.ID && a.Submission == b.Submission && a.URL == b.URL &&
		a.State == b.State && a.Seen == b.Seen && a.Sent == b.Sent && a.Stored == b.Stored && a.Pending == b.Pending &&
		a.CreatedAt.Equal(b.CreatedAt) && a.SentAt.Equal(b.SentAt) && a.Since.Equal(b.Since) && a.Absent == b.Absent &&
		slices.Equal(a.Reasons, b.Reasons) && a.Words == b.Words && a.Failures == b.Failures && a.FailureKind == b.FailureKind
}
