package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/sandbox"
)

// The log: JSON lines with run, market and SKU, one per change that was applied
// and none for what did not change; and nowhere a secret, a telephone number or
// an e-mail address (design decision 14).

type logLine struct {
	Level, Time, Msg       string
	Run, Market, SKU       string
	Change, Outcome, Error string
}

func (s *stage) readLog(path string) []logLine {
	s.t.Helper()
	f, err := os.Open(path)
	must(s.t, err)
	defer func() { _ = f.Close() }()
	var all []logLine
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var l logLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			s.t.Fatalf("a line of the log is no JSON: %v: %s", err, lines.Text())
		}
		if _, err := time.Parse(time.RFC3339, l.Time); err != nil || l.Msg == "" || l.Level == "" {
			s.t.Errorf("a line lacks time, level or words: %s", lines.Text())
		}
		all = append(all, l)
	}
	must(s.t, os.Remove(path))
	return all
}

func TestLogHasOneLinePerChange(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	path := filepath.Join(s.dir, "log.json")
	r := s.sync(exitFailed, "--log", path)
	applied, failed := make(map[string]int), 0
	skus := make(map[string]bool)
	for _, l := range s.readLog(path) {
		if l.Msg != "change applied" && l.Msg != "change failed" {
			continue
		}
		if l.Run != r.Run.ID || l.Market == "" || !strings.HasPrefix(l.SKU, "OCOP-") || l.Change != "create" || skus[l.Market+l.SKU] {
			t.Errorf("%+v: expected run %s, a market, a SKU told once", l, r.Run.ID)
		}
		skus[l.Market+l.SKU] = true
		if l.Msg == "change failed" {
			failed++
			continue
		}
		applied[l.Market]++
	}
	if failed != 4 {
		t.Errorf("%d changes are logged as failed, expected 4", failed)
	}
	for m, p := range r.Run.Parts {
		if want := p.Counts["create_done"] + p.Counts["create_submitted"]; applied[string(m)] != want || want == 0 {
			t.Errorf("%s: %d lines for %d changes", m, applied[string(m)], want)
		}
	}
	s.settle()

	s.sync(exitOK, "--verify", "--log", path)
	for _, l := range s.readLog(path) {
		if l.SKU != "" {
			t.Errorf("nothing changed, and the log says %+v", l)
		}
	}

	code := s.everywhere()[0]
	s.setPrice(code, 111_000)
	s.sync(exitOK, "--log", path)
	told := make(map[string]int)
	for _, l := range s.readLog(path) {
		if l.Msg == "change applied" && l.SKU == "OCOP-"+code && l.Change == "update" {
			told[l.Market]++
		} else if l.SKU != "" {
			t.Errorf("one price changed, and the log says %+v", l)
		}
	}
	for _, m := range sandbox.Markets() {
		if told[m] != 1 {
			t.Errorf("%s: %d lines for one changed price", m, told[m])
		}
	}
}

func TestNothingTellsSecretsOrPersonalData(t *testing.T) {
	t.Parallel()
	const password = "geheim-redis"
	s := newStage(t)
	s.setRedis("requirepass", password)
	s.writeConfig(with("redis://"+s.redis.Addr, "redis://:"+password+"@"+s.redis.Addr), with("level: info", "level: debug"))
	path := filepath.Join(s.dir, "log.json")
	var all strings.Builder
	say := func(args ...string) {
		t.Helper()
		got := s.call(append(args, "--log", path)...)
		all.WriteString(got.out + "\n" + got.err + "\n")
		if b, err := os.ReadFile(path); err == nil {
			all.Write(b)
			must(t, os.Remove(path))
		}
	}
	say("check")
	say("plan", "--json")
	say("plan")
	say("sync")
	say("sync", "--json", "--lang", "vi")
	for _, m := range sandbox.Markets() {
		for _, kind := range []string{sandbox.FaultMalformed, sandbox.FaultExpiredToken} {
			must(t, s.box.SetFault(sandbox.Fault{Target: m, Kind: kind, Count: 6}))
		}
	}
	say("sync", "--verify")
	say("check", "--json")
	must(t, s.box.SetFault(sandbox.Fault{Target: sandbox.Registry, Kind: sandbox.FaultExpiredToken}))
	say("sync")
	say("check")
	s.box.ClearFaults()
	s.writeConfig(with("redis://"+s.redis.Addr, "redis://:"+password+"-wrong@"+s.redis.Addr))
	say("sync")
	say("check")
	s.redis.Stop()
	say("sync")

	text := all.String()
	if len(text) < 50_000 {
		t.Fatalf("only %d bytes were said", len(text))
	}
	c := s.box.Credentials()
	hidden := map[string]string{
		password: "Redis's password", c.RegistryToken: "the registry's token", c.PostmartClientSecret: "postmart's secret",
		c.VosoPassword: "voso's password", c.VosoUsername: "voso's user, a telephone number",
		c.LamdongConsumerKey: "lamdong's key", c.LamdongConsumerSecret: "lamdong's secret", "@example.com": "an e-mail address",
		"oauth_signature": "a signature", "Bearer ": "a token",
	}
	for _, code := range s.box.Codes() {
		if p := s.registered(code).Producer; p.Phone != "" {
			hidden[p.Phone], hidden[strings.ReplaceAll(p.Phone, " ", "")] = "a producer's telephone", "a producer's telephone"
			hidden[p.Email] = "a producer's e-mail"
		}
	}
	if len(hidden) < 20 {
		t.Errorf("only %d things to hide were found", len(hidden))
	}
	for secret, what := range hidden {
		if at := strings.Index(text, secret); secret != "" && at >= 0 {
			t.Errorf("%s (%s) is told: ...%s...", what, secret, text[max(0, at-200):min(len(text), at+100)])
		}
	}
}

func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}
