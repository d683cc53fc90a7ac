package ocop

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestCleanText(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"", ""},
		{"Trà atisô", "Trà atisô"},
		{"  Trà   atisô  ", "Trà atisô"},
		{"Trà\u00a0atisô", "Trà atisô"},
		{"Trà\r\natisô\t(hộp)", "Trà atisô (hộp)"},
		{"\ufeffTrà\u200b atisô\u200e", "Trà atisô"},
		{"a\u00adtisô", "atisô"},
		{"a\x00b\x07c", "abc"},
		{"a\u0085b\u2028c\u3000d", "a b c d"},
		{norm.NFD.String("Cà phê Cầu Đất"), "Cà phê Cầu Đất"},
		{"Ca\u200b\u0300 phê", "Cà phê"}, // a mark that an invisible character held off its letter
		{" \u200b ", ""},
		{"Tr\xe0  atis\xf4", "Tr\xe0  atis\xf4"}, // not UTF-8: left for its reader to report
		{"★ 4", "★ 4"},
	}
	for _, tt := range tests {
		if got := CleanText(tt.in); got != tt.want {
			t.Errorf("CleanText(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestReadText(t *testing.T) {
	t.Parallel()
	if got, err := ReadText(" Trà  atisô "); err != nil || got != "Trà atisô" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, tt := range []struct{ in, why, value string }{
		{"Tr\xe0 atis\xf4", "not valid UTF-8", `Tr\xe0 atis\xf4`},
		{"Tr\ufffd atis", "lost", "Tr\ufffd atis"},
	} {
		_, err := ReadText(tt.in)
		checkRefused(t, "ReadText", tt.in, "", err, tt.why)
		if want := tt.value; !strings.Contains(err.(*ReadError).Value, want) {
			t.Errorf("the report shows %q, want %q", err.(*ReadError).Value, want)
		}
	}
}

func TestLongValuesAreCutInReports(t *testing.T) {
	t.Parallel()
	_, err := ReadRating(strings.Repeat("ạ", 5000))
	if n := utf8.RuneCountInString(err.(*ReadError).Value); n != maxValue+1 {
		t.Errorf("the report shows %d characters, want %d and a sign that it was cut", n, maxValue)
	}
}

func TestNameKey(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"", ""},
		{"tra atiso", "tra atiso"},
		{"Trà Atisô  (hộp 20 gói)", "tra atiso hop 20 goi"},
		{"TRÀ ATISÔ - Hộp 20 gói", "tra atiso hop 20 goi"},
		{norm.NFD.String("Trà Atisô (hộp 20 gói)"), "tra atiso hop 20 goi"},
		{"Đông trùng hạ thảo Đà Lạt", "dong trung ha thao da lat"},
		{"Ðà Lạt", "da lat"}, // Eth instead of Đ
		{"Cà phê Arabica Cầu Đất®", "ca phe arabica cau dat"},
		{"Rượu vang “Đà Lạt”, 12,5%", "ruou vang da lat 12 5"},
		{"ＴＲＡ　１", "tra 1"},
		{"Phúc bồn tử\u200b", "phuc bon tu"},
		{"- -", ""},
		{"m² và 1½", "m² va 1½"},
		{"Crème brûlée Škoda", "creme brulee skoda"},
		{"茶 Trà", "茶 tra"},
		{"Tr\xe0", "tr\ufffde0"},
	}
	for _, tt := range tests {
		if got := NameKey(tt.in); got != tt.want {
			t.Errorf("NameKey(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestFoldTablesAgreeWithUnicode(t *testing.T) {
	t.Parallel()
	for r := rune(0x80); r < 0x2000; r++ {
		apart := []rune(norm.NFD.String(string(r)))
		if len(apart) < 2 || apart[0] >= utf8.RuneSelf || apart[0] < 'A' {
			continue
		}
		if got, want := string(appendBase(nil, r)), strings.ToLower(string(apart[0])); got != want {
			t.Errorf("%c (%U) folds to %q, want %q", r, r, got, want)
		}
	}
	const every = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
	if got := NameKey(strings.ToUpper(every)); got != NameKey(every) || strings.Trim(got, "aeiouyd") != "" {
		t.Errorf("the Vietnamese alphabet folds to %q", got)
	}
}

func TestSameName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want bool
	}{
		{"Mứt dâu", "mứt  DÂU", true},
		{"Mứt dâu", "Mut dau", true}, // typed without diacritics
		{"Mứt dâu", "Mứt đậu", false},
		{"Mứt dâu", "Mứt dầu", false},
		{"Chả bò", "Chả bơ", false},
		{"Bơ 034", "Bơ 035", false},
		{"Rượu hoà bình", "Rượu hòa bình", true}, // the tone mark's two places
		{"Thuỷ tiên", "Thủy tiên", true},
		{norm.NFD.String("Mứt dâu"), "Mứt dâu", true},
		{"Trà atisô (hộp)", "Trà atisô - hộp", true},
		{"Ðà Lạt", "Đà Lạt", true},
		{"", "", true},
	}
	for _, tt := range tests {
		if got := SameName(tt.a, tt.b); got != tt.want || SameName(tt.b, tt.a) != got {
			t.Errorf("SameName(%q, %q) = %v, want %v both ways", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestDeriveCode(t *testing.T) {
	t.Parallel()
	code := DeriveCode("Trà Atisô (hộp 20 gói)", "HTX Nông nghiệp Suối Mơ")
	if code != "X-BW5ORJF7246QPW6G" {
		t.Errorf("the code changed to %s: every shop that has listed under the old one would get duplicates", code)
	}
	if !code.Derived() || Code("68-672-24769-12-2022").Derived() {
		t.Error("Derived does not tell a derived code from a registry's")
	}
	for _, same := range [][2]string{
		{"TRÀ ATISÔ  hộp 20 gói", "Hợp tác xã nông nghiệp Suối Mơ "},
		{norm.NFD.String("Trà Atisô, hộp 20 gói"), "htx NN Suối Mơ"},
	} {
		if got := DeriveCode(same[0], same[1]); got != code {
			t.Errorf("%q has the code %s, want %s", same, got, code)
		}
	}
	for _, other := range [][2]string{
		{"Trà Atisô (hộp 10 gói)", "HTX Nông nghiệp Suối Mơ"},
		{"Trà Atisô (hộp 20 gói)", "HTX Nông nghiệp Suối Vàng"},
		{"Trà Atisô (hộp 20 gói)", ""},
	} {
		if got := DeriveCode(other[0], other[1]); got == code || !got.Derived() {
			t.Errorf("%q has the code %s", other, got)
		}
	}
	if got := DeriveCode(" - ", "HTX"); got != "" {
		t.Errorf("a row without a name has the code %s, want none", got)
	}
}

func FuzzCleanText(f *testing.F) {
	for _, s := range []string{"", "Trà  atisô", "a\u0300\u200bb", "\xff\x00", "\xd2\x04\x8a", norm.NFD.String("Cầu Đất"), "가각", "ﬁ½²", "İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean := CleanText(s)
		if again := CleanText(clean); again != clean {
			t.Fatalf("%q cleans to %q and then to %q", s, clean, again)
		}
		if isClean(s) && clean != s || utf8.ValidString(s) != utf8.ValidString(clean) {
			t.Fatalf("%q cleans to %q", s, clean)
		}
		if utf8.ValidString(s) && !norm.NFC.IsNormalString(clean) {
			t.Fatalf("%q cleans to %q, which is not NFC", s, clean)
		}
		for _, key := range []func(string) string{NameKey, ProducerKey, fold} {
			k := key(s)
			if again := key(k); again != k {
				t.Fatalf("%q has the key %q, which has the key %q", s, k, again)
			}
			if key(clean) != k {
				t.Fatalf("%q has the key %q, cleaned %q", s, k, key(clean))
			}
		}
		if !SameName(s, clean) {
			t.Fatalf("%q is not its own name when cleaned", s)
		}
		if c := DeriveCode(s, s); c != "" && !c.Derived() {
			t.Fatalf("%q has the code %q", s, c)
		}
	})
}

func BenchmarkCleanText(b *testing.B) {
	benchTexts(b, CleanText)
}

func BenchmarkNameKey(b *testing.B) {
	benchTexts(b, NameKey)
}

func BenchmarkProducerKey(b *testing.B) {
	benchTexts(b, ProducerKey)
}

func benchTexts(b *testing.B, f func(string) string) {
	b.Helper()
	const name = "Hợp tác xã nông nghiệp Suối Mơ"
	for _, tt := range []struct{ name, text string }{
		{"ascii", "htx nong nghiep suoi mo"},
		{"nfc", name},
		{"nfd", norm.NFD.String(name)},
		{"dirty", "  " + name + "\u200b\n"},
	} {
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if f(tt.text) == "" {
					b.Fatal("nothing left")
				}
			}
		})
	}
}
