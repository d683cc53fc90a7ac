package market

import "testing"

// Malls quote what they object to; producers' telephone numbers and e-mail
// addresses are never logged (design decision 14).
func TestCleanWordsMasksPeople(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Mô tả có SĐT 0912 345 678 và htx@gmail.com.vn": "Mô tả có SĐT [telephone] và [e-mail]",
		"gọi +84 912.345.678 ngay":                      "gọi [telephone] ngay",
		"0912345678":                                    "[telephone]",
		"SKU OCOP-68-672-24825-35-2025 trùng":           "SKU OCOP-68-672-24825-35-2025 trùng",
		"giá 120.000đ, mã 8934567890123":                "giá 120.000đ, mã 8934567890123",
		"lúc 2026-11-23T18:05:22Z":                      "lúc 2026-11-23T18:05:22Z",
	} {
		if got := CleanWords(in); got != want {
			t.Errorf("CleanWords(%q) = %q, want %q", in, got, want)
		}
	}
}
