package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// holds keeps a held plan on voso, as a run of that id does, and shows it.
func (k *kit) holds(run, checksum string) state.HeldPlan {
	k.t.Helper()
	ctx := k.t.Context()
	change := listing.Change{
		Kind: listing.Hold, Held: listing.Unlist, Code: "LD-1", SKU: "OCOP-LD-1", ID: "7", Reasons: ocop.Reasons{ocop.GuardHold, ocop.Revoked},
		Why: "may not be on sale: revoked", From: "on_sale", To: "off_sale",
	}
	plan := state.HeldPlan{
		Run: run, Checksum: checksum, Why: "30 of 40 <listings> would leave the sale", Since: k.clock.now(), Total: 30,
		Counts: map[listing.Kind]int{listing.Unlist: 30}, Shown: []listing.Change{change},
	}
	lease, err := k.store.Acquire(ctx, "voso", "test", time.Minute)
	k.must(err)
	k.must(k.store.SaveHeld(ctx, lease, plan, []state.HeldChange{{Change: change, Mark: "m1"}}))
	k.must(lease.Release(ctx))
	k.must(k.store.CreateRun(ctx, state.Run{
		ID: run, Mode: "sync", Trigger: "schedule", Markets: []listing.Market{"voso"}, CreatedAt: k.clock.now(), State: state.Held,
		Parts: map[listing.Market]state.Part{"voso": {State: state.Held, Held: plan.Why, Checksum: checksum}},
	}))
	k.shows(plan, nil)
	return plan
}

func (k *kit) shows(p state.HeldPlan, d *state.HeldDecision) {
	st := *k.model.Status()
	st.Markets = append([]MarketStatus(nil), st.Markets...)
	for i := range st.Markets {
		if st.Markets[i].Market == "voso" {
			st.Markets[i].Held = &Held{
				Run: p.Run, Checksum: p.Checksum, Why: p.Why, Since: p.Since, Ends: p.Ends(), Total: p.Total, Counts: p.Counts, Changes: p.Shown, Decision: d,
			}
		}
	}
	k.model.status.Store(&st)
}

const (
	heldParts = "/api/v1/runs/r1/parts/voso/"
	theSum    = `{"checksum":"abc"}`
)

func TestApprove(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.holds("r1", "abc")
	k.want(http.StatusForbidden, state.Viewer, "POST", heldParts+"approve", theSum)
	for _, c := range []struct {
		status     int
		path, body string
		code       string
	}{
		{404, "/api/v1/runs/r9/parts/voso/approve", theSum, "not_found"},
		{404, "/api/v1/runs/r1/parts/lamdong/approve", theSum, "not_found"},
		{409, heldParts + "approve", `{"checksum":"abd"}`, "held_changed"},
		{409, heldParts + "approve", `{"checksum":""}`, "held_changed"},
		{400, heldParts + "approve", `{"checksum":"abc","all":true}`, "bad_body"},
		{400, heldParts + "approve?force=1", theSum, "bad_parameter"},
	} {
		r := k.want(c.status, state.Operator, "POST", c.path, c.body)
		if code, _, _ := r.problem(); code != c.code {
			t.Errorf("%s %s: %s, want %s", c.path, c.body, code, c.code)
		}
	}
	if k.work.submitted.Load() != 0 {
		t.Fatal("a run was submitted without an approval")
	}
	var run state.Run
	r := k.want(http.StatusAccepted, state.Operator, "POST", heldParts+"approve", theSum)
	r.into(t, &run)
	if r.header.Get("Location") != "/api/v1/runs/"+run.ID || run.Mode != "sync" || run.By != "person-operator" || fmt.Sprint(run.Markets) != "[voso]" || k.work.submitted.Load() != 1 {
		t.Errorf("answered %s", r.body)
	}
	if marks, err := k.store.Approved(t.Context(), "voso", run.ID); err != nil || !marks["m1"] {
		t.Errorf("approved for its run: %v, %v", marks, err)
	}
	r = k.want(http.StatusConflict, state.Operator, "POST", heldParts+"approve", theSum)
	if code, _, detail := r.problem(); code != "already_decided" || !contains(detail, run.ID) {
		t.Errorf("a second time: %s", r.body)
	}
	entries, err := k.store.Audit(t.Context(), "", 20)
	k.must(err)
	if e := entries[0]; e.What != "approve" || e.Outcome != state.AuditRefused || e.Problem != "already_decided" || e.Target != "r1" {
		t.Errorf("audit of the second: %+v", e)
	}
	if e := entries[1]; e.Outcome != state.AuditDone || e.Who != "person-operator" || e.Detail != "voso, checksum abc, run "+run.ID {
		t.Errorf("audit of the first: %+v", e)
	}
}

