package listing

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"ocopsync/internal/ocop"
)

// strict are limits of every kind at once.
func strict() Limits {
	return Limits{
		TitleMin: 10, TitleMax: 30, DescriptionMax: 40, PriceMin: 1000, PriceStep: 500,
		PicturesMin: 2, PicturesMax: 3, PictureNeedsExt: true, UnitRequired: true,
	}
}

func tea() Listing {
	return Listing{
		SKU: "OCOP-1", Code: "1", Title: "Trà atisô túi lọc", Description: "<p>Mát gan</p>", Category: "14", Price: 120_000, Stock: 5, Unit: "hộp",
		Pictures:   []string{"https://anh.example/1.jpg", "https://anh.example/2.PNG"},
		Documents:  []ocop.Document{{Kind: ocop.FoodSafety, URL: "https://anh.example/attp.jpg"}},
		Attributes: Attributes{Stars: 4, Certificate: "1/2024", Producer: "HTX Suối Mơ", Origin: "Xã Lát"},
	}
}

func teaFacts() Facts {
	return Facts{Categories: map[string]Category{
		"14": {ID: "14", Name: "Trà", Attributes: []string{"ocop_stars", "origin"}, Documents: []ocop.DocumentKind{ocop.FoodSafety}},
		"15": {ID: "15", Name: "Rượu", Documents: []ocop.DocumentKind{ocop.AlcoholLicence, ocop.FoodSafety}},
		"16": {ID: "16", Name: "Thuốc", Attributes: []string{"ocop_expires_on", "ocop_certificate", "producer", "voltage"}},
	}}
}

func TestFitFindsNothingInAFittingListing(t *testing.T) {
	t.Parallel()
	got, problems := strict().Fit(tea(), teaFacts())
	if !reflect.DeepEqual(got, tea()) || problems != nil {
		t.Errorf("got %+v, %+v", got, problems)
	}
	if _, problems := (Limits{}).Fit(tea(), Facts{}); problems != nil {
		t.Errorf("without limits there are problems: %+v", problems)
	}
}

func TestFitFindsEveryBreach(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(l *Listing)
		reason ocop.Reason
		field  Field
		words  []string // that both sentences hold
	}{
		{"no name", func(l *Listing) { l.Title = " <b></b> " }, ocop.NameTooShort, FieldTitle, []string{" 0 ", "10"}},
		{"short name", func(l *Listing) { l.Title = "Trà atisô" }, ocop.NameTooShort, FieldTitle, []string{`"Trà atisô"`, " 9 ", "10"}},
		{"long name", func(l *Listing) { l.Title = strings.Repeat("ắ", 31) }, ocop.NameTooLong, FieldTitle, []string{" 31 ", "30"}},
		{"long description", func(l *Listing) { l.Description = "<p>" + strings.Repeat("ắ", 34) + "</p>" }, ocop.DescriptionTooLong, FieldDescription, []string{" 41 ", "40"}},
		{"no price", func(l *Listing) { l.Price = 0 }, ocop.MissingPrice, FieldPrice, nil},
		{"price below the least", func(l *Listing) { l.Price = 999 }, ocop.BadPrice, FieldPrice, []string{"999đ", "1.000đ"}},
		{"price below zero", func(l *Listing) { l.Price = -500 }, ocop.BadPrice, FieldPrice, []string{"-500đ"}},
		{"price off the step", func(l *Listing) { l.Price = 120_250 }, ocop.PriceStep, FieldPrice, []string{"120.250đ", "500đ"}},
		{"no unit", func(l *Listing) { l.Unit = " \u200b" }, ocop.MissingUnit, FieldUnit, nil},
		{"no picture", func(l *Listing) { l.Pictures = nil }, ocop.MissingImage, FieldPictures, nil},
		{"one picture twice", func(l *Listing) { l.Pictures[1] = l.Pictures[0] }, ocop.MissingImage, FieldPictures, nil},
		{"picture without an extension", func(l *Listing) { l.Pictures[1] = "https://anh.example/2?x=.jpg" }, ocop.BadImage, FieldPictures, []string{`"https://anh.example/2?x=.jpg"`, ".webp"}},
		{"picture of a file", func(l *Listing) { l.Pictures[1] = "file:///C:/anh.jpg" }, ocop.BadImage, FieldPictures, []string{"http://"}},
		{"picture of no address", func(l *Listing) { l.Pictures[1] = "ảnh 2.jpg" }, ocop.BadImage, FieldPictures, []string{`"ảnh 2.jpg"`}},
		{"picture of a broken address", func(l *Listing) { l.Pictures[1] = "https://anh.example/%zz.jpg" }, ocop.BadImage, FieldPictures, nil},
		{"category not mapped", func(l *Listing) { l.Category = "" }, ocop.CategoryUnmapped, FieldCategory, nil},
		{"category that the market has not", func(l *Listing) { l.Category = "99" }, ocop.CategoryUnmapped, FieldCategory, []string{`"99"`}},
		{"document", func(l *Listing) { l.Documents = nil }, ocop.MissingDocument, FieldDocuments, []string{`"Trà"`}},
		{"attribute", func(l *Listing) { l.Attributes.Origin = "" }, ocop.MissingAttribute, FieldAttributes, []string{`"Trà"`}},
		{"stars", func(l *Listing) { l.Attributes.Stars = 0 }, ocop.MissingAttribute, FieldAttributes, []string{"OCOP"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := tea()
			tt.change(&l)
			_, problems := strict().Fit(l, teaFacts())
			if len(problems) != 1 || problems[0].Reason != tt.reason || problems[0].Field != tt.field {
				t.Fatalf("problems %+v, want %s of %v alone", problems, tt.reason, tt.field.Names())
			}
			checkProblems(t, problems)
			for _, w := range tt.words {
				if text := problems[0].Text; !strings.Contains(text.VI, w) || !strings.Contains(text.EN, w) {
					t.Errorf("%q stands not in both of %+v", w, text)
				}
			}
		})
	}
}

