package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

func TestResyncPrintsTheRunsID(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	got := o.want(exitOK, state.Operator, "resync", "--market", "voso,postmart", "--code", "68-2", "--code", "68-1", "--mode", "verify")
	runs := o.keeper.all()
	if len(runs) != 1 || got.out != runs[0].ID+"\n" {
		t.Fatalf("printed %q for %+v", got.out, runs)
	}
	r := runs[0]
	if diff := cmp.Diff([]any{"verify", []listing.Market{"postmart", "voso"}, []ocop.Code{"68-1", "68-2"}, "person-operator"}, []any{r.Mode, r.Markets, r.Codes, r.By}); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	wantLines(t, got.err, "The run is accepted. `ocopsync runs "+r.ID+"` shows it.")

	got = o.want(exitOK, state.Operator, "resync", "--json")
	var told state.Run
	if err := json.Unmarshal([]byte(got.out), &told); err != nil || told.ID != o.keeper.all()[1].ID {
		t.Errorf("--json: %v: %s", err, got.out)
	}
}

// Who waits for a market that is paused is told that he does.
func TestResyncTellsOfPauses(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.want(exitOK, state.Operator, "pause", "voso", "--reason", "Sàn bảo trì")
	const paused = "voso is paused (person-operator: Sàn bảo trì); the part there waits until `ocopsync resume`."
	wantLines(t, o.want(exitOK, state.Operator, "resync").err, paused)
	if got := o.want(exitOK, state.Operator, "resync", "--market", "lamdong"); strings.Contains(got.err, "paused") {
		t.Errorf("a market that is not part of the run: %s", got.err)
	}
	if got := o.want(exitOK, state.Operator, "resync", "--mode", "plan"); strings.Contains(got.err, "paused") {
		t.Errorf("a plan does not wait for a pause: %s", got.err)
	}
	o.keeper.will(at(state.Succeeded, "done", 1, 1))
	wantLines(t, o.want(exitOK, state.Operator, "resync", "--wait").err, paused)
}

func TestResyncUnderOneKeyIsOneRun(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	first := o.want(exitOK, state.Operator, "resync", "--idempotency-key", "mine-1")
	second := o.want(exitOK, state.Operator, "resync", "--idempotency-key", "mine-1")
	if first.out != second.out || len(o.keeper.all()) != 1 {
		t.Errorf("two runs: %s%s", first.out, second.out)
	}
	wantLines(t, second.err, "The request had come before; its run is "+strings.TrimSpace(first.out)+".")
	wantLines(t, o.want(exitUsage, state.Operator, "resync", "--idempotency-key", "mine-1", "--mode", "verify").err, "This key was sent with another body.")
	wantLines(t, o.want(exitUsage, state.Operator, "resync", "--idempotency-key", "two words").err, "--idempotency-key: expected 1 to 200 ASCII characters")
	o.want(exitOK, state.Operator, "resync")
	o.want(exitOK, state.Operator, "resync")
	if n := len(o.keeper.all()); n != 3 {
		t.Errorf("two calls without a key made %d runs", n-1)
	}
}

func TestResyncThatIsRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.tokens["nobody"] = "ocopsync_aaaaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	wantLines(t, o.want(exitUsage, state.Operator, "resync", "--market", "vosso").err, `There is no such market; there are: lamdong, postmart, voso. (markets: "vosso") (see --help)`)
	wantLines(t, o.want(exitUsage, state.Operator, "resync", "--code", "68-9", "--lang", "vi").err, `Sổ đăng ký, ở lần đọc gần nhất, không có sản phẩm với mã này.`)
	wantLines(t, o.want(exitUsage, state.Operator, "resync", "--mode", "fast").err, `--mode "fast": expected sync, verify, plan (see --help)`)
	wantLines(t, o.want(exitFailed, state.Viewer, "resync").err, "This needs the role operator; the token has the role viewer.", "The token was taken from OCOPSYNC_TOKEN")
	wantLines(t, o.want(exitFailed, "nobody", "resync").err, "The token is wrong, was revoked or has ended.", "The token was taken from OCOPSYNC_TOKEN.", "ocopsync token create NAME --role admin --direct")
	wantLines(t, o.want(exitFailed, "nobody", "resync", "--lang", "vi").err, "Mã truy cập sai", "Mã đang dùng lấy từ OCOPSYNC_TOKEN.")
	if runs := o.keeper.all(); len(runs) != 0 {
		t.Errorf("runs were made: %+v", runs)
	}
}

// Whatever is lost on the way, one invocation makes one run.
func TestResyncIsSentAgainUnderItsKey(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var sent atomic.Int64
	o.before(func(w http.ResponseWriter, r *http.Request) bool {
		switch sent.Add(1) {
		case 1: // done, and the answer is lost
			o.server.Load().ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case 2: // a proxy's page
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte("<html>bad gateway"))
			return true
		}
		return false
	})
	var errs bytes.Buffer
	d := o.client(state.Operator, &errs)
	body, header, err := d.persist(t.Context(), ask{method: http.MethodPost, path: "/api/v1/resyncs", key: "k", body: resyncBody{Mode: "sync"}})
	if runs := o.keeper.all(); err != nil || len(runs) != 1 || !bytes.Contains(body, []byte(runs[0].ID)) || header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("%d runs, answered %s: %v", len(runs), body, err)
	}
	wantLines(t, errs.String(), "can't be reached: EOF", "answered 502, and not as ocopsync's daemon does", "Trying again in 0s.")
}

func TestResyncThatMayHaveArrived(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	keys := make(chan string, 10)
	o.before(func(_ http.ResponseWriter, r *http.Request) bool {
		keys <- r.Header.Get("Idempotency-Key")
		panic(http.ErrAbortHandler)
	})
	got := o.want(exitFailed, state.Operator, "resync")
	if len(keys) != 4 {
		t.Fatalf("sent %d times", len(keys))
	}
	key := <-keys
	for range 3 {
		if again := <-keys; again != key || key == "" {
			t.Errorf("sent under the keys %q and %q", key, again)
		}
	}
	wantLines(t, got.err, "Whether the run was accepted is not known; `--idempotency-key "+key+"` asks for the same run again, never for a second one")
}
