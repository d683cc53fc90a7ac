package listing

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"unicode"
	"unicode/utf8"

	"ocopsync/internal/ocop"
)

// SKU is the shop's own number of a product on every market: letters A-Z,
// digits and hyphens, at most MaxSKU long.
type SKU string

// MaxSKU is the shortest limit of the markets' contracts (postmart: 50).
const MaxSKU = 50

const (
	skuHashLen = 16
	// skuMark precedes the hash of a code that could not be kept as it is. It
	// can't occur in a kept code, so that the two kinds never meet.
	skuMark = "--"
)

// NewSKU gives the SKU of a product code: prefix + code. It is injective and
// case-insensitive (design decision 2): two codes share a SKU when they differ in
// letter case alone, and never else (but by a collision of 80-bit hashes). A code
// with other characters than A-Z, 0-9 and single inner hyphens, or one that would
// make the SKU too long, is shortened to its readable start and a hash.
func NewSKU(prefix string, code ocop.Code) SKU {
	up := string(code)
	if !plain(up) {
		up = foldCase(up)
	}
	if plain(up) && len(prefix)+len(up) <= MaxSKU {
		return SKU(prefix + up)
	}
	sum := sha256.Sum256([]byte(up))
	hash := base32.StdEncoding.EncodeToString(sum[:])[:skuHashLen]
	head := readable(up, MaxSKU-len(prefix)-len(skuMark)-skuHashLen)
	return SKU(prefix + head + skuMark + hash)
}

// foldCase gives one spelling of all that differ in letter case alone
// (strings.EqualFold), in capitals for A-Z. strings.ToUpper would not do: it
// makes an I of the dotless ı, and one character of all bytes that are no UTF-8.
func foldCase(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			b.WriteByte(s[i])
		} else {
			least := r
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				least = min(least, f)
			}
			b.WriteRune(least)
		}
		i += size
	}
	return b.String()
}

// ValidSKUPrefix says whether a configured prefix can start a SKU.
func ValidSKUPrefix(prefix string) bool {
	if len(prefix) == 0 || len(prefix) > 12 || !strings.HasSuffix(prefix, "-") {
		return false
	}
	return plain(strings.TrimSuffix(prefix, "-"))
}

func plain(s string) bool {
	if s == "" || s[0] == '-' || s[len(s)-1] == '-' || strings.Contains(s, skuMark) {
		return false
	}
	for i := range len(s) {
		if !skuByte(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

func readable(s string, most int) string {
	var b strings.Builder
	for i := 0; i < len(s) && b.Len() < most; i++ {
		if skuByte(s[i]) {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func skuByte(c byte) bool { return c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' }
