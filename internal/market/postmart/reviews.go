package postmart

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
)

// clockSlack is how far the mall's clock may be from ours when requests that
// are too old to be among the open ones end the reading of the list.
const clockSlack = time.Hour

// Reviews reads the list of requests, newest first, until it has shown every
// open one or only older ones follow; what is left is asked for by id. The list
// is read only as long as that can take fewer calls than asking by id.
func (m *Market) Reviews(ctx context.Context, open []listing.Record) ([]listing.Review, error) {
	w := waiting{bySubmission: make(map[string]listing.SKU, len(open))}
	for i := range open {
		w.add(&open[i])
	}
	if e := m.reviewsFromList(ctx, &w); e != nil {
		return nil, e
	}
	for i := range open {
		id := open[i].Submission
		sku, left := w.bySubmission[id]
		if !left {
			continue
		}
		delete(w.bySubmission, id)
		c := call{op: fmt.Sprintf("review %s of %s", id, sku), method: get, path: requestsPath + "/" + url.PathEscape(id), want: 200}
		var q productRequest
		e := m.do(ctx, &c, &q)
		if e != nil && e.Status == http.StatusNotFound {
			continue // the market does not know it: left out
		}
		if e == nil {
			e = w.take(&c, &q, id, sku)
		}
		if e != nil {
			return nil, e
		}
	}
	return w.reviews, nil
}

func (m *Market) reviewsFromList(ctx context.Context, w *waiting) *market.Error {
	cursor := ""
	for calls := 1; len(w.bySubmission) > calls; calls++ {
		at := place{section: sectionRequests, cursor: cursor}
		c := call{op: at.describe(), method: get, path: listPath(requestsPath, "", cursor), want: 200}
		requests, next, e := m.requestsOf(ctx, &c)
		if e != nil {
			return e
		}
		for i := range requests {
			q := &requests[i]
			sku, ours := w.bySubmission[q.ID]
			if !ours {
				continue
			}
			delete(w.bySubmission, q.ID)
			if e := w.take(&c, q, q.ID, sku); e != nil {
				return e
			}
		}
		if next == "" || next == cursor || w.passed(requests) {
			return nil
		}
		cursor = next
	}
	return nil
}

// waiting are the submissions whose fate is not yet known, and the reviews of
// the others.
type waiting struct {
	bySubmission map[string]listing.SKU
	oldest       time.Time // of the open ones; zero when not known of each
	unknown      bool
	reviews      []listing.Review
}

func (w *waiting) add(r *listing.Record) {
	if r.Submission == "" {
		return
	}
	w.bySubmission[r.Submission] = r.SKU
	switch {
	case r.SentAt.IsZero():
		w.unknown = true
	case w.oldest.IsZero() || r.SentAt.Before(w.oldest):
		w.oldest = r.SentAt
	}
}

// passed says whether a page of requests ends before the oldest open one.
func (w *waiting) passed(page []productRequest) bool {
	if w.unknown || len(page) == 0 {
		return false
	}
	return page[len(page)-1].CreatedAt.Before(w.oldest.Add(-clockSlack))
}

// take notes what became of a submission.
func (w *waiting) take(c *call, q *productRequest, id string, sku listing.SKU) *market.Error {
	if err := q.check(); err != nil {
		return c.protocol(err.Error())
	}
	if q.ID != id || q.SKU != string(sku) {
		return c.protocol(fmt.Sprintf("asked for request %s of %s, got %s of %q", id, sku, q.ID, q.SKU))
	}
	review := listing.Review{Submission: id, SKU: sku, State: listing.InReview, ID: q.ProductID}
	switch q.State {
	case stateApproved:
		review.State = listing.OnSale
	case stateRejected:
		review.State, review.Words = listing.Rejected, q.words()
	}
	w.reviews = append(w.reviews, review)
	return nil
}
