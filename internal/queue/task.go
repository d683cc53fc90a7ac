package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ocopsync/internal/listing"
)

// Mode is what a tick's run looks at.
type Mode string

// The modes: often, what changed; nightly, everything.
const (
	Sync   Mode = "sync"
	Verify Mode = "verify"
)

// A Task is one attempt at a part, as a Handler gets it.
type Task struct {
	Run     string         `json:"run"`
	Market  listing.Market `json:"market"`
	Urgent  bool           `json:"urgent,omitempty"`
	Attempt int            `json:"attempt,omitempty"` // workers that vanished before
}

// id names the task within its queue.
func (t Task) id() string {
	id := t.Run + ":" + string(t.Market)
	if t.Attempt > 0 {
		id += ":" + strconv.Itoa(t.Attempt)
	}
	return id
}

// partOfID gives run and market of a task's id.
func partOfID(id string) (part, bool) {
	run, rest, ok := strings.Cut(id, ":")
	market, _, _ := strings.Cut(rest, ":")
	return part{run, listing.Market(market)}, ok
}

// part names a part of a run.
type part struct {
	run    string
	market listing.Market
}

func (t Task) part() part { return part{t.Run, t.Market} }

const names = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

func (t Task) check() error {
	switch {
	case t.Run == "" || strings.Trim(t.Run, names) != "":
		return fmt.Errorf("run %q: its id must be of letters, digits, dots, hyphens and underscores", t.Run)
	case t.Market == "" || strings.Trim(string(t.Market), names) != "":
		return fmt.Errorf("market %q: its name must be of letters, digits, dots, hyphens and underscores", t.Market)
	case t.Attempt < 0:
		return fmt.Errorf("attempt %d", t.Attempt)
	}
	return nil
}

func decodeTask(payload []byte) (Task, error) {
	var t Task
	if err := json.Unmarshal(payload, &t); err != nil {
		return Task{}, fmt.Errorf("read a task: %w", err)
	}
	if err := t.check(); err != nil {
		return Task{}, fmt.Errorf("read a task: %w", err)
	}
	return t, nil
}

// A Tick is one moment at which a market's schedule asks for a run.
type Tick struct {
	Market listing.Market
	Mode   Mode
	At     time.Time // nominal: what cron says, without jitter
}

const tickTime = "20060102T150405Z"

// Run is the id of the tick's run: the same on every replica, say
// sync.20261123T021500Z.postmart.
func (t Tick) Run() string {
	return string(t.Mode) + "." + t.At.UTC().Format(tickTime) + "." + string(t.Market)
}

func (t Tick) part() part { return part{t.Run(), t.Market} }

// tickOf reads a run's id back; false: no tick made this run.
func tickOf(run string) (Tick, bool) {
	mode, rest, _ := strings.Cut(run, ".")
	at, market, ok := strings.Cut(rest, ".")
	if !ok || (Mode(mode) != Sync && Mode(mode) != Verify) {
		return Tick{}, false
	}
	nominal, err := time.Parse(tickTime, at)
	if err != nil {
		return Tick{}, false
	}
	return Tick{listing.Market(market), Mode(mode), nominal}, true
}

// covers says whether a run of mode m looks at all that one of mode o would.
func (m Mode) covers(o Mode) bool { return m == o || m == Verify }

// What Work returns, and why its context ended (context.Cause).
var (
	// ErrBusy is returned, wrapped or not, by a Handler whose market another
	// works at the moment, without anything having been recorded. The part is
	// asked again soon, and that is no failure.
	ErrBusy = errors.New("the market is being worked on by another")
	// ErrStopping: this process stops. Leave the part unfinished: another
	// replica or the next start goes on with it.
	ErrStopping = errors.New("this process is stopping")
	// ErrTakenBack: the queue gave the part to another, for this process could
	// not be seen to live, or took longer than a day. Leave it unfinished.
	ErrTakenBack = errors.New("the queue has taken the part back")
	// ErrSkip is returned by a Recorder that wants no run for this tick, as on
	// a market that is paused. It is counted, and no failure.
	ErrSkip = errors.New("this tick is skipped")
)
