package admin

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/state"
)

func TestWrongTokens(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	good := k.tokens[state.Viewer]
	_, ended, err := k.store.CreateToken(t.Context(), state.NewToken{Name: "ended", Role: state.Admin, Lives: time.Second})
	k.must(err)
	revoked, revokedSecret, err := k.store.CreateToken(t.Context(), state.NewToken{Name: "revoked", Role: state.Admin})
	k.must(err)
	k.must(k.store.RevokeToken(t.Context(), revoked.ID))
	_, session, err := k.store.CreateToken(t.Context(), state.NewToken{Kind: state.SessionToken, Name: "s", Role: state.Admin, Lives: time.Hour})
	k.must(err)
	k.clock.add(2 * time.Second)
	for name, c := range map[string]struct {
		header []string
		code   string
	}{
		"none":           {nil, "no_token"},
		"empty":          {[]string{""}, "no_token"},
		"no scheme":      {[]string{good}, "no_token"},
		"basic":          {[]string{"Basic " + good}, "no_token"},
		"only a scheme":  {[]string{"Bearer "}, "no_token"},
		"two":            {[]string{"Bearer " + good, "Bearer " + good}, "no_token"},
		"another":        {[]string{"Bearer ocopsync_abc_def"}, "wrong_token"},
		"no form":        {[]string{"Bearer x"}, "wrong_token"},
		"cut":            {[]string{"Bearer " + good[:len(good)-1]}, "wrong_token"},
		"longer":         {[]string{"Bearer " + good + "a"}, "wrong_token"},
		"other capitals": {[]string{"Bearer " + strings.ToUpper(good)}, "wrong_token"},
		"far too long":   {[]string{"Bearer " + strings.Repeat("a", 5000)}, "wrong_token"},
		"ended":          {[]string{"Bearer " + ended}, "wrong_token"},
		"revoked":        {[]string{"Bearer " + revokedSecret}, "wrong_token"},
		"of a session":   {[]string{"Bearer " + session}, "wrong_token"},
		"another's id":   {[]string{"Bearer " + k.tokens[state.Admin][:20] + good[20:]}, "wrong_token"},
	} {
		k.clock.add(time.Minute) // so that none is slowed down
		req, err := http.NewRequestWithContext(t.Context(), "GET", k.http.URL+"/api/v1/status", nil)
		k.must(err)
		req.Header["Authorization"] = c.header
		r := k.do(req)
		if code, _, _ := r.problem(); r.status != http.StatusUnauthorized || code != c.code || !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: answered %d %s, %q; want 401 %s", name, r.status, code, r.header.Get("WWW-Authenticate"), c.code)
		}
	}
	k.want(http.StatusOK, good, "GET", "/api/v1/status", "")
}

// Every route is tried with every role: those that a role may not call are
// refused before anything is looked at.
func TestLesserTokens(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for _, rt := range k.server.routes() {
		if rt.need == "" {
			continue
		}
		path := strings.NewReplacer("{code}", "none", "{id}", "none", "{market}", "none").Replace(rt.path)
		k.want(http.StatusUnauthorized, nil, rt.method, path, "")
		for _, role := range []state.Role{state.Viewer, state.Operator, state.Admin} {
			r := k.ask(role, rt.method, path, "")
			code, _, detail := r.problem()
			if refused := r.status == http.StatusForbidden; refused == role.Allows(rt.need) {
				t.Errorf("%s %s as %s: answered %d %s; it needs %s", rt.method, path, role, r.status, code, rt.need)
			} else if refused && (code != "lesser_token" || !strings.Contains(detail, string(rt.need))) {
				t.Errorf("%s %s as %s: the problem %s does not say which role it needs: %s", rt.method, path, role, code, detail)
			}
		}
	}
}

