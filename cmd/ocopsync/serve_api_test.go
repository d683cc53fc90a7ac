package main

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// What the API answers to wrong calls, over its real listener, and that nothing
// which it or its log says holds a secret.

// A wrongCall is a call that is not done, and what its caller must be told.
type wrongCall struct {
	name, method, path, body string
	header                   string // "Name: value"
	role                     state.Role
	secret                   string // in place of the role's token
	status                   int
	problem                  string // its type
	says                     string // what is wrong, or what to do
}

func wrongCalls(f *fleet, ended string) []wrongCall {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	const v, o, a = state.Viewer, state.Operator, state.Admin
	resync := func(name, body string, status int, problem, says string) wrongCall {
		return wrongCall{name: name, method: post, path: "/api/v1/resyncs", body: body, role: o, status: status, problem: problem, says: says}
	}
	return []wrongCall{
		{name: "no token", method: get, path: "/api/v1/status", status: 401, problem: "no_token", says: "Authorization: Bearer"},
		{name: "a wrong token", method: get, path: "/api/v1/status", secret: "ocopsync_nobody_0123456789", status: 401, problem: "wrong_token", says: "ask an administrator"},
		{name: "a right token but for its end", method: get, path: "/api/v1/runs", secret: f.secrets[a][:len(f.secrets[a])-1], status: 401, problem: "wrong_token", says: "wrong, was revoked or has ended"},
		{name: "a viewer who starts", method: post, path: "/api/v1/resyncs", body: `{}`, role: v, status: 403, problem: "lesser_token", says: "needs the role operator"},
		{name: "a viewer who pauses", method: post, path: "/api/v1/pause", body: `{"reason":"x"}`, role: v, status: 403, problem: "lesser_token", says: "has the role viewer"},
		{name: "a viewer who reads the audit log", method: get, path: "/api/v1/audit", role: v, status: 403, problem: "lesser_token", says: "needs the role operator"},
		{name: "an operator who makes tokens", method: post, path: "/api/v1/tokens", body: `{"name":"x","role":"admin"}`, role: o, status: 403, problem: "lesser_token", says: "needs the role admin"},
		{name: "an operator who sets the log's level", method: put, path: "/api/v1/log-level", body: `{"level":"debug"}`, role: o, status: 403, problem: "lesser_token", says: "needs the role admin"},

		resync("an oversized body", `{"mode":"`+strings.Repeat("x", 300<<10)+`"}`, 413, "too_large", "Split it"),
		resync("an unknown member", `{"mode":"sync","market":"voso"}`, 400, "bad_body", "/openapi.yaml"),
		resync("a member twice", `{"mode":"sync","mode":"verify"}`, 400, "bad_body", "twice"),
		resync("a member of another type", `{"markets":"voso"}`, 400, "bad_body", "/openapi.yaml"),
		resync("half a JSON", `{"mode":`, 400, "bad_body", "no valid JSON"),
		resync("two objects", `{} {}`, 400, "bad_body", "something after it"),
		resync("an unknown mode", `{"mode":"full"}`, 422, "unfit", "sync, verify or plan"),
		resync("an unknown market", `{"markets":["voso","shopee"]}`, 422, "unfit", "lamdong, postmart, voso"),
		resync("an unknown code", `{"codes":["83-000-00000-0-0000"]}`, 422, "unfit", "no product of this code"),
		{name: "a body that is no JSON", method: post, path: "/api/v1/resyncs", body: `mode=sync`, header: "Content-Type: application/x-www-form-urlencoded", role: o, status: 415, problem: "not_json", says: "Content-Type: application/json"},
		{name: "a key with spaces", method: post, path: "/api/v1/resyncs", body: `{}`, header: "Idempotency-Key: a b", role: o, status: 400, problem: "bad_parameter", says: "no space"},

		{name: "an unknown market to pause", method: post, path: "/api/v1/markets/shopee/pause", body: `{"reason":"x"}`, role: o, status: 404, problem: "not_found", says: "lamdong, postmart, voso"},
		{name: "a pause without a reason", method: post, path: "/api/v1/markets/voso/pause", body: `{}`, role: o, status: 422, problem: "unfit", says: ""},
		{name: "a resume that says something", method: post, path: "/api/v1/resume", body: `{"all":true}`, role: o, status: 400, problem: "bad_body", says: "no such member"},
		{name: "an unknown run", method: get, path: "/api/v1/runs/none", role: v, status: 404, problem: "not_found", says: "/api/v1/runs"},
		{name: "an unknown run to cancel", method: post, path: "/api/v1/runs/none/cancel", role: o, status: 404, problem: "not_found", says: "/api/v1/runs"},
		{name: "a run that has ended", method: post, path: "/api/v1/runs/" + ended + "/cancel", role: o, status: 409, problem: "run_ended", says: "nothing left to cancel"},
		{name: "an unknown product", method: get, path: "/api/v1/products/none", role: v, status: 404, problem: "not_found", says: "/api/v1/products?q="},

		{name: "a cursor of nobody", method: get, path: "/api/v1/products?cursor=abc", role: v, status: 400, problem: "bad_cursor", says: "Begin again"},
		{name: "a cursor of nobody among the runs", method: get, path: "/api/v1/runs?cursor=abc", role: v, status: 400, problem: "bad_cursor", says: "Begin again"},
		{name: "an unknown parameter", method: get, path: "/api/v1/products?markets=voso", role: v, status: 400, problem: "bad_parameter", says: "there are: market, state"},
		{name: "an unknown market to list", method: get, path: "/api/v1/products?market=shopee", role: v, status: 400, problem: "bad_parameter", says: "lamdong, postmart, voso"},
		{name: "too long a page", method: get, path: "/api/v1/products?limit=1000", role: v, status: 400, problem: "bad_parameter", says: "1 to 200"},
		{name: "coverage by the weather", method: get, path: "/api/v1/coverage?by=weather", role: v, status: 400, problem: "bad_parameter", says: "market, stars, group"},
		{name: "a token of an unknown role", method: post, path: "/api/v1/tokens", body: `{"name":"x","role":"root"}`, role: a, status: 422, problem: "unfit", says: "viewer, operator or admin"},
		{name: "an unknown token to revoke", method: del, path: "/api/v1/tokens/none", role: a, status: 404, problem: "not_found", says: "/api/v1/tokens"},
		{name: "an unknown level", method: put, path: "/api/v1/log-level", body: `{"level":"loud"}`, role: a, status: 422, problem: "unfit", says: "debug, info, warn or error"},
		{name: "nothing there", method: get, path: "/api/v2/status", role: v, status: 404, problem: "no_such_path", says: "/openapi.yaml"},
		{name: "another method", method: del, path: "/api/v1/status", role: v, status: 405, problem: "method_not_allowed", says: "GET, HEAD"},
	}
}

