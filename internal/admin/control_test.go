package admin

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func codes(numbers ...int) []ocop.Code {
	var out []ocop.Code
	for _, n := range numbers {
		out = append(out, ocop.Code(fmt.Sprintf("68-672-%05d-1-2024", n)))
	}
	return out
}

// run keeps a run in the history.
func (k *kit) run(id, runState string, at time.Time) state.Run {
	k.t.Helper()
	r := state.Run{
		ID: id, Mode: "sync", Trigger: "schedule", Markets: markets()[:1], CreatedAt: at, State: runState,
		Parts: map[listing.Market]state.Part{"lamdong": {State: runState}},
	}
	k.must(k.store.CreateRun(k.t.Context(), r))
	return r
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	pause := func(m listing.Market) *state.Pause {
		t.Helper()
		ms, err := k.store.MarketState(t.Context(), m)
		k.must(err)
		return ms.Pause
	}
	r := k.want(200, state.Operator, "POST", "/api/v1/markets/voso/pause", `{"reason":" Sàn  bảo trì\n"}`)
	want := `{"market":"voso","paused":true,"reason":"Sàn bảo trì","by":"person-operator","at":"2026-11-23T02:31:00Z"}`
	if strings.TrimSpace(r.body) != want {
		t.Errorf("answered %s, want %s", r.body, want)
	}
	if p := pause("voso"); p == nil || p.Reason != "Sàn bảo trì" || p.By != "person-operator" || p.All || pause("postmart") != nil {
		t.Errorf("voso's pause is %+v, postmart's %+v", p, pause("postmart"))
	}
	k.want(200, state.Admin, "POST", "/api/v1/pause", `{"reason":"kiểm tra giá"}`)
	if p := pause("postmart"); p == nil || !p.All {
		t.Errorf("after pausing everything postmart's pause is %+v", p)
	}
	r = k.want(200, state.Operator, "POST", "/api/v1/resume", "")
	if strings.TrimSpace(r.body) != `{"paused":false}` || pause("postmart") != nil || pause("voso") == nil {
		t.Errorf("resumed everything: %s; postmart %+v, voso %+v", r.body, pause("postmart"), pause("voso"))
	}
	k.want(200, state.Operator, "POST", "/api/v1/markets/voso/resume", "{}")
	k.want(200, state.Operator, "POST", "/api/v1/markets/voso/resume", " \n")
	if pause("voso") != nil {
		t.Error("voso is still paused")
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.run("r1", state.Running, monday)
	r := k.want(http.StatusAccepted, state.Operator, "POST", "/api/v1/runs/r1/cancel", "")
	if !contains(r.body, `"state":"cancelled"`) || r.header.Get("Location") != "/api/v1/runs/r1" {
		t.Errorf("answered %s", r.body)
	}
	for _, over := range []string{state.Succeeded, state.Partial, state.Failed, state.Held, state.Cancelled} {
		k.run("r-"+over, over, monday)
		r := k.want(http.StatusConflict, state.Operator, "POST", "/api/v1/runs/r-"+over+"/cancel", "")
		if code, field, _ := r.problem(); code != "run_ended" || field != "state" {
			t.Errorf("%s: %s", over, r.body)
		}
	}
}

func TestRunPages(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	var want, got []string
	for n := range 7 {
		id := fmt.Sprint("run-", n)
		k.run(id, state.Succeeded, monday.Add(time.Duration(n)*time.Minute))
		want = append([]string{id}, want...)
	}
	path := "/api/v1/runs?limit=3"
	for range 5 {
		var page runPage
		k.want(200, state.Viewer, "GET", path, "").into(t, &page)
		for _, r := range page.Items {
			got = append(got, r.ID)
		}
		if page.Next == "" {
			break
		}
		path = "/api/v1/runs?limit=3&cursor=" + page.Next
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("runs %v, want %v", got, want)
	}
}

// Every call that is to change something lands in the audit log: who, what, when,
// from where, outcome; also when it was refused.
func TestAudit(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.run("r1", state.Running, monday)
	do := func(status int, who any, method, path, body string) {
		t.Helper()
		k.want(status, who, method, path, body)
	}
	do(202, state.Operator, "POST", "/api/v1/resyncs", `{"codes":["68-672-00001-1-2024"]}`)
	do(403, state.Viewer, "POST", "/api/v1/resyncs", `{}`)
	do(401, "ocopsync_no_one", "POST", "/api/v1/resyncs", `{}`)
	do(422, state.Operator, "POST", "/api/v1/resyncs", `{"mode":"force"}`)
	do(202, state.Operator, "POST", "/api/v1/runs/r1/cancel", "")
	do(200, state.Operator, "POST", "/api/v1/pause", `{"reason":"kiểm tra giá"}`)
	do(200, state.Operator, "POST", "/api/v1/resume", "")
	do(201, state.Admin, "POST", "/api/v1/tokens", `{"name":"bảng","role":"viewer"}`)
	do(204, state.Admin, "DELETE", "/api/v1/tokens/"+k.ids[state.Viewer], "")
	do(200, state.Admin, "PUT", "/api/v1/log-level", `{"level":"warn"}`)
	fails := fmt.Errorf("redis is away")
	k.work.fails.Store(&fails)
	do(503, state.Operator, "POST", "/api/v1/markets/voso/pause", `{"reason":"x"}`)

	var lines []string
	path := "/api/v1/audit?limit=4"
	for range 5 {
		var page auditPage
		k.want(200, state.Operator, "GET", path, "").into(t, &page)
		for _, e := range page.Items {
			if e.At.IsZero() || e.From != "127.0.0.1" || e.Token == "" || e.Request == "" || e.ID == "" {
				t.Errorf("entry lacks something: %+v", e)
			}
			lines = append(lines, strings.Join([]string{e.Who, e.What, e.Outcome, e.Problem}, " "))
		}
		if page.Next == "" {
			break
		}
		path = "/api/v1/audit?limit=4&cursor=" + page.Next
	}
	want := []string{
		"person-operator pause failed unavailable", "person-admin log_level done ", "person-admin revoke_token done ", "person-admin create_token done ",
		"person-operator resume done ", "person-operator pause done ", "person-operator cancel done ", "person-operator resync refused unfit",
		"person-viewer resync refused lesser_token", "person-operator resync done ",
	}
	if fmt.Sprint(lines) != fmt.Sprint(want) {
		t.Errorf("audit log, newest first:\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	if k.level.Level().String() != "warn" {
		t.Errorf("the log's level is %s, want warn", k.level.Level())
	}
}
