package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// A daemon whose Redis goes away, comes back, or is another one.

// health gives the status of a probe, and what it says.
func (r *replica) health(path string) (int, string) {
	r.t.Helper()
	got, err := r.ask("", http.MethodGet, path, "")
	must(r.t, err)
	return got.status, got.body
}

// awaitReady waits until /readyz answers so.
func (r *replica) awaitReady(want int, limit time.Duration) string {
	r.t.Helper()
	var said string
	untilSaid(r.t, limit, "/readyz answers so", func() string {
		var status int
		if status, said = r.health("/readyz"); status != want {
			return said + r.logged()
		}
		if live, _ := r.health("/livez"); live != http.StatusOK {
			r.t.Errorf("/livez answers %d meanwhile", live)
		}
		return ""
	})
	return said
}

func TestServeOutlivesItsRedis(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	b := f.brakeAt(sandbox.Voso, 5)
	f.configure(b.configured(f.box))
	r := f.serve()
	r.awaitReady(http.StatusOK, soon)
	id := r.resync(`{"mode":"verify"}`)
	b.await(f)

	f.redis.Stop()
	b.release()
	if said := r.awaitReady(http.StatusServiceUnavailable, soon); !strings.Contains(said, `"redis"`) || !strings.Contains(said, "Redis, the daemon's memory, can't be reached") {
		t.Errorf("what is not ready is told as %s", said)
	}
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPost, "/api/v1/resyncs", `{}`}, {http.MethodGet, "/api/v1/runs", ""}, {http.MethodPost, "/api/v1/pause", `{"reason":"x"}`},
	} {
		got := r.as(state.Operator, http.StatusServiceUnavailable, c.method, c.path, c.body)
		if got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "problem:unavailable") || strings.Contains(got.body, f.redis.Addr) {
			t.Errorf("%s %s without Redis: %v %s", c.method, c.path, got.header, got.body)
		}
	}

	f.redis.Run()
	r.awaitReady(http.StatusOK, soon)
	if run := r.awaitEnd(id, 2*soon); run.State != state.Succeeded && run.State != state.Partial {
		t.Errorf("the run that was under way ended as %+v", run)
	}
	if run := r.awaitEnd(r.resync(`{}`), soon); run.State != state.Succeeded && run.State != state.Partial {
		t.Errorf("a run after it ended as %+v", run)
	}
	r.stopped()
	next := f.serveHere()
	next.converge()
	next.stopped()
}

func TestServeEndsWhenItsMemoryIsReplaced(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]func(*fleet){
		"by an empty one": func(f *fleet) {
			f.redis.Stop()
			must(f.t, os.RemoveAll(filepath.Join(f.redis.Dir, "appendonlydir")))
			f.redis.Run()
		},
		"emptied": func(f *fleet) {
			client := redis.NewClient(&redis.Options{Addr: f.redis.Addr})
			defer func() { _ = client.Close() }()
			must(f.t, client.FlushAll(f.t.Context()).Err())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t)
			r := f.serve()
			r.settle()
			on := f.box.Figures()
			replace(f)
			if end := r.wait(soon); end.code != exitFailed || !strings.Contains(end.err, "Redis was emptied, restored or replaced") {
				t.Errorf("expected exit 1 and what became of Redis\n%s\n%s", end, r.logged())
			}
			f.makeTokens()
			f.box.ResetCounts()
			next := f.serveHere()
			next.settle()
			next.judge()
			f.madeOnce()
			for m, n := range f.box.Writes() {
				if n > 3 { // refused pictures are tried once more
					t.Errorf("%s got %d writing calls after Redis was replaced", m, n)
				}
			}
			if now := f.box.Figures(); now.Overall != on.Overall {
				t.Errorf("on sale were %+v, are %+v", on.Overall, now.Overall)
			}
			next.stopped()
		})
	}
}

func TestServeOnAnInProcessRedis(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.redis.Stop() // it must not be needed
	f.configure(ticks("* * * * *", "off"), with("redis://"+f.redis.Addr+"/0", "embedded"))
	if got := f.call("sync"); got.code != exitFailed || !strings.Contains(got.err, "an in-process Redis forgets everything when this command ends; configure a real one (redis.url)") {
		t.Errorf("sync: expected exit 1 and what to do\n%s", got)
	}
	f.wantWrites(0)
	r := f.serveHere()
	if said := r.lines("redis: embedded: what is remembered ends with this process; only for a trial"); len(said) != 1 || said[0].Level != "warn" {
		t.Errorf("it warns %+v that its memory ends with it", said)
	}
	r.awaitReady(http.StatusOK, soon)
	until(t, soon, "the tick's runs end", func() bool { return len(r.lines("run ended")) >= len(sandbox.Markets()) })
	for _, m := range sandbox.Markets() {
		if f.box.Writes()[m] == 0 {
			t.Errorf("%s got no writing call", m)
		}
	}
	f.madeOnce()
	r.stopped()
}
