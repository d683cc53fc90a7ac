package listing

import (
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"ocopsync/internal/ocop"
)

func TestMappingCategory(t *testing.T) {
	t.Parallel()
	m := NewMapping([]CategoryRule{
		{Group: ocop.Food, Category: "food"},
		{Group: ocop.Food, Subgroup: "Mật ong", Category: "honey"},
		{Group: ocop.Food, Subgroup: "mat ong", Category: "never reached"},
		{Group: ocop.Drink, Subgroup: "Đồ uống có cồn khác", Category: "spirits"},
	}, nil)
	for _, tt := range []struct {
		name     string
		group    ocop.Group
		subgroup string
		want     string
	}{
		{"sub-group before group, first before second", ocop.Food, "Mật ong", "honey"},
		{"without case and diacritics", ocop.Food, "  MAT  ONG ", "honey"},
		{"NFD", ocop.Drink, norm.NFD.String("Đồ uống có cồn khác"), "spirits"},
		{"đ and Đ", ocop.Drink, "ÐO UONG CO CON KHAC", "spirits"},
		{"the group alone", ocop.Food, "Gia vị khác", "food"},
		{"without a sub-group", ocop.Food, "", "food"},
		{"another sub-group", ocop.Drink, "Rượu trắng", ""},
		{"another group's sub-group", ocop.Herbal, "Mật ong", ""},
		{"no group", "", "", ""},
	} {
		if got := m.Category(&ocop.Product{Group: tt.group, Subgroup: tt.subgroup}); got != tt.want {
			t.Errorf("%s: %q / %q is in %q, want %q", tt.name, tt.group, tt.subgroup, got, tt.want)
		}
	}
	if got := (Mapping{}).Category(&ocop.Product{Group: ocop.Food}); got != "" {
		t.Errorf("an empty mapping gives %q: there is no default category", got)
	}
}

func TestMappingRefused(t *testing.T) {
	t.Parallel()
	parcel := ocop.Text{VI: "không phải bưu kiện", EN: "no parcel"}
	licence := ocop.Text{VI: "chưa có giấy phép", EN: "no licence"}
	never := ocop.Text{VI: "không bao giờ", EN: "never"}
	m := NewMapping(nil, []Refusal{
		{Group: ocop.Tourism, Why: parcel},
		{Group: ocop.Drink, Subgroup: "Rượu trắng", Unless: ocop.AlcoholLicence, Why: licence},
		{Subgroup: "Trang thiết bị y tế", Why: never},
	})
	scan := []ocop.Document{{Kind: ocop.FoodSafety}, {Kind: ocop.AlcoholLicence}}
	for _, tt := range []struct {
		name    string
		product ocop.Product
		want    ocop.Text
	}{
		{"a whole group", ocop.Product{Group: ocop.Tourism, Subgroup: "Dịch vụ du lịch"}, parcel},
		{"a document does not lift a plain refusal", ocop.Product{Group: ocop.Tourism, Documents: scan}, parcel},
		{"without its document", ocop.Product{Group: ocop.Drink, Subgroup: "ruou trang", Documents: scan[:1]}, licence},
		{"with its document", ocop.Product{Group: ocop.Drink, Subgroup: "Rượu trắng", Documents: scan}, ocop.Text{}},
		{"another sub-group", ocop.Product{Group: ocop.Drink, Subgroup: "Đồ uống không cồn"}, ocop.Text{}},
		{"the sub-group in any group", ocop.Product{Group: ocop.Crafts, Subgroup: "Trang thiết bị y tế"}, never},
		{"no group", ocop.Product{}, ocop.Text{}},
	} {
		r, refused := m.Refused(&tt.product)
		if r.Why != tt.want || refused != (tt.want != ocop.Text{}) {
			t.Errorf("%s: refused %v because %q, want %q", tt.name, refused, r.Why.EN, tt.want.EN)
		}
	}
}

// An officer who maps a whole group by hand does not put a spirit on sale whose
// sub-group the annex of the decision leaves out.
func TestAWholeGroupDoesNotBypassARefusal(t *testing.T) {
	t.Parallel()
	m := NewMapping([]CategoryRule{
		{Group: ocop.Drink, Category: "drinks"},
		{Group: ocop.Drink, Subgroup: "Đồ uống không cồn", Category: "soft"},
		{Group: ocop.Food, Category: "food"},
	}, []Refusal{{Group: ocop.Drink, Subgroup: "Rượu trắng", Unless: ocop.AlcoholLicence}})
	licensed := []ocop.Document{{Kind: ocop.AlcoholLicence}}
	for _, tt := range []struct {
		name string
		p    ocop.Product
		want string
	}{
		{"may be a spirit", ocop.Product{Group: ocop.Drink}, ""},
		{"a dash is no sub-group", ocop.Product{Group: ocop.Drink, Subgroup: " - "}, ""},
		{"may be a spirit, with a licence", ocop.Product{Group: ocop.Drink, Documents: licensed}, "drinks"},
		{"another sub-group", ocop.Product{Group: ocop.Drink, Subgroup: "Nước khoáng, nước tinh khiết"}, "drinks"},
		{"a mapped sub-group", ocop.Product{Group: ocop.Drink, Subgroup: "Đồ uống không cồn"}, "soft"},
		{"a group without refusals", ocop.Product{Group: ocop.Food}, "food"},
	} {
		if got := m.Category(&tt.p); got != tt.want {
			t.Errorf("%s: in %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Whatever the mapping: what has a category and no known sub-group would be
// refused in none that it may have.
func TestNoMappingBypassesARefusal(t *testing.T) {
	t.Parallel()
	groups := rapid.SampledFrom([]ocop.Group{ocop.Food, ocop.Drink, ocop.Herbal})
	subs := rapid.SampledFrom([]string{"", "Rượu trắng", "Đồ uống không cồn", "Mật ong"})
	documents := rapid.SampledFrom([]ocop.DocumentKind{"", ocop.AlcoholLicence, ocop.FoodSafety})
	rapid.Check(t, func(t *rapid.T) {
		var rules []CategoryRule
		for range rapid.IntRange(0, 4).Draw(t, "rules") {
			rules = append(rules, CategoryRule{Group: groups.Draw(t, "group"), Subgroup: subs.Draw(t, "sub-group"), Category: "1"})
		}
		var refusals []Refusal
		for range rapid.IntRange(0, 4).Draw(t, "refusals") {
			r := Refusal{Subgroup: subs.Draw(t, "refused sub-group"), Unless: documents.Draw(t, "unless")}
			if rapid.Bool().Draw(t, "of a group") {
				r.Group = groups.Draw(t, "refused group")
			}
			refusals = append(refusals, r)
		}
		m := NewMapping(rules, refusals)
		p := ocop.Product{Group: groups.Draw(t, "product's group")}
		if d := documents.Draw(t, "document"); d != "" {
			p.Documents = []ocop.Document{{Kind: d}}
		}
		if _, refused := m.Refused(&p); refused || m.Category(&p) == "" {
			return // it is not sold
		}
		for _, r := range refusals {
			known := p
			known.Subgroup = r.Subgroup
			if _, refused := m.Refused(&known); refused {
				t.Fatalf("in a category without a sub-group, refused as %q: %+v with rules %+v, refusals %+v", r.Subgroup, p, rules, refusals)
			}
		}
	})
}