func TestServeAnswersWrongCallsAndTellsNoSecret(t *testing.T) {
	t.Parallel()
	const password = "geheim-redis"
	f := newFleetOf(t, 0)
	f.setRedis("requirepass", password)
	f.configure(with("redis://"+f.redis.Addr, "redis://:"+password+"@"+f.redis.Addr), with("level: info", "level: debug"))
	r := f.serve()
	heard := hearing{replica: r}
	ended := r.resync(`{"mode":"verify"}`)
	r.awaitEnd(ended, soon)
	until(t, soon, "there are figures", func() bool { return r.status().Overall != nil })

	heard.wrong(wrongCalls(f, ended))
	cursor := heard.cursor("/api/v1/products?limit=5")
	heard.wrong([]wrongCall{{
		name: "a cursor of another list", method: http.MethodGet, path: "/api/v1/products?act=producer&cursor=" + cursor,
		role: state.Viewer, status: 400, problem: "bad_cursor", says: "Begin again",
	}})
	if got := r.runs(); len(got) != 1 {
		t.Errorf("wrong calls made %d runs", len(got)-1)
	}
	heard.everything(ended)
	for _, m := range sandbox.Markets() { // and what goes wrong is told without secrets too
		for _, kind := range []string{sandbox.FaultMalformed, sandbox.FaultExpiredToken} {
			must(t, f.box.SetFault(sandbox.Fault{Target: m, Kind: kind, Count: 4}))
		}
	}
	must(t, f.box.SetFault(sandbox.Fault{Target: sandbox.Registry, Kind: sandbox.FaultExpiredToken, Count: 1}))
	for range 2 {
		r.awaitEnd(r.resync(`{"mode":"verify"}`), 2*soon)
	}
	heard.everything(ended)
	heard.slowedDown()
	r.stopped()
	heard.toldNothing(password)
}

// hearing keeps all that a daemon says.
type hearing struct {
	*replica
	viewer, others strings.Builder
	made           string // the secret of a token that was made
}

