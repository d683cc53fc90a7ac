package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/state"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	k := newKit(t, func(o *Options) { o.Secure = false })
	b := k.browser()
	if r := b.send("GET", "/", nil); r.status != http.StatusSeeOther || r.header.Get("Location") != "/sign-in" {
		t.Fatalf("without a session: %d to %s", r.status, r.header.Get("Location"))
	}
	if r := b.signIn("ocopsync_wrong_one"); r.status != http.StatusUnauthorized || !contains(r.body, `role="alert"`) {
		t.Errorf("a wrong token: %d", r.status)
	}
	r := b.signIn(k.tokens[state.Viewer])
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
		t.Fatalf("signed in: %d %s", r.status, r.body)
	}
	cookie := r.header.Values("Set-Cookie")[0]
	for _, needed := range []string{"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"} {
		if !contains(cookie, needed) {
			t.Errorf("the session's cookie lacks %s: %s", needed, cookie)
		}
	}
	if contains(cookie, k.tokens[state.Viewer]) {
		t.Error("the cookie holds the token itself")
	}
	page := b.send("GET", "/", nil)
	if page.status != 200 || !contains(page.body, "person-viewer") {
		t.Fatalf("the status page: %d %s", page.status, page.body)
	}

	out := func(csrf string, headers ...string) reply {
		return b.send("POST", "/sign-out", url.Values{"csrf": {csrf}}, headers...)
	}
	if r := out("0000"); r.status != http.StatusForbidden {
		t.Errorf("signing out with a wrong CSRF token: %d", r.status)
	}
	if r := out(csrfIn(t, page), "Sec-Fetch-Site", "cross-site"); r.status != http.StatusForbidden {
		t.Errorf("signing out from another site: %d", r.status)
	}
	if r := b.send("GET", "/", nil); r.status != 200 {
		t.Fatalf("still signed in: %d", r.status)
	}
	session, _, _ := strings.Cut(cookie, ";")
	if r := out(csrfIn(t, page)); r.status != http.StatusSeeOther || r.header.Get("Location") != "/sign-in" {
		t.Errorf("signed out: %d", r.status)
	}
	if r := b.send("GET", "/", nil); r.status != http.StatusSeeOther {
		t.Errorf("after signing out: %d", r.status)
	}
	if r := k.browser().send("GET", "/", nil, "Cookie", session); r.status != http.StatusSeeOther {
		t.Errorf("a kept cookie after signing out: %d", r.status)
	}
	entries, err := k.store.Audit(t.Context(), "", 10)
	k.must(err)
	if len(entries) < 2 || entries[0].What != "sign_out" || entries[len(entries)-1].What != "sign_in" || entries[len(entries)-1].Who != "person-viewer" {
		t.Errorf("audit log: %+v", entries)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	b := k.browser()
	b.signIn(k.tokens[state.Viewer])
	k.clock.add(sessionTime)
	if r := b.send("GET", "/", nil); r.status != http.StatusSeeOther {
		t.Errorf("after 12 hours: %d", r.status)
	}
	b.signIn(k.tokens[state.Viewer])
	if r := b.send("GET", "/", nil); r.status != 200 {
		t.Fatalf("signed in again: %d", r.status)
	}
	k.want(http.StatusNoContent, state.Admin, "DELETE", "/api/v1/tokens/"+k.ids[state.Viewer], "")
	if r := b.send("GET", "/", nil); r.status != http.StatusSeeOther {
		t.Errorf("after its token was revoked: %d", r.status)
	}
	// The API takes no cookie: another site could make a browser send it.
	b.signIn(k.tokens[state.Operator])
	req, err := http.NewRequestWithContext(t.Context(), "GET", k.http.URL+"/api/v1/status", nil)
	k.must(err)
	for _, c := range b.jar.Cookies(req.URL) {
		req.AddCookie(c)
		if c.Name == sessionCookie {
			if r := k.ask(c.Value, "GET", "/api/v1/status", ""); r.status != http.StatusUnauthorized {
				t.Errorf("a session as a bearer token: %d", r.status)
			}
		}
	}
	if r := k.do(req); r.status != http.StatusUnauthorized {
		t.Errorf("the API with a cookie: %d", r.status)
	}
}

func TestSignInByLink(t *testing.T) {
	t.Parallel()
	k := newKit(t, func(o *Options) { o.Secure = true })
	_, secret, err := k.store.CreateToken(t.Context(), state.NewToken{Kind: state.LinkToken, Name: "demo", Role: state.Admin, Lives: 15 * time.Minute})
	k.must(err)
	k.tokens["link"] = secret
	b := k.browser()
	if r := b.send("HEAD", SignInPath(secret), nil); r.status != 200 {
		t.Errorf("a preview: %d", r.status)
	}
	r := b.send("GET", SignInPath(secret), nil)
	if r.status != 200 || !contains(r.body, `http-equiv="refresh" content="0;url=/"`) || !contains(r.header.Get("Set-Cookie"), "; Secure") {
		t.Fatalf("answered %d, %v", r.status, r.header)
	}
	var session string
	for _, c := range (&http.Response{Header: r.header}).Cookies() {
		if c.Name == sessionCookie {
			session = c.Value
		}
	}
	// The jar keeps a Secure cookie from http, so it is sent by hand.
	if r := b.send("GET", "/", nil, "Cookie", sessionCookie+"="+session); r.status != 200 || !contains(r.body, "demo") {
		t.Errorf("the status page: %d", r.status)
	}
	if r := k.browser().send("GET", SignInPath(secret), nil); r.status != http.StatusUnauthorized || r.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("the link again: %d", r.status)
	}
	_, late, err := k.store.CreateToken(t.Context(), state.NewToken{Kind: state.LinkToken, Name: "demo", Role: state.Admin, Lives: time.Minute})
	k.must(err)
	k.clock.add(time.Minute)
	if r := k.browser().send("GET", SignInPath(late), nil); r.status != http.StatusUnauthorized {
		t.Errorf("a link that has ended: %d", r.status)
	}
	if r := k.browser().send("GET", SignInPath(k.tokens[state.Admin]), nil); r.status != http.StatusUnauthorized {
		t.Errorf("a bearer token as a link: %d", r.status)
	}
}

