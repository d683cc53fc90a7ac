package admin

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// A browser keeps cookies and follows what pages say.
type browser struct {
	k   *kit
	jar *cookiejar.Jar
}

func (k *kit) browser() *browser {
	k.t.Helper()
	jar, err := cookiejar.New(nil)
	k.must(err)
	return &browser{k, jar}
}

func (b *browser) send(method, path string, form url.Values, headers ...string) reply {
	b.k.t.Helper()
	req, err := http.NewRequestWithContext(b.k.t.Context(), method, b.k.http.URL+path, strings.NewReader(form.Encode()))
	b.k.must(err)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	for _, c := range b.jar.Cookies(req.URL) {
		req.AddCookie(c)
	}
	r := b.k.do(req)
	b.jar.SetCookies(req.URL, (&http.Response{Header: r.header}).Cookies())
	if strings.HasPrefix(r.header.Get("Content-Type"), "text/html") && method != http.MethodHead {
		b.k.checkPage(path, r)
	}
	return r
}

var csrfField = regexp.MustCompile(`name="csrf" value="([0-9a-f]{64})"`)

func csrfIn(t *testing.T, r reply) string {
	t.Helper()
	found := csrfField.FindStringSubmatch(r.body)
	if found == nil {
		t.Fatalf("no CSRF token in the page: %.300s", r.body)
	}
	return found[1]
}

// checkPage holds what is true of every page: well-formed, no script, no inline
// style, one heading, labelled fields, tables with headers, nothing secret.
func (k *kit) checkPage(path string, r reply) {
	k.t.Helper()
	policy := r.header.Get("Content-Security-Policy")
	for _, rule := range []string{"default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !contains(policy, rule) {
			k.t.Errorf("%s: the policy %q lacks %s", path, policy, rule)
		}
	}
	for _, bad := range []string{"<script", "<style", " style=", " onclick=", "unsafe-inline", "javascript:"} {
		if contains(r.body, bad) || contains(policy, bad) {
			k.t.Errorf("%s holds %s", path, bad)
		}
	}
	for _, needed := range []string{"<title>", `<html lang="`, `name="viewport"`, `<main id="content">`, "<h1>", r.header.Get("Content-Language")} {
		if !contains(r.body, needed) {
			k.t.Errorf("%s lacks %s", path, needed)
		}
	}
	if tables, headed := strings.Count(r.body, "<table>"), strings.Count(r.body, "<thead><tr><th scope=\"col\">"); tables != headed {
		k.t.Errorf("%s: %d tables, %d of them with headers", path, tables, headed)
	}
	if contains(r.body, "%!") || contains(r.body, "ZgotmplZ") || contains(r.body, "&lt;nil&gt;") {
		k.t.Errorf("%s: something could not be written: %s", path, r.body)
	}
	for what, secret := range k.secrets() {
		if contains(r.body, secret) {
			k.t.Errorf("%s holds %s", path, what)
		}
	}
	d := xml.NewDecoder(strings.NewReader(r.body))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			k.t.Errorf("%s is not well-formed: %v", path, err)
			break
		}
	}
}

func (b *browser) signIn(secret string) reply {
	b.k.t.Helper()
	form := b.send("GET", "/sign-in", nil)
	return b.send("POST", "/sign-in", url.Values{"token": {secret}, "csrf": {csrfIn(b.k.t, form)}})
}
