package main

import (
	"debug/elf"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestImage builds the program as the Dockerfile does and runs it as the image would.
func TestImage(t *testing.T) {
	t.Parallel()
	all := dockerfile(t)
	build := theOnly(t, all, "RUN", "go build")
	makefile, err := os.ReadFile("../../Makefile")
	must(t, err)
	flags := regexp.MustCompile(`(?m)^LDFLAGS\s*= (.*)\$\(VERSION\)$`).FindSubmatch(makefile)
	if flags == nil || !strings.Contains(build, `-ldflags "`+string(flags[1])+`${VERSION}"`) || !strings.Contains(build, "CGO_ENABLED=0 go build -trimpath ") {
		t.Fatalf("the Dockerfile builds otherwise than the Makefile (%s): %s", flags, build)
	}
	out := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", strings.ReplaceAll(build, "/out/", out+"/"))
	cmd.Dir, cmd.Env = buildContext(t), append(os.Environ(), "VERSION=of-the-test")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", build, err, said)
	}
	program := filepath.Join(out, "ocopsync")

	file, err := elf.Open(program)
	must(t, err)
	t.Cleanup(func() { _ = file.Close() })
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program is not static: it has %s", p.Type)
		}
	}
	t.Run("health check", func(t *testing.T) { tryHealthCheck(t, all, program) })
	t.Run("in a root of its own", func(t *testing.T) { tryImage(t, all, program) })
}

// tryHealthCheck runs HEALTHCHECK's command line with this program and a
// configuration of the test.
func tryHealthCheck(t *testing.T, all []instruction, program string) {
	_, list, _ := strings.Cut(theOnly(t, all, "HEALTHCHECK", "CMD"), "CMD ")
	args := words(t, list)
	at := slices.Index(args, "--config") + 1
	if args[0] != words(t, theOnly(t, all, "ENTRYPOINT", ""))[0] || at == 0 || !slices.Contains(words(t, theOnly(t, all, "CMD", "")), args[at]) {
		t.Fatalf("the check is not of the daemon that the image runs: %q", args)
	}
	server := httptest.NewServer(http.HandlerFunc(livez))
	args[at] = daemonConfig(t, "listen: '"+hostOf(server.URL)+"'")
	check := func() error {
		cmd := exec.CommandContext(t.Context(), program, args[1:]...)
		cmd.Env = []string{}
		return cmd.Run()
	}
	if err := check(); err != nil {
		t.Errorf("of a daemon that is alive: %v", err)
	}
	server.Close()
	var exit *exec.ExitError
	if err := check(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("where nothing listens: %v, expected exit status 1", err)
	}
}

// tryImage puts together what the image and compose.yaml's mounts are, and runs
// the program with nothing else in reach, as the image's user: no environment, no
// time zones, no shell, no file of this machine.
func tryImage(t *testing.T, all []instruction, program string) {
	user := theOnly(t, all, "USER", "")
	if !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(user) || !slices.Equal(words(t, theOnly(t, all, "VOLUME", "")), []string{"/data"}) {
		t.Fatalf("the image runs as %s", user)
	}
	root := t.TempDir()
	must(t, os.Chmod(root, 0o755)) //nolint:gosec // the root of a file system
	last := 0
	for i, in := range all {
		if in.word == "FROM" {
			last = i
		}
	}
	if all[last].rest != "scratch" {
		t.Fatalf("the image is made from %s", all[last].rest)
	}
	for _, in := range all[last:] {
		if in.word != "COPY" {
			continue
		}
		var paths []string
		for _, word := range strings.Fields(in.rest) {
			if !strings.HasPrefix(word, "--") {
				paths = append(paths, word)
			}
		}
		switch from, to := paths[0], filepath.Join(root, paths[1]); from {
		case "/out/ocopsync":
			must(t, copyFile(program, to, 0o755))
		case "/out/empty":
			must(t, os.Mkdir(to, 0o700))
			if !strings.HasPrefix(in.rest, "--from=build --chown="+user+" ") {
				t.Errorf("COPY %s: the image's user can't write there", in.rest)
			}
		case "/etc/ssl/certs/ca-certificates.crt": // where crypto/x509 looks first
			if paths[1] != from {
				t.Errorf("the certificates are copied to %s, where nobody looks", paths[1])
			}
		default:
			t.Errorf("COPY %s: what is it?", in.rest)
		}
	}
	compose := readCompose(t)
	for _, m := range compose.mounts(t, "ocopsync") {
		mountInto(t, root, m)
	}
	uid, err := strconv.Atoi(strings.Split(user, ":")[0])
	must(t, err)
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), words(t, theOnly(t, all, "ENTRYPOINT", ""))[0], args...)
		cmd.Path, cmd.Err = cmd.Args[0], nil // within the root
		cmd.Env, cmd.Dir = []string{}, "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Chroot: root, Cloneflags: syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: uid, HostID: os.Getgid(), Size: 1}},
		}
		b, err := cmd.CombinedOutput()
		return string(b), err
	}
	said, err := run("version")
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EACCES) {
		t.Skipf("this machine lets its users make no root of their own (user namespaces): %v", err)
	}
	if err != nil || !strings.HasPrefix(said, "ocopsync of-the-test (go") {
		t.Errorf("version: %v\n%s", err, said)
	}
	// The configuration names a time zone.
	if said, err = run("check", "--offline", "--config", "/etc/ocopsync/ocopsync.yaml"); err != nil || !strings.Contains(said, "ok    configuration") {
		t.Errorf("check --offline: %v\n%s", err, said)
	}
}
