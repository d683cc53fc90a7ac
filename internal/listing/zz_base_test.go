package listing

import (
	"strings"
	"testing"
	"ocopsync/internal/ocop"
)

func baseHTML(kind string) string {
	switch kind {
	case "clean":
		return "<p>" + strings.Repeat("Trà atisô thơm mát. ", 17) + "x</p><ul><li>Một <strong>hai</strong> ba</li><li>" + strings.Repeat("Nấu từ hoa và thân rễ. ", 16) + "x</li></ul>"
	case "simple":
		return "<p>" + strings.Repeat("Trà <b>atisô</b> thơm mát &amp; ngon. ", 10) + "</p>\n<div>" + strings.Repeat("Nấu từ hoa và <i>thân rễ</i>.<br/>", 12) + "</div>"
	}
	return `<p class="MsoNormal" style="margin:0cm;line-height:150%"><span lang="VI" style="font-size:13.0pt">` + strings.Repeat("Trà <b>atisô</b> thơm mát &amp; ngon. ", 8) + `</span></p><table border="1"><tr><td width=100>Khối lượng</td><td>250 g</td></tr></table>` + strings.Repeat(`<span style="color:#333">Nấu từ hoa và thân rễ.</span><o:p></o:p>`, 6)
}

func BenchmarkBase(b *testing.B) {
	for _, k := range []string{"clean", "simple", "word"} {
		s := baseHTML(k)
		n := int64(100)
		p := &ocop.Product{Code: "68-672-24769-12-2022", Name: "Trà atisô túi lọc Langbiang", Group: ocop.Food, Subgroup: "Chè tươi, chế biến", Description: s,
			Producer: ocop.Producer{Name: "HTX Suối Mơ", Commune: "Xã Lát"}, Certificate: ocop.Certificate{Number: "1/2024"}, Rating: ocop.Rating{Recognized: 4},
			Offer: ocop.Offer{Price: 120000, Unit: "Hộp 20 gói", Stock: &n, Images: []string{"https://anh.example/1.jpg", "https://anh.example/2.jpg"}}}
		b.Run(k+"/CleanHTML", func(b *testing.B) { b.ReportAllocs(); b.SetBytes(int64(len(s))); for b.Loop() { CleanHTML(s) } })
		b.Run(k+"/PlainText", func(b *testing.B) { b.ReportAllocs(); for b.Loop() { PlainText(s) } })
		b.Run(k+"/Words", func(b *testing.B) { b.ReportAllocs(); for b.Loop() { Words(s) } })
		b.Run(k+"/draft+fit html", func(b *testing.B) { b.ReportAllocs(); for b.Loop() { l, _ := Draft(p, "OCOP-1", nil); l.Category = "1"; Limits{TitleMin: 10, TitleMax: 120, DescriptionMax: 10000, PicturesMin: 1}.Fit(l, Facts{}) } })
		b.Run(k+"/draft+fit plain", func(b *testing.B) { b.ReportAllocs(); for b.Loop() { l, _ := Draft(p, "OCOP-1", nil); l.Category = "1"; Limits{TitleMin: 10, TitleMax: 120, DescriptionMax: 10000, PicturesMin: 1, PlainText: true, TitleWithUnit: true}.Fit(l, Facts{}) } })
		b.Run(k+"/digest", func(b *testing.B) { l, _ := Draft(p, "OCOP-1", nil); b.ReportAllocs(); for b.Loop() { l.Digest() } })
	}
}
