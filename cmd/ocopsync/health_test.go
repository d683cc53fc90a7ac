package main

import (
	"bytes"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/config"
)

// livez plays a daemon that is alive.
func livez(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/livez" {
		http.NotFound(w, r)
	}
}

// health calls the command with these environment variables.
func health(t *testing.T, env map[string]string, args ...string) said {
	t.Helper()
	var out, errs bytes.Buffer
	a := newApp(&out, &errs)
	a.getenv = func(name string) (string, bool) { v, set := env[name]; return v, set }
	return said{a.run(t.Context(), append([]string{"health"}, args...)), out.String(), errs.String()}
}

// daemonConfig writes a configuration with this admin section.
func daemonConfig(t *testing.T, admin string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "categories.yaml"), []byte("voso: {categories: [{group: thuc-pham, category: 1}]}"), 0o600))
	file := filepath.Join(dir, "ocopsync.yaml")
	must(t, os.WriteFile(file, []byte("admin: {"+admin+"}\nredis: {url: embedded}\nregistry: {kind: workbook, path: x.xlsx}\n"+
		"categories: categories.yaml\nmarkets: {voso: {url: 'http://voso.example', username: u, password: p}}\n"), 0o600))
	return file
}

func TestHealth(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.HandlerFunc(livez))
	t.Cleanup(plain.Close)
	secure := httptest.NewUnstartedServer(http.HandlerFunc(livez))
	secure.StartTLS() // of a name that nobody here is called by, signed by nobody
	t.Cleanup(secure.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	elsewhere := httptest.NewServer(http.RedirectHandler(plain.URL+"/livez", http.StatusFound))
	t.Cleanup(elsewhere.Close)
	_, securePort, _ := strings.Cut(hostOf(secure.URL), ":")
	listening := daemonConfig(t, "listen: '"+hostOf(plain.URL)+"'")

	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
		code int
		says string
	}{
		{"flag", nil, []string{"--address", hostOf(plain.URL)}, exitOK, "alive at " + plain.URL},
		{"flag with its scheme", nil, []string{"--address", plain.URL + "/"}, exitOK, "alive at " + plain.URL},
		{"environment", map[string]string{addressVariable: hostOf(plain.URL)}, nil, exitOK, "alive at " + plain.URL},
		{"the flag beats the environment", map[string]string{addressVariable: gone.URL}, []string{"--address", plain.URL}, exitOK, "alive at " + plain.URL},
		{"the environment beats the configuration", map[string]string{addressVariable: gone.URL}, []string{"-c", listening}, exitFailed, gone.URL},
		{"configuration", nil, []string{"-c", listening}, exitOK, "alive at " + plain.URL},
		{"an empty variable is none", map[string]string{addressVariable: ""}, []string{"-c", listening}, exitOK, "alive at " + plain.URL},
		{"everywhere, with TLS", nil, []string{"-c", daemonConfig(t, "listen: ':"+securePort+"', tls: {cert_file: a, key_file: b}")}, exitOK, "alive at " + secure.URL},
		{"JSON", nil, []string{"--address", plain.URL, "--json"}, exitOK, `"alive": true`},
		{"https on plain http", nil, []string{"--address", "https://" + hostOf(plain.URL)}, exitFailed, "is not alive"},
		{"nobody listens", nil, []string{"--address", gone.URL}, exitFailed, "connection refused"},
		{"another program", nil, []string{"--address", other.URL}, exitFailed, "answers /livez with 404 Not Found; is it ocopsync?"},
		{"a redirect", nil, []string{"--address", elsewhere.URL}, exitFailed, "answers /livez with 302 Found"},
		{"no configuration", nil, []string{"-c", "nowhere.yaml"}, exitFailed, "no such file"},
		{"any port", nil, []string{"-c", daemonConfig(t, "listen: '127.0.0.1:0'")}, exitFailed, "give --address"},
		{"no address", nil, []string{"--address", "http://user:hunter2@127.0.0.1:1"}, exitUsage, "--address: expected host:port"},
		{"with a path", nil, []string{"--address", plain.URL + "/livez"}, exitUsage, "--address: expected host:port"},
		{"a name only", nil, []string{"--address", "localhost"}, exitUsage, "--address: expected host:port"},
		{"another scheme", map[string]string{addressVariable: "ftp://127.0.0.1:1"}, nil, exitFailed, addressVariable + ": expected host:port"},
	} {
		got := health(t, c.env, c.args...)
		if got.code != c.code || !strings.Contains(got.out+got.err, c.says) || strings.Contains(got.err, "hunter2") || (got.code == exitOK) != (got.out != "") {
			t.Errorf("%s: expected exit %d and %q\n%s", c.name, c.code, c.says, got)
		}
	}
}

func TestOwnAddress(t *testing.T) {
	t.Parallel()
	tls := config.AdminTLS{CertFile: "a", KeyFile: "b"}
	for _, c := range []struct {
		admin config.Admin
		want  string
	}{
		{config.Admin{Listen: "127.0.0.1:8080"}, "http://127.0.0.1:8080"},
		{config.Admin{Listen: ":8080"}, "http://127.0.0.1:8080"},
		{config.Admin{Listen: "0.0.0.0:8080"}, "http://127.0.0.1:8080"},
		{config.Admin{Listen: "[::]:8443", TLS: tls}, "https://[::1]:8443"},
		{config.Admin{Listen: "10.1.2.3:8443", TLS: tls}, "https://10.1.2.3:8443"},
		{config.Admin{Listen: "localhost:80"}, "http://localhost:80"},
	} {
		if at, err := ownAddress(c.admin); err != nil || at.String() != c.want {
			t.Errorf("%s: %v, %v, expected %s", c.admin.Listen, at, err, c.want)
		}
	}
}

func TestHealthDoesNotWaitForever(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(server.Close)
	at, err := parseAddress(server.URL)
	must(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := alive(ctx, at, true); err == nil || err.Error() != "no answer within 3s" {
		t.Errorf("got %v", err)
	}
}

// Elsewhere than on this machine a certificate is checked.
func TestHealthChecksCertificates(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(livez))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a handshake is refused on purpose
	server.StartTLS()
	t.Cleanup(server.Close)
	at, err := parseAddress(server.URL)
	must(t, err)
	must(t, alive(t.Context(), at, true))
	if err := alive(t.Context(), at, false); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody trusts: %v", err)
	}
	for host, here := range map[string]bool{"127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true, "localhost": true,
		"10.1.2.3": false, "ocop.example": false, "localhost.example": false, "::": false} {
		if isLoopback(host) != here {
			t.Errorf("isLoopback(%s) = %t", host, !here)
		}
	}
}
