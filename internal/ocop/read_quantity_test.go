package ocop

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestReadStock(t *testing.T) {
	t.Parallel()
	tests := map[string]int64{
		"0": 0, "100": 100, " 100 ": 100, "100.0": 100, "1.000": 1000, "1,000": 1000, "1 000": 1000, "12.500": 12_500, "１００": 100, "'100": 100,
		"100 hộp": 100, "100 sp": 100, "100 sản phẩm": 100, "100hộp": 100, "còn 100": 100, "Còn 100 chai": 100, "tồn 5": 5,
		"hết": 0, "Hết hàng": 0, "tạm hết hàng": 0, norm.NFD.String("Hết hàng"): 0, "0 hộp": 0,
	}
	for in, want := range tests {
		if got, err := ReadStock(in); err != nil || got != want {
			t.Errorf("ReadStock(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", " ", "-", "không", "còn hàng", "còn", "nhiều", "12,5", "-5", "~100", "100+", "100-200", "100 kg", "100g", "10 thùng", "100 hộp/tháng", "100 lít",
		"100 hộp 250g", "1.2E+05", "1½", "10²", "99999999999", "0900000000", "100\xff", "#REF!",
	} {
		got, err := ReadStock(in)
		checkRefused(t, "ReadStock", in, got, err, "")
	}
}

func TestReadWeight(t *testing.T) {
	t.Parallel()
	tests := map[string]int64{
		"": 0, "-": 0, "không có": 0,
		"250g": 250, "250 g": 250, "250G": 250, "500 gr": 500, "500gram": 500, "250 gam": 250, "1kg": 1000, "1 KG": 1000, "0,5 kg": 500, "0.5kg": 500,
		"1,5 kg": 1500, "0,25 kg": 250, "0.250 kg": 250, "1.000g": 1000, "1,000 g": 1000, "2 lạng": 200, "250g/hộp": 250, "250 gram/ hộp": 250,
		"Hộp 250g": 250, "Khối lượng: 250g": 250, "Khối lượng tịnh: 0,5 kg": 500, "KL: 100g": 100, norm.NFD.String("Hộp 250g"): 250, "12,5 kg": 12_500,
	}
	for in, want := range tests {
		if got, err := ReadWeight(in); err != nil || got != want {
			t.Errorf("ReadWeight(%q) = %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{
		"250", "0g", "0,5g", "500ml", "1 lít", "10 x 25g", "10 gói x 2g", "20 túi", "1.500 kg", "1,000 kg", "~250g", "250-300g", "250g ± 5%", "2 250g",
		"500mg", "-250g", "g", "kg", "hộp", "250g + 50g", "250g/2 hộp", "9999999999 kg", "250g\xff", "nửa kg",
	} {
		got, err := ReadWeight(in)
		checkRefused(t, "ReadWeight", in, got, err, "")
	}
}

func TestReadGTIN(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"": "", "-": "", "không có": "",
		"4006381333931": "4006381333931", "400 6381 33393 1": "4006381333931", "400-6381333931": "4006381333931", "'4006381333931": "4006381333931",
		"96385074": "96385074", "036000291452": "036000291452", "10614141000415": "10614141000415", "８９３６０００００００１１": "8936000000011",
	}
	for in, want := range tests {
		if got, err := ReadGTIN(in); err != nil || got != want {
			t.Errorf("ReadGTIN(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, tt := range []struct{ in, why string }{
		{"4006381333932", "check digit"},
		{"4006381339331", "check digit"}, // two digits changed places
		{"0000000000000", "check digit"},
		{"36000291452", "8, 12, 13 or 14"}, // a leading zero was lost
		{"123", "8, 12, 13 or 14"},
		{"8.93602E+12", "rounded"},
		{"8936ABC000011", "digits only"},
		{"8936000000011; 8936000000028", "digits only"},
		{"8936000000011\xff", "UTF-8"},
	} {
		got, err := ReadGTIN(tt.in)
		checkRefused(t, "ReadGTIN", tt.in, got, err, tt.why)
	}
}

func TestReadGroup(t *testing.T) {
	t.Parallel()
	tests := map[string]Group{
		"": "", "-": "",
		"thuc-pham": Food, "Thực phẩm": Food, "THỰC PHẨM": Food, "Nhóm thực phẩm": Food, "1. Thực phẩm": Food, "I. Thực phẩm": Food, "Nhóm 1: Thực phẩm": Food,
		"Ngành thực phẩm": Food, norm.NFD.String("Thực phẩm"): Food, "food": Food, "Food ": Food,
		"do-uong": Drink, "Đồ uống": Drink, "ĐỒ UỐNG": Drink, "do uong": Drink, "Nhóm đồ uống": Drink, "drink": Drink, "II. Đồ uống": Drink,
		"duoc-lieu": Herbal, "Dược liệu và sản phẩm từ dược liệu": Herbal, "Dược liệu": Herbal, "Thảo dược": Herbal, "herbs": Herbal,
		"thu-cong-my-nghe": Crafts, "Thủ công mỹ nghệ": Crafts, "Thủ công mỹ nghệ, trang trí": Crafts, "Hàng thủ công mỹ nghệ": Crafts,
		"cloth": Crafts, "Vải và may mặc": Crafts, "Vải, may mặc": Crafts, "keepsake": Crafts, "Lưu niệm - nội thất - trang trí": Crafts,
		"sinh-vat-canh": Ornamentals, "Sinh vật cảnh": Ornamentals,
		"du-lich": Tourism, "travel": Tourism, "Dịch vụ du lịch": Tourism, "Dịch vụ du lịch cộng đồng, du lịch sinh thái và điểm du lịch": Tourism,
		"Dịch vụ du lịch nông thôn và bán hàng": Tourism, "6. Du lịch": Tourism,
	}
	for in, want := range tests {
		if got, err := ReadGroup(in); err != nil || got != want {
			t.Errorf("ReadGroup(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"Thực phẩm, đồ uống", "Khác", "Thực phẩm chức năng", "1", "Nhóm", "nông nghiệp", "Th\xf9c", "?", "Nhóm 1: Nhóm 2"} {
		got, err := ReadGroup(in)
		checkRefused(t, "ReadGroup", in, got, err, "")
	}
}

func TestReadStatus(t *testing.T) {
	t.Parallel()
	tests := map[string]Status{
		"": "", "-": "",
		"recognized": StatusRecognized, "Đã công nhận": StatusRecognized, "Còn hiệu lực": StatusRecognized, "CÒN HẠN": StatusRecognized,
		"expired": StatusExpired, "Hết hạn": StatusExpired, "Đã hết hiệu lực": StatusExpired,
		"revoked": StatusRevoked, "Thu hồi": StatusRevoked, "Đã bị thu hồi": StatusRevoked,
		"withdrawn": StatusWithdrawn, "Rút": StatusWithdrawn, "Ngừng sản xuất": StatusWithdrawn, norm.NFD.String("Ngừng tham gia"): StatusWithdrawn,
	}
	for in, want := range tests {
		if got, err := ReadStatus(in); err != nil || got != want {
			t.Errorf("ReadStatus(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, tt := range []struct{ in, why string }{
		{"Chờ công nhận", "not recognized yet"}, {"chưa công nhận", "not recognized yet"},
		{"suspended", "unknown"}, {"Không hết hạn", "unknown"}, {"Tạm dừng", "unknown"}, {"?", "unknown"}, {"H\xea", "UTF-8"},
	} {
		got, err := ReadStatus(tt.in)
		checkRefused(t, "ReadStatus", tt.in, got, err, tt.why)
	}
}

func FuzzReadQuantities(f *testing.F) {
	for _, s := range []string{"100", "1.000 hộp", "250g", "0,5 kg", "Hộp 250g", "4006381333931", "8.93E+12", "1.250.000,00", "Hết hàng"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		stock, err := ReadStock(s)
		checkFuzzed(t, s, stock != 0, err)
		if stock < 0 || stock > maxQuantity {
			t.Fatalf("%q reads as a stock of %d", s, stock)
		}
		grams, err := ReadWeight(s)
		checkFuzzed(t, s, grams != 0, err)
		if grams < 0 || grams > maxQuantity {
			t.Fatalf("%q reads as %d grams", s, grams)
		}
		gtin, err := ReadGTIN(s)
		checkFuzzed(t, s, gtin != "", err)
		if again, err := ReadGTIN(gtin); err != nil || again != gtin {
			t.Fatalf("%q reads as %q, which reads as %q, %v", s, gtin, again, err)
		}
	})
}

func FuzzReadWords(f *testing.F) {
	for _, s := range []string{"Thực phẩm", "Nhóm 1: Đồ uống", "HTX", "Hộ bà Cô Út", "Còn hiệu lực", "thu-cong-my-nghe", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		group, err := ReadGroup(s)
		checkFuzzed(t, s, group != "", err)
		kind, err := ReadProducerKind(s)
		checkFuzzed(t, s, kind != "", err)
		status, err := ReadStatus(s)
		checkFuzzed(t, s, status != "", err)
		_ = KindFromName(s)
		if again, err := ReadGroup(string(group)); err != nil || again != group {
			t.Fatalf("%q reads as %q, which reads as %q, %v", s, group, again, err)
		}
	})
}

// checkFuzzed wants either a value or a *ReadError in both languages.
func checkFuzzed(t *testing.T, in string, value bool, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var re *ReadError
	if !errors.As(err, &re) || value || strings.TrimSpace(re.Why.VI) == "" || strings.TrimSpace(re.Why.EN) == "" {
		t.Fatalf("%q: refused with %v, or with a value all the same", in, err)
	}
}
