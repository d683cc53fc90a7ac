package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"time"

	"ocopsync/internal/market"
	"ocopsync/internal/queue"
)

// The program in a hurry: as in life, but that it takes another process for gone
// after seconds, and leaves a market that fails alone for less than one. All
// processes of a stage, and its sandbox, live by one clock, which can be put ahead.

const (
	hurried  = "ocopsync-hurried"    // the test binary under this name is the program in a hurry
	envClock = "OCOPSYNC_TEST_CLOCK" // path of the stage's clock
)

// hurriedLease is how long a vanished process keeps a market.
const hurriedLease = 2 * time.Second

func hurriedPace() pace {
	return pace{
		lease: hurriedLease,
		queue: queue.Timing{
			Beat: hurriedLease, Sweep: 300 * time.Millisecond, Poll: 100 * time.Millisecond, Busy: 300 * time.Millisecond, Retry: 300 * time.Millisecond,
		},
		retry:   market.RetryOptions{Backoff: 50 * time.Millisecond, MaxBackoff: time.Second, MaxElapsed: 10 * time.Second},
		circuit: market.CircuitOptions{OpenFor: 300 * time.Millisecond, AuthFor: 300 * time.Millisecond, Window: 2 * time.Second},
	}
}

// hurry is the main of a process in a hurry.
func hurry() {
	a := newApp(os.Stdout, os.Stderr)
	a.pace = hurriedPace()
	clock, err := os.Open(os.Getenv(envClock))
	if err != nil {
		panic(err)
	}
	a.now = func() time.Time {
		var ahead [8]byte
		if _, err := clock.ReadAt(ahead[:], 0); err != nil {
			panic(err)
		}
		return time.Now().Add(time.Duration(binary.LittleEndian.Uint64(ahead[:])))
	}
	os.Exit(a.process())
}

// hurry lets every daemon that is started from now on be one in a hurry, by the
// stage's clock.
func (f *fleet) hurry() {
	f.t.Helper()
	f.runs, f.clock = hurried, filepath.Join(f.dir, "clock")
	f.env = []string{envClock + "=" + f.clock}
	f.leap(0)
}

// leap puts the clock of all ahead. Nothing may be under way that was to be done
// meanwhile.
func (f *fleet) leap(d time.Duration) {
	f.t.Helper()
	f.pass(d)
	file, err := os.OpenFile(f.clock, os.O_CREATE|os.O_WRONLY, 0o600)
	must(f.t, err)
	_, err = file.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(f.ahead.Load())), 0) //nolint:gosec // never behind
	must(f.t, err)
	must(f.t, file.Close())
}
