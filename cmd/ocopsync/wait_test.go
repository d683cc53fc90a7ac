package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/state"
)

func TestWaitEndsAsTheRunDoes(t *testing.T) {
	t.Parallel()
	for end, want := range map[string]struct {
		code int
		err  string
	}{
		state.Succeeded: {exitOK, ""},
		state.Held:      {exitHeld, ""},
		state.Failed:    {exitFailed, "the run did not fully succeed: lamdong failed"},
		state.Partial:   {exitFailed, "the run did not fully succeed: lamdong partial"},
		state.Cancelled: {exitFailed, "the run did not fully succeed: lamdong cancelled"},
	} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.keeper.will(at(state.Queued, "", 0, 0), at(state.Running, "apply", 3, 9), at(state.Running, "apply", 9, 9), at(end, "done", 9, 9))
			got := o.want(want.code, state.Operator, "resync", "--wait")
			id := o.keeper.all()[0].ID
			wantLines(t, got.err, "Run "+id+" is accepted.", "lamdong: queued", "lamdong: applying changes 3/9", "lamdong: applying changes 9/9", want.err)
			wantLines(t, got.out, "Run "+id+" (sync): "+end, "lamdong "+end)
		})
	}
}

func TestWaitPrintsOneRunAsJSON(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.keeper.will(at(state.Running, "apply", 3, 9), at(state.Held, "done", 9, 9))
	got := o.want(exitHeld, state.Operator, "resync", "--wait", "--json")
	if !strings.HasPrefix(got.out, "{") || strings.Count(got.out, `"id"`) != 1 || !strings.Contains(got.out, `"state": "held"`) {
		t.Errorf("printed %s", got.out)
	}
}

// A daemon that goes away and comes back is found again, with what happened
// meanwhile.
func TestWaitOverARestart(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var away atomic.Int64              // calls that meet nobody
	var takenUp atomic.Pointer[string] // the event after which a stream was
	o.before(func(_ http.ResponseWriter, r *http.Request) bool {
		if away.Load() == 0 {
			if last := r.Header.Get("Last-Event-ID"); last != "" {
				takenUp.Store(&last)
			}
			return false
		}
		if away.Add(-1) == 0 {
			o.restart()
			o.keeper.goOn()
		}
		panic(http.ErrAbortHandler)
	})
	o.keeper.will(at(state.Running, "apply", 3, 9), at(state.Running, "apply", 5, 9), func(r *state.Run) {
		at(state.Running, "apply", 6, 9)(r)
		o.keeper.still = true
		away.Store(2)
		o.server.Load().Close() // its streams end
	}, at(state.Running, "apply", 7, 9), at(state.Running, "apply", 8, 9), at(state.Succeeded, "done", 9, 9))
	got := o.want(exitOK, state.Operator, "resync", "--wait")
	id := o.keeper.all()[0].ID
	if takenUp.Load() == nil {
		t.Error("the stream was begun anew, not taken up after the last event")
	}
	wantLines(t, got.err, "Lost sight of run "+id+"; looking for the daemon for 5m0s.", "lamdong: applying changes 8/9")
	wantLines(t, got.out, "Run "+id+" (sync): succeeded")
}

// Where streams can't be had, the run itself is read.
func TestWaitWithoutStreams(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"refused": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"a page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>"))
		},
		"silent": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.before(func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/events") {
					return false
				}
				answer(w, r)
				return true
			})
			must(t, o.keeper.Submit(t.Context(), state.Run{ID: "r1", State: state.Queued}))
			o.keeper.will(at(state.Running, "apply", 3, 9), at(state.Running, "apply", 5, 9), at(state.Succeeded, "done", 9, 9))
			d := o.client(state.Viewer, &bytes.Buffer{})
			d.silence = 50 * time.Millisecond
			var shown []int
			run, err := d.follow(t.Context(), "r1", func(r state.Run) { shown = append(shown, r.Parts["lamdong"].Done) })
			if err != nil || run.State != state.Succeeded || len(shown) != 2 || shown[1] != 5 {
				t.Errorf("%+v, shown %v: %v", run, shown, err)
			}
		})
	}
}

func TestWaitGivesUpOnADaemonThatStaysAway(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.before(func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) })
	var errs bytes.Buffer
	d := o.client(state.Viewer, &errs)
	now := monday
	d.now = func() time.Time { now = now.Add(2 * time.Minute); return now }
	_, err := d.follow(t.Context(), "r1", func(state.Run) { t.Error("something was shown") })
	if err == nil || !strings.Contains(err.Error(), "the daemon has been away for 5m0s, so how run r1 ended is not known") {
		t.Errorf("%v", err)
	}
	if n := strings.Count(errs.String(), "Lost sight of run r1"); n != 1 {
		t.Errorf("told %d times:\n%s", n, errs.String())
	}
}

func TestWaitForARunThatIsGone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, err := o.client(state.Viewer, &bytes.Buffer{}).follow(t.Context(), "r1", func(state.Run) {})
	var f *fault
	if !errors.As(err, &f) || f.status != http.StatusNotFound {
		t.Errorf("%v", err)
	}
}

// Ctrl-C ends the waiting and leaves the run alone.
func TestWaitInterrupted(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, interrupt := context.WithCancel(t.Context())
	o.keeper.will(at(state.Running, "apply", 3, 9), func(*state.Run) { interrupt() })
	got := o.with(ctx, map[string]string{envToken: o.tokens[state.Operator]}, "resync", "--wait")
	run := o.keeper.all()[0]
	if got.code != exitInterrupted || run.State != state.Running {
		t.Errorf("the run is %s\n%s", run.State, got)
	}
	wantLines(t, got.err, "no longer waiting; run "+run.ID+" goes on. `ocopsync runs "+run.ID+"` shows it, `ocopsync runs cancel "+run.ID+"` stops it")
}

func TestInterruptedBeforeItWasAccepted(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, interrupt := context.WithCancel(t.Context())
	o.before(func(http.ResponseWriter, *http.Request) bool {
		interrupt()
		panic(http.ErrAbortHandler)
	})
	got := o.with(ctx, map[string]string{envToken: o.tokens[state.Operator]}, "resync", "--idempotency-key", "k1")
	if got.code != exitInterrupted || got.out != "" {
		t.Errorf("%s", got)
	}
	wantLines(t, got.err, "interrupted. Whether the run was accepted is not known; `--idempotency-key k1` asks for the same run again")
}

func TestProgressOfARunElsewhere(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := newApp(nil, &out).newProgress()
	part := func(s, phase string, done, total int) state.Part {
		return state.Part{State: s, Phase: phase, Done: done, Total: total}
	}
	failed := part(state.Partial, "done", 4, 4)
	failed.Failures = []state.Failure{{Kind: "invalid", Count: 2}, {Kind: "rate", Count: 1}}
	for _, parts := range []map[listing.Market]state.Part{
		{"voso": part(state.Queued, "", 0, 0), "lamdong": part(state.Running, "", 0, 0)},
		{"voso": part(state.Queued, "", 0, 0), "lamdong": part(state.Running, "apply", 1, 20)},
		{"voso": part(state.Queued, "", 0, 0), "lamdong": part(state.Running, "apply", 1, 20)},
		{"voso": part(state.Cancelled, "apply", 0, 0), "lamdong": failed},
	} {
		p.showRun(state.Run{Parts: parts})
	}
	want := "lamdong: running\nvoso: queued\nlamdong: applying changes 1/20\nlamdong: done (partial) 4/4, 3 failed\nvoso: done (cancelled)\n"
	if out.String() != want {
		t.Errorf("shown:\n%swant:\n%s", out.String(), want)
	}
}
