package plan

import (
	"slices"
	"strings"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// Decide gives the changes for one product: one, plus a retire for each
// duplicate of ours, plus a hold where the price jumps.
func Decide(rules Rules, it *Item) []listing.Change {
	now, duplicates := current(it)
	var out []listing.Change
	if it.Exempt {
		duplicates = nil
	}
	for _, d := range duplicates {
		out = append(out, listing.Change{
			Kind: listing.Retire, Code: it.Code, SKU: it.SKU, ID: d.ID,
			Reasons: ocop.Reasons{ocop.DuplicateListings},
			Why:     "the SKU is on the market twice; " + describeKept(now) + " is kept",
			From:    string(d.State), To: string(listing.OffSale),
		})
	}
	c := decideOne(rules.MayCreate, it, now)
	c.Code, c.SKU = it.Code, it.SKU
	if now != nil && c.ID == "" {
		c.ID = now.ID
	}
	if c.From == "" && now != nil && c.Kind != listing.None {
		c.From = string(now.State)
	}
	return rules.Policy.limit(append(out, holdJump(rules.PriceJumpPercent, it, now, c)...))
}

func describeKept(s *Seen) string {
	if s == nil {
		return "the older one"
	}
	return "listing " + s.ID
}

func decideOne(mayCreate bool, it *Item, now *Seen) listing.Change {
	switch {
	case it.Exempt:
		return leaveExempt(it, now)
	case it.Wanted == nil:
		return leaveSale(now, ocop.Reasons{ocop.Withdrawn}, "the registry no longer has the product")
	case !it.Wanted.Sell:
		return leaveSale(now, it.Wanted.Reasons, "may not be on sale: "+join(it.Wanted.Reasons))
	case now == nil:
		return decideAbsent(mayCreate, it)
	case unknown(it.Record):
		return decideAdoption(it, now)
	}
	return decideListed(mayCreate, it, now)
}

// unknown says that nothing is remembered of a listing.
func unknown(r *listing.Record) bool { return r == nil || r.ID == "" && r.Submission == "" }

// leaveExempt leaves the pair as it is; a listing that is not in our memory is
// taken into it without being written.
func leaveExempt(it *Item, now *Seen) listing.Change {
	why := ocop.Reasons{ocop.Exempt}
	if it.Wanted == nil {
		why = append(why, ocop.Withdrawn)
	} else {
		why = append(why, it.Wanted.Reasons...)
	}
	c := none(why.Sorted(), "exempt: left as it is")
	if now != nil && unknown(it.Record) && it.Wanted != nil && it.Wanted.Sell {
		c.Kind = listing.Adopt
	}
	return c
}

// leaveSale takes a listing off sale that has lost its right. What is under
// review and has no listing yet can't be taken back: it is unlisted as soon as
// it appears.
func leaveSale(now *Seen, why ocop.Reasons, sentence string) listing.Change {
	if now == nil || now.ID == "" {
		return none(why, sentence)
	}
	switch now.State {
	case listing.OnSale, listing.InReview:
		return listing.Change{Kind: listing.Unlist, Reasons: why, Why: sentence, To: string(listing.OffSale)}
	case listing.AwaitingPerson, listing.Rejected, listing.TakenDown, listing.Locked, listing.OffSale, listing.Gone, listing.NotListed:
	}
	return none(why, sentence)
}

// decideAbsent is for a product to be sold of which the market shows nothing.
func decideAbsent(mayCreate bool, it *Item) listing.Change {
	w, r := it.Wanted, it.Record
	if slices.ContainsFunc(it.Seen, func(s Seen) bool { return s.Trashed }) || sawTrashed(it) {
		return none(ocop.Reasons{ocop.InTrash}, "the listing lies in the market's bin, where its SKU stays taken")
	}
	if r != nil && r.ID == "" && r.Submission != "" && r.State == listing.InReview {
		return none(stateReasons(r.State), "no list shows it, but the market says that it waits for its review")
	}
	if r != nil && (r.ID != "" || r.Submission != "" && r.State == listing.NotListed) && r.State != listing.Gone {
		return none(ocop.Reasons{ocop.AwaitingObservation}, "the listing has vanished; a second complete look must confirm it")
	}
	if !w.Ready {
		return none(w.Reasons, "cannot be listed yet: "+join(w.Reasons))
	}
	switch {
	case r == nil || it.Forced:
	case r.State == listing.AwaitingPerson:
		return none(stateReasons(r.State), "handed to a person; the market must show it before anything more is done")
	case refused(it, r) || r.State == listing.Rejected && decidedOn(w, r.Pending):
		return none(refusal(r), "the market refused exactly this; it is sent again when it changes")
	}
	return create(mayCreate, it, "eligible and not on the market")
}

// sawTrashed says that our listing lay in the bin when all was last looked at.
func sawTrashed(it *Item) bool {
	r := it.Record
	return !it.Looked && !it.Forced && r != nil && r.State == listing.Gone && r.Reasons.First() == ocop.InTrash
}

// create makes a new listing, unless an earlier attempt at it is not resolved
// or what we know of the market is not fresh.
func create(mayCreate bool, it *Item, why string) listing.Change {
	switch {
	case it.Intent != nil:
		return listing.Change{Kind: listing.Resolve, Reasons: ocop.Reasons{ocop.OpenIntent},
			Why: "a creating call was begun and its outcome is not known; it is looked up before anything is made"}
	case !mayCreate:
		return none(ocop.Reasons{ocop.AwaitingObservation}, "new listings wait for a complete look at the market")
	}
	return listing.Change{Kind: listing.Create, Why: why, From: string(listing.NotListed), To: it.Wanted.Digest.Price.String()}
}

// GoneAfter is how many complete observations in a row must miss a listing
// before it may be made again (design decision 6).
const GoneAfter = 2

// decideAdoption takes a listing under our SKU that we do not remember, and
// writes only what differs.
func decideAdoption(it *Item, now *Seen) listing.Change {
	w := it.Wanted
	c := listing.Change{Kind: listing.Adopt, Why: "a listing under our SKU that is not in our memory", Reasons: stateReasons(now.State)}
	if !w.Ready {
		c.Reasons = append(c.Reasons, w.Reasons...).Sorted()
		return c
	}
	switch now.State {
	case listing.OnSale, listing.OffSale:
		c.Fields = now.Digest.Disagrees(w.Digest)
		if now.State == listing.OffSale {
			c.Fields |= listing.FieldState
		}
	case listing.InReview, listing.AwaitingPerson, listing.Rejected, listing.TakenDown, listing.Locked, listing.Gone, listing.NotListed:
	}
	c.To = describe(c.Fields, w.Digest)
	return c
}

// decideListed is for a product to be sold whose listing is known and there.
func decideListed(mayCreate bool, it *Item, now *Seen) listing.Change {
	w, r := it.Wanted, it.Record
	switch now.State {
	case listing.InReview, listing.AwaitingPerson, listing.Locked:
		return none(stateReasons(now.State), "the market has the say: "+string(now.State))
	case listing.Rejected, listing.TakenDown:
		if !w.Ready {
			return none(append(stateReasons(now.State), w.Reasons...).Sorted(), "must be corrected first: "+join(w.Reasons))
		}
		asked := r.Pending
		if asked.IsZero() {
			asked = r.Sent
		}
		if decidedOn(w, asked) && !it.Forced {
			return none(stateReasons(now.State), "the market decided against exactly this; it is sent again when it changes")
		}
		if now.ID == "" {
			return create(mayCreate, it, "corrected after the market's refusal")
		}
		if r.Submission != "" {
			return none(append(stateReasons(now.State), ocop.AwaitingReview).Sorted(), "one request at a time: the open one is not decided yet")
		}
		return listing.Change{Kind: listing.Update, Fields: contentFields, Why: "corrected after the market's refusal",
			To: describe(w.Digest.Differs(asked), w.Digest)}
	case listing.OnSale, listing.OffSale, listing.Gone, listing.NotListed:
	}
	if !w.Ready {
		return none(w.Reasons, "left as it is: "+join(w.Reasons))
	}
	if r.Sent.IsZero() && now.Digest.IsZero() {
		return none(ocop.Reasons{ocop.AwaitingObservation}, "what the market holds is not known; the next complete look tells")
	}
	fields, why := w.Digest.Differs(r.Sent), "our sources changed"
	if r.Sent.IsZero() { // adopted: only what the market shows can be compared
		fields = now.Digest.Disagrees(w.Digest)
	} else if it.Looked {
		if drift := drifted(now, r); drift != 0 {
			if fields == 0 {
				why = "changed on the market"
			}
			fields |= drift
		}
	}
	if fields != 0 && shownAsWanted(it, now) {
		return listing.Change{Kind: listing.Adopt, Why: "what was sent last is forgotten, and the market shows what is wanted"}
	}
	fields = waitForReview(r, fields)
	if refused(it, r) {
		if now.State != listing.OnSale {
			return none(refusal(r), "the market refused exactly this; it is sent again when it changes")
		}
		fields &= w.Digest.Differs(r.Pending) // what it did not refuse
	}
	if now.State != listing.OnSale {
		return listing.Change{Kind: listing.Relist, Fields: fields | listing.FieldState, Why: "eligible and off sale",
			To: describe(fields, w.Digest)}
	}
	if fields == 0 {
		switch {
		case refused(it, r):
			return none(refusal(r), "the market refused exactly this change; it is sent again when it changes")
		case r.Submission != "":
			return none(stateReasons(listing.InReview), "on sale; a request to change it is not decided yet")
		case it.Looked && r.Sent.IsZero() && len(it.Seen) == 1:
			// Until something counts as sent, what a market does not show as it was
			// sent (pictures, stock, documents) could change and never be noticed.
			return listing.Change{Kind: listing.Adopt, Why: "a listing of ours of which nothing counts as sent shows what is wanted"}
		}
		return none(nil, "as wanted")
	}
	return listing.Change{Kind: listing.Update, Fields: fields, Why: why, From: describeFrom(fields, now.Digest, r.Sent),
		To: describe(fields, w.Digest)}
}

// shownAsWanted says that a listing of which newer writes were forgotten shows all
// that is wanted and can be seen; what can't be seen is as it was sent.
func shownAsWanted(it *Item, now *Seen) bool {
	const unseen = listing.FieldStock | listing.FieldPictures | listing.FieldDocuments | listing.FieldAttributes
	w, r := it.Wanted, it.Record
	return it.Doubted && len(it.Seen) == 1 && now.State == listing.OnSale && r.Submission == "" && now.Submission == "" &&
		now.Digest.Disagrees(w.Digest) == 0 && w.Digest.Differs(r.Sent)&unseen == 0
}

// contentFields is everything that a full write puts in place.
const contentFields = listing.FieldTitle | listing.FieldDescription | listing.FieldCategory | listing.FieldPrice |
	listing.FieldStock | listing.FieldUnit | listing.FieldPictures | listing.FieldDocuments | listing.FieldAttributes

// drifted gives the fields that somebody changed on the market. Before the
// market has once shown what it stored, what we sent stands in.
func drifted(now *Seen, r *listing.Record) listing.Fields {
	if r.Stored.IsZero() {
		return now.Digest.Disagrees(r.Sent)
	}
	d := now.Digest.Drifted(r.Stored)
	// Text that agrees with what we sent is no drift, however it is wrapped now.
	return d & (now.Digest.Disagrees(r.Sent) | listing.FieldPictures)
}

// waitForReview drops the fields that wait for an open submission: one open
// request per SKU (design decision 7).
func waitForReview(r *listing.Record, fields listing.Fields) listing.Fields {
	if r.Submission == "" {
		return fields
	}
	return fields & listing.OfferFields
}

// refused says that the market refused exactly what is wanted now.
func refused(it *Item, r *listing.Record) bool {
	if it.Forced || r.Pending.IsZero() || r.Submission != "" {
		return false
	}
	switch listing.FailureKind(r.FailureKind) { //nolint:exhaustive // these two are the market's word on a content
	case listing.FailDuplicate:
		if it.Looked || r.ID != "" {
			return false // what lay in the bin lies there no more
		}
	case listing.FailInvalid:
	default:
		return false
	}
	return r.Pending == it.Wanted.Digest || r.Reasons.First() == ocop.RejectedByMarket && decidedOn(it.Wanted, r.Pending)
}

// decidedOn says that people who look at contents have decided on what is
// wanted. The stock is none of theirs: it moves with every order.
func decidedOn(w *Wanted, asked listing.Digest) bool {
	return w.Digest.Differs(asked)&^listing.FieldStock == 0
}

func refusal(r *listing.Record) ocop.Reasons {
	if len(r.Reasons) > 0 {
		return r.Reasons
	}
	return ocop.Reasons{ocop.RejectedByMarket}
}

func stateReasons(s listing.State) ocop.Reasons {
	switch s {
	case listing.InReview:
		return ocop.Reasons{ocop.AwaitingReview}
	case listing.AwaitingPerson:
		return ocop.Reasons{ocop.AwaitingPerson}
	case listing.Rejected:
		return ocop.Reasons{ocop.RejectedByMarket}
	case listing.TakenDown:
		return ocop.Reasons{ocop.TakenDownByMarket}
	case listing.Locked:
		return ocop.Reasons{ocop.LockedByMarket}
	case listing.OnSale, listing.OffSale, listing.Gone, listing.NotListed:
	}
	return nil
}

func none(why ocop.Reasons, sentence string) listing.Change {
	return listing.Change{Kind: listing.None, Reasons: why, Why: sentence}
}

func join(r ocop.Reasons) string {
	words := make([]string, len(r))
	for i, reason := range r {
		words[i] = string(reason)
	}
	return strings.Join(words, ", ")
}
