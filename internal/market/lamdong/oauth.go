package lamdong

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
)

// A param is one query parameter, not encoded.
type param struct{ name, value string }

// signature is the OAuth 1.0a signature (RFC 5849, section 3.4.2, with SHA-256
// instead of SHA-1, which WooCommerce takes too) of a request whose parameters
// all stand in params. There is no token, so the key ends in "&".
func signature(method, address string, params []param, secret string) string {
	mac := hmac.New(sha256.New, []byte(escape(secret)+"&"))
	mac.Write([]byte(baseString(method, address, params)))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// baseString is the signature base string of RFC 5849, section 3.4.1. address
// has scheme, host and path, in the form of section 3.4.1.2.
func baseString(method, address string, params []param) string {
	return strings.ToUpper(method) + "&" + escape(address) + "&" + escape(normalised(params))
}

// normalised encodes, sorts and joins parameters as RFC 5849, section 3.4.1.3.2
// says: by encoded name, then by encoded value.
func normalised(params []param) string {
	encoded := make([]param, len(params))
	for i, p := range params {
		encoded[i] = param{escape(p.name), escape(p.value)}
	}
	slices.SortFunc(encoded, func(a, b param) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	var b strings.Builder
	for i, p := range encoded {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name)
		b.WriteByte('=')
		b.WriteString(p.value)
	}
	return b.String()
}

// escape is the percent-encoding of RFC 5849, section 3.6: everything but
// letters, digits, "-", ".", "_" and "~", in upper-case hexadecimal.
func escape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(s) + len(s)/4)
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' ||
			c == '-' || c == '.' || c == '_' || c == '~' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