func TestSignInForm(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	good := k.tokens[state.Viewer]
	b := k.browser()
	csrf := csrfIn(t, b.send("GET", "/sign-in", nil))
	for name, c := range map[string]struct {
		form    url.Values
		headers []string
		status  int
	}{
		"no CSRF token":   {url.Values{"token": {good}}, nil, 403},
		"another's":       {url.Values{"token": {good}, "csrf": {csrfIn(t, k.browser().send("GET", "/sign-in", nil))}}, nil, 403},
		"another site":    {url.Values{"token": {good}, "csrf": {csrf}}, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"another origin":  {url.Values{"token": {good}, "csrf": {csrf}}, []string{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, 403},
		"too large":       {url.Values{"token": {strings.Repeat("a", maxForm)}}, nil, 413},
		"query, not form": {nil, nil, 403},
	} {
		path := "/sign-in"
		if c.form == nil {
			path += "?token=" + good + "&csrf=" + csrf
		}
		if r := b.send("POST", path, c.form, c.headers...); r.status != c.status {
			t.Errorf("%s: %d, want %d", name, r.status, c.status)
		}
	}
	for range wrongBurst {
		b.signIn("ocopsync_wrong_one")
	}
	if r := b.signIn("ocopsync_wrong_one"); r.status != http.StatusTooManyRequests {
		t.Errorf("guessing on: %d", r.status)
	}
}

func TestStatusPage(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.run("r1", state.Running, monday)
	part := state.Part{State: state.Failed, EndedAt: monday, Failures: []state.Failure{{Kind: "auth", Words: "<b>sai</b> mật khẩu", Count: 4}}}
	_, err := k.store.EndPart(t.Context(), "r1", "sync", "lamdong", part)
	k.must(err)
	b := k.browser()
	b.signIn(k.tokens[state.Viewer])
	vietnamese, english := b.send("GET", "/", nil), b.send("GET", "/?lang=en", nil)
	for page, needed := range map[*reply][]string{
		&vietnamese: {
			`<html lang="vi">`, "Tỷ lệ phủ", "75,0 %", "1 trên 5 sản phẩm tính phủ đang bán trên mọi sàn cần có (20,0 %).", "Ai cần làm gì", "Chủ thể",
			"Tạm dừng bởi officer-1: Sàn bảo trì", "Kế hoạch chờ người duyệt", "Đang chạy: apply, 3/5", "09:45 23/11/2026", "Lỗi mới nhất",
			"Sàn từ chối tài khoản", "&lt;b&gt;sai&lt;/b&gt; mật khẩu", "thành công", "Ngoài giờ cho phép, đến 10:31 23/11/2026", "người xem",
			"Giấy chứng nhận OCOP đã hết hạn.",
		},
		&english: {
			`<html lang="en">`, "Coverage", "75.0 %", "1 of 5 products that count", "Who must act", "Producer", "Paused by officer-1: Sàn bảo trì",
			"Credentials refused", "verify", "Left alone because it fails: credentials refused",
		},
	} {
		for _, text := range needed {
			if !contains(page.body, text) {
				t.Errorf("lacks %q:\n%s", text, page.body)
			}
		}
	}
	if r := b.send("GET", "/", nil); !contains(r.body, `<html lang="en">`) {
		t.Error("the chosen language is not kept")
	}
	if r := b.send("GET", "/?lang=vi", nil); !contains(r.body, `<html lang="vi">`) {
		t.Error("it can't be changed back")
	}
	if r := b.send("GET", "/?lang=fr", nil); !contains(r.body, `<html lang="vi">`) {
		t.Error("an unknown language is not Vietnamese")
	}
	k.model.standing.Store(nil)
	all := *k.model.Status()
	all.Pause = &state.Pause{Reason: "kiểm tra giá", By: "officer-2", All: true}
	all.Source.Held = "sổ đăng ký trống"
	k.model.status.Store(&all)
	if r := b.send("GET", "/?lang=vi", nil); !contains(r.body, "Chưa có số liệu") || !contains(r.body, "Tất cả đang tạm dừng, bởi officer-2") || !contains(r.body, "sổ đăng ký trống") {
		t.Errorf("before the first reading:\n%s", r.body)
	}
	style := b.send("GET", "/style.css", nil)
	if style.status != 200 || !strings.HasPrefix(style.header.Get("Content-Type"), "text/css") {
		t.Errorf("the style: %d %s", style.status, style.header.Get("Content-Type"))
	}
	k.redis.Stop()
	k.clock.add(goodFor)
	if r := b.send("GET", "/", nil); r.status != http.StatusServiceUnavailable || !contains(r.body, "Mã yêu cầu") {
		t.Errorf("without Redis: %d %s", r.status, r.body)
	}
}
