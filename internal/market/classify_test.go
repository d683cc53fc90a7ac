package market_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
)

func TestStatusError(t *testing.T) {
	t.Parallel()
	for _, c := range markettest.Statuses() {
		t.Run(fmt.Sprintf("%d %.20s", c.Status, c.Body), func(t *testing.T) {
			t.Parallel()
			got := market.StatusError("test", "create A", c.Status, c.Header, []byte(c.Body))
			want := market.Error{
				Market: "test", Op: "create A", Kind: c.Kind, Retryable: c.Retryable, After: c.After,
				MaybeDone: c.MaybeDone, Status: c.Status, Code: c.Code, Words: c.Words,
			}
			if fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", want) {
				t.Errorf("got      %+v\nexpected %+v", *got, want)
			}
		})
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Get \"https://shop.example/wc?consumer_key=ck_0123456789abcdef&consumer_secret=cs_0123456789abcdef&page=2\": EOF": "Get \"https://shop.example/wc?consumer_key=[redacted]&consumer_secret=[redacted]&page=2\": EOF",
		"oauth_signature=ab%2Fcd%3D&oauth_nonce=77":   "oauth_signature=[redacted]&oauth_nonce=[redacted]",
		"Authorization: Bearer eyJhbGciOi.J9_x-1":     "Authorization: Bearer [redacted]",
		"header Basic Y2tfMTIzOmNzXzQ1Ng== refused":   "header Basic [redacted] refused",
		`{"TOKEN":"abc123","access_token": "xyz"}`:    `{"TOKEN":"[redacted]","access_token": "[redacted]"}`,
		"http://nguoi:matkhau@proxy.example:3128/":    "http://[redacted]@proxy.example:3128/",
		"no key ck_5a0db0c5a0db0c5a0db0c5a0 is known": "no key ck_[redacted] is known",
		"Mật khẩu sai, password=mat-khau, thử lại":    "Mật khẩu sai, password=[redacted], thử lại",
		"Unknown or expired token":                    "Unknown or expired token",
		"Giá phải là bội số của 500":                  "Giá phải là bội số của 500",
	} {
		if got := market.Redact(in); got != want {
			t.Errorf("%q\ngives    %q\nexpected %q", in, got, want)
		}
	}
}

func FuzzCleanWords(f *testing.F) {
	f.Add("a\x00b\u202ec\xff Bearer abcdefgh12345678")
	f.Add(strings.Repeat("ơ", 1000))
	f.Add("<html><p>x\r\n")
	f.Fuzz(func(t *testing.T, s string) {
		got := market.CleanWords(s)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > 300 || strings.ContainsAny(got, "\r\n\t\x00") {
			t.Errorf("%q gives %q", s, got)
		}
		e := market.StatusError("test", "x", 500, nil, []byte(s))
		if utf8.RuneCountInString(e.Words) > 300 || utf8.RuneCountInString(e.Code) > 300 {
			t.Errorf("%q gives words %q", s, e.Words)
		}
	})
}
