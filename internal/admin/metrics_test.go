package admin

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/coverage"
	"ocopsync/internal/state"
)

func zapStatus(status int) zap.Field { return zap.Int("status", status) }

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := NewMetrics("da-lat")
	k := newKit(t, func(o *Options) { o.Metrics = m })
	m.Run(state.Run{
		Mode: "verify", Trigger: "schedule", State: state.Partial, StartedAt: monday, EndedAt: monday.Add(3 * time.Second),
	})
	m.Part("voso", state.Part{State: state.Partial, Counts: map[string]int{
		"planned_create": 5, "create_done": 3, "create_error": 2, "update_awaiting_person": 1, "writes": 6, "odd": 1, "68-672_done": 1,
	}})
	m.Run(state.Run{Mode: "68-672-00001", Trigger: "x", State: state.Succeeded})
	for _, c := range []Call{
		{Market: "voso", Method: "GET", Status: 200, Took: time.Millisecond},
		{Market: "voso", Method: "GET", Status: 200, Waited: 2 * time.Second},
		{Market: "voso", Method: "POST", Status: 201}, {Market: "voso", Method: "POST", Status: 429}, {Market: "voso", Method: "POST", Status: 422},
		{Market: "voso", Method: "PUT", Status: 503}, {Market: "voso", Method: "PUT"}, {Market: "voso", Method: "BREW", Status: 200},
	} {
		m.Call(c)
	}
	k.want(200, state.Viewer, "GET", "/api/v1/products/68-672-00001-1-2024", "")
	body := k.want(http.StatusOK, nil, "GET", "/metrics", "").body
	want := coverage.Compute(markets(), province())
	lines := []string{
		`runs_total{mode="verify",state="partial",tenant="da-lat",trigger="schedule"} 1`,
		`runs_total{mode="other",state="succeeded",tenant="da-lat",trigger="other"} 1`,
		`run_duration_seconds_sum{mode="verify",tenant="da-lat"} 3`,
		`parts_total{market="voso",state="partial",tenant="da-lat"} 1`,
		`changes_planned_total{kind="create",market="voso",tenant="da-lat"} 5`,
		`changes_total{kind="create",market="voso",outcome="done",tenant="da-lat"} 3`,
		`changes_total{kind="create",market="voso",outcome="error",tenant="da-lat"} 2`,
		`changes_total{kind="update",market="voso",outcome="awaiting_person",tenant="da-lat"} 1`,
		`writes_total{market="voso",tenant="da-lat"} 6`,
		`market_calls_total{kind="get",market="voso",outcome="ok",tenant="da-lat"} 2`,
		`market_calls_total{kind="post",market="voso",outcome="rate",tenant="da-lat"} 1`,
		`market_calls_total{kind="post",market="voso",outcome="refused",tenant="da-lat"} 1`,
		`market_calls_total{kind="put",market="voso",outcome="fault",tenant="da-lat"} 1`,
		`market_calls_total{kind="put",market="voso",outcome="none",tenant="da-lat"} 1`,
		`market_calls_total{kind="other",market="voso",outcome="ok",tenant="da-lat"} 1`,
		`quota_waits_total{market="voso",tenant="da-lat"} 1`,
		`quota_wait_seconds_total{market="voso",tenant="da-lat"} 2`,
		`queue_depth{state="waiting",tenant="da-lat"} 1`,
		`paused{market="voso",tenant="da-lat"} 1`, `paused{market="postmart",tenant="da-lat"} 0`,
		`circuit_open{market="voso",tenant="da-lat"} 1`, `plan_held{market="voso",tenant="da-lat"} 1`,
		fmt.Sprintf(`last_success_timestamp_seconds{market="lamdong",tenant="da-lat"} %g`, float64(monday.Add(-time.Hour).Unix())),
		fmt.Sprintf(`products_eligible{tenant="da-lat"} %d`, want.Eligible),
		fmt.Sprintf(`coverage_overall_counted{tenant="da-lat"} %d`, want.Counted),
		`products_left_out{party="producer",reason="certificate_expired",tenant="da-lat"} 1`,
		`http_requests_total{method="GET",route="/api/v1/products/{code}",status="200",tenant="da-lat"} 1`,
	}
	for _, f := range want.Markets {
		lines = append(lines,
			fmt.Sprintf(`coverage_on_sale{market="%s",tenant="da-lat"} %d`, f.Market, f.OnSale),
			fmt.Sprintf(`coverage_counted{market="%s",tenant="da-lat"} %d`, f.Market, f.Counted))
		for _, r := range f.Missing {
			lines = append(lines, fmt.Sprintf(`coverage_missing{market="%s",party="%s",reason="%s",tenant="da-lat"} %d`, f.Market, r.Party, r.Reason, r.Count))
		}
	}
	for _, line := range lines {
		if !strings.Contains(body, "\nocopsync_"+line+"\n") {
			t.Errorf("lacks %s", line)
		}
	}
	for what, part := range map[string]string{
		"a product's code": "68-672", "a time that is not known": `last_success_timestamp_seconds{market="voso"`, "a product's name": "atisô",
	} {
		if strings.Contains(body, part) {
			t.Errorf("the metrics hold %s", what)
		}
	}
	for what, secret := range k.secrets() {
		if strings.Contains(body, secret) {
			t.Errorf("the metrics hold %s", what)
		}
	}
}

// One Metrics belongs to one server.
func TestMetricsAreNotShared(t *testing.T) {
	t.Parallel()
	m := NewMetrics("da-lat")
	k := newKit(t, func(o *Options) { o.Metrics = m })
	if _, err := New(k.server.o); err == nil {
		t.Error("a second server took the same metrics")
	}
	for name, o := range map[string]Options{"nothing": {}, "no log": {Store: k.store, Model: k.model, Work: k.work}} {
		if _, err := New(o); err == nil {
			t.Errorf("made a server of %s", name)
		}
	}
}
