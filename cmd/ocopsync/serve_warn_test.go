package main

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// What waits for a person or is ill is shown, and does not make the daemon unready.

// warnings are the checks that are not well although the daemon is ready.
func (r *replica) warnings() []string {
	r.t.Helper()
	got, err := r.ask("", http.MethodGet, "/readyz?verbose", "")
	must(r.t, err)
	var told struct {
		Ready  bool
		Checks []struct {
			Name      string
			OK, Warns bool
			Hint      *struct{ VI, EN string }
		}
	}
	must(r.t, got.json(&told))
	if got.status != http.StatusOK || !told.Ready {
		r.t.Errorf("/readyz answers %d %s", got.status, got.body)
	}
	names := []string{}
	for _, c := range told.Checks {
		if c.OK {
			continue
		}
		names = append(names, c.Name)
		if !c.Warns || c.Hint == nil || c.Hint.VI == "" || c.Hint.EN == "" {
			r.t.Errorf("the check %s is told as %+v", c.Name, c)
		}
	}
	slices.Sort(names)
	return names
}

func (r *replica) awaitWarnings(want ...string) {
	r.t.Helper()
	if want == nil {
		want = []string{}
	}
	untilSaid(r.t, soon, "/readyz warns so", func() string { return cmp.Diff(want, r.warnings()) })
}

func TestServeShowsWhatIsHeldOrIll(t *testing.T) {
	t.Parallel()
	f := newFleetOf(t, 0)
	closed := time.Now().Add(6 * time.Hour).In(time.FixedZone("", 7*60*60)) // in Vietnam
	f.configure(with("max_shrink_percent: 20", "max_shrink_percent: 100"),
		with(`# windows: ["18:00-07:00"]`, fmt.Sprintf(`windows: ["%s-%s"]`, closed.Format("15:04"), closed.Add(time.Hour).Format("15:04"))))
	r := f.serveHere()
	r.settle()
	r.awaitWarnings()

	must(t, f.box.SetRegistryMode(sandbox.ModeEmpty))
	if run := r.awaitEnd(r.resync(`{"mode":"verify"}`), soon); run.State != state.Held || run.Source.Held == "" {
		t.Errorf("on an empty registry the run ended as %+v", run)
	}
	r.awaitWarnings("plans", "sources")
	must(t, f.box.SetRegistryMode(sandbox.ModeNormal))
	r.settle()
	r.awaitWarnings()

	codes := f.everywhere()
	for _, code := range codes[:len(codes)/2] {
		must(t, f.box.Revoke(code))
	}
	run := r.awaitEnd(r.resync(`{}`), soon)
	r.awaitWarnings("plans")
	var told struct {
		Markets []struct {
			Market      string
			WindowOpens time.Time `json:"window_opens"`
			Held        *struct{ Run, Checksum, Why string }
		}
	}
	r.read("/api/v1/status", &told)
	for _, m := range told.Markets {
		if m.Held == nil || m.Held.Run != run.ID || m.Held.Checksum == "" || m.Held.Why == "" {
			t.Errorf("%s: the held plan is told as %+v", m.Market, m.Held)
		}
		if opens := m.WindowOpens; opens.IsZero() != (m.Market != sandbox.Voso) || !opens.IsZero() && opens.Format("15:04") != closed.Format("15:04") {
			t.Errorf("%s: its window is said to open at %s, expected %s for voso", m.Market, opens, closed.Format("15:04"))
		}
	}
	if g := r.metrics(); g["plan_held,market=voso"] != 1 {
		t.Errorf("the metrics tell of no held plan: %v", g)
	}
	for _, code := range codes[:len(codes)/2] {
		must(t, f.box.Restore(code))
	}
	r.settle()
	r.awaitWarnings()

	r.stopped()

	f.configure(with("password: sandbox-password", "password: WRONG-password"))
	r = f.serveHere()
	if run := r.awaitEnd(r.resync(`{"mode":"verify"}`), soon); run.Parts[sandbox.Voso].State != state.Failed || run.Parts[sandbox.Lamdong].State != state.Succeeded {
		t.Errorf("with voso's password wrong the run ended as %+v", run)
	}
	r.awaitWarnings("market_voso")
	if g := r.metrics(); g["circuit_open,market=voso"] != 1 || g["circuit_open,market=lamdong"] != 0 {
		t.Errorf("circuits are told as %v", g)
	}
	r.stopped()
}
