package admin

import (
	"net/http"

	"ocopsync/internal/state"
)

// A route is one method of one path: who may call it and what it does.
type route struct {
	method, path string
	need         state.Role // "": anybody
	do           func(*call) error
	// audit names a call that is to change something, as the audit log does.
	audit string
	page  bool // for people: signed in by cookie
	long  bool // a stream: without a deadline
	probe bool // called by machines every few seconds: logged only when it fails
}

// routes are all that there are; openapi.yaml says the same of the API, which a
// test holds.
func (s *Server) routes() []route {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	return []route{
		{method: get, path: "/livez", do: s.livez, probe: true},
		{method: get, path: "/readyz", do: s.readyz, probe: true},
		{method: get, path: "/metrics", do: s.getMetrics, probe: true},
		{method: get, path: "/openapi.yaml", do: s.getOpenAPI},

		{method: get, path: "/api/v1/status", need: state.Viewer, do: s.getStatus},
		{method: get, path: "/api/v1/coverage", need: state.Viewer, do: s.getCoverage},
		{method: get, path: "/api/v1/products", need: state.Viewer, do: s.listProducts},
		{method: get, path: "/api/v1/products/{code}", need: state.Viewer, do: s.getProduct},

		{method: post, path: "/api/v1/resyncs", need: state.Operator, do: s.resync, audit: "resync"},
		{method: get, path: "/api/v1/runs", need: state.Viewer, do: s.listRuns},
		{method: get, path: "/api/v1/runs/{id}", need: state.Viewer, do: s.getRun},
		{method: get, path: "/api/v1/runs/{id}/events", need: state.Viewer, do: s.followRun, long: true},
		{method: post, path: "/api/v1/runs/{id}/cancel", need: state.Operator, do: s.cancelRun, audit: "cancel"},
		{method: post, path: "/api/v1/runs/{id}/parts/{market}/approve", need: state.Operator, do: s.approvePart, audit: "approve"},
		{method: post, path: "/api/v1/runs/{id}/parts/{market}/refuse", need: state.Operator, do: s.refusePart, audit: "refuse"},

		{method: post, path: "/api/v1/markets/{market}/pause", need: state.Operator, do: s.pauseMarket, audit: "pause"},
		{method: post, path: "/api/v1/markets/{market}/resume", need: state.Operator, do: s.resumeMarket, audit: "resume"},
		{method: post, path: "/api/v1/pause", need: state.Operator, do: s.pauseAll, audit: "pause"},
		{method: post, path: "/api/v1/resume", need: state.Operator, do: s.resumeAll, audit: "resume"},

		{method: get, path: "/api/v1/exemptions", need: state.Viewer, do: s.listExemptions},
		{method: put, path: "/api/v1/exemptions/{code}/{market}", need: state.Operator, do: s.exempt, audit: "exempt"},
		{method: del, path: "/api/v1/exemptions/{code}/{market}", need: state.Operator, do: s.endExemption, audit: "end_exemption"},

		{method: get, path: "/api/v1/audit", need: state.Operator, do: s.listAudit},
		{method: get, path: "/api/v1/tokens", need: state.Admin, do: s.listTokens},
		{method: post, path: "/api/v1/tokens", need: state.Admin, do: s.createToken, audit: "create_token"},
		{method: del, path: "/api/v1/tokens/{id}", need: state.Admin, do: s.revokeToken, audit: "revoke_token"},
		{method: get, path: "/api/v1/log-level", need: state.Operator, do: s.getLevel},
		{method: put, path: "/api/v1/log-level", need: state.Admin, do: s.setLevel, audit: "log_level"},

		{method: get, path: "/{$}", do: s.statusPage, page: true},
		{method: get, path: "/sign-in", do: s.signInPage, page: true},
		{method: post, path: "/sign-in", do: s.signIn, page: true, audit: "sign_in"},
		{method: post, path: "/sign-out", do: s.signOut, page: true, audit: "sign_out"},
		{method: post, path: "/approve", do: s.approveForm, page: true, audit: "approve"},
		{method: post, path: "/refuse", do: s.refuseForm, page: true, audit: "refuse"},
		{method: get, path: "/style.css", do: s.getStyle, page: true},
	}
}
