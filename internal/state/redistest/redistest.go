// Package redistest starts a real redis-server for tests: on a free loopback
// port, with a directory of its own, persisting as the program demands it
// (appendonly yes, appendfsync always, noeviction). It imports nothing of ours.
package redistest

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Start runs a server and gives its host:port; it is stopped when the test ends.
// It fails the test when redis-server is not installed.
func Start(t testing.TB) string {
	t.Helper()
	return New(t).Addr
}

// A Server is one redis-server process.
type Server struct {
	Addr string // host:port, the same after Stop and Run
	Dir  string // where it persists

	t    testing.TB
	args []string
	cmd  *exec.Cmd
	done chan struct{} // closed when its output has ended
}

// New runs a server with more arguments, "--maxmemory", "1mb" say, which beat
// those of this package.
func New(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatalf("this test needs redis-server (Debian: apt-get install redis-server): %v", err)
	}
	s := &Server{t: t, Dir: t.TempDir(), args: args}
	t.Cleanup(s.Stop)
	// Between finding a port free and using it another may take it.
	var err error
	for range 5 {
		s.Addr = freeAddr(t)
		if err = s.run(); err == nil {
			return s
		}
	}
	t.Fatalf("start redis-server: %v", err)
	return nil
}

// Run starts the server again after Stop, with what it has persisted.
func (s *Server) Run() {
	s.t.Helper()
	if err := s.run(); err != nil {
		s.t.Fatalf("start redis-server again on %s: %v", s.Addr, err)
	}
}

func (s *Server) run() error {
	_, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	args := append([]string{
		"--port", port, "--bind", "127.0.0.1", "--dir", s.Dir, "--daemonize", "no", "--logfile", "",
		"--save", "", "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
	}, s.args...)
	cmd := exec.Command("redis-server", args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	ready, done := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(done)
		var said []string
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if len(said) < 50 {
				said = append(said, lines.Text())
			}
			if strings.Contains(lines.Text(), "Ready to accept connections") {
				select {
				case ready <- nil:
				default:
				}
			}
		}
		select {
		case ready <- fmt.Errorf("it ended:\n%s", strings.Join(said, "\n")):
		default:
		}
	}()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	select {
	case err = <-ready:
	case <-limit.C:
		err = errors.New("it was not ready within 20 s")
	}
	if err != nil {
		_ = cmd.Process.Kill()
		<-done
		_ = cmd.Wait()
		return err
	}
	s.cmd, s.done = cmd, done
	return nil
}

// Stop ends the process at once, as a power cut of it alone would, and waits for
// its end. What was answered is persisted. Stopping a stopped one does nothing.
func (s *Server) Stop() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.done
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Copy copies what the server has persisted, for which it is stopped for a moment.
// restore puts that copy in the place of what it has then, as a person does with
// an old backup.
func (s *Server) Copy() (restore func()) {
	s.t.Helper()
	dir := filepath.Join(s.t.TempDir(), "copy")
	s.Stop()
	if err := os.CopyFS(dir, os.DirFS(s.Dir)); err != nil {
		s.t.Fatalf("copy what redis-server has persisted: %v", err)
	}
	s.Run()
	return func() {
		s.t.Helper()
		s.Stop()
		if err := errors.Join(os.RemoveAll(s.Dir), os.CopyFS(s.Dir, os.DirFS(dir))); err != nil {
			s.t.Fatalf("put an old copy of redis-server back: %v", err)
		}
		s.Run()
	}
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("find a free port for redis-server: %v", err)
	}
	defer l.Close()
	return l.Addr().String()
}
