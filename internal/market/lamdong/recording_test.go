package lamdong

import (
	"context"
	"strings"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// A reading is a recorded call that reads, replayed whole.
type reading struct {
	call  func(*shop) ([]listing.Remote, error)
	kind  market.Kind // "" when it goes well
	code  string
	words string
	ids   []string
}

func list(cursor string) func(*shop) ([]listing.Remote, error) {
	return func(s *shop) ([]listing.Remote, error) {
		p, err := s.List(context.Background(), cursor)
		return p.Remotes, err
	}
}

func find(skus ...listing.SKU) func(*shop) ([]listing.Remote, error) {
	return func(s *shop) ([]listing.Remote, error) { return s.Find(context.Background(), skus) }
}

func readings() map[string]reading {
	const noView = "woocommerce_rest_cannot_view"
	return map[string]reading{
		"list":                  {call: list(""), ids: []string{"12"}},
		"list_past_end":         {call: list("products:99")},
		"list_modified":         {call: list(""), ids: []string{"12", "11"}},
		"list_per_page_too_big": {call: list(""), kind: market.Invalid, code: "rest_invalid_param", words: "per_page must be between 1"},
		"get_by_sku":            {call: find("TN-0001"), ids: []string{"11"}},
		"get_trashed_by_sku":    {call: find("B-1")},
		"oauthless_query":       {call: find("TN-0001", "TN-0002"), ids: []string{"11"}},
		"bad_key":               {call: list(""), kind: market.Auth, code: noView, words: "cannot list resources"},
		"no_key":                {call: find("TN-0001"), kind: market.Auth, code: noView},
	}
}

func TestReplayReadings(t *testing.T) {
	t.Parallel()
	for name, test := range readings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			remotes, err := test.call(replay(t, readRecording(t, name)))
			checkKind(t, err, test.kind, test.code, test.words)
			var ids []string
			for _, r := range remotes {
				ids = append(ids, r.ID)
			}
			if strings.Join(ids, " ") != strings.Join(test.ids, " ") {
				t.Errorf("products %v, want %v", ids, test.ids)
			}
		})
	}
}

// A writing is a recorded call for one product, replayed as an item of a batch.
type writing struct {
	order   listing.Order
	kind    market.Kind // "" when it goes well
	code    string
	words   string
	state   listing.State // of the outcome
	reason  ocop.Reason   // of the problem that comes with it
	heldBy  string
	perhaps bool // MaybeDone
}

func writings() map[string]writing {
	const (
		imageError = "woocommerce_product_image_upload_error"
		badParam   = "rest_invalid_param"
		invalidID  = "woocommerce_rest_product_invalid_id"
	)
	eleven := func(fields listing.Fields, price int64) listing.Order {
		return update("11", fields, tea("TN-0001", price))
	}
	return map[string]writing{
		"create":             {order: create(tea("TN-0001", 150000)), state: listing.OnSale},
		"update_price_stock": {order: eleven(listing.FieldPrice|listing.FieldStock, 160000), state: listing.OnSale},
		"bad_price": {
			order: eleven(listing.FieldPrice, 160000), kind: market.Protocol, perhaps: true,
			words: `price 160000 was written, "160.000" is stored`,
		},
		"bad_status": {order: eleven(listing.FieldTitle, 1), kind: market.Invalid, code: badParam, words: "status is not one of draft"},
		"bad_stock":  {order: eleven(listing.FieldStock, 1), kind: market.Invalid, code: badParam, words: "not of type integer"},
		"unpublish":  {order: listing.Order{Kind: listing.Unlist, SKU: "TN-0001", ID: "11"}, state: listing.OffSale},
		"republish":  {order: listing.Order{Kind: listing.Relist, SKU: "TN-0001", ID: "11"}, state: listing.OnSale},
		"dup_sku": {
			order: create(tea("TN-0001", 1)), kind: market.Duplicate, code: "product_invalid_sku", heldBy: "11",
			words: "Invalid or duplicated SKU.",
		},
		"reuse_sku_of_trashed": {
			order: create(tea("B-1", 1000)), kind: market.Duplicate, code: "woocommerce_rest_product_not_created",
			words: "in the shop's bin",
		},
		"img_404": {
			order: eleven(listing.FieldPictures, 1), kind: market.Invalid, code: imageError, reason: ocop.BadImage,
			words: "Error getting remote image",
		},
		"img_noext":      {order: eleven(listing.FieldPictures, 1), kind: market.Invalid, code: imageError, reason: ocop.BadImage},
		"img_png":        {order: eleven(listing.FieldPictures, 1), state: listing.OnSale},
		"img_again_same": {order: eleven(listing.FieldPictures, 1), state: listing.OnSale},
		"get_missing":    {order: eleven(listing.FieldTitle, 1), kind: market.NotFound, code: invalidID, words: "Invalid ID."},
		"delete_missing": {order: eleven(listing.FieldTitle, 1), kind: market.NotFound, code: invalidID},
	}
}

