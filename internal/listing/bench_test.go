package listing

import (
	"strings"
	"testing"

	"ocopsync/internal/ocop"
)

// Descriptions of about 1 KB as sources have them.
func benchTexts() []struct{ name, text string } {
	return []struct{ name, text string }{
		{"clean", "<p>" + strings.Repeat("Trà atisô thơm mát. ", 17) + "x</p><ul><li>Một <strong>hai</strong> ba</li><li>" +
			strings.Repeat("Nấu từ hoa và thân rễ. ", 16) + "x</li></ul>"},
		{"tags", "<p>" + strings.Repeat("Trà <b>atisô</b> thơm mát &amp; ngon. ", 10) + "</p>\n<div>" +
			strings.Repeat("Nấu từ hoa và <i>thân rễ</i>.<br/>", 12) + "</div>"},
		{"styles", `<p class="MsoNormal" style="margin:0cm;line-height:150%"><span lang="VI" style="font-size:13.0pt">` +
			strings.Repeat("Trà <b>atisô</b> thơm mát &amp; ngon. ", 8) + `</span></p><table border="1"><tr><td width=100>Khối lượng</td><td>250 g</td></tr></table>` +
			strings.Repeat(`<span style="color:#333">Nấu từ hoa và thân rễ.</span><o:p></o:p>`, 6)},
		{"sanitiser", wordPaste},
		{"plain", strings.Repeat("Trà atisô thơm mát, nấu từ hoa và thân rễ.\n", 20)},
	}
}

func BenchmarkText(b *testing.B) {
	for _, f := range []struct {
		name string
		run  func(string) string
	}{{"CleanHTML", CleanHTML}, {"PlainText", PlainText}, {"Words", Words}} {
		for _, tt := range benchTexts() {
			b.Run(f.name+"/"+tt.name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(tt.text)))
				for b.Loop() {
					f.run(tt.text)
				}
			})
		}
	}
}

// BenchmarkProduct is what a first sync does six times (draft and fit) and
// three times (digest) for each product.
func BenchmarkProduct(b *testing.B) {
	html := Limits{TitleMin: 10, TitleMax: 120, DescriptionMax: 10_000, PriceMin: 1000, PicturesMin: 1, PicturesMax: 9, UnitRequired: true}
	plain := Limits{TitleMin: 1, TitleMax: 150, TitleWithUnit: true, DescriptionMax: 5000, PlainText: true, PriceStep: 500, PicturesMin: 1, PicturesMax: 8, UnitRequired: true}
	mapping := NewMapping([]CategoryRule{{Group: ocop.Food, Subgroup: "Mật ong", Category: "13"}, {Group: ocop.Food, Subgroup: "Chè tươi, chế biến", Category: "14"}}, nil)
	for _, tt := range benchTexts() {
		p := artichoke()
		p.Description = tt.text
		for _, m := range []struct {
			name string
			lim  Limits
		}{{"html", html}, {"plain", plain}} {
			fit := func() Listing {
				if _, refused := mapping.Refused(p); refused {
					b.Fatal("refused")
				}
				l, _ := Draft(p, "OCOP-68-672-24769-12-2022", nil)
				l.Category = mapping.Category(p)
				l, problems := m.lim.Fit(l, teaFacts())
				if len(problems) > 1 { // the food safety paper
					b.Fatal(problems)
				}
				return l
			}
			b.Run("fit/"+m.name+"/"+tt.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					fit()
				}
			})
			b.Run("digest/"+m.name+"/"+tt.name, func(b *testing.B) {
				l := fit()
				b.ReportAllocs()
				for b.Loop() {
					l.Digest()
				}
			})
		}
	}
}

func BenchmarkNewSKU(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		NewSKU("OCOP-", "68-672-24769-12-2022")
	}
}
