package markettest

import (
	"strings"

	"ocopsync/internal/listing"
)

func reviewProofs() []proof {
	return []proof{
		{"reviews follow a submission to its approval", reviewApproved},
		{"reviews tell why a submission was rejected", reviewRejected},
		{"reviews are read by list", reviewsByList},
		{"reviews leave out what the market does not know", reviewUnknown},
		{"what the market took down is not on sale", takenDown},
	}
}

func (s *suite) submit(k listing.SKU) listing.Record {
	s.Helper()
	out := s.done(listing.Order{Kind: listing.Create, SKU: k, Listing: s.prepared(k)})
	return listing.Record{SKU: k, ID: out.ID, Submission: out.Submission, State: listing.InReview}
}

func (s *suite) reviews(open ...listing.Record) map[listing.SKU]listing.Review {
	s.Helper()
	got, err := s.Market.Reviews(s.ctx, open)
	s.noError("read reviews", err)
	out := make(map[listing.SKU]listing.Review)
	for _, r := range got {
		if _, twice := out[r.SKU]; twice {
			s.Errorf("Reviews answers %s twice", r.SKU)
		}
		out[r.SKU] = r
	}
	return out
}

func reviewApproved(s *suite) {
	s.need(s.Market.Capabilities().Review && s.Decide != nil, "review")
	open := []listing.Record{s.submit(sku(1)), s.submit(sku(2))}
	for _, rec := range open {
		if got := s.reviews(open...)[rec.SKU]; got.State != listing.InReview || got.Submission != rec.Submission {
			s.Errorf("waiting: %+v, expected in_review of %s", got, rec.Submission)
		}
		if got := s.find(rec.SKU); len(got) != 1 || got[0].State != listing.InReview || got[0].Submission != rec.Submission {
			s.Errorf("Find of what waits shows %+v, expected the submission %s", got, rec.Submission)
		}
		s.onSale(rec.SKU, 0)
	}
	s.Decide()
	for _, rec := range open {
		r := s.only(rec.SKU, listing.OnSale)
		if got := s.reviews(open...)[rec.SKU]; got.State != listing.OnSale || got.ID != r.ID {
			s.Errorf("approved: %+v, expected on_sale as %s", got, r.ID)
		}
	}
}

func reviewRejected(s *suite) {
	s.need(s.Market.Capabilities().Review && s.Reject != nil, "rejections")
	const words = "Ảnh bị mờ, xin chụp lại"
	rec := s.submit(sku(1))
	s.Reject(sku(1), words)
	got := s.reviews(rec)[sku(1)]
	if got.State != listing.Rejected || got.Submission != rec.Submission || !strings.Contains(got.Words, words) {
		s.Errorf("rejected: %+v, expected rejected with %q", got, words)
	}
	s.onSale(sku(1), 0)
	again := s.submit(sku(1)) // a corrected one is a new submission
	if again.Submission == rec.Submission {
		s.Errorf("the corrected submission has the number of the rejected one, %s", rec.Submission)
	}
	s.decide()
	s.only(sku(1), listing.OnSale)
	s.onSale(sku(1), 1)
}

func reviewUnknown(s *suite) {
	s.need(s.Market.Capabilities().Review, "review")
	rec := s.submit(sku(1))
	unknown := listing.Record{SKU: sku(2), Submission: unknownLike(rec.Submission), State: listing.InReview}
	got := s.reviews(unknown, rec)
	if _, there := got[sku(2)]; there || len(got) != 1 {
		s.Errorf("Reviews of one known and one unknown submission: %+v", got)
	}
}

// reviewsByList sees that many submissions don't cost a call each.
func reviewsByList(s *suite) {
	s.need(s.Market.Capabilities().Review && s.Calls != nil, "count of calls")
	const many = 30
	var open []listing.Record
	for n := range many {
		open = append(open, s.submit(sku(n)))
	}
	calls := s.calls()
	if got := s.reviews(open...); len(got) != many {
		s.Errorf("Reviews of %d submissions answers %d", many, len(got))
	}
	if n := s.calls() - calls; n > many/3 {
		s.Errorf("Reviews of %d submissions took %d calls", many, n)
	}
}

func takenDown(s *suite) {
	s.need(s.TakeDown != nil, "take-downs")
	s.sell(sku(1))
	s.TakeDown(sku(1))
	found := products(s.find(sku(1)))
	if len(found) != 1 || found[0].State != listing.TakenDown && found[0].State != listing.Locked {
		s.Errorf("a listing that the market took down is shown as %+v", found)
	}
	s.onSale(sku(1), 0)
}
