package ocop

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestReadRating(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in   string
		want Rating
	}{
		{"4", Rating{4, 0}},
		{" 4 ", Rating{4, 0}},
		{"04", Rating{4, 0}},
		{"4.", Rating{4, 0}},
		{"'4", Rating{4, 0}},
		{"“4”", Rating{4, 0}},
		{"４", Rating{4, 0}},
		{"4.0", Rating{4, 0}},
		{"4,0", Rating{4, 0}},
		{"4.00", Rating{4, 0}},
		{"4 sao", Rating{4, 0}},
		{"4sao", Rating{4, 0}},
		{"4 Sao", Rating{4, 0}},
		{"4 SAO", Rating{4, 0}},
		{"04 sao", Rating{4, 0}},
		{"4\u00a0sao", Rating{4, 0}},
		{"4\u200b sao\ufeff", Rating{4, 0}},
		{"4.0 sao", Rating{4, 0}},
		{"4 stars", Rating{4, 0}},
		{"4-star", Rating{4, 0}},
		{"4 star OCOP", Rating{4, 0}},
		{"OCOP 4 sao", Rating{4, 0}},
		{"OCOP 4", Rating{4, 0}},
		{"OCOP: 4 sao", Rating{4, 0}},
		{"OCOP - 3 sao", Rating{3, 0}},
		{"Sản phẩm OCOP 3 sao", Rating{3, 0}},
		{"3 sao OCOP", Rating{3, 0}},
		{"OCOP 4 sao (QĐ 114/QĐ-UBND, 15/1/2020)", Rating{4, 0}},
		{"OCOP 4 sao (QĐ số 2590/QĐ-UBND ngày 29/12/2022 của UBND tỉnh Lâm Đồng)", Rating{4, 0}},
		{"4 sao theo Quyết định số 2590/QĐ-UBND ngày 29 tháng 12 năm 2022", Rating{4, 0}},
		{"4 sao - 2590/QĐ-UBND", Rating{4, 0}},
		{"4 sao, 3/QĐ-UBND", Rating{4, 0}},
		{"Quyết định số 5/QĐ-UBND ngày 3/4/2021 công nhận 4 sao", Rating{4, 0}},
		{"4 sao (GCN số 5)", Rating{4, 0}},
		{"4*", Rating{4, 0}},
		{"4 *", Rating{4, 0}},
		{"4★", Rating{4, 0}},
		{"3☆", Rating{3, 0}},
		{"4⭐️", Rating{4, 0}},
		{"4️⃣ sao", Rating{4, 0}},
		{"★★★★", Rating{4, 0}},
		{"★ ★ ★", Rating{3, 0}},
		{"⭐⭐⭐⭐⭐", Rating{5, 0}},
		{"⭐️⭐️⭐️", Rating{3, 0}},
		{"★★★★☆", Rating{4, 0}},
		{"★★★☆☆", Rating{3, 0}},
		{"***", Rating{3, 0}},
		{"* * * *", Rating{4, 0}},
		{"★★★★ (4 sao)", Rating{4, 0}},
		{"4 sao (★★★★)", Rating{4, 0}},
		{"4 ★★★★", Rating{4, 0}},
		{"★", Rating{1, 0}},
		{"hạng 4 sao", Rating{4, 0}},
		{"Hạng 4", Rating{4, 0}},
		{"hạng: 4", Rating{4, 0}},
		{"Hạng sao: 4", Rating{4, 0}},
		{"xếp hạng 4 sao", Rating{4, 0}},
		{"Sao: 4", Rating{4, 0}},
		{"Sản phẩm đạt OCOP 4 sao cấp tỉnh năm 2021 theo Quyết định số 114/QĐ-UBND", Rating{4, 0}},
		{"Bốn sao", Rating{4, 0}},
		{"bốn (04) sao", Rating{4, 0}},
		{"04 (bốn) sao", Rating{4, 0}},
		{"Năm sao", Rating{5, 0}},
		{"nam sao", Rating{5, 0}},
		{"BA SAO", Rating{3, 0}},
		{norm.NFD.String("Bốn sao"), Rating{4, 0}},
		{norm.NFD.String("hạng 4 sao"), Rating{4, 0}},
		{"đạt 4 sao", Rating{4, 0}},
		{"Đã được công nhận 4 sao", Rating{4, 0}},
		{"Đạt chuẩn OCOP 3 sao", Rating{3, 0}},
		{"Chứng nhận OCOP 4 sao năm 2021", Rating{4, 0}},
		{"4 sao (2021)", Rating{4, 0}},
		{"4 sao năm 2021", Rating{4, 0}},
		{"4 sao (2021-2024)", Rating{4, 0}},
		{"OCOP 2021 4 sao", Rating{4, 0}},
		{"4 sao, lần 2", Rating{4, 0}},
		{"3 sao cấp huyện", Rating{3, 0}},
		{"3 sao cấp huyện (Lạc Dương)", Rating{3, 0}},
		{"4 sao cấp tỉnh", Rating{4, 0}},
		{"5 sao cấp quốc gia", Rating{5, 0}},
		{"5 sao cấp TW", Rating{5, 0}},
		{"cấp tỉnh 4 sao", Rating{4, 0}},
		{"4 sao (85 điểm)", Rating{4, 0}},
		{"4 sao - 82,5 điểm", Rating{4, 0}},
		{"4 sao (91 điểm)", Rating{4, 0}}, // waits for the ministry's word
		{"2 sao", Rating{2, 0}},
		{"1 sao", Rating{1, 0}},

		{"4 sao (đề xuất 5 sao)", Rating{4, 5}},
		{"4 sao, đề xuất 5 sao", Rating{4, 5}},
		{"4 sao; đề nghị 5 sao", Rating{4, 5}},
		{"4 sao + đề xuất 5 sao", Rating{4, 5}},
		{"4 sao, đề xuất 5", Rating{4, 5}},
		{"đạt 4 sao, đề nghị nâng hạng 5 sao", Rating{4, 5}},
		{"đạt 4 sao, đề nghị nâng hạng lên 5 sao", Rating{4, 5}},
		{"OCOP 4 sao (tiềm năng 5 sao)", Rating{4, 5}},
		{"4 sao - đang chờ công nhận 5 sao", Rating{4, 5}},
		{"4* (đề xuất 5*)", Rating{4, 5}},
		{"5 sao (đề xuất), 4 sao", Rating{4, 5}},
		{"★★★★ (đề xuất ★★★★★)", Rating{4, 5}},
		{"đề xuất 5 sao, hiện tại 4 sao", Rating{4, 5}},
		{"Đề xuất 5 sao (đã đạt 4 sao)", Rating{4, 5}},
		{norm.NFD.String("4 sao (đề xuất 5 sao)"), Rating{4, 5}},
		{"đề xuất 3 sao", Rating{0, 3}},
		{"Đề xuất: 3 sao", Rating{0, 3}},
		{"DE XUAT 3 SAO", Rating{0, 3}},
		{"3 sao (đề xuất)", Rating{0, 3}},
		{"3 sao đề xuất", Rating{0, 3}},
		{"dự kiến 4 sao", Rating{0, 4}},
		{"4 sao (dự kiến)", Rating{0, 4}},
		{"đăng ký 3 sao", Rating{0, 3}},
		{"tiềm năng 5 sao", Rating{0, 5}},
		{"Đề nghị công nhận đạt 5 sao", Rating{0, 5}},
		{"đang trình 5 sao", Rating{0, 5}},
		{"chờ công nhận 4 sao", Rating{0, 4}},
		{"phấn đấu đạt 4 sao", Rating{0, 4}},
		{"chưa xếp hạng (đề xuất 3 sao)", Rating{0, 3}},
		{"sản phẩm mới, đề xuất 3 sao", Rating{0, 3}},

		{"", Rating{}},
		{"   ", Rating{}},
		{"\u200b", Rating{}},
		{"-", Rating{}},
		{"–", Rating{}},
		{"---", Rating{}},
		{"0", Rating{}},
		{"0 sao", Rating{}},
		{"không", Rating{}},
		{"Không có", Rating{}},
		{"Chưa", Rating{}},
		{"chưa xếp hạng", Rating{}},
		{"Chưa được công nhận", Rating{}},
		{"Chưa đánh giá", Rating{}},
		{"không đạt", Rating{}},
		{"N/A", Rating{}},
		{"null", Rating{}},
	}
	for _, tt := range tests {
		got, err := ReadRating(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("ReadRating(%q) = %v, %v; want %v", tt.in, got, err, tt.want)
		}
	}
}

func TestReadRatingRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, why string }{
		{"4 SP OCOP 5 sao + 7 SP OCOP 4 sao", "counts products"},
		{"4 sản phẩm OCOP 5 sao", "counts products"},
		{"4 SP 4 sao", "counts products"},
		{"Trà A 4 sao, Trà B 3 sao", "\"tra\""},
		{"OCOP 4 sao và OCOP 4 sao", "several"},
		{"4 sao và 5 sao", "several"},
		{"4 sao, 5 sao", "several"},
		{"4 sao/5 sao", "several"},
		{"3 sao; 4 sao", "several"},
		{"3-4 sao", "not surely a rating"},
		{"3 - 4 sao", "not surely a rating"},
		{"4/5 sao", "not surely a rating"},
		{"4/5", "not surely a rating"},
		{"3,4 sao", "not surely a rating"},
		{"4.5", "not surely a rating"},
		{"4,5 sao", "not surely a rating"},
		{"4½ sao", "not surely"},
		{"từ 3 sao trở lên", "denies"},
		{"trên 3 sao", "denies"},
		{"≥ 3 sao", "sign"},
		{"nâng hạng từ 3 sao lên 4 sao", "denies"},
		{"3 sao → 4 sao", "sign"},
		{"85 điểm", "names no rating"},
		{"85", "1 to 5"},
		{"2021", "1 to 5"},
		{"6", "1 to 5"},
		{"6 sao", "1 to 5"},
		{"10 sao", "1 to 5"},
		{"-4", "not surely"},
		{"(4)", "not surely"},
		{"★★★★★★", "don't surely say"},
		{"☆☆☆☆☆", "don't surely say"},
		{"☆☆☆", "don't surely say"},
		{"★★☆", "don't surely say"},
		{"☆★★★★", "don't surely say"},
		{"*", "don't surely say"},
		{"4 sao *", "don't surely say"},
		{"4 sao (*)", "don't surely say"},
		{"4**", "not surely"},
		{"sao", "how many"},
		{"OCOP", "names no rating"},
		{"đề xuất", "which rating is recognized"},
		{"4 sao (60 điểm)", "too few"},
		{"4 sao, đề nghị nâng hạng", "which rating is recognized"},
		{"4 sao (đang chờ)", "which rating is recognized"},
		{"đề xuất 5 sao (4 sao)", "several"},
		{"Đạt 3 sao năm 2019, 4 sao năm 2022", "several"},
		{"★★★★ 5", "not surely"},
		{"4 sao ☆☆☆☆", "don't surely say"},
		{"Nâng hạng 4 sao", "upgrade is done or asked for"},
		{"4 sao nâng hạng 5 sao", "upgrade is done or asked for"},
		{"4 sao (còn chờ)", "\"con\""},
		{"4 sao (đề xuất 3 sao)", "contradict"},
		{"4 sao (đề xuất 4 sao)", "contradict"},
		{"đề xuất 3 sao, đã được công nhận", "contradict"},
		{"chưa đạt 4 sao", "contradict"},
		{"không đạt 4 sao", "contradict"},
		{"4 sao (chưa công nhận)", "contradict"},
		{"4 sao (đã thu hồi)", "takes back"},
		{"4 sao theo QĐ 114/QĐ-UBND (đã thu hồi)", "takes back"},
		{"4 sao (hết hạn)", "takes back"},
		{"4 sao, đã được nâng hạng 5 sao", "takes back"},
		{"không phải 4 sao", "takes back"},
		{"4 sao QĐ 114/QĐ-UBND; 3 sao QĐ 115/QĐ-UBND", "several"},
		{"4 sao?", "sign"},
		{"~4 sao", "sign"},
		{"?", "sign"},
		{"IV sao", "\"iv\""},
		{"bon", "\"bon\""},
		{"#REF!", "sign"},
		{"4\xff sao", "UTF-8"},
		{"H\xb9ng 4 sao", "UTF-8"},
		{"4 sa\ufffd", "U+FFFD"},
		{strings.Repeat("4 sao ", 1000), "too long"},
	}
	for _, tt := range tests {
		got, err := ReadRating(tt.in)
		checkRefused(t, "ReadRating", tt.in, got, err, tt.why)
	}
}