func TestFitTakesTheLimitsThemselves(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(l *Listing){
		"shortest name":            func(l *Listing) { l.Title = strings.Repeat("ắ", 10) },
		"longest name":             func(l *Listing) { l.Title = strings.Repeat("ắ", 30) },
		"lengths are those of NFC": func(l *Listing) { l.Title = norm.NFD.String(strings.Repeat("ắ", 30)) },
		"longest description":      func(l *Listing) { l.Description = "<p>" + strings.Repeat("ắ", 33) + "</p>" },
		"no description":           func(l *Listing) { l.Description = "" },
		"lowest price":             func(l *Listing) { l.Price = 1000 },
		"a picture too many": func(l *Listing) {
			l.Pictures = append(l.Pictures, "https://a.example/3.gif", "https://a.example/4.gif")
		},
		"a bad picture beside enough": func(l *Listing) { l.Pictures = append(l.Pictures, "x") },
	} {
		l := tea()
		change(&l)
		got, problems := strict().Fit(l, teaFacts())
		if problems != nil {
			t.Errorf("%s: %+v", name, problems)
		}
		if len(got.Pictures) > 3 || slices.Contains(got.Pictures, "x") {
			t.Errorf("%s: pictures %v", name, got.Pictures)
		}
	}
}

func TestFitWithFacts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		category string
		facts    Facts
		want     ocop.Reasons
		words    []string
	}{
		{"15", teaFacts(), ocop.Reasons{ocop.MissingDocument}, []string{"alcohol licence", "rượu"}},
		{"16", teaFacts(), ocop.Reasons{ocop.MissingAttribute, ocop.MissingAttribute}, []string{"ngày hết hạn", `"voltage"`}},
		{"99", Facts{}, nil, nil}, // the market could not be asked
		{"99", Facts{Categories: map[string]Category{}}, ocop.Reasons{ocop.CategoryUnmapped}, nil},
		{"", Facts{}, ocop.Reasons{ocop.CategoryUnmapped}, nil},
	} {
		l := tea()
		l.Category = tt.category
		_, problems := strict().Fit(l, tt.facts)
		if got := reasonsOf(problems); !slices.Equal(got, tt.want) {
			t.Errorf("category %q: %v, want %v", tt.category, got, tt.want)
		}
		checkProblems(t, problems)
		for _, w := range tt.words {
			if !strings.Contains(fmt.Sprintf("%+v", problems), w) {
				t.Errorf("category %q: nothing says %q in %+v", tt.category, w, problems)
			}
		}
	}
}

func TestTitleWithUnit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ title, unit, want string }{
		{"Trà atisô", "hộp 20 gói", "Trà atisô, hộp 20 gói"},
		{"Trà atisô, hộp 20 gói", "hộp 20 gói", "Trà atisô, hộp 20 gói"},
		{"Trà atisô (Hộp 20 gói)", "hộp 20 gói", "Trà atisô (Hộp 20 gói)"},
		{"Tra atiso hop 20 goi", "hộp 20 gói", "Tra atiso hop 20 goi"},
		{"Bánh chưng", "g", "Bánh chưng, g"}, // the end of a word is no unit
		{"Mật ong 1kg", "kg", "Mật ong 1kg, kg"},
		{"Hộp", "hộp", "Hộp"},
		{"Trà", "", "Trà"},
		{"Trà", "-", "Trà"},
		{"", "hộp", ""},
		{"Trà & sữa &amp; <b>đá</b>", "cốc\n<i>500</i>&nbsp;ml", "Trà & sữa & đá, cốc 500 ml"},
	} {
		l := tea()
		l.Title, l.Unit = tt.title, tt.unit
		lim := Limits{TitleWithUnit: true, PlainText: true}
		got, _ := lim.Fit(l, Facts{})
		if got.Title != tt.want {
			t.Errorf("%q with %q: %q, want %q", tt.title, tt.unit, got.Title, tt.want)
		}
		if again, _ := lim.Fit(got, Facts{}); again.Title != got.Title {
			t.Errorf("%q with %q: %q, and then %q", tt.title, tt.unit, got.Title, again.Title)
		}
	}
}

