package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ocopsync/internal/config"
	"ocopsync/internal/listing"
	"ocopsync/internal/state"
)

// The daemon as its operators have it: processes on one Redis, told by HTTP and
// by signals, judged by the sandbox's ledger.

// fleet is the daemons of one stage.
type fleet struct {
	*stage
	secrets map[state.Role]string // of a token of each role
	started int
	clock   string // path of the clock that all live by; "": the machine's
}

// newFleet plays few products. Without edits the daemons tick never and listen
// on any free port.
func newFleet(t *testing.T, edits ...edit) *fleet { return newFleetOf(t, 24, edits...) }

func newFleetOf(t *testing.T, products int, edits ...edit) *fleet {
	t.Helper()
	f := &fleet{stage: newStageOf(t, products)}
	f.configure(edits...)
	f.makeTokens()
	return f
}

// configure writes the configuration that the next daemon starts with.
func (f *fleet) configure(edits ...edit) {
	f.t.Helper()
	f.writeConfig(append([]edit{anyPort, ticks("off", "off")}, edits...)...)
}

func anyPort(config string) string {
	return with("listen: 127.0.0.1:8080", "listen: 127.0.0.1:0")(config)
}

// ticks gives the schedule, without jitter.
func ticks(sync, verify string) edit {
	return func(config string) string {
		if strings.Contains(config, "jitter: 30s") {
			config = with("jitter: 30s", "jitter: 0s")(config)
		}
		var out []string
		for line := range strings.Lines(config) {
			switch {
			case strings.HasPrefix(line, "  sync: "):
				line = fmt.Sprintf("  sync: %q\n", sync)
			case strings.HasPrefix(line, "  verify: "):
				line = fmt.Sprintf("  verify: %q\n", verify)
			}
			out = append(out, line)
		}
		return strings.Join(out, "")
	}
}

// ownData gives a daemon a data_dir of its own, as on another machine.
func (f *fleet) ownData(name string) edit {
	return with("data_dir: "+filepath.Join(f.dir, "data")+" ", "data_dir: "+filepath.Join(f.dir, name)+" ")
}

// store opens what the daemons remember. It is closed when the test ends.
func (f *fleet) store() *state.Store {
	f.t.Helper()
	cfg, err := config.Load(f.config, func(string) (string, bool) { return "", false })
	must(f.t, err)
	client, err := state.Dial(state.Config{URL: cfg.Redis.URL})
	must(f.t, err)
	f.t.Cleanup(func() { _ = client.Close() })
	accounts := make(map[listing.Market]string)
	for name, m := range cfg.Markets {
		accounts[listing.Market(name)] = accountOf(m)
	}
	store, err := state.Open(f.t.Context(), state.Options{Client: client, Tenant: cfg.Tenant, Accounts: accounts})
	must(f.t, err)
	return store
}

// makeTokens makes a token of each role, in a Redis that has none.
func (f *fleet) makeTokens() {
	f.t.Helper()
	store := f.store()
	f.secrets = make(map[state.Role]string)
	for _, role := range []state.Role{state.Viewer, state.Operator, state.Admin} {
		var err error
		_, f.secrets[role], err = store.CreateToken(f.t.Context(), state.NewToken{Name: "Cán bộ " + string(role), Role: role, By: "test"})
		must(f.t, err)
	}
}

// A replica is one daemon.
type replica struct {
	*fleet
	log   string // path of its log
	url   string
	pid   int                // 0: within this process
	tell  func(os.Signal)    // signals the process
	stop  context.CancelFunc // ends the one within this process, as SIGTERM does
	ended chan said
	end   *said
}

// serve starts a daemon as a process of its own, by the machine's clock, and
// waits until it serves.
func (f *fleet) serve() *replica {
	f.t.Helper()
	r := f.newReplica()
	p := f.start("serve", "--log", r.log)
	r.pid = p.cmd.Process.Pid
	r.tell = func(s os.Signal) { _ = p.cmd.Process.Signal(s) }
	r.stop = func() { r.tell(syscall.SIGTERM) }
	go func() { r.ended <- p.wait() }()
	f.t.Cleanup(func() { r.tell(syscall.SIGKILL); r.wait(time.Minute) })
	r.awaitServing()
	return r
}

