package lamdong

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// ahead is what has to be known before a batch can be written: the categories'
// ids and the attributes that would be lost. What could not be read fails only
// the orders that need it.
type ahead struct {
	categories    *categories
	categoriesErr error
	foreign       map[int64][]json.RawMessage // by product
	foreignErr    error
}

// lookAhead makes no call when nothing is missing, which is the usual case.
func (m *Market) lookAhead(ctx context.Context, orders []listing.Order) ahead {
	var a ahead
	known := m.categories.Load()
	for i := range orders {
		o := &orders[i]
		if !writesCategory(o) {
			continue
		}
		if _, ok := known.id(o.Listing.Category); !ok {
			_, a.categoriesErr = m.Facts(ctx)
			break
		}
	}
	a.categories = m.categories.Load()
	a.foreign, a.foreignErr = m.foreignAttributes(ctx, orders)
	return a
}

func writesCategory(o *listing.Order) bool {
	return o.Kind == listing.Create || o.Kind != listing.Unlist && o.Fields&listing.FieldCategory != 0
}

// foreignAttributes reads, for the products whose attributes are about to be
// written, those that are not ours (promise P4): the shop replaces the whole
// list, so they go along.
func (m *Market) foreignAttributes(ctx context.Context, orders []listing.Order) (map[int64][]json.RawMessage, error) {
	var ids []string
	for i := range orders {
		o := &orders[i]
		if (o.Kind == listing.Update || o.Kind == listing.Relist) && o.Fields&writesAttributes != 0 {
			if id, err := strconv.ParseInt(o.ID, 10, 64); err == nil && id > 0 {
				ids = append(ids, o.ID)
			}
		}
	}
	foreign := make(map[int64][]json.RawMessage)
	for start := 0; start < len(ids); start += pageSize {
		part := ids[start:min(start+pageSize, len(ids))]
		op := "read the attributes of " + ocop.Count(len(part), "product", "products") + " from " + part[0]
		a, err := m.get(ctx, op, "/products", param{"status", "any"}, param{"include", strings.Join(part, ",")},
			param{"per_page", strconv.Itoa(pageSize)}, param{"_fields", "id,attributes"})
		if err != nil {
			return nil, err
		}
		list, err := decodeList[attributesOf](a.body)
		if err != nil {
			return nil, m.failed(http.MethodGet, m.unreadable(op, a, err))
		}
		if total := a.total(); total >= 0 && len(list) != total {
			return nil, m.unexpected(op, a, fmt.Sprintf("%d of %s came", len(list), ocop.Count(total, "entry", "entries")))
		}
		for _, p := range list {
			id, _ := p.ID.integer()
			foreign[id] = p.foreign()
		}
	}
	return foreign, nil
}

// attributesOf is a product of which only the attributes are read, as they are.
type attributesOf struct {
	ID         scalar            `json:"id"`
	Attributes []json.RawMessage `json:"attributes"`
}

func (p attributesOf) foreign() []json.RawMessage {
	var out []json.RawMessage
	for _, raw := range p.Attributes {
		var named struct {
			Name string `json:"name"`
		}
		if decode(raw, &named) == nil && !isOwnAttribute(named.Name) {
			out = append(out, raw)
		}
	}
	return out
}
