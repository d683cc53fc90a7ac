package admin

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// onSaleOf is the first product of the province, which is on sale everywhere;
// expiredOf one without its right that lamdong still sells.
const (
	onSaleOf  = "68-672-00001-1-2024"
	expiredOf = "68-672-00007-1-2024"
)

func TestExemptions(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	path := "/api/v1/exemptions/" + onSaleOf + "/"
	r := k.want(200, state.Operator, "PUT", path+"voso", `{"reason":" Đang  kiện ","until":"2026-11-23"}`)
	want := `{"code":"68-672-00001-1-2024","reason":"Đang kiện","by":"person-operator","at":"2026-11-23T02:31:00Z","until":"2026-11-23",` +
		`"market":"voso","in_force":true,"name":"Trà atisô túi lọc","eligible":true,"on_sale":["voso"]}`
	if strings.TrimSpace(r.body) != want {
		t.Errorf("answered\n%s\nwant\n%s", r.body, want)
	}
	k.want(200, state.Operator, "PUT", path+"all", `{"reason":"x","until":"2027-03-31"}`)
	k.want(200, state.Admin, "PUT", "/api/v1/exemptions/"+expiredOf+"/all", `{"reason":"gia hạn","until":"2026-12-31"}`)
	k.want(200, state.Admin, "PUT", path+"all", `{"reason":"y","until":"2027-03-31"}`)

	var listed []string
	next := "/api/v1/exemptions?limit=2"
	for range 3 {
		var page exemptionPage
		k.want(200, state.Viewer, "GET", next, "").into(t, &page)
		for _, e := range page.Items {
			listed = append(listed, fmt.Sprint(e.Code, " ", e.Market, " ", e.Reason, " ", e.InForce, e.Eligible, e.OnSale))
		}
		if page.Total != 3 {
			t.Errorf("%d in all, want 3", page.Total)
		}
		if page.Next == "" {
			break
		}
		next = "/api/v1/exemptions?limit=2&cursor=" + page.Next
	}
	all := []string{
		onSaleOf + " all y true true [lamdong postmart voso]", onSaleOf + " voso Đang kiện true true [voso]", expiredOf + " all gia hạn true false [lamdong]",
	}
	if fmt.Sprint(listed) != fmt.Sprint(all) {
		t.Errorf("listed\n%s\nwant\n%s", strings.Join(listed, "\n"), strings.Join(all, "\n"))
	}

	k.clock.add(24 * time.Hour)
	var page exemptionPage
	k.want(200, state.Viewer, "GET", "/api/v1/exemptions", "").into(t, &page)
	if page.Items[1].InForce || !page.Items[0].InForce {
		t.Errorf("a day later %+v is in force, and %+v is not", page.Items[1], page.Items[0])
	}
	k.want(204, state.Operator, "DELETE", path+"all", "")
	k.want(404, state.Operator, "DELETE", path+"all", "")
	left, err := k.store.Exemptions(t.Context())
	if err != nil || len(left) != 2 {
		t.Errorf("left are %+v, %v; want those of voso and of the other product", left, err)
	}
	entries, err := k.store.Audit(t.Context(), "", 2)
	k.must(err)
	if e := entries[1]; e.What != "end_exemption" || e.Target != onSaleOf+" on all" || e.Outcome != state.AuditDone || entries[0].Outcome != state.AuditRefused {
		t.Errorf("audit: %+v", entries)
	}
}