// checkRefused wants a *ReadError whose English words hold why, with Vietnamese ones.
func checkRefused(t *testing.T, name, in string, got any, err error, why string) {
	t.Helper()
	var re *ReadError
	switch {
	case err == nil:
		t.Errorf("%s(%q) = %v; want it refused: %s", name, in, got, why)
	case !errors.As(err, &re):
		t.Errorf("%s(%q): error %T, want *ReadError", name, in, err)
	case !strings.Contains(re.Why.EN, why):
		t.Errorf("%s(%q) refused with %q; want %q in it", name, in, re.Why.EN, why)
	case re.Why.VI == "" || !utf8.ValidString(re.Value):
		t.Errorf("%s(%q): no Vietnamese words, or a value %q that can't be shown", name, in, re.Value)
	}
}

func FuzzReadRating(f *testing.F) {
	for _, s := range []string{
		"4", "4 sao", "OCOP 4 sao (QĐ 114/QĐ-UBND, 15/1/2020)", "★★★★☆", "4 sao (đề xuất 5 sao)", "bốn (04) sao",
		"4 SP OCOP 5 sao + 7 SP OCOP 4 sao", "3-4 sao", "85 điểm", "4️⃣", "4\xff", "đề xuất 5 sao (đã đạt 4 sao)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ReadRating(s)
		again, againErr := ReadRating(CleanText(s))
		if len(s) <= maxReadable && (got != again || (err == nil) != (againErr == nil)) {
			t.Fatalf("%q reads as %v, %v and cleaned as %v, %v", s, got, err, again, againErr)
		}
		if err != nil {
			var re *ReadError
			if !errors.As(err, &re) || got != (Rating{}) || re.Why.VI == "" || re.Why.EN == "" {
				t.Fatalf("%q: refused with %v and %#v", s, got, err)
			}
			return
		}
		for _, n := range []Stars{got.Recognized, got.Proposed} {
			if n != 0 && (!n.Valid() || !names(s, n)) {
				t.Fatalf("%q reads as %v, and %d does not stand in it", s, got, n)
			}
		}
	})
}

// names says whether the rating n stands in s as a digit, a word or stars.
func names(s string, n Stars) bool {
	stars := 0
	folded := fold(s)
	for _, r := range folded {
		if star, _ := starGlyph(string(r)); star {
			stars++
		}
	}
	for _, w := range strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if spelledNumber(w) == int(n) {
			return true
		}
	}
	return strings.Contains(folded, string(rune('0'+n))) || stars >= int(n)
}

func BenchmarkReadRating(b *testing.B) {
	for _, s := range []string{"4", "4 sao", "OCOP 4 sao (QĐ 114/QĐ-UBND, 15/1/2020)"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r, err := ReadRating(s); err != nil || r.Recognized != 4 {
					b.Fatal(r, err)
				}
			}
		})
	}
}
