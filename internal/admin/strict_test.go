package admin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ocopsync/internal/state"
)

// What is not understood is refused with the field concerned, never ignored.
func TestStrictness(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	const products, resyncs, pause = "/api/v1/products", "/api/v1/resyncs", "/api/v1/markets/voso/pause"
	other := k.want(200, state.Viewer, "GET", products+"?limit=1&stars=3", "")
	var page productPage
	other.into(t, &page)
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		code, field        string
	}{
		"unknown path":            {"GET", "/api/v1/none", "", 404, "no_such_path", ""},
		"unknown version":         {"GET", "/api/v2/status", "", 404, "no_such_path", ""},
		"wrong method":            {"DELETE", "/api/v1/status", "", 405, "method_not_allowed", ""},
		"method of no one":        {"BREW", "/api/v1/resyncs", "", 405, "method_not_allowed", ""},
		"head of a stream":        {"HEAD", "/api/v1/runs/x/events", "", 405, "", ""},
		"unknown parameter":       {"GET", products + "?markets=voso", "", 400, "bad_parameter", "markets"},
		"parameter where none is": {"GET", "/api/v1/status?x=1", "", 400, "bad_parameter", "x"},
		"parameter twice":         {"GET", products + "?market=voso&market=voso", "", 400, "bad_parameter", "market"},
		"bad escape":              {"GET", products + "?q=%zz", "", 400, "bad_parameter", ""},
		"no UTF-8":                {"GET", products + "?q=%ff", "", 400, "bad_parameter", "q"},
		"long value":              {"GET", products + "?q=" + strings.Repeat("a", 501), "", 400, "bad_parameter", "q"},
		"unknown market":          {"GET", products + "?market=sendo", "", 400, "bad_parameter", "market"},
		"empty market":            {"GET", products + "?market=", "", 400, "bad_parameter", "market"},
		"unknown state":           {"GET", products + "?state=sold", "", 400, "bad_parameter", "state"},
		"unknown reason":          {"GET", products + "?reason=lazy", "", 400, "bad_parameter", "reason"},
		"unknown party":           {"GET", products + "?act=nobody", "", 400, "bad_parameter", "act"},
		"six stars":               {"GET", products + "?stars=6", "", 400, "bad_parameter", "stars"},
		"unknown group":           {"GET", products + "?group=food", "", 400, "bad_parameter", "group"},
		"unknown by":              {"GET", "/api/v1/coverage?by=colour", "", 400, "bad_parameter", "by"},
		"limit of 0":              {"GET", products + "?limit=0", "", 400, "bad_parameter", "limit"},
		"limit of 201":            {"GET", products + "?limit=201", "", 400, "bad_parameter", "limit"},
		"limit of words":          {"GET", "/api/v1/runs?limit=all", "", 400, "bad_parameter", "limit"},
		"made-up cursor":          {"GET", products + "?cursor=abc", "", 400, "bad_cursor", "cursor"},
		"empty cursor":            {"GET", products + "?cursor=", "", 400, "bad_cursor", "cursor"},
		"cursor of other filters": {"GET", products + "?limit=1&cursor=" + page.Next, "", 400, "bad_cursor", "cursor"},
		"cursor of another list":  {"GET", "/api/v1/runs?cursor=" + page.Next, "", 400, "bad_cursor", "cursor"},
		"cursor of a gone run":    {"GET", "/api/v1/runs?cursor=" + listOf("runs", nil).cursor("gone"), "", 400, "bad_cursor", "cursor"},
		"cursor of no entry":      {"GET", "/api/v1/audit?cursor=" + listOf("audit", nil).cursor("gone"), "", 400, "bad_cursor", "cursor"},
		"unknown code":            {"GET", products + "/none", "", 404, "not_found", "code"},
		"code that left":          {"GET", products + "/68-672-00008-1-2024", "", 404, "not_found", "code"},
		"unknown run":             {"GET", "/api/v1/runs/none", "", 404, "not_found", "id"},
		"events of unknown run":   {"GET", "/api/v1/runs/none/events", "", 404, "not_found", "id"},
		"cancel of unknown run":   {"POST", "/api/v1/runs/none/cancel", "", 404, "not_found", "id"},
		"cancel with a body":      {"POST", "/api/v1/runs/none/cancel", `{"force":true}`, 400, "bad_body", "force"},
		"pause of unknown market": {"POST", "/api/v1/markets/sendo/pause", `{"reason":"x"}`, 404, "not_found", "market"},
		"resume of unknown":       {"POST", "/api/v1/markets/sendo/resume", "", 404, "not_found", "market"},
		"pause without reason":    {"POST", pause, `{"reason":"  "}`, 422, "unfit", "reason"},
		"pause with a long one":   {"POST", pause, `{"reason":"` + strings.Repeat("ă", 301) + `"}`, 422, "unfit", "reason"},
		"no body":                 {"POST", pause, "", 415, "not_json", ""},
		"too large a body":        {"POST", resyncs, `{"codes":["` + strings.Repeat("a", maxBody) + `"]}`, 413, "too_large", ""},
		"too large where none is": {"POST", "/api/v1/resume", strings.Repeat(" ", maxBody+1), 413, "too_large", ""},
		"no JSON":                 {"POST", resyncs, `markets`, 400, "bad_body", ""},
		"cut JSON":                {"POST", resyncs, `{"markets":["voso"`, 400, "bad_body", ""},
		"null":                    {"POST", resyncs, `null`, 400, "bad_body", ""},
		"a list":                  {"POST", resyncs, `[]`, 400, "bad_body", ""},
		"two values":              {"POST", resyncs, `{} {}`, 400, "bad_body", ""},
		"unknown member":          {"POST", resyncs, `{"market":"voso"}`, 400, "bad_body", "market"},
		"other capitals":          {"POST", resyncs, `{"Mode":"sync"}`, 400, "bad_body", "Mode"},
		"a member twice":          {"POST", resyncs, `{"mode":"sync","mode":"verify"}`, 400, "bad_body", "mode"},
		"wrong type":              {"POST", resyncs, `{"markets":"voso"}`, 400, "bad_body", "markets"},
		"unknown mode":            {"POST", resyncs, `{"mode":"force"}`, 422, "unfit", "mode"},
		"unknown market asked":    {"POST", resyncs, `{"markets":["voso","sendo"]}`, 422, "unfit", "markets"},
		"unknown code asked":      {"POST", resyncs, `{"codes":["68-672-00001-1-2024","none"]}`, 422, "unfit", "codes"},
		"too many codes":          {"POST", resyncs, `{"codes":[` + strings.Repeat(`"a",`, maxCodes) + `"a"]}`, 422, "unfit", "codes"},
		"unknown level":           {"PUT", "/api/v1/log-level", `{"level":"fatal"}`, 422, "unfit", "level"},
	} {
		r := k.ask(state.Admin, c.method, c.path, c.body)
		code, field, detail := r.problem()
		if r.status != c.status || code != c.code || field != c.field {
			t.Errorf("%s: answered %d %s of %q; want %d %s of %q\n%s", name, r.status, code, field, c.status, c.code, c.field, r.body)
		}
		if c.method != "HEAD" && (len(detail) < 15 || r.header.Get("Content-Language") != "en") {
			t.Errorf("%s: says too little: %q in %q", name, detail, r.header.Get("Content-Language"))
		}
		in := k.ask(state.Admin, c.method, c.path, c.body, "Accept-Language", "vi-VN,vi;q=0.9,en;q=0.8")
		if _, _, told := in.problem(); c.method != "HEAD" && (told == detail || in.header.Get("Content-Language") != "vi") {
			t.Errorf("%s: in Vietnamese it says %q", name, told)
		}
	}
	if n := k.work.submitted.Load(); n != 0 {
		t.Errorf("%d runs were made of refused requests", n)
	}
	r := k.want(405, state.Admin, "PATCH", "/api/v1/tokens", "")
	if allow := r.header.Get("Allow"); allow != "GET, HEAD, POST" {
		t.Errorf("Allow is %q", allow)
	}
	r = k.want(415, state.Admin, "POST", resyncs, `{}`, "Content-Type", "text/plain")
	if code, _, _ := r.problem(); code != "not_json" {
		t.Errorf("text/plain: %s", code)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for sent, kept := range map[string]bool{
		"abc-123.X": true, "": false, "a b": false, "x\ty": false, strings.Repeat("a", 65): false, "<script>": false,
	} {
		r := k.ask(state.Viewer, "GET", "/api/v1/runs/none", "", "X-Request-Id", sent)
		id := r.header.Get("X-Request-Id")
		if (id == sent) != kept || !strings.Contains(r.body, `"request":"`+id+`"`) {
			t.Errorf("sent %q: answered with %q in %s", sent, id, r.body)
		}
	}
}

// What stands in a path or behind a question mark is not logged.
func TestLogHoldsRoutesNotPaths(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	secret := k.tokens[state.Operator]
	k.ask(state.Operator, "GET", "/api/v1/runs/"+secret, "")
	k.ask(nil, "GET", "/"+secret, "")
	k.ask(nil, "GET", "/api/v1/status?token="+url.QueryEscape(secret), "")
	k.ask(state.Operator, "GET", "/api/v1/products?q="+secret, "")
	k.ask(state.Operator, "POST", "/api/v1/runs/"+secret+"/cancel", "")
	k.ask(state.Operator, secret[:8], "/api/v1/status", "")
	if n := k.logs.FilterMessage("request").Len(); n != 6 {
		t.Errorf("%d lines of the log for 6 requests", n)
	}
	r := k.want(http.StatusOK, nil, "GET", "/metrics", "")
	if strings.Contains(r.body, secret[21:]) {
		t.Error("the metrics hold a secret that stood in a path")
	}
}