func TestExemptionsAreStrict(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	path := "/api/v1/exemptions/" + onSaleOf + "/voso"
	for name, c := range map[string]struct {
		who                any
		method, path, body string
		status             int
		code, field        string
	}{
		"a viewer":             {state.Viewer, "PUT", path, `{"reason":"x","until":"2026-12-01"}`, 403, "lesser_token", ""},
		"a viewer ends":        {state.Viewer, "DELETE", path, "", 403, "lesser_token", ""},
		"unknown market":       {state.Operator, "PUT", "/api/v1/exemptions/" + onSaleOf + "/sendo", `{"reason":"x","until":"2026-12-01"}`, 404, "not_found", "market"},
		"unknown product":      {state.Operator, "PUT", "/api/v1/exemptions/none/voso", `{"reason":"x","until":"2026-12-01"}`, 404, "not_found", "code"},
		"no reason":            {state.Operator, "PUT", path, `{"reason":" ","until":"2026-12-01"}`, 422, "unfit", "reason"},
		"a long reason":        {state.Operator, "PUT", path, `{"reason":"` + strings.Repeat("ă", 301) + `","until":"2026-12-01"}`, 422, "unfit", "reason"},
		"no end":               {state.Operator, "PUT", path, `{"reason":"x"}`, 422, "unfit", "until"},
		"an end that is over":  {state.Operator, "PUT", path, `{"reason":"x","until":"2026-11-22"}`, 422, "unfit", "until"},
		"an end far off":       {state.Operator, "PUT", path, `{"reason":"x","until":"2030-01-01"}`, 422, "unfit", "until"},
		"an end in words":      {state.Operator, "PUT", path, `{"reason":"x","until":"31/12/2026"}`, 422, "unfit", "until"},
		"an unknown member":    {state.Operator, "PUT", path, `{"reason":"x","until":"2026-12-01","by":"me"}`, 400, "bad_body", "by"},
		"a parameter":          {state.Operator, "PUT", path + "?x=1", `{"reason":"x","until":"2026-12-01"}`, 400, "bad_parameter", "x"},
		"ends what is not":     {state.Operator, "DELETE", path, "", 404, "not_found", "code"},
		"ends with a body":     {state.Operator, "DELETE", path, `{"reason":"x"}`, 400, "bad_body", "reason"},
		"a cursor of no page":  {state.Viewer, "GET", "/api/v1/exemptions?cursor=abc", "", 400, "bad_cursor", "cursor"},
		"an unknown parameter": {state.Viewer, "GET", "/api/v1/exemptions?code=x", "", 400, "bad_parameter", "code"},
	} {
		r := k.want(c.status, c.who, c.method, c.path, c.body)
		if code, field, _ := r.problem(); code != c.code || field != c.field {
			t.Errorf("%s: answered %s of %q, want %s of %q\n%s", name, code, field, c.code, c.field, r.body)
		}
	}
	if all, err := k.store.Exemptions(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("of refused requests %+v was made, %v", all, err)
	}
}

// What is in force and can't be kept is not answered as accepted.
func TestADecisionThatIsNotKept(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	fails := fmt.Errorf("disk: %w", state.ErrNotKept)
	k.work.fails.Store(&fails)
	r := k.want(http.StatusServiceUnavailable, state.Operator, "POST", "/api/v1/markets/voso/pause", `{"reason":"x"}`)
	if code, _, detail := r.problem(); code != "not_kept" || !contains(detail, "data_dir") {
		t.Errorf("answered %s", r.body)
	}
}

// Who stands on sale without a right, by an exemption, is shown.
func TestKeptIsShown(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	products := province()
	for i := range products {
		if products[i].Code == expiredOf {
			products[i].On[0].Reasons = ocop.Reasons{ocop.CertificateExpired, ocop.Exempt}
		}
	}
	k.model.standing.Store(&Standing{AsOf: monday, Markets: markets(), Products: products})
	var answer table
	r := k.want(200, state.Viewer, "GET", "/api/v1/coverage", "")
	k.must(json.Unmarshal([]byte(r.body), &answer))
	if got := answer.Total.Markets[0]; got.Market != "lamdong" || got.Kept != 1 {
		t.Errorf("the figures of lamdong are %+v, want one that is kept", got)
	}
	w := wordsIn(en)
	body := teller{w: &w, lang: en, zone: time.UTC}.status(&Status{Markets: []MarketStatus{{Market: "voso", DoubtedSince: monday}}}, k.server.book(), nil)
	if said := fmt.Sprint(body.Notices, body.Markets); !contains(said, "lamdong: 1 not eligible any more and still on sale") || !contains(said, "Memory was lost, at 02:31 23/11/2026") {
		t.Errorf("the page says %s", said)
	}
}
