package main

import (
	"bytes"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"ocopsync/internal/state"
)

// What is at the address may be anything; a token goes nowhere else.

func TestRedirectsAreRefused(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var led atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { led.Add(1) }))
	t.Cleanup(elsewhere.Close)
	o.before(func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, elsewhere.URL+"/?"+r.Header.Get("Authorization"), http.StatusTemporaryRedirect)
		return true
	})
	for _, args := range [][]string{{"status"}, {"resync"}, {"token", "list"}} {
		got := o.want(exitFailed, state.Admin, args...)
		wantLines(t, got.err, "answered 307, a redirect, which the token does not follow. Give the daemon's own address.")
	}
	if led.Load() > 0 {
		t.Error("a redirect was followed")
	}
}

func TestWhatIsNoDaemonIsToldSo(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	say := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, c := range []struct {
		answer http.HandlerFunc
		want   string
	}{
		{say(200, "text/html", "<html>"), "answered 200, and not as ocopsync's daemon does; is this its address"},
		{say(404, "text/html", "<html>"), "answered 404, and not as ocopsync's daemon does"},
		{say(403, "application/json", `{"message":"forbidden"}`), "answered 403, and not as ocopsync's daemon does"},
		{say(200, "application/json", `["another"]`), "the answer of " + o.url + " is not as expected; are the daemon and this program of the same version?"},
		{func(w http.ResponseWriter, _ *http.Request) {
			page := bytes.Repeat([]byte(" "), 1<<20)
			for range maxAnswer>>20 + 2 {
				if _, err := w.Write(page); err != nil {
					return
				}
			}
		}, "answers more than 32 MiB; is this the daemon's address?"},
		{func(w http.ResponseWriter, r *http.Request) { // what it echoes is not repeated
			say(500, "application/problem+json", `{"type":"urn:ocopsync:problem:internal","detail":"`+r.Header.Get("Authorization")+`","request":"r1"}`)(w, r)
		}, "Bearer (token) (request r1)"},
	} {
		o.before(func(w http.ResponseWriter, r *http.Request) bool { c.answer(w, r); return true })
		got := o.want(exitFailed, state.Viewer, "status")
		wantLines(t, got.err, c.want)
		if got.out != "" {
			t.Errorf("it prints %q", got.out)
		}
	}
}

func TestHTTPSIsTrustedByItsAuthority(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	door := httptest.NewUnstartedServer(o)
	door.Config.ErrorLog = log.New(io.Discard, "", 0)
	door.StartTLS()
	t.Cleanup(door.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: door.Certificate().Raw}), 0o600))
	wantLines(t, o.want(exitFailed, state.Viewer, "status", "--address", door.URL).err, "is not trusted; give its authority's by --ca-file.")
	o.want(exitOK, state.Viewer, "status", "--address", door.URL, "--ca-file", ca)
	wantLines(t, o.want(exitFailed, state.Viewer, "status", "--address", strings.Replace(o.url, "http:", "https:", 1)).err, "can't be talked to by https:")
	wantLines(t, o.want(exitFailed, state.Viewer, "status", "--ca-file", "none.pem").err, "--ca-file: open none.pem: no such file")
	must(t, os.WriteFile(ca, []byte("no certificate"), 0o600))
	wantLines(t, o.want(exitFailed, state.Viewer, "status", "--ca-file", ca).err, "holds no certificate in PEM form")
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	got := o.want(exitFailed, state.Viewer, "status", "--address", "http://127.0.0.1:1")
	wantLines(t, got.err, "no daemon answers at http://127.0.0.1:1 (--address). Start one with `ocopsync serve`, or say by --address or OCOPSYNC_ADDRESS where it is.")
	wantLines(t, o.want(exitFailed, state.Viewer, "status", "--address", "http://127.0.0.1:1", "--lang", "vi").err, "không có dịch vụ nào trả lời tại http://127.0.0.1:1 (--address).")
	got = o.want(exitFailed, state.Operator, "resync", "--address", "http://127.0.0.1:1/")
	if n := strings.Count(got.err, "no daemon answers at"); n != 2 || strings.Contains(got.err, "--idempotency-key") {
		t.Errorf("the reason is told %d times, or a request that never left may have arrived:\n%s", n, got.err)
	}
	wantLines(t, got.err, "Trying again in 2s.")
}
