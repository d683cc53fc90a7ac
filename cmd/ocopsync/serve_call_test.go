package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"ocopsync/internal/state"
)

// How a person or a program talks to a daemon: over HTTP, with a token.

// An answer is what a call to the API came to.
type answer struct {
	status int
	header http.Header
	body   string
}

// json reads the answer.
func (a answer) json(v any) error {
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		return fmt.Errorf("%w in %d %.300s", err, a.status, a.body)
	}
	return nil
}

// ask calls the API with a token, "" for none, and header lines like "Name: value".
// It may be called from any goroutine.
func (r *replica) ask(secret, method, path, body string, header ...string) (answer, error) {
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	client := http.Client{Timeout: 30 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(got)}, err
}

// as calls the API with a token of the role and wants the status.
func (r *replica) as(role state.Role, want int, method, path, body string, header ...string) answer {
	r.t.Helper()
	got, err := r.ask(r.secrets[role], method, path, body, header...)
	must(r.t, err)
	if got.status != want {
		r.t.Fatalf("%s %s: expected %d, got %d %s\n%s", method, path, want, got.status, got.body, r.logged())
	}
	return got
}

// read gets what a viewer may see.
func (r *replica) read(path string, v any) {
	r.t.Helper()
	must(r.t, r.as(state.Viewer, http.StatusOK, http.MethodGet, path, "").json(v))
}

// resync asks for a run and gives its id.
func (r *replica) resync(body string, header ...string) string {
	r.t.Helper()
	got := r.as(state.Operator, http.StatusAccepted, http.MethodPost, "/api/v1/resyncs", body, header...)
	var run state.Run
	must(r.t, got.json(&run))
	if got.header.Get("Location") != "/api/v1/runs/"+run.ID {
		r.t.Errorf("the run %s is said to be at %q", run.ID, got.header.Get("Location"))
	}
	return run.ID
}

// order gives an order without a body, or with a reason.
func (r *replica) order(path, reason string) answer {
	r.t.Helper()
	body := ""
	if reason != "" {
		body = fmt.Sprintf(`{"reason":%q}`, reason)
	}
	want := http.StatusOK
	if strings.HasSuffix(path, "/cancel") {
		want = http.StatusAccepted
	}
	return r.as(state.Operator, want, http.MethodPost, path, body)
}

func (r *replica) run(id string) state.Run {
	r.t.Helper()
	var run state.Run
	r.read("/api/v1/runs/"+id, &run)
	return run
}

// runs lists the newest runs.
func (r *replica) runs() []state.Run {
	r.t.Helper()
	var page struct{ Items []state.Run }
	r.read("/api/v1/runs?limit=200", &page)
	return page.Items
}

// awaitEnd waits for a run's end.
func (r *replica) awaitEnd(id string, limit time.Duration) state.Run {
	r.t.Helper()
	var run state.Run
	untilSaid(r.t, limit, "run "+id+" ends", func() string {
		if run = r.run(id); state.Ended(run.State) {
			return ""
		}
		return fmt.Sprintf("it is %s, its parts %+v\n%s", run.State, run.Parts, r.logged())
	})
	return run
}

// soon is the limit of what takes a moment on a quiet machine.
const soon = 60 * time.Second
