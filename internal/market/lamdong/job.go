package lamdong

import (
	"fmt"
	"strconv"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// A job is one order on its way into a call.
type job struct {
	order   *listing.Order
	outcome *listing.Outcome
	body    productBody
}

func (j *job) op() string { return string(j.order.Kind) + " " + string(j.order.SKU) }

func (j *job) pictures() int {
	if j.body.Images == nil {
		return 0
	}
	return len(*j.body.Images)
}

// empty says that nothing is to be written: the order names only fields that
// the shop has no place for.
func (j *job) empty() bool {
	b := &j.body
	return j.order.Kind != listing.Create && b.Name == "" && b.Status == "" && b.RegularPrice == "" &&
		b.Description == nil && b.ShortDescription == nil && b.StockQuantity == nil && b.Weight == "" &&
		b.Categories == nil && b.Images == nil && b.Attributes == nil
}

func newJob(o *listing.Order, out *listing.Outcome, known ahead) (job, error) {
	j := job{order: o, outcome: out}
	fields := o.Fields
	if o.Kind == listing.Create {
		fields = createdFields
	}
	var category int64
	if writesCategory(o) {
		id, ok := known.categories.id(o.Listing.Category)
		if !ok && known.categoriesErr != nil {
			return job{}, known.categoriesErr
		}
		if !ok {
			return job{}, unknownCategory(j.op(), o.Listing.Category)
		}
		category = id
	}
	if o.Kind == listing.Create {
		j.body = newBody(&o.Listing, category)
		return j, nil
	}
	id, err := strconv.ParseInt(o.ID, 10, 64)
	if err != nil || id <= 0 {
		return job{}, &market.Error{Market: Name, Op: j.op(), Kind: market.NotFound, Words: fmt.Sprintf("%q is no product's id", o.ID)}
	}
	j.body.ID = id
	switch o.Kind {
	case listing.Unlist:
		j.body.Status = statusDraft
		return j, nil
	case listing.Relist:
		j.body.publish()
	case listing.Update:
		if fields&listing.FieldState != 0 {
			j.body.publish()
		}
	default:
		return job{}, &market.Error{Market: Name, Op: j.op(), Kind: market.Invalid, Words: "no order that a market carries out"}
	}
	if fields&writesAttributes != 0 && known.foreignErr != nil {
		return job{}, known.foreignErr
	}
	j.body.write(&o.Listing, fields, category, known.foreign[id])
	return j, nil
}

func unknownCategory(op, slug string) *market.Error {
	return &market.Error{
		Market: Name, Op: op, Kind: market.Invalid, Words: fmt.Sprintf("the shop has no category %q", slug),
		Problems: []listing.Problem{{
			Reason: ocop.CategoryUnmapped, Field: listing.FieldCategory, Party: ocop.CategoryUnmapped.Party(),
			Text: ocop.Text{
				VI: "Sàn không có ngành hàng \"" + slug + "\" mà cấu hình chỉ định.",
				EN: "The marketplace has no category \"" + slug + "\" that the configuration names.",
			},
		}},
	}
}
