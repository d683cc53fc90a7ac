package reconcile

import (
	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// outcome brings the product's record to what became of a change. unknown says
// that a creating call may have taken effect: its intent stays open.
func (p *part) outcome(r *listing.Record, c listing.Change, o listing.Order, out listing.Outcome) (unknown bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tally.add(c.Kind, out)
	if c.Kind == listing.Retire {
		p.wrote(c)
		return false // the listing that is kept has not changed
	}
	state, stated := r.State, r.Reasons.First()
	if out.Err != nil {
		unknown = p.failed(r, c, o, market.AsError(out.Err))
	} else {
		p.succeeded(r, c, o, out)
	}
	if r.State != state || r.Reasons.First() != stated {
		r.Since = p.e.o.Now()
	}
	p.countOnSale(state == listing.OnSale, r)
	return unknown
}

func (p *part) succeeded(r *listing.Record, c listing.Change, o listing.Order, out listing.Outcome) {
	now := p.e.o.Now()
	r.SentAt = now
	// Price and stock go beside what was refused and beside an open request;
	// both stand.
	beside := o.Kind == listing.Update && o.Fields&^listing.OfferFields == 0 && (refusedContent(r) || r.Submission != "")
	if !beside {
		r.Words, r.Failures, r.FailureKind, r.Reasons = "", 0, "", nil
	}
	if out.ID != "" {
		r.ID = out.ID
	} else if c.ID != "" {
		r.ID = c.ID
	}
	if out.URL != "" {
		r.URL = out.URL
	}
	wanted := p.sent(c, o)
	switch o.Kind {
	case listing.Unlist:
		r.State, r.Seen = listing.OffSale, false
		p.wrote(c)
		return
	case listing.Create:
		r.CreatedAt, r.Absent = now, 0
		r.Sent, r.Stored, r.Pending = listing.Digest{}, listing.Digest{}, listing.Digest{}
		r.State, r.Seen = listing.InReview, false
	case listing.Update, listing.Relist, listing.Adopt, listing.None, listing.Retire, listing.Resolve, listing.Hold:
	}
	if c.Kind == listing.Adopt && r.CreatedAt.IsZero() {
		r.CreatedAt = now
	}
	if out.State != "" {
		// What was shown on sale before a request to change it still is.
		r.Seen = r.Seen && out.State == r.State && out.Status == listing.Submitted
		r.State = out.State
	}
	if out.Status == listing.Done {
		if o.Kind == listing.Create || r.Sent.IsZero() {
			r.Sent = wanted
		} else {
			r.Sent = r.Sent.Take(wanted, o.Fields)
		}
		if !beside {
			r.Submission, r.Pending = "", listing.Digest{}
		}
	} else {
		// Price and stock are in place at once; the rest waits for the decision.
		r.Sent = r.Sent.Take(wanted, o.Fields&listing.OfferFields)
		if o.Kind == listing.Create {
			r.Sent = listing.Digest{}
		}
		r.Submission, r.Pending = out.Submission, wanted
		r.Reasons = ocop.Reasons{ocop.AwaitingReview}
		if out.Status == listing.Waiting {
			r.State, r.Reasons = listing.AwaitingPerson, ocop.Reasons{ocop.AwaitingPerson}
		}
	}
	r.Stored = listing.Digest{} // until the market has shown it
	if out.Remote != nil {
		seen := seenOf(*out.Remote)
		r.State, r.Seen, r.SeenAt = seen.State, true, now
		rebase(r, &seen)
	} else if out.Status == listing.Done {
		p.wrote(c)
	}
}

// sent gives the digest of an order's listing. The plan has worked it out
// already: nothing changes the product in between.
func (p *part) sent(c listing.Change, o listing.Order) listing.Digest {
	if w := p.wantedOf(c.Code); w != nil && w.Ready {
		return w.Digest
	}
	return o.Listing.Digest()
}

// refusedContent says that the market refused what is pending.
func refusedContent(r *listing.Record) bool {
	return r.FailureKind == string(market.Invalid) && !r.Pending.IsZero() && r.Submission == ""
}

// failed takes a failure into the record: what is stated as the reason, and
// whether the same is worth sending again.
func (p *part) failed(r *listing.Record, c listing.Change, o listing.Order, err *market.Error) (unknown bool) {
	if string(err.Kind) == r.FailureKind {
		r.Failures++
	} else {
		r.Failures, r.FailureKind = 1, string(err.Kind)
	}
	r.Words = cut(err.Words)
	switch err.Kind {
	case market.Invalid:
		r.Reasons = problemReasons(err.Problems)
		if o.Kind != listing.Unlist && r.Submission == "" {
			r.Pending = p.sent(c, o) // exactly this is not sent again
		}
	case market.Duplicate:
		r.Reasons = ocop.Reasons{ocop.DuplicateListings}
		if err.HeldBy == "" {
			r.Reasons = ocop.Reasons{ocop.InTrash}
			r.Pending = p.sent(c, o)
		}
		p.wrote(c) // whoever holds the SKU is adopted when it is ours to hold
	case market.IsLocked:
		r.Reasons = ocop.Reasons{ocop.LockedByMarket}
		p.wrote(c) // a look tells what the market shows of it now
	case market.Auth, market.Unavailable, market.Timeout, market.Rate, market.Open:
		r.Reasons = ocop.Reasons{ocop.MarketUnreachable}
	case market.NotFound, market.Protocol, market.Cancelled, market.DryRun:
		r.Reasons = ocop.Reasons{ocop.CallFailed}
	}
	if err.Kind == market.Cancelled && !err.MaybeDone {
		r.Failures, r.FailureKind = 0, ""
	}
	if o.Kind == listing.Create && err.MaybeDone {
		r.Reasons = ocop.Reasons{ocop.OpenIntent}
		return true
	}
	return false
}

func problemReasons(problems []listing.Problem) ocop.Reasons {
	var why ocop.Reasons
	for _, pr := range problems {
		if pr.Reason != "" {
			why = append(why, pr.Reason)
		}
	}
	if len(why) == 0 {
		return ocop.Reasons{ocop.RejectedByMarket}
	}
	return why.Sorted()
}

// maxWords is how much of a market's words is remembered.
const maxWords = 300

func cut(s string) string {
	n := 0
	for i := range s {
		if n == maxWords {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
