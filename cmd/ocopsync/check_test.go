package main

import (
	"encoding/json"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"ocopsync/internal/sandbox"
)

func TestCheckOfAGoodSetUp(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	got := s.call("check")
	if got.code != exitOK || strings.Contains(got.out, "bad ") {
		t.Errorf("expected exit 0\n%s", got)
	}
	for _, what := range []string{"configuration", "data_dir", "redis", "registry", "price list", "postmart", "voso", "lamdong"} {
		if !strings.Contains(got.out, "ok    "+what) {
			t.Errorf("nothing is said to be right with %s\n%s", what, got)
		}
	}
	s.wantWrites(0)
	if _, err := os.Stat(filepath.Join(s.dir, "data")); err == nil {
		t.Error("check made the data folder")
	}
}

// An empty Redis stays empty, and a full one is told although nothing is written.
func TestCheckLeavesRedisAlone(t *testing.T) {
	t.Parallel()
	s := newSmallStage(t)
	if got := s.call("check"); got.code != exitOK {
		t.Errorf("expected exit 0\n%s", got)
	}
	if keys := s.dump(); len(keys) > 0 {
		t.Errorf("check wrote to an empty Redis: %q", slices.Sorted(maps.Keys(keys)))
	}
	s.settle()
	before := s.dump()
	if got := s.call("check"); got.code != exitOK {
		t.Errorf("expected exit 0\n%s", got)
	}
	if diff := cmp.Diff(before, s.dump()); diff != "" {
		t.Errorf("check wrote to Redis (-before +after):\n%s", diff)
	}
	s.setRedis("maxmemory", "1")
	s.wantFinding(levelBad, "redis", "no memory left in Redis (maxmemory)")
}

// Each thing that can be wrong is told alone, in words that say what to do.
func TestCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		edits []edit
		spoil func(s *stage)
		whole bool // needs the 71 made-up products
		level string
		what  string
		says  string
	}{
		{name: "Redis is down", spoil: func(s *stage) { s.redis.Stop() }, level: levelBad, what: "redis", says: "connection refused"},
		{name: "Redis forgets at a restart", spoil: func(s *stage) { s.setRedis("appendonly", "no") },
			level: levelBad, what: "redis", says: "appendonly is no and should be yes"},
		{name: "Redis throws away", spoil: func(s *stage) { s.setRedis("maxmemory-policy", "allkeys-lru") },
			level: levelBad, what: "redis", says: "maxmemory-policy is allkeys-lru and should be noeviction"},
		{name: "Redis may lose a second", spoil: func(s *stage) { s.setRedis("appendfsync", "everysec") },
			level: levelWarn, what: "redis", says: "appendfsync is everysec and should be always"},
		{name: "Redis wants a password", spoil: func(s *stage) { s.setRedis("requirepass", "geheim") },
			level: levelBad, what: "redis", says: "user name or password refused by Redis"},
		{name: "Redis is embedded", edits: []edit{func(c string) string { return regexp.MustCompile(`redis://\S+`).ReplaceAllString(c, "embedded") }},
			level: levelWarn, what: "redis", says: "only serve takes it"},
		{name: "postmart's secret is wrong", edits: []edit{with("sandbox-shop-secret", "WRONG")}, level: levelBad, what: "postmart", says: "auth"},
		{name: "voso's password is wrong", edits: []edit{with("sandbox-password", "WRONG")}, level: levelBad, what: "voso", says: "auth"},
		{name: "lamdong's secret is wrong", edits: []edit{with("cs_5a0db0c5a0db0c5a0db0c5a0db0c5a0db0c5a0db", "cs_WRONG")},
			level: levelBad, what: "lamdong", says: "auth"},
		{name: "the registry's token is wrong", edits: []edit{with("sandbox-registry-token", "WRONG")},
			level: levelBad, what: "registry", says: "is the registry's token right?"},
		{name: "the registry is empty", spoil: func(s *stage) { must(s.t, s.box.SetRegistryMode(sandbox.ModeEmpty)) },
			level: levelBad, what: "registry", says: "answers with no products"},
		{name: "the price list is missing", spoil: func(s *stage) { must(s.t, os.Remove(s.prices)) },
			level: levelBad, what: "price list", says: "no such file"},
		{name: "a price can't be read", whole: true, level: levelWarn, what: "price list", says: "1 value cannot be read surely"},
		{name: "a market does not know a category", spoil: func(s *stage) { s.replaceIn("categories.yaml", "category: 1010}", "category: 9999}") },
			level: levelBad, what: "postmart", says: "does not know these categories of"},
		{name: "the data folder is a file", spoil: func(s *stage) { must(s.t, os.WriteFile(filepath.Join(s.dir, "data"), nil, 0o600)) },
			level: levelBad, what: "data_dir", says: "is a file, not a folder"},
		{name: "the CA file holds none", edits: []edit{func(c string) string { return c + "\ntls: {ca_file: categories.yaml}\n" }},
			level: levelBad, what: "tls", says: "holds no certificate in PEM form"},
		{name: "a contract is assumed", level: levelWarn, what: "voso", says: "the wire contract is assumed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			play := newSmallStage
			if c.whole {
				play = newStage
			}
			s := play(t, c.edits...)
			if c.spoil != nil {
				c.spoil(s)
			}
			s.wantFinding(c.level, c.what, c.says)
			s.wantWrites(0)
		})
	}
}

