package main

import (
	"fmt"
	"syscall"
	"testing"
)

// A daemon whose parts another one works shows the same as that one, soon.

func TestServeShowsWhatAnotherDid(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	works := f.serve()
	works.settle()
	f.configure(f.ownData("data-of-another-machine"))
	idle := f.serve()
	idle.judge() // although it got no part and has read nothing before
	if n := len(idle.lines("run ended")); n > 0 {
		t.Fatalf("it worked %d parts", n)
	}

	revoked := f.everywhere()[0]
	must(t, f.box.Revoke(revoked))
	idle.tell(syscall.SIGSTOP) // so that the other one gets all parts
	id := works.resync(`{}`)
	run := works.awaitEnd(id, soon)
	idle.tell(syscall.SIGCONT)
	for _, r := range []*replica{works, idle} {
		untilSaid(t, soon, "the status tells the last run", func() string {
			for _, m := range r.status().Markets {
				if m.LastRun != id || m.LastState != run.Parts[m.Market].State {
					return fmt.Sprintf("%s: %s ended %s", m.Market, m.LastRun, m.LastState)
				}
			}
			return ""
		})
		r.judge()
	}
	idle.stopped()
	works.stopped()
}