// serveHere starts a daemon within this process, by the stage's clock, and waits
// until it serves.
func (f *fleet) serveHere() *replica {
	f.t.Helper()
	r := f.newReplica()
	ctx, cancel := context.WithCancel(f.t.Context())
	r.stop = cancel
	var out, errs bytes.Buffer
	a := newApp(&out, &errs)
	a.now = f.now
	args := []string{"serve", "--log", r.log, "--config", f.config}
	go func() {
		code := a.run(ctx, args)
		r.ended <- said{code, out.String(), errs.String()}
	}()
	f.t.Cleanup(func() { cancel(); r.wait(time.Minute) })
	r.awaitServing()
	return r
}

func (f *fleet) newReplica() *replica {
	f.started++
	return &replica{fleet: f, log: filepath.Join(f.dir, fmt.Sprintf("serve-%d.log", f.started)), ended: make(chan said, 1)}
}

func (r *replica) awaitServing() {
	r.t.Helper()
	until(r.t, time.Minute, "the daemon serves", func() bool {
		select {
		case end := <-r.ended:
			r.end = &end
			r.t.Fatalf("the daemon ended\n%s\n%s", end, r.logged())
		default:
		}
		for _, l := range r.lines("serving") {
			r.url = l.Address
		}
		return r.url != ""
	})
}

// wait gives how the daemon ended, within a limit.
func (r *replica) wait(limit time.Duration) said {
	r.t.Helper()
	if r.end == nil {
		select {
		case end := <-r.ended:
			r.end = &end
		case <-time.After(limit):
			r.t.Errorf("the daemon has not ended within %s\n%s", limit, r.logged())
			return said{code: -2}
		}
	}
	return *r.end
}

// kill ends the process as a power cut of it alone would.
func (r *replica) kill() {
	r.t.Helper()
	r.tell(syscall.SIGKILL)
	r.wait(time.Minute)
}

// stopped tells the daemon to stop and wants it to end well.
func (r *replica) stopped() {
	r.t.Helper()
	r.stop()
	if end := r.wait(30 * time.Second); end.code != exitOK {
		r.t.Errorf("told to stop, expected exit 0\n%s\n%s", end, r.logged())
	}
}

// A serveLine is a line of a daemon's log.
type serveLine struct {
	logLine
	Address, Outcome, State, Route string
	Status                         int
}

// lines gives the lines of the log with these words, so far.
func (r *replica) lines(msg string) []serveLine {
	r.t.Helper()
	f, err := os.Open(r.log)
	if os.IsNotExist(err) {
		return nil
	}
	must(r.t, err)
	defer func() { _ = f.Close() }()
	var found []serveLine
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		var l serveLine
		// The last line may not be whole yet.
		if err := json.Unmarshal(scan.Bytes(), &l); err == nil && l.Msg == msg {
			found = append(found, l)
		}
	}
	must(r.t, scan.Err())
	return found
}

// logged is the end of the log, for a person.
func (r *replica) logged() string {
	b, _ := os.ReadFile(r.log)
	return "--- log\n" + string(b[max(0, len(b)-1500):])
}

// until asks again and again until it is so, and fails the test when it is not
// within the limit.
func until(t testing.TB, limit time.Duration, what string, is func() bool) {
	t.Helper()
	untilSaid(t, limit, what, func() string {
		if is() {
			return ""
		}
		return "it is not"
	})
}

// untilSaid is until where what is still wrong can be told; "" is right.
func untilSaid(t testing.TB, limit time.Duration, what string, wrong func() string) {
	t.Helper()
	end := time.NewTimer(limit)
	defer end.Stop()
	again := time.NewTicker(40 * time.Millisecond)
	defer again.Stop()
	for {
		still := wrong()
		if still == "" {
			return
		}
		select {
		case <-end.C:
			t.Fatalf("after %s, expected that %s: %s", limit, what, still)
		case <-again.C:
		}
	}
}
