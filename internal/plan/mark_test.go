package plan_test

import (
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

func TestMark(t *testing.T) {
	t.Parallel()
	price := listing.Change{Kind: listing.Update, Code: "68-1", SKU: "OCOP-68-1", ID: "7", Fields: listing.FieldPrice, Why: "w", From: "price 1đ"}
	want := digestOf("Trà atisô túi lọc", 120000)
	mark := plan.Mark(price, want)
	held := price
	held.Kind, held.Held, held.Reasons, held.From = listing.Hold, listing.Update, ocop.Reasons{ocop.PriceJump}, "price 2đ"
	adopted := price
	adopted.Kind = listing.Adopt
	retitled := digestOf("Trà khác", 120000)
	for name, same := range map[string]string{
		"held, from another price": plan.Mark(held, want), "adopted meanwhile": plan.Mark(adopted, want), "what is not written moved": plan.Mark(price, retitled),
	} {
		if same != mark {
			t.Errorf("%s: the mark differs", name)
		}
	}
	other, field, kind, sku := price, price, price, price
	other.ID, field.Fields, kind.Kind, sku.SKU = "8", listing.FieldPrice|listing.FieldTitle, listing.Relist, "OCOP-68-2"
	seen := map[string]string{mark: "itself"}
	for name, m := range map[string]string{
		"another price": plan.Mark(price, digestOf("Trà atisô túi lọc", 120001)), "another listing": plan.Mark(other, want), "more fields": plan.Mark(field, want),
		"other title in the fields": plan.Mark(field, retitled), "another kind": plan.Mark(kind, want), "another SKU": plan.Mark(sku, want),
		"unlist": plan.Mark(listing.Change{Kind: listing.Unlist, SKU: "OCOP-68-1", ID: "7"}, want),
		"create": plan.Mark(listing.Change{Kind: listing.Create, SKU: "OCOP-68-1"}, want), "create of another title": plan.Mark(listing.Change{Kind: listing.Create, SKU: "OCOP-68-1"}, retitled),
	} {
		if before, taken := seen[m]; taken {
			t.Errorf("%s has the mark of %s", name, before)
		}
		seen[m] = name
	}
	if a, b := plan.ChecksumOf([]string{"a", "b"}), plan.ChecksumOf([]string{"b", "a"}); a != b || a == plan.ChecksumOf([]string{"a"}) {
		t.Error("the checksum is not that of the set")
	}
}