func (h *hearing) call(c wrongCall) answer {
	h.t.Helper()
	secret := c.secret
	if c.role != "" {
		secret = h.secrets[c.role]
	}
	var header []string
	if c.header != "" {
		header = append(header, c.header)
	}
	got, err := h.ask(secret, c.method, c.path, c.body, header...)
	must(h.t, err)
	all := &h.others
	if c.role == state.Viewer {
		all = &h.viewer
	}
	all.WriteString(c.method + " " + c.path + "\n" + got.body + "\n")
	for name, values := range got.header {
		all.WriteString(name + ": " + strings.Join(values, ", ") + "\n")
	}
	return got
}

// wrong makes calls that are not done and wants each to be told so.
func (h *hearing) wrong(calls []wrongCall) {
	h.t.Helper()
	for _, c := range calls {
		got := h.call(c)
		var problem struct{ Type, Title, Detail, Request string }
		err := got.json(&problem)
		switch {
		case err != nil || got.status != c.status || problem.Type != "urn:ocopsync:problem:"+c.problem:
			h.t.Errorf("%s: expected %d and the problem %s, got %d %.300s", c.name, c.status, c.problem, got.status, got.body)
		case !strings.Contains(problem.Detail, c.says) || problem.Title == "" || problem.Request == "":
			h.t.Errorf("%s: expected %q in what it says: %.300s", c.name, c.says, got.body)
		case got.header.Get("Content-Type") != "application/problem+json":
			h.t.Errorf("%s: a problem of type %q", c.name, got.header.Get("Content-Type"))
		}
	}
}

func (h *hearing) cursor(path string) string {
	h.t.Helper()
	var page struct{ Next string }
	must(h.t, h.call(wrongCall{method: http.MethodGet, path: path, role: state.Viewer}).json(&page))
	if page.Next == "" {
		h.t.Fatalf("%s has no next page", path)
	}
	return url.QueryEscape(page.Next)
}

// everything asks for all that can be read, and for what is made and changed.
func (h *hearing) everything(run string) {
	h.t.Helper()
	read := func(role state.Role, path string) string {
		h.t.Helper()
		got := h.call(wrongCall{method: http.MethodGet, path: path, role: role})
		if got.status != http.StatusOK {
			h.t.Errorf("%s as %s answers %d %.200s", path, role, got.status, got.body)
		}
		return got.body
	}
	for _, path := range []string{
		"/api/v1/status", "/api/v1/coverage", "/api/v1/coverage?by=producer", "/api/v1/products?limit=200", "/api/v1/runs", "/api/v1/runs/" + run,
		"/api/v1/runs/" + run + "/events", "/livez", "/readyz?verbose", "/metrics", "/openapi.yaml", "/", "/sign-in",
	} {
		read(state.Viewer, path)
	}
	told := 0
	for _, code := range h.box.Codes() {
		p := h.registered(code).Producer
		if got := h.call(wrongCall{method: http.MethodGet, path: "/api/v1/products/" + url.PathEscape(code), role: state.Viewer}); got.status != http.StatusOK {
			continue // withdrawn
		}
		if body := read(state.Operator, "/api/v1/products/"+url.PathEscape(code)); p.Phone != "" && strings.Contains(body, p.Email) {
			told++
		}
	}
	if told == 0 {
		h.t.Error("an operator is shown no producer's e-mail address")
	}
	for _, path := range []string{"/api/v1/audit", "/api/v1/log-level"} {
		read(state.Operator, path)
	}
	read(state.Admin, "/api/v1/tokens")
	if h.made == "" { // told once, to whoever makes it; not kept with what was heard
		var token struct{ Secret string }
		must(h.t, h.as(state.Admin, http.StatusCreated, http.MethodPost, "/api/v1/tokens", `{"name":"Bảng điện tử","role":"viewer"}`).json(&token))
		h.made = token.Secret
	}
}

// slowedDown sends wrong tokens until they are no longer looked at, and sees that
// who has a right one is not held up.
func (h *hearing) slowedDown() {
	h.t.Helper()
	for range 50 {
		got := h.call(wrongCall{method: http.MethodGet, path: "/api/v1/status", secret: "ocopsync_guess_0"})
		if got.status == http.StatusTooManyRequests {
			if got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "problem:too_many_wrong_tokens") {
				h.t.Errorf("many wrong tokens: %v %s", got.header, got.body)
			}
			h.as(state.Operator, http.StatusOK, http.MethodGet, "/api/v1/status", "")
			return
		}
	}
	h.t.Error("50 wrong tokens were all looked at")
}

