package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ocopsync/internal/sandbox"
)

// Promise P1 and P6 through a killed process: whatever a kill leaves half done,
// the next run looks before it creates, and in the end everything eligible is
// on sale once or explained.

// A trap stands before a market's door and acts once, at its nth writing call.
type trap struct {
	nth    int64
	when   moment
	act    atomic.Pointer[func()]
	writes atomic.Int64
	resume chan struct{} // late: closed to let the effect happen
	done   chan struct{} // closed once the call has had its effect, or will have none
}

// moment is when a trap acts.
type moment string

const (
	before moment = "before" // the call takes effect, which it then never does
	after  moment = "after"  // the call took effect, and before it is answered
	late   moment = "late"   // the call takes effect, which it does when told to
)

func newTrap(nth int64, when moment) *trap {
	return &trap{nth: nth, when: when, resume: make(chan struct{}), done: make(chan struct{})}
}

// before gives the door with the trap before it.
func (tr *trap) before(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		act := tr.act.Load()
		if act == nil || !isWrite(r) || tr.writes.Add(1) != tr.nth {
			h.ServeHTTP(w, r)
			return
		}
		defer close(tr.done)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		r = r.Clone(context.WithoutCancel(r.Context()))
		r.Body = io.NopCloser(bytes.NewReader(body))
		if tr.when == after {
			h.ServeHTTP(httptest.NewRecorder(), r)
		}
		(*act)()
		if tr.when == late {
			<-tr.resume
			h.ServeHTTP(httptest.NewRecorder(), r)
		}
		panic(http.ErrAbortHandler) // nobody is there to hear an answer
	})
}

func isWrite(r *http.Request) bool {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	return !reads && !strings.HasSuffix(r.URL.Path, "/token") && !strings.HasSuffix(r.URL.Path, "/list") &&
		!strings.HasSuffix(r.URL.Path, "/login")
}

// longAfter is beyond the deadline of every call and voso's late effects.
const longAfter = 10 * time.Minute

func TestKilledFirstSyncLeavesNothingTwice(t *testing.T) {
	t.Parallel()
	for m, calls := range map[string][]int64{
		sandbox.Postmart: {1, 25}, // pictures, papers, requests
		sandbox.Voso:     {1, 3, 12},
		sandbox.Lamdong:  {1, 2}, // it writes in batches
	} {
		for _, nth := range calls {
			for _, when := range []moment{before, after, late} {
				t.Run(fmt.Sprintf("%s/%s call %d", m, when, nth), func(t *testing.T) {
					t.Parallel()
					killFirstSync(t, m, newTrap(nth, when))
				})
			}
		}
	}
}

func killFirstSync(t *testing.T, market string, tr *trap) {
	t.Helper()
	s := newSmallStage(t)
	s.writeConfig(with(s.box.URL(market), s.mount(market, tr.before)))
	p := s.start("sync")
	kill := func() { _ = p.cmd.Process.Kill() }
	tr.act.Store(&kill)
	if got := p.wait(); got.code != -1 {
		t.Fatalf("the process was to be killed at its writing call %d to %s, and had %d\n%s", tr.nth, market, tr.writes.Load(), got)
	}
	tr.act.Store(nil)

	s.sync(anyEnd) // at once: the dead process's leases run for some seconds yet
	s.dropLeases()
	s.sync(anyEnd)
	close(tr.resume)
	<-tr.done
	s.recover()
}

// recover lets the time of open calls pass and brings the province in step.
func (s *stage) recover() {
	s.t.Helper()
	for range 2 { // two looks must miss a call on a market without unique SKUs
		s.pass(longAfter)
		s.sync(anyEnd)
		s.box.Settle()
	}
	s.judge(s.settle())
	s.box.ResetCounts()
	s.judge(s.sync(exitOK, "--verify"))
	s.wantWrites(0)
	if f := s.box.Figures().Overall; f.OnSale*2 < f.Counted {
		s.t.Errorf("only %d of %d products are on sale everywhere", f.OnSale, f.Counted)
	}
}

func TestTerminatedSyncEndsSoonAndGoesOn(t *testing.T) {
	t.Parallel()
	for m, nth := range map[string]int64{sandbox.Postmart: 15, sandbox.Voso: 5, sandbox.Lamdong: 1} {
		t.Run(m, func(t *testing.T) {
			t.Parallel()
			s := newSmallStage(t)
			// The other markets hang, so that calls are under way when it is told to end.
			for _, other := range sandbox.Markets() {
				if other != m {
					must(t, s.box.SetFault(sandbox.Fault{Target: other, Kind: sandbox.FaultHang, Method: http.MethodPost, Match: "create"}))
				}
			}
			tr := newTrap(nth, after)
			s.writeConfig(with(s.box.URL(m), s.mount(m, tr.before)))
			p := s.start("sync")
			var told atomic.Int64
			terminate := func() {
				told.Store(time.Now().UnixNano())
				_ = p.cmd.Process.Signal(syscall.SIGTERM)
			}
			tr.act.Store(&terminate)
			got := p.wait()
			took := time.Duration(time.Now().UnixNano() - told.Load())
			if told.Load() == 0 || got.code != exitFailed || took > 20*time.Second {
				t.Errorf("told to end, it took %s; expected at most 20 s and exit %d\n%s", took, exitFailed, got)
			}
			if !strings.Contains(got.out, "cancelled") {
				t.Errorf("it does not say that it was cancelled\n%s", got)
			}
			tr.act.Store(nil)
			s.box.ClearFaults()
			s.sync(anyEnd) // its leases were given back
			s.recover()
		})
	}
}