func TestApproveWhatIsGone(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.holds("r1", "abc")
	k.clock.add(state.HeldFor)
	r := k.want(http.StatusConflict, state.Operator, "POST", heldParts+"approve", theSum)
	if code, _, _ := r.problem(); code != "held_ended" {
		t.Errorf("after 7 days: %s", r.body)
	}
	lease, err := k.store.Acquire(t.Context(), "voso", "test", time.Minute)
	k.must(err)
	k.must(k.store.DropHeld(t.Context(), lease))
	r = k.want(http.StatusConflict, state.Operator, "POST", heldParts+"approve", theSum)
	if code, _, _ := r.problem(); code != "nothing_held" {
		t.Errorf("put right meanwhile: %s", r.body)
	}
	k.holds2(lease, "def")
	r = k.want(http.StatusConflict, state.Operator, "POST", heldParts+"approve", theSum)
	if code, _, _ := r.problem(); code != "held_changed" {
		t.Errorf("another plan is held: %s", r.body)
	}
}

// holds2 keeps another plan under a lease that is held.
func (k *kit) holds2(l *state.Lease, checksum string) {
	k.t.Helper()
	k.must(k.store.SaveHeld(k.t.Context(), l, state.HeldPlan{Run: "r2", Checksum: checksum, Since: k.clock.now()}, []state.HeldChange{{Mark: "m2"}}))
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.holds("r1", "abc")
	k.want(http.StatusUnprocessableEntity, state.Operator, "POST", heldParts+"refuse", `{"checksum":"abc","reason":" "}`)
	r := k.want(200, state.Operator, "POST", heldParts+"refuse", `{"checksum":"abc","reason":" Bảng giá \n sai"}`)
	want := `{"market":"voso","checksum":"abc","refused":true,"reason":"Bảng giá sai","by":"person-operator","at":"2026-11-23T02:31:00Z"}` + "\n"
	if r.body != want || k.work.submitted.Load() != 0 {
		t.Errorf("answered %s", r.body)
	}
	r = k.want(http.StatusConflict, state.Operator, "POST", heldParts+"refuse", `{"checksum":"abc","reason":"x"}`)
	if code, _, detail := r.problem(); code != "already_decided" || !contains(detail, "Bảng giá sai") {
		t.Errorf("a second time: %s", r.body)
	}
	k.want(http.StatusAccepted, state.Operator, "POST", heldParts+"approve", theSum) // on second thought
}

// A held reading is approved for all markets of its run, and never refused.
func TestApproveReading(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.must(k.store.CreateRun(t.Context(), state.Run{
		ID: "r1", Mode: "sync", Trigger: "schedule", Markets: markets(), CreatedAt: monday, State: state.Held,
		Source: state.SourceSummary{Held: "eligible products fell from 50 to 39, more than 20 %", Checksum: "abc"},
		Parts: map[listing.Market]state.Part{
			"lamdong": {State: state.Held, Checksum: "abc"}, "postmart": {State: state.Held, Checksum: "abc"}, "voso": {State: state.Held, Checksum: "abc"},
		},
	}))
	r := k.want(http.StatusUnprocessableEntity, state.Operator, "POST", heldParts+"refuse", `{"checksum":"abc","reason":"x"}`)
	if _, field, _ := r.problem(); field != "checksum" {
		t.Errorf("refused: %s", r.body)
	}
	var run state.Run
	k.want(http.StatusAccepted, state.Operator, "POST", heldParts+"approve", theSum).into(t, &run)
	if fmt.Sprint(run.Markets) != "[lamdong postmart voso]" || len(run.Parts) != 3 {
		t.Errorf("the run is %+v", run)
	}
}