// toldNothing searches all that was said, and the log, for secrets.
func (h *hearing) toldNothing(password string) {
	h.t.Helper()
	log, err := os.ReadFile(h.log)
	must(h.t, err)
	if !strings.Contains(string(log), `"level":"debug"`) || len(log) < 20_000 || h.viewer.Len() < 100_000 {
		h.t.Fatalf("only %d bytes were logged and %d heard", len(log), h.viewer.Len())
	}
	c := h.box.Credentials()
	secrets := map[string]string{
		password: "Redis's password", c.RegistryToken: "the registry's token", c.PostmartClientSecret: "postmart's secret",
		c.VosoPassword: "voso's password", c.VosoUsername: "voso's user, a telephone number",
		c.LamdongConsumerKey: "lamdong's key", c.LamdongConsumerSecret: "lamdong's secret", "oauth_signature": "a signature",
		h.made: "the secret of a token that was made",
	}
	for role, secret := range h.secrets {
		secrets[secret] = "the token of the " + string(role)
	}
	personal := map[string]string{"@example.com": "an e-mail address"}
	for _, code := range h.box.Codes() {
		if p := h.registered(code).Producer; p.Phone != "" {
			for _, phone := range []string{p.Phone, strings.ReplaceAll(p.Phone, " ", ""), p.Email} {
				personal[phone] = "how to reach a producer"
			}
		}
	}
	if len(personal) < 20 {
		h.t.Fatalf("only %d things to hide were found", len(personal))
	}
	ended := h.wait(soon)
	for where, text := range map[string]string{
		"the log": string(log), "an answer to a viewer": h.viewer.String(), "another answer": h.others.String(), "the command": ended.out + ended.err,
	} {
		tell := func(hidden map[string]string) {
			for secret, what := range hidden {
				if at := told(text, secret); secret != "" && at >= 0 {
					h.t.Errorf("%s tells %s: ...%s...", where, what, text[max(0, at-200):min(len(text), at+100)])
				}
			}
		}
		tell(secrets)
		if where != "another answer" { // an operator is shown them
			tell(personal)
		}
	}
}

// told gives where a text tells a secret, -1 where it does not. A telephone number
// within a longer number is none: durations have as many digits.
func told(text, secret string) int {
	digit := func(at int) bool { return at >= 0 && at < len(text) && text[at] >= '0' && text[at] <= '9' }
	for from := 0; ; {
		at := strings.Index(text[from:], secret)
		if at < 0 {
			return -1
		}
		at += from
		if strings.Trim(secret, "0123456789") != "" || !digit(at-1) && !digit(at+len(secret)) {
			return at
		}
		from = at + 1
	}
}

func TestServeChangesTheLogsLevel(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	r := f.serveHere()
	requests := func(route string) int {
		n := 0
		for _, l := range r.lines("request") {
			if l.Route == route {
				n++
			}
		}
		return n
	}
	level := func(want string) {
		t.Helper()
		var told struct{ Level string }
		must(t, r.as(state.Operator, http.StatusOK, http.MethodGet, "/api/v1/log-level", "").json(&told))
		if told.Level != want {
			t.Errorf("the level is told as %q, expected %q", told.Level, want)
		}
	}
	r.status() // reading that goes well is logged at debug
	level("info")
	if n := requests("/api/v1/status"); n != 0 {
		t.Errorf("%d readings are logged at info", n)
	}
	r.as(state.Admin, http.StatusOK, http.MethodPut, "/api/v1/log-level", `{"level":"debug"}`)
	r.status()
	level("debug")
	until(t, soon, "a reading is logged at debug", func() bool { return requests("/api/v1/status") == 1 })
	r.as(state.Admin, http.StatusOK, http.MethodPut, "/api/v1/log-level", `{"level":"error"}`)
	before := len(r.lines("change applied"))
	r.awaitEnd(r.resync(`{"mode":"verify"}`), soon)
	if f.box.Writes()[sandbox.Voso] == 0 || len(r.lines("change applied")) != before {
		t.Error("changes are logged at error, or none was made")
	}
	r.as(state.Admin, http.StatusOK, http.MethodPut, "/api/v1/log-level", `{"level":"info"}`)
	r.stopped()
	if len(r.lines("stopped")) != 1 {
		t.Errorf("at info the end is not logged\n%s", r.logged())
	}
}
