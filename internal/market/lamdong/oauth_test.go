package lamdong

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/url"
	"testing"
)

// sha1Signature signs our base string as the RFC's examples do, so that what
// they prove of the base string holds for our SHA-256 too.
func sha1Signature(base, key string) string {
	mac := hmac.New(sha1.New, []byte(key))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestSignaturesOfRFC5849(t *testing.T) {
	t.Parallel()
	// The three requests of section 1.2 and their signatures.
	tests := []struct {
		name, method, address, key, want string
		params                           []param
	}{
		{
			name: "initiate", method: "POST", address: "https://photos.example.net/initiate",
			key: "kd94hf93k423kf44&", want: "74KNZJeDHnMBp0EMJ9ZHt/XKycU=",
			params: []param{
				{"oauth_consumer_key", "dpf43f3p2l4k3l03"}, {"oauth_signature_method", "HMAC-SHA1"},
				{"oauth_timestamp", "137131200"}, {"oauth_nonce", "wIjqoS"},
				{"oauth_callback", "http://printer.example.com/ready"},
			},
		},
		{
			name: "photos, with a query", method: "get", address: "http://photos.example.net/photos",
			key: "kd94hf93k423kf44&pfkkdhi9sl3r4s00", want: "MdpQcU8iPSUjWoN/UDMsK2sui9I=",
			params: []param{
				{"file", "vacation.jpg"}, {"size", "original"},
				{"oauth_consumer_key", "dpf43f3p2l4k3l03"}, {"oauth_token", "nnch734d00sl2jdk"},
				{"oauth_signature_method", "HMAC-SHA1"}, {"oauth_timestamp", "137131202"}, {"oauth_nonce", "chapoH"},
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			base := baseString(test.method, test.address, test.params)
			if got := sha1Signature(base, test.key); got != test.want {
				t.Errorf("signature %s, the RFC has %s; base string:\n%s", got, test.want, base)
			}
		})
	}
}

func TestBaseStringOfRFC5849(t *testing.T) {
	t.Parallel()
	// Section 3.4.1.1 and 3.4.1.3.2.
	params := []param{
		{"b5", "=%3D"}, {"a3", "a"}, {"c@", ""}, {"a2", "r b"},
		{"oauth_consumer_key", "9djdj82h48djs9d2"}, {"oauth_token", "kkk9d7dh3k39sjv7"},
		{"oauth_signature_method", "HMAC-SHA1"}, {"oauth_timestamp", "137131201"},
		{"oauth_nonce", "7d8f3e4a"}, {"c2", ""}, {"a3", "2 q"},
	}
	wantParams := "a2=r%20b&a3=2%20q&a3=a&b5=%3D%253D&c%40=&c2=&oauth_consumer_key=9djdj82h48djs9d2" +
		"&oauth_nonce=7d8f3e4a&oauth_signature_method=HMAC-SHA1&oauth_timestamp=137131201&oauth_token=kkk9d7dh3k39sjv7"
	if got := normalised(params); got != wantParams {
		t.Errorf("normalised parameters\n got %s\nwant %s", got, wantParams)
	}
	want := "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D" +
		"%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a" +
		"%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
	if got := baseString("post", "http://example.com/request", params); got != want {
		t.Errorf("base string\n got %s\nwant %s", got, want)
	}
}

func TestSignatureIsSHA256(t *testing.T) {
	t.Parallel()
	// Computed apart from this code:
	// printf '%s' "$base" | openssl dgst -sha256 -hmac 'cs_1%26x&' -binary | base64
	params := []param{{"sku", "OCOP-1,OCOP-2"}, {"oauth_nonce", "n"}}
	const want = "G0m/4mPnjbLziGL5+wfbInMYe5ouceEviTajH7PgktU="
	if got := signature("GET", "http://shop.example/wp-json/wc/v3/products", params, "cs_1&x"); got != want {
		t.Errorf("signature %s, want %s; base string:\n%s", got, want,
			baseString("GET", "http://shop.example/wp-json/wc/v3/products", params))
	}
}

func TestNormalBase(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"HTTP://Shop.Example:80/":       "http://shop.example",
		"https://shop.example:443":      "https://shop.example",
		"http://shop.example:8080/cua/": "http://shop.example:8080/cua",
		"http://[::1]:80":               "http://[::1]",
		"shop.example":                  "shop.example",
		"http://bad host/":              "http://bad host",
	} {
		if got := normalBase(give); got != want {
			t.Errorf("normalBase(%q) = %q, want %q", give, got, want)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "a b", "Đà Lạt", "%41", "~-._", "=&+", "\x00\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		back, err := url.PathUnescape(escape(s))
		if err != nil || back != s {
			t.Errorf("escape(%q) = %q, which reads back as %q (%v)", s, escape(s), back, err)
		}
	})
}