// The page says why, what would be done, and takes the decision of who may.
func TestHeldOnThePage(t *testing.T) {
	t.Parallel()
	k := newKit(t, func(o *Options) { o.Vietnamese = func(s string) string { return "VN(" + s + ")" } })
	plan := k.holds("r1", "abc")
	viewer := k.browser()
	viewer.signIn(k.tokens[state.Viewer])
	page := viewer.send("GET", "/?lang=en", nil)
	for _, needed := range []string{
		"Waiting for a person", "30 of 40 &lt;listings&gt; would leave the sale", "30 would be taken off sale", "OCOP-LD-1", "on sale → off sale",
		"may not be on sale: revoked", "and 29 more", "checksum abc", "Can be approved until 09:31 30/11/2026.",
	} {
		if !contains(page.body, needed) {
			t.Errorf("the page lacks %q", needed)
		}
	}
	if contains(page.body, `action="/approve"`) || contains(page.body, `action="/refuse"`) {
		t.Error("a viewer is offered to decide")
	}
	form := func(csrf string) url.Values {
		return url.Values{"csrf": {csrf}, "run": {"r1"}, "market": {"voso"}, "checksum": {"abc"}, "reason": {"sai"}}
	}
	if r := viewer.send("POST", "/approve", form(csrfIn(t, page))); r.status != http.StatusForbidden || !contains(r.body, "operator") {
		t.Errorf("a viewer approved: %d", r.status)
	}
	operator := k.browser()
	operator.signIn(k.tokens[state.Operator])
	page = operator.send("GET", "/", nil)
	if !contains(page.body, `action="/approve"`) || !contains(page.body, `action="/refuse"`) || !contains(page.body, "VN(30 of 40") {
		t.Error("an operator is not offered to decide, in Vietnamese")
	}
	if r := operator.send("POST", "/approve", form("0000")); r.status != http.StatusForbidden {
		t.Errorf("with a wrong CSRF token: %d", r.status)
	}
	if r := operator.send("POST", "/approve", form(csrfIn(t, page)), "Sec-Fetch-Site", "cross-site"); r.status != http.StatusForbidden {
		t.Errorf("from another site: %d", r.status)
	}
	if r := k.browser().send("POST", "/approve", form(csrfIn(t, page))); r.status != http.StatusSeeOther || r.header.Get("Location") != "/sign-in" {
		t.Errorf("without a session: %d", r.status)
	}
	if k.work.submitted.Load() != 0 {
		t.Fatal("it was approved by somebody who may not")
	}
	if r := operator.send("POST", "/refuse", form(csrfIn(t, page))); r.status != http.StatusSeeOther || r.header.Get("Location") != "/" {
		t.Errorf("refused: %d %s", r.status, r.body)
	}
	k.shows(plan, &state.HeldDecision{Checksum: "abc", Held: "r1", By: "person-operator", At: monday, Reason: "sai"})
	page = operator.send("GET", "/?lang=en", nil)
	if !contains(page.body, "Refused by person-operator at 09:31 23/11/2026: sai") || contains(page.body, `action="/refuse"`) || contains(page.body, "A plan waits for a person") {
		t.Error("what was refused is still asked")
	}
	if r := operator.send("POST", "/approve", form(csrfIn(t, page))); r.status != http.StatusSeeOther || k.work.submitted.Load() != 1 {
		t.Errorf("approved after all: %d %s", r.status, r.body)
	}
	if r := operator.send("POST", "/approve", form(csrfIn(t, page))); r.status != http.StatusConflict || !contains(r.body, "an approval is used once") {
		t.Errorf("approved twice: %d %s", r.status, r.body)
	}
}
