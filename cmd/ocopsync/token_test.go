package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/state"
)

func TestTokensThroughTheDaemon(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	got := o.want(exitOK, state.Admin, "token", "create", " Cán  bộ 1 ", "--role", "operator", "--expires", "90d")
	secret := strings.TrimSuffix(got.out, "\n")
	made, err := o.store.CheckToken(t.Context(), state.BearerToken, secret)
	if err != nil || made.Name != "Cán bộ 1" || made.Role != state.Operator || !made.ExpiresAt.Equal(monday.Add(90*24*time.Hour)) {
		t.Fatalf("standard output is no good token: %+v, %v\n%s", made, err, got.err)
	}
	if strings.Contains(got.err, secretOf(secret)) {
		t.Error("the secret is on standard error too")
	}
	wantLines(t, got.err, "Token "+made.ID+" for Cán bộ 1, operator, is good until 2027-02-21 09:31.")
	o.tokens["made"] = secret // from here on it may be printed nowhere
	o.want(exitOK, "made", "resync")

	list := o.want(exitOK, state.Admin, "token", "list")
	wantLines(t, list.out, "id name role made by last used ends", made.ID+" Cán bộ 1 operator 2026-11-23 09:31 person-admin 2026-11-23 09:31 (now) 2027-02-21 09:31",
		o.ids[state.Viewer]+" person-viewer viewer 2026-11-23 09:31 test never never")
	got = o.want(exitOK, state.Admin, "token", "revoke", made.ID)
	wantLines(t, got.err, "Token "+made.ID+" is revoked")
	wantLines(t, o.want(exitFailed, "made", "status").err, "The token is wrong, was revoked or has ended.")
	wantLines(t, o.want(exitOK, state.Admin, "token", "list").out, made.ID+" Cán bộ 1 operator 2026-11-23 09:31 person-admin 2026-11-23 09:31 (now) revoked 2026-11-23 09:31")

	var answer struct{ ID, Secret string }
	got = o.want(exitOK, state.Admin, "token", "create", "bảng số liệu", "--role", "viewer", "--json")
	if err := json.Unmarshal([]byte(got.out), &answer); err != nil || !strings.HasPrefix(answer.Secret, "ocopsync_"+answer.ID+"_") {
		t.Errorf("--json: %v", err)
	}
	wantLines(t, got.err, "is good until it is revoked.")
	var page struct{ Items []state.Token }
	if err := json.Unmarshal([]byte(o.want(exitOK, state.Admin, "token", "list", "--json").out), &page); err != nil || len(page.Items) != 5 {
		t.Errorf("--json lists %d: %v", len(page.Items), err)
	}
}

func TestTokensThatCantBeMade(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, c := range []struct {
		code int
		role state.Role
		args []string
		want string
	}{
		{exitFailed, state.Operator, []string{"create", "x", "--role", "viewer"}, "This needs the role admin; the token has the role operator."},
		{exitUsage, state.Admin, []string{"create", "x"}, `--role "": expected viewer, operator, admin`},
		{exitUsage, state.Admin, []string{"create", "x", "--role", "boss"}, `--role "boss": expected viewer, operator, admin`},
		{exitUsage, state.Admin, []string{"create", "x", "--role", "viewer", "--expires", "90"}, `--expires "90": expected 1d to 3650d, or never`},
		{exitUsage, state.Admin, []string{"create", "x", "--role", "viewer", "--expires", "0d"}, `--expires "0d"`},
		{exitUsage, state.Admin, []string{"create", " ", "--role", "viewer"}, "Say who or what will use it, in at most 100 characters."},
		{exitUsage, state.Admin, []string{"create"}, "accepts 1 arg(s), received 0"},
		{exitUsage, state.Admin, []string{"list", "all"}, `unknown command "all"`},
		{exitUsage, state.Admin, []string{"frobnicate"}, `unknown command "frobnicate"`},
		{exitFailed, state.Admin, []string{"revoke", "zzzzzzzzzz"}, `There is no such token; see /api/v1/tokens. (id: "zzzzzzzzzz")`},
		{exitUsage, state.Admin, []string{"revoke", o.tokens[state.Viewer]}, "that is the token itself, which should not stand in a command; its id is " + o.ids[state.Viewer]},
		{exitUsage, state.Admin, []string{"list", "--direct", "--address", o.url}, "--direct works without a daemon: leave out --address"},
	} {
		wantLines(t, o.want(c.code, c.role, append([]string{"token"}, c.args...)...).err, c.want)
	}
	if all, err := o.store.Tokens(t.Context()); err != nil || len(all) != 3 {
		t.Errorf("%d tokens: %v", len(all), err)
	}
}

// The first token is made on Redis; with it everything else goes.
func TestFirstTokenIsMadeOnRedis(t *testing.T) {
	t.Parallel()
	s := newSmallStage(t)
	got := s.call("token", "create", "người đầu tiên", "--role", "admin", "--direct")
	if got.code != exitOK || strings.Count(got.out, "\n") != 1 {
		t.Fatalf("%s", got)
	}
	o := newOfficeOn(t, s.redis.Addr, "da-lat")
	file := filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(file, []byte(got.out), 0o600))
	o.tokens[state.Admin] = strings.TrimSpace(got.out)
	listed := o.with(t.Context(), nil, "token", "list", "--token-file", file)
	if listed.code != exitOK {
		t.Fatalf("%s", listed)
	}
	wantLines(t, listed.out, "người đầu tiên admin")

	direct := s.call("token", "list", "--direct")
	wantLines(t, direct.out, "người đầu tiên admin")
	id := strings.Fields(strings.Split(direct.out, "\n")[1])[0]
	if got := s.call("token", "revoke", id, "--direct"); got.code != exitOK {
		t.Errorf("%s", got)
	}
	o.restart() // which forgets who was good a moment ago
	wantLines(t, o.with(t.Context(), nil, "status", "--token-file", file).err, "The token was taken from "+file)
	wantLines(t, s.call("token", "revoke", "nobody", "--direct").err, "there is no token \"nobody\"; `ocopsync token list --direct` shows them")
	if got := s.call("token", "create", strings.Repeat("x", 101), "--role", "admin", "--direct"); got.code != exitUsage || got.out != "" {
		t.Errorf("%s", got)
	}

	entries, err := o.store.Audit(t.Context(), "", 10)
	must(t, err)
	var seen []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Who, "command line (") || e.Target != id || e.Outcome != state.AuditDone {
			t.Errorf("noted as %+v", e)
		}
		seen = append(seen, e.What)
	}
	if strings.Join(seen, " ") != "revoke_token create_token" {
		t.Errorf("the audit log has %v", seen)
	}
}
