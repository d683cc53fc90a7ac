package listing

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"ocopsync/internal/ocop"
)

func TestNewSKU(t *testing.T) {
	t.Parallel()
	tests := []struct {
		prefix string
		code   ocop.Code
		want   SKU
	}{
		{"OCOP-", "83-829-28780-3-2022", "OCOP-83-829-28780-3-2022"},
		{"OCOP-", "X-JYYJ4GU6YPWPZQXS", "OCOP-X-JYYJ4GU6YPWPZQXS"},
		{"OCOP-", "ld-01a", "OCOP-LD-01A"},
		{"OCOP-", ocop.Code(strings.Repeat("9", 45)), SKU("OCOP-" + strings.Repeat("9", 45))},
		// What follows is in shops: it must never change.
		{"OCOP-", ocop.Code(strings.Repeat("9", 46)), "OCOP-999999999999999999999999999--OV7GJYQTD7BW3HJF"},
		{"OCOP-", "68/672/24769", "OCOP-6867224769--5B3QXOABDOD2O2CU"},
		{"OCOP-", "ĐL-01", "OCOP-L01--HFOVINQZ7YJLVX3P"},
		{"OCOP-", "A--B", "OCOP-AB--AZ7ZCSFYAVB7Q6UQ"},
		{"OCOP-", "-A", "OCOP-A--VLMPSDEW5QLAJJMZ"},
		{"OCOP-", "", "OCOP---4OYMIQUY7QOBJGX3"},
	}
	for _, tt := range tests {
		if got := NewSKU(tt.prefix, tt.code); got != tt.want {
			t.Errorf("NewSKU(%q, %q) = %q, want %q", tt.prefix, tt.code, got, tt.want)
		}
	}
}

func TestSKUsDifferInMoreThanCase(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]ocop.Code{
		{"ı1", "I1"},                             // strings.ToUpper makes them equal
		{"a\xff", "a\xfe"}, {"a\xff", "a\ufffd"}, // likewise
		{"Đ1", "D1"}, {"1-1", "11"}, {"1 1", "1-1"}, // all that readable() drops
		{"A--B", "A-B"}, {"A-", "A"}, {"AB", "A\x00B"}, // what looks alike
		{ocop.Code(strings.Repeat("1", 60)), ocop.Code(strings.Repeat("1", 61))},
	} {
		if a, b := NewSKU("OCOP-", pair[0]), NewSKU("OCOP-", pair[1]); a == b {
			t.Errorf("%q and %q share the SKU %s", pair[0], pair[1], a)
		}
	}
	// The hashed SKU of one code can't be the kept one of another.
	if hashed := NewSKU("OCOP-", "a/b"); NewSKU("OCOP-", ocop.Code(strings.TrimPrefix(string(hashed), "OCOP-"))) == hashed {
		t.Errorf("the code that spells the SKU %s has it too", hashed)
	}
}

var skuForm = regexp.MustCompile(`^[A-Z0-9-]{1,50}$`)

func drawCode(t *rapid.T, label string) ocop.Code {
	return ocop.Code(rapid.OneOf(
		rapid.StringMatching(`[0-9]{2}-[0-9]{3}-[0-9]{5}-[0-9]{1,2}-20[0-9]{2}`),
		rapid.StringMatching(`[A-Za-z0-9-]{0,60}`),
		rapid.StringMatching(`[ıIiſSsKkĐđÐABab01/ .-]{0,6}`),
		rapid.String(),
		rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) }),
	).Draw(t, label))
}

func TestSKUProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"OCOP-", "L-", "LAMDONG-001-", "A1-B2-"}).Draw(t, "prefix")
		if !ValidSKUPrefix(prefix) {
			t.Fatalf("%q is no prefix", prefix)
		}
		a, b := drawCode(t, "a"), drawCode(t, "b")
		skuA, skuB := NewSKU(prefix, a), NewSKU(prefix, b)
		if !skuForm.MatchString(string(skuA)) || !strings.HasPrefix(string(skuA), prefix) {
			t.Fatalf("NewSKU(%q, %q) = %q", prefix, a, skuA)
		}
		// EqualFold takes bytes that are no UTF-8 for one character.
		sameButCase := a == b || strings.EqualFold(string(a), string(b)) && isUTF8(a) && isUTF8(b)
		if (skuA == skuB) != sameButCase {
			t.Fatalf("%q has the SKU %s, %q has %s", a, skuA, b, skuB)
		}
		flipped := ocop.Code(strings.Map(func(r rune) rune {
			if f := unicode.SimpleFold(r); isUTF8(a) {
				return f
			}
			return r
		}, string(a)))
		if isUTF8(a) && NewSKU(prefix, flipped) != skuA {
			t.Fatalf("%q and %q differ in case alone and have the SKUs %s and %s", a, flipped, skuA, NewSKU(prefix, flipped))
		}
		// Readable: the letters and digits of a common code stand in it.
		if common := regexp.MustCompile(`^[0-9]{2}-[0-9]{3}-[0-9]{5}-[0-9]{1,2}-20[0-9]{2}$`); common.MatchString(string(a)) && string(skuA) != prefix+string(a) {
			t.Fatalf("the code %s can't be read in %s", a, skuA)
		}
	})
}

func isUTF8(c ocop.Code) bool {
	return !strings.ContainsRune(string(c), '\ufffd') && strings.ToValidUTF8(string(c), "") == string(c)
}

func TestValidSKUPrefix(t *testing.T) {
	t.Parallel()
	for prefix, want := range map[string]bool{
		"OCOP-": true, "A-": true, "1-": true, "DA-LAT-": true, "ABCDEFGHIJK-": true,
		"": false, "-": false, "OCOP": false, "ocop-": false, "OCOP--": false, "-OCOP-": false, "OC OP-": false, "ĐL-": false, "ABCDEFGHIJKL-": false, "A--B-": false,
	} {
		if got := ValidSKUPrefix(prefix); got != want {
			t.Errorf("ValidSKUPrefix(%q) = %v, want %v", prefix, got, want)
		}
	}
}
