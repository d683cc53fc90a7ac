package lamdong

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

const (
	// maxBatch is how many orders go into one call; the shop takes 100 objects.
	maxBatch = 50
	// maxBatchPictures is how many pictures go into one call: the shop fetches
	// and scales each while we wait, which at a third of a second each stays
	// within a call's 30 s.
	maxBatchPictures = 60
)

// Apply sends the orders as calls of POST /products/batch. Creates and updates
// share a call; the shop carries the creates out first.
func (m *Market) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	outcomes := make([]listing.Outcome, len(orders))
	known := m.lookAhead(ctx, orders)
	var call []job
	pictures := 0
	for i := range orders {
		j, err := newJob(&orders[i], &outcomes[i], known)
		if err != nil {
			outcomes[i] = failure(err)
			continue
		}
		if j.empty() {
			outcomes[i] = listing.Outcome{Status: listing.Done, ID: orders[i].ID}
			continue
		}
		if len(call) == maxBatch || len(call) > 0 && pictures+j.pictures() > maxBatchPictures {
			m.send(ctx, call)
			call, pictures = nil, 0
		}
		call = append(call, j)
		pictures += j.pictures()
	}
	if len(call) > 0 {
		m.send(ctx, call)
	}
	return outcomes
}

// batchBody and batchAnswer are the two sides of POST /products/batch.
type batchBody struct {
	Create []*productBody `json:"create,omitempty"`
	Update []*productBody `json:"update,omitempty"`
}

type batchAnswer struct {
	Create []batchItem `json:"create"`
	Update []batchItem `json:"update"`
}

// batchItem is a product as written, or why it was not. Its texts are not what
// is stored, so little of it is read.
type batchItem struct {
	ID                scalar     `json:"id"`
	SKU               scalar     `json:"sku"`
	Status            string     `json:"status"`
	CatalogVisibility string     `json:"catalog_visibility"`
	PostPassword      string     `json:"post_password"`
	Permalink         string     `json:"permalink"`
	RegularPrice      scalar     `json:"regular_price"`
	Error             *wireError `json:"error"`
}

// send makes one call and writes the outcome of each of its jobs.
func (m *Market) send(ctx context.Context, jobs []job) {
	op := fmt.Sprintf("write %s from %s", ocop.Count(len(jobs), "product", "products"), jobs[0].order.SKU)
	if err := ctx.Err(); err != nil {
		failAll(jobs, &market.Error{Market: Name, Op: op, Kind: market.Cancelled, Err: err}, 0)
		return
	}
	body, err := encodeBatch(jobs)
	if err != nil {
		failAll(jobs, &market.Error{Market: Name, Op: op, Kind: market.Invalid, Err: err}, 0)
		return
	}
	a, err := m.call(ctx, op, http.MethodPost, "/products/batch", nil, body)
	if err != nil {
		failAll(jobs, err, 1)
		return
	}
	m.read(a, op, jobs)
}

// read writes the outcome of each job from a batch's answer. Where the answer
// can't be read, nobody knows what was done.
func (m *Market) read(a answer, op string, jobs []job) {
	var got batchAnswer
	if err := decode(a.body, &got); err != nil {
		e := m.unreadable(op, a, err)
		e.MaybeDone = true
		failAll(jobs, e, 1)
		return
	}
	if creates := countCreates(jobs); len(got.Create) != creates || len(got.Update) != len(jobs)-creates {
		e := m.unexpected(op, a, fmt.Sprintf("%d creates and %d updates were answered, %d and %d were sent",
			len(got.Create), len(got.Update), creates, len(jobs)-creates))
		e.MaybeDone = true
		failAll(jobs, e, 1)
		return
	}
	for i := range jobs {
		list := &got.Update
		if jobs[i].order.Kind == listing.Create {
			list = &got.Create
		}
		*jobs[i].outcome = m.outcome(&jobs[i], a, &(*list)[0])
		jobs[i].outcome.Wrote = 1
		*list = (*list)[1:]
	}
}

func failAll(jobs []job, err error, wrote int) {
	for i := range jobs {
		*jobs[i].outcome = failure(err)
		jobs[i].outcome.Wrote = wrote
	}
}

// outcome reads the answer for one job. It says nothing of what is stored but
// the price, which the shop is known to bend without a word.
func (m *Market) outcome(j *job, a answer, item *batchItem) listing.Outcome {
	if item.Error != nil {
		return failure(m.itemRefused(j.op(), *item.Error))
	}
	id, _ := item.ID.integer()
	seen := product{Status: item.Status, CatalogVisibility: item.CatalogVisibility, PostPassword: item.PostPassword}
	state, _ := seen.state()
	out := listing.Outcome{Status: listing.Done, ID: formatID(id), State: state}
	wrong := ""
	switch {
	case id <= 0:
		wrong = "the product has no id"
		out.ID = j.order.ID
	case j.order.Kind != listing.Create && id != j.body.ID:
		wrong = fmt.Sprintf("product %d was written, product %d answered", j.body.ID, id)
		out.ID = j.order.ID
	case j.order.Kind == listing.Create && !strings.EqualFold(string(item.SKU), string(j.order.Listing.SKU)):
		wrong = fmt.Sprintf("SKU %q was written, %q answered", j.order.Listing.SKU, item.SKU)
	case j.body.RegularPrice != "" && item.RegularPrice.vnd() != j.order.Listing.Price:
		wrong = fmt.Sprintf("price %s was written, %q is stored", j.body.RegularPrice, item.RegularPrice)
	case j.order.Kind == listing.Unlist && state == listing.OnSale:
		wrong = "the product is still on sale"
	}
	if wrong != "" {
		e := m.unexpected(j.op(), a, wrong)
		e.MaybeDone = true
		out.Status, out.Err, out.State = listing.Failed, e, ""
		return out
	}
	switch {
	case state == listing.OnSale:
		out.URL = item.Permalink
	case state == listing.InReview && j.order.Kind != listing.Unlist:
		out.Status, out.Submission = listing.Submitted, out.ID
	}
	return out
}

func encodeBatch(jobs []job) ([]byte, error) {
	var b batchBody
	for i := range jobs {
		if jobs[i].order.Kind == listing.Create {
			b.Create = append(b.Create, &jobs[i].body)
		} else {
			b.Update = append(b.Update, &jobs[i].body)
		}
	}
	var out bytes.Buffer
	out.Grow(2048 * len(jobs))
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(b)
	return out.Bytes(), err
}

func countCreates(jobs []job) int {
	n := 0
	for i := range jobs {
		if jobs[i].order.Kind == listing.Create {
			n++
		}
	}
	return n
}

func failure(err error) listing.Outcome { return listing.Outcome{Status: listing.Failed, Err: err} }
