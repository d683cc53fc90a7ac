package admin

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/state"
)

func TestResync(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for body, want := range map[string]state.Run{
		`{}`: {Mode: "sync", Markets: markets()},
		`{"mode":"verify","markets":["voso","postmart","voso"]}`:                       {Mode: "verify", Markets: []listing.Market{"postmart", "voso"}},
		`{"mode":"plan","markets":[],"codes":["68-672-00002-1-2024"]}`:                 {Mode: "plan", Markets: markets(), Codes: codes(2)},
		`{"codes":["68-672-00003-1-2024","68-672-00001-1-2024"],"mode":"sync"}` + "\n": {Mode: "sync", Markets: markets(), Codes: codes(1, 3)},
	} {
		r := k.want(http.StatusAccepted, state.Operator, "POST", "/api/v1/resyncs", body)
		var run state.Run
		r.into(t, &run)
		if run.Mode != want.Mode || !slices.Equal(run.Markets, want.Markets) || !slices.Equal(run.Codes, want.Codes) ||
			run.State != state.Queued || run.By != "person-operator" || run.Trigger != "request" || len(run.Parts) != len(want.Markets) {
			t.Errorf("%s: made %+v", body, run)
		}
		found := k.want(200, state.Viewer, "GET", r.header.Get("Location"), "")
		var again state.Run
		found.into(t, &again)
		if again.ID != run.ID {
			t.Errorf("%s: Location %s has run %s, want %s", body, r.header.Get("Location"), again.ID, run.ID)
		}
	}
	if n := k.work.submitted.Load(); n != 4 {
		t.Errorf("%d runs, want 4: without a key each request makes one", n)
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	const path, body = "/api/v1/resyncs", `{"markets":["voso","postmart"],"codes":["68-672-00001-1-2024"]}`
	ask := func(status int, who state.Role, key, body string) reply {
		t.Helper()
		return k.want(status, who, "POST", path, body, "Idempotency-Key", key)
	}
	// At once, as impatient clients do.
	var wg sync.WaitGroup
	places := make([]string, 8)
	for i := range places {
		wg.Go(func() {
			r := k.ask(state.Operator, "POST", path, body, "Idempotency-Key", "key-1")
			places[i] = fmt.Sprint(r.status, r.header.Get("Location"))
		})
	}
	wg.Wait()
	if slices.Sort(places); len(slices.Compact(places)) != 1 || k.work.submitted.Load() != 1 {
		t.Fatalf("one key, at once: %d runs at %v", k.work.submitted.Load(), places)
	}
	first := ask(202, state.Operator, "key-1", `{"codes":["68-672-00001-1-2024"],"markets":["postmart","voso"],"mode":"sync"}`)
	if first.header.Get("Idempotency-Replayed") != "true" || "202"+first.header.Get("Location") != places[0] {
		t.Errorf("the same request, written otherwise: %v", first.header)
	}
	for _, other := range []string{`{}`, `{"markets":["voso"]}`, `{"markets":["postmart","voso"]}`, `{"markets":["voso","postmart"],"codes":["68-672-00001-1-2024"],"mode":"verify"}`} {
		r := ask(http.StatusUnprocessableEntity, state.Operator, "key-1", other)
		if code, field, _ := r.problem(); code != "idempotency_key_reused" || field != "Idempotency-Key" {
			t.Errorf("%s under a used key: %s of %s", other, code, field)
		}
	}
	// What was done since is told of the same run.
	id := places[0][len("202"+"/api/v1/runs/"):]
	k.must(k.work.Cancel(t.Context(), id))
	var run state.Run
	ask(202, state.Operator, "key-1", body).into(t, &run)
	if run.ID != id || run.State != state.Cancelled {
		t.Errorf("after its end: %+v", run)
	}
	ask(202, state.Operator, "key-2", body)
	ask(202, state.Admin, "key-1", body) // a key belongs to its token
	if n := k.work.submitted.Load(); n != 3 {
		t.Errorf("%d runs, want 3", n)
	}
	for _, bad := range []string{"", "a b", "ă", string(make([]byte, 0)), fmt.Sprintf("%0201d", 1)} {
		if r := k.ask(state.Operator, "POST", path, body, "Idempotency-Key", bad); r.status != 400 {
			t.Errorf("key %q: answered %d, want 400", bad, r.status)
		}
	}
}

// What is not recorded is not accepted (promise P7).
func TestResyncThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	fails := fmt.Errorf("create run: %w", errors.New("dial tcp 10.0.0.7:6379: connection refused"))
	k.work.fails.Store(&fails)
	r := k.want(http.StatusServiceUnavailable, state.Operator, "POST", "/api/v1/resyncs", `{}`, "Idempotency-Key", "k")
	if code, _, detail := r.problem(); code != "unavailable" || r.header.Get("Location") != "" {
		t.Errorf("answered %s: %s", code, detail)
	}
	if contains(r.body, "10.0.0.7") {
		t.Errorf("the cause is told to the caller: %s", r.body)
	}
	if k.logs.FilterMessageSnippet("request").FilterFieldKey("error").Len() == 0 {
		t.Error("the cause is not in the log")
	}
	k.work.fails.Store(nil)
	k.want(http.StatusAccepted, state.Operator, "POST", "/api/v1/resyncs", `{}`, "Idempotency-Key", "k")
}