// wantFinding checks and wants this said, and nothing else to be wrong.
func (s *stage) wantFinding(level, what, says string) {
	s.t.Helper()
	got := s.call("check", "--json")
	var r struct{ Findings []finding }
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		s.t.Fatalf("%v\n%s", err, got)
	}
	told := false
	for _, f := range r.Findings {
		switch {
		case f.What == what && f.Level == level && strings.Contains(f.Detail, says):
			told = true
		case f.Level == levelBad:
			s.t.Errorf("%s is told to be wrong too: %s", f.What, f.Detail)
		}
	}
	want := exitOK
	if level == levelBad {
		want = exitFailed
	}
	if !told || got.code != want {
		s.t.Errorf("expected exit %d and %s of %s: %q\n%s", want, level, what, says, got)
	}
	for _, secret := range []string{"WRONG", "geheim"} {
		if strings.Contains(got.out+got.err, secret) {
			s.t.Errorf("the secret %q is told\n%s", secret, got)
		}
	}
}

func TestCheckOfAMarketThatIsDown(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	s.writeConfig(with(s.box.URL(sandbox.Voso), gone.URL))
	s.wantFinding(levelBad, sandbox.Voso, "cannot be reached: ")
}

// A call beside the pacer's can cost a shop its quota, and voso locks it then:
// check asks no market for anything but its facts, and writes nothing.
func TestCheckKeepsTheMarketsPace(t *testing.T) {
	t.Parallel()
	s := newSmallStage(t)
	s.box.ResetCounts()
	if got := s.call("check"); got.code != exitOK {
		t.Errorf("expected exit 0\n%s", got)
	}
	asked := make(map[string]int)
	for _, c := range s.box.RecentCalls() {
		if c.Market == sandbox.Registry {
			continue
		}
		asked[c.Market]++
		if c.Method == http.MethodHead || c.Write || c.Status != http.StatusOK {
			t.Errorf("check asked %s for %s %s: %d", c.Market, c.Method, c.Path, c.Status)
		}
	}
	if len(asked) != len(sandbox.Markets()) {
		t.Errorf("check asked %v", asked)
	}
}

func TestCheckOfClocks(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	slow := s.mount(sandbox.Postmart, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(-7*time.Minute).UTC().Format(http.TimeFormat))
			h.ServeHTTP(w, r)
		})
	})
	s.writeConfig(with(s.box.URL(sandbox.Postmart), slow))
	s.wantFinding(levelWarn, sandbox.Postmart, "its clock differs from ours by 7m")
}

// A market behind a CA of the province's own is reached with tls.ca_file.
func TestCheckTrustsTheConfiguredCA(t *testing.T) {
	t.Parallel()
	s := newSmallStage(t)
	server := httptest.NewUnstartedServer(s.box.Handler(sandbox.Voso))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a handshake is refused on purpose
	server.StartTLS()
	t.Cleanup(server.Close)
	s.writeConfig(with(s.box.URL(sandbox.Voso), server.URL))
	s.wantFinding(levelBad, sandbox.Voso, "certificate")

	must(t, os.WriteFile(filepath.Join(s.dir, "ca.pem"), pemOf(server.Certificate()), 0o600))
	s.writeConfig(with(s.box.URL(sandbox.Voso), server.URL), func(c string) string { return c + "\ntls: {ca_file: ca.pem}\n" })
	s.wantFinding(levelOK, sandbox.Voso, "credentials accepted")
	s.judge(s.settle())
}

func (s *stage) setRedis(name, value string) {
	s.t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.redis.Addr})
	defer func() { _ = client.Close() }()
	must(s.t, client.ConfigSet(s.t.Context(), name, value).Err())
}

// replaceIn changes a file beside the configuration.
func (s *stage) replaceIn(file, old, by string) {
	s.t.Helper()
	path := filepath.Join(s.dir, file)
	b, err := os.ReadFile(path)
	must(s.t, err)
	if !strings.Contains(string(b), old) {
		s.t.Fatalf("%s has no %q", file, old)
	}
	must(s.t, os.WriteFile(path, []byte(strings.ReplaceAll(string(b), old, by)), 0o600))
}