func TestReplayWritings(t *testing.T) {
	t.Parallel()
	for name, test := range writings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list := "update"
			if test.order.Kind == listing.Create {
				list = "create"
			}
			out := replay(t, readRecording(t, name).inBatch(list)).apply1(t, test.order)
			if out.Wrote != 1 {
				t.Errorf("%d writing calls, want 1", out.Wrote)
			}
			checkKind(t, out.Err, test.kind, test.code, test.words)
			if test.kind == "" {
				if out.Status != listing.Done || out.ID != "11" || out.State != test.state || out.Remote != nil {
					t.Errorf("outcome %+v, want done, product 11, %s, nothing of what is stored", out, test.state)
				}
				if (out.URL != "") != (out.State == listing.OnSale) {
					t.Errorf("address %q while %s", out.URL, out.State)
				}
				return
			}
			e := marketError(t, out.Err)
			if e.MaybeDone != test.perhaps || e.HeldBy != test.heldBy {
				t.Errorf("may be done %v, held by %q; want %v and %q", e.MaybeDone, e.HeldBy, test.perhaps, test.heldBy)
			}
			if test.perhaps && out.ID != "11" {
				t.Errorf("the product that was written is not told: %+v", out)
			}
			var reason ocop.Reason
			if len(e.Problems) > 0 {
				reason = e.Problems[0].Reason
			}
			if reason != test.reason {
				t.Errorf("problem %q, want %q", reason, test.reason)
			}
		})
	}
}

// TestReplayRefusedWhole replays errors as the answer of the whole call: every
// order fails alike.
func TestReplayRefusedWhole(t *testing.T) {
	t.Parallel()
	for name, kind := range refusedWhole() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := replay(t, readRecording(t, name))
			out := s.Apply(context.Background(), []listing.Order{create(tea("A-1", 1)), update("11", listing.FieldPrice, tea("A-2", 2))})
			for i, o := range out {
				checkKind(t, o.Err, kind, "", "")
				if e := marketError(t, o.Err); e.MaybeDone || o.Status != listing.Failed {
					t.Errorf("order %d: %+v may be done, though the call was refused", i, o)
				}
			}
		})
	}
}

func refusedWhole() map[string]market.Kind {
	return map[string]market.Kind{
		"batch_101": market.Invalid,
		"bad_json":  market.Invalid,
		"bad_key":   market.Auth,
	}
}

func TestReplayBatch(t *testing.T) {
	t.Parallel()
	rec := readRecording(t, "batch")
	s := replay(t, rec)
	out := s.Apply(context.Background(), []listing.Order{
		update("11", listing.FieldPrice, tea("TN-0001", 155000)),
		create(tea("B-1", 1000)),
		update("999999", listing.FieldPrice, tea("X-1", 1)),
		create(tea("TN-0001", 2000)),
	})
	if out[0].Status != listing.Done || out[0].ID != "11" || out[1].Status != listing.Done || out[1].ID != "12" {
		t.Errorf("the good ones: %+v and %+v", out[0], out[1])
	}
	checkKind(t, out[2].Err, market.NotFound, "woocommerce_rest_product_invalid_id", "")
	checkKind(t, out[3].Err, market.Duplicate, "product_invalid_sku", "")
	if e := marketError(t, out[3].Err); e.HeldBy != "11" {
		t.Errorf("held by %q, want 11", e.HeldBy)
	}
}

func TestReplayCategories(t *testing.T) {
	t.Parallel()
	for name, test := range categoryRecordings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := readRecording(t, name)
			s := newCategoryShop(t, "", rec)
			ids, err := s.EnsureCategories(context.Background(), []CategorySpec{{Slug: "tra", Name: "Trà"}})
			checkKind(t, err, "", "", "")
			if ids["tra"] != test {
				t.Errorf("ids %v, want tra: %d", ids, test)
			}
			if sent := s.last(t, rec.method, rec.path).body; sent != rec.sent {
				t.Errorf("sent %s, recorded %s", sent, rec.sent)
			}
		})
	}
}

func categoryRecordings() map[string]int64 { return map[string]int64{"cat_create": 16, "cat_dup": 16} }