func drawListing(t *rapid.T) Listing {
	html, _ := fragment(t, 4)
	text := rapid.OneOf(rapid.SampledFrom([]string{
		"Trà atisô", "Trà <b>atisô</b> &amp; mật ong", "hộp 250g", "g", "", " - ", "S<M", "&amp;lt;b>", norm.NFD.String("Cà phê Cầu Đất"), "a\nb",
	}), rapid.String())
	l := tea()
	l.Title, l.Unit = text.Draw(t, "title"), text.Draw(t, "unit")
	l.Description = rapid.OneOf(rapid.Just(html), text).Draw(t, "description")
	l.Price = ocop.VND(rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1000, 3000)).Draw(t, "price"))
	l.Category = rapid.SampledFrom([]string{"", "14", "15", "16", "99"}).Draw(t, "category")
	l.Pictures = rapid.SliceOfN(rapid.SampledFrom([]string{"https://a.example/1.jpg", "https://a.example/2", "http://a.example/3.webp", "ftp://a/4.jpg", ""}), 0, 6).Draw(t, "pictures")
	return l
}

func drawLimits(t *rapid.T) Limits {
	n := func(label string, most int) int { return rapid.IntRange(0, most).Draw(t, label) }
	return Limits{
		TitleMin: n("title min", 12), TitleMax: n("title max", 40), TitleWithUnit: rapid.Bool().Draw(t, "with unit"), DescriptionMax: n("description", 60),
		PlainText: rapid.Bool().Draw(t, "plain"), PriceMin: ocop.VND(n("least", 2000)), PriceStep: ocop.VND(n("step", 3) * 250),
		PicturesMin: n("pictures min", 2), PicturesMax: n("pictures max", 3), PictureNeedsExt: rapid.Bool().Draw(t, "extension"), UnitRequired: rapid.Bool().Draw(t, "unit required"),
	}
}

func TestFitProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l, lim := drawListing(t), drawLimits(t)
		if lim.PicturesMax > 0 {
			lim.PicturesMax = max(lim.PicturesMax, lim.PicturesMin)
		}
		given := l
		given.Pictures = slices.Clone(l.Pictures)
		once, problems := lim.Fit(l, teaFacts())
		twice, problemsTwice := lim.Fit(once, teaFacts())
		if !reflect.DeepEqual(once, twice) || !reflect.DeepEqual(problems, problemsTwice) {
			t.Fatalf("fitting twice\nonce  %+v %+v\ntwice %+v %+v", once, problems, twice, problemsTwice)
		}
		if !reflect.DeepEqual(l, given) {
			t.Fatalf("Fit changed its argument\nfrom %+v\nto   %+v", given, l)
		}
		if once.Price != l.Price || once.Stock != l.Stock || once.SKU != l.SKU || once.Category != l.Category || once.Attributes != l.Attributes {
			t.Fatalf("Fit changed more than texts and pictures\nfrom %+v\nto   %+v", l, once)
		}
		if !strings.HasPrefix(once.Title, oneLine(l.Title)) {
			t.Fatalf("the name %q was cut to %q", l.Title, once.Title)
		}
		fault := faultInHTML(once.Description)
		if lim.PlainText {
			fault = faultInPlain(once.Description)
		}
		if fault != "" || faultInPlain(once.Title) != "" {
			t.Fatalf("%+v: %s %s", once, fault, faultInPlain(once.Title))
		}
		checkProblems(t, problems)
		reasons := reasonsOf(problems)
		for _, breach := range []struct {
			reason ocop.Reason
			holds  bool
		}{
			{ocop.NameTooShort, utf8.RuneCountInString(once.Title) < lim.TitleMin},
			{ocop.NameTooLong, lim.TitleMax > 0 && utf8.RuneCountInString(once.Title) > lim.TitleMax},
			{ocop.DescriptionTooLong, lim.DescriptionMax > 0 && utf8.RuneCountInString(once.Description) > lim.DescriptionMax},
			{ocop.MissingPrice, l.Price == 0},
			{ocop.BadPrice, l.Price != 0 && l.Price < max(1, lim.PriceMin)},
			{ocop.MissingUnit, lim.UnitRequired && once.Unit == ""},
		} {
			if slices.Contains(reasons, breach.reason) != breach.holds {
				t.Fatalf("%s is told: %v, holds: %v, of %+v under %+v", breach.reason, !breach.holds, breach.holds, once, lim)
			}
		}
	})
}
