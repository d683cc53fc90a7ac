package admin

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/state"
)

// A follower reads a stream, event by event.
type follower struct {
	t     *testing.T
	lines *bufio.Scanner
	close func()
	open  *http.Response
}

func (k *kit) follow(id, last string) *follower {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(k.t.Context(), 20*time.Second)
	req, err := http.NewRequestWithContext(ctx, "GET", k.http.URL+"/api/v1/runs/"+id+"/events", nil)
	k.must(err)
	req.Header.Set("Authorization", "Bearer "+k.tokens[state.Viewer])
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := k.client.Do(req)
	k.must(err)
	f := &follower{t: k.t, lines: bufio.NewScanner(res.Body), open: res, close: func() { cancel(); _ = res.Body.Close() }}
	k.t.Cleanup(f.close)
	return f
}

// next gives the next event's id, name and data; "" at the stream's end.
func (f *follower) next() (id, name, data string) {
	for f.lines.Scan() {
		field, value, _ := strings.Cut(f.lines.Text(), ": ")
		switch field {
		case "id":
			id = value
		case "event":
			name = value
		case "data":
			data = value
		case "":
			if id != "" {
				return id, name, data
			}
		}
	}
	return "", "", ""
}

func TestFollowARun(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.run("r1", state.Queued, monday)
	f := k.follow("r1", "")
	if kind := f.open.Header.Get("Content-Type"); f.open.StatusCode != 200 || kind != "text/event-stream" {
		t.Fatalf("answered %d, %s", f.open.StatusCode, kind)
	}
	first, name, data := f.next()
	if name != "run" || !contains(data, `"state":"queued"`) {
		t.Fatalf("first event %q: %s", name, data)
	}
	k.must(k.store.SavePart(t.Context(), "r1", "lamdong", state.Part{State: state.Running, Phase: "apply", Done: 3, Total: 9}))
	second, _, data := f.next()
	if !contains(data, `"done":3`) || second == first {
		t.Fatalf("second event: %s", data)
	}
	f.close() // the connection breaks, and meanwhile the run goes on

	k.must(k.store.SavePart(t.Context(), "r1", "lamdong", state.Part{State: state.Running, Phase: "apply", Done: 9, Total: 9}))
	f = k.follow("r1", second)
	third, _, data := f.next()
	if !contains(data, `"done":9`) {
		t.Fatalf("after coming back: %s", data)
	}
	_, err := k.store.EndPart(t.Context(), "r1", "sync", "lamdong", state.Part{State: state.Succeeded, Phase: "done", Done: 9, Total: 9})
	k.must(err)
	last, name, data := f.next()
	if name != "end" || !contains(data, `"state":"succeeded"`) || last == third {
		t.Fatalf("last event %q: %s", name, data)
	}
	if id, _, _ := f.next(); id != "" {
		t.Error("the stream goes on after the run's end")
	}
	if f := k.follow("r1", last); f.open.StatusCode != http.StatusNoContent {
		t.Errorf("who has the end is answered %d, want 204", f.open.StatusCode)
	}
	if f := k.follow("r1", "made up"); f.open.StatusCode != 200 {
		t.Errorf("an unknown id is answered %d, want the end anew", f.open.StatusCode)
	}
}

// A stream that has the newest event already hears of the next change only.
func TestFollowTellsOnlyChanges(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.run("r1", state.Running, monday)
	first, _, _ := k.follow("r1", "").next()
	f := k.follow("r1", first)
	k.must(k.store.SavePart(t.Context(), "r1", "lamdong", state.Part{State: state.Running, Done: 1}))
	if id, _, data := f.next(); id == first || !contains(data, `"done":1`) {
		t.Errorf("told again what it had: %s", data)
	}
}

func TestTooManyStreams(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.run("r1", state.Running, monday)
	for range maxStreams {
		k.server.streams <- struct{}{}
	}
	r := k.want(http.StatusServiceUnavailable, state.Viewer, "GET", "/api/v1/runs/r1/events", "")
	if code, _, _ := r.problem(); code != "too_many_streams" {
		t.Errorf("answered %s", r.body)
	}
}

// Stopping ends streams at once and lets other calls end.
func TestServeStops(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.run("r1", state.Running, monday)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	k.must(err)
	k.http.Close()
	k.http = &httptest.Server{URL: "http://" + l.Addr().String(), Listener: l, Config: &http.Server{}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	served := make(chan error, 1)
	go func() { served <- k.server.Serve(ctx, l) }()
	f := k.follow("r1", "")
	if id, _, _ := f.next(); id == "" {
		t.Fatal("no event")
	}
	began := time.Now()
	stop()
	if id, _, _ := f.next(); id != "" {
		t.Error("the stream goes on")
	}
	if err := <-served; err != nil || time.Since(began) > closeTime {
		t.Errorf("stopped after %s: %v", time.Since(began), err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("it still takes connections")
	}
}