func TestWrongTokensAreSlowedDown(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.want(http.StatusOK, state.Viewer, "GET", "/api/v1/status", "") // known from now on
	wrong := func(n int) reply { return k.ask(fmt.Sprintf("ocopsync_wrong_%d", n), "GET", "/api/v1/status", "") }
	for n := range wrongBurst {
		if r := wrong(n); r.status != http.StatusUnauthorized {
			t.Fatalf("wrong token %d: answered %d, want 401", n, r.status)
		}
	}
	r := wrong(99)
	if code, _, _ := r.problem(); r.status != http.StatusTooManyRequests || code != "too_many_wrong_tokens" || r.header.Get("Retry-After") != "6" {
		t.Errorf("one too many: answered %d %s, Retry-After %q; want 429 and 6", r.status, code, r.header.Get("Retry-After"))
	}
	k.want(http.StatusOK, state.Viewer, "GET", "/api/v1/status", "")            // who was good goes on
	k.want(http.StatusTooManyRequests, state.Admin, "GET", "/api/v1/audit", "") // who is new from here waits too
	k.clock.add(wrongEvery)
	k.want(http.StatusOK, state.Admin, "GET", "/api/v1/audit", "")
	if r := wrong(100); r.status != http.StatusUnauthorized {
		t.Errorf("after the wait: answered %d, want 401", r.status)
	}
	if r := wrong(101); r.status != http.StatusTooManyRequests {
		t.Errorf("one more at once: answered %d, want 429", r.status)
	}
}

func TestTokensAcrossTime(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.want(http.StatusOK, state.Viewer, "GET", "/api/v1/status", "")
	k.must(k.store.RevokeToken(t.Context(), k.ids[state.Viewer])) // by another replica
	k.want(http.StatusOK, state.Viewer, "GET", "/api/v1/status", "")
	k.clock.add(goodFor)
	k.want(http.StatusUnauthorized, state.Viewer, "GET", "/api/v1/status", "")

	k.want(http.StatusOK, state.Operator, "GET", "/api/v1/status", "")
	k.want(http.StatusOK, state.Admin, "GET", "/api/v1/status", "")
	k.want(http.StatusNoContent, state.Admin, "DELETE", "/api/v1/tokens/"+k.ids[state.Operator], "")
	k.want(http.StatusUnauthorized, state.Operator, "GET", "/api/v1/status", "") // revoked here: at once

	// Redis goes: who was good a moment ago reads on for a minute.
	k.redis.Stop()
	k.clock.add(goodFor)
	k.want(http.StatusOK, state.Admin, "GET", "/api/v1/status", "")
	k.clock.add(goodForAway)
	r := k.want(http.StatusServiceUnavailable, state.Admin, "GET", "/api/v1/status", "")
	if code, _, _ := r.problem(); code != "unavailable" || r.header.Get("Retry-After") == "" {
		t.Errorf("without Redis: %s, Retry-After %q", code, r.header.Get("Retry-After"))
	}
}

func TestTokenCalls(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	r := k.want(http.StatusCreated, state.Admin, "POST", "/api/v1/tokens", `{"name":" Bảng  số liệu ","role":"viewer","days":1}`)
	var made madeToken
	r.into(t, &made)
	if made.Name != "Bảng số liệu" || made.CreatedBy != "person-admin" || !made.ExpiresAt.Equal(monday.Add(24*time.Hour)) {
		t.Errorf("made %+v", made.Token)
	}
	k.want(http.StatusOK, made.Secret, "GET", "/api/v1/status", "")
	list := k.want(http.StatusOK, state.Admin, "GET", "/api/v1/tokens", "")
	var page tokenPage
	list.into(t, &page)
	i := slices.IndexFunc(page.Items, func(t state.Token) bool { return t.ID == made.ID })
	if len(page.Items) != 4 || i < 0 || !page.Items[i].LastUsed.Equal(monday) {
		t.Errorf("listed %+v", page.Items)
	}
	for _, secret := range append([]string{made.Secret}, k.tokens[state.Viewer], k.tokens[state.Admin]) {
		if strings.Contains(list.body, secret[21:]) || strings.Contains(list.body, "hash") {
			t.Error("the list of tokens holds a secret or a hash")
		}
	}
	k.tokens["made"] = made.Secret // to be looked for in the log
	for body, field := range map[string]string{
		`{"name":"","role":"viewer"}`: "name", `{"name":"` + strings.Repeat("ă", 101) + `","role":"viewer"}`: "name",
		`{"name":"x","role":"root"}`: "role", `{"name":"x"}`: "role", `{"name":"x","role":"viewer","days":-1}`: "days", `{"name":"x","role":"viewer","days":99999}`: "days",
	} {
		r := k.want(http.StatusUnprocessableEntity, state.Admin, "POST", "/api/v1/tokens", body)
		if code, got, _ := r.problem(); code != "unfit" || got != field {
			t.Errorf("%s: %s of %q, want unfit of %q", body, code, got, field)
		}
	}
	k.want(http.StatusNotFound, state.Admin, "DELETE", "/api/v1/tokens/none", "")
	k.want(http.StatusNotFound, state.Admin, "DELETE", "/api/v1/tokens/used:"+made.ID, "")
}
