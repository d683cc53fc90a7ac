package main

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// Promises P1 and P7 through daemons that are killed or told to stop: what was
// accepted is done by the next start or by another, and nothing is made twice.

// dropSigns lets what shows that a killed daemon lived end at once, as 15 s would.
func (f *fleet) dropSigns() {
	f.t.Helper()
	f.dropLeases()
	client := f.client()
	keys, err := client.Keys(f.t.Context(), "ocopsync:beat:*").Result()
	must(f.t, err)
	if len(keys) > 0 {
		must(f.t, client.Del(f.t.Context(), keys...).Err())
	}
}

// client is a bare connection to the stage's Redis.
func (f *fleet) client() *redis.Client {
	f.t.Helper()
	client := redis.NewClient(&redis.Options{Addr: f.redis.Addr})
	f.t.Cleanup(func() { _ = client.Close() })
	return client
}

// converge lets the time of open calls pass and wants the daemon to bring the
// province in step by itself, with nothing twice.
func (r *replica) converge() {
	r.t.Helper()
	for range 2 { // two looks must miss a call on a market without unique SKUs
		r.pass(longAfter)
		r.awaitEnd(r.resync(`{"mode":"verify"}`), soon)
		r.box.Settle()
	}
	r.settle()
	r.judge()
	r.madeOnce()
	r.box.ResetCounts()
	r.awaitEnd(r.resync(`{"mode":"verify"}`), soon)
	r.wantWrites(0)
	if f := r.box.Figures().Overall; f.OnSale*2 < f.Counted {
		r.t.Errorf("only %d of %d products are on sale everywhere", f.OnSale, f.Counted)
	}
}

func TestServeKilledAfterAcceptingDoesItLater(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	first := f.serve()
	first.order("/api/v1/pause", "Kiểm kê") // so that no part begins
	paused := first.resync(`{"mode":"verify"}`)
	first.kill()

	// One that was recorded by a process that died before it could queue it.
	store, lost := f.store(), "key-recorded-and-never-queued"
	must(t, store.CreateRun(t.Context(), state.Run{
		ID: lost, Mode: "sync", Trigger: triggerRequest, By: "test", CreatedAt: time.Now().UTC(), State: state.Queued,
		Markets: []listing.Market{sandbox.Voso}, Parts: map[listing.Market]state.Part{sandbox.Voso: {State: state.Queued}},
	}))
	must(t, store.Resume(t.Context(), ""))
	second := f.serve()
	at := second.resync(`{"mode":"verify"}`)
	second.kill() // wherever it was
	f.dropSigns()

	third := f.serveHere()
	for _, id := range []string{paused, lost, at} {
		if run := third.awaitEnd(id, 2*soon); run.State != state.Succeeded && run.State != state.Partial {
			t.Errorf("run %s ended as %+v", id, run)
		}
	}
	third.converge()
	third.stopped()
}

func TestServeKilledWhileCreatingGoesOn(t *testing.T) {
	t.Parallel()
	for m, nth := range map[string]int64{sandbox.Postmart: 20, sandbox.Voso: 6, sandbox.Lamdong: 1} {
		for _, when := range []moment{before, after, late} {
			t.Run(fmt.Sprintf("%s/%s", m, when), func(t *testing.T) {
				t.Parallel()
				f := newFleet(t)
				tr := newTrap(nth, when)
				f.configure(with(f.box.URL(m), f.mount(m, tr.before)))
				first := f.serve()
				kill := func() { first.tell(syscall.SIGKILL) }
				tr.act.Store(&kill)
				id := first.resync(`{"mode":"verify"}`)
				if end := first.wait(soon); end.code != -1 {
					t.Fatalf("it was to be killed at its writing call %d to %s, and had %d\n%s", tr.nth, m, tr.writes.Load(), end)
				}
				tr.act.Store(nil)
				f.dropSigns()

				second := f.serveHere()
				if run := second.awaitEnd(id, soon); run.State != state.Succeeded && run.State != state.Partial {
					t.Errorf("the run ended as %+v", run)
				}
				close(tr.resume)
				<-tr.done
				second.converge()
				second.stopped()
			})
		}
	}
}

func TestServeToldToStopLeavesItsPartToTheNext(t *testing.T) {
	t.Parallel()
	const grace = 20 * time.Second // shutdown_grace as shipped
	f := newFleet(t)
	b := f.brakeAt(sandbox.Voso, 5) // and then as slow as can be
	f.configure(b.configured(f.box))
	first := f.serve()
	id := first.resync(`{}`)
	b.await(f)
	told := time.Now()
	first.stop()
	if end := first.wait(2 * grace); end.code != exitOK || time.Since(told) > grace {
		t.Errorf("told to stop, expected exit 0 within %s; after %s\n%s\n%s", grace, time.Since(told), end, first.logged())
	}
	run, err := f.store().Run(t.Context(), id)
	must(t, err)
	if p := run.Parts[sandbox.Voso]; p.State != state.Queued || p.Phase != "" {
		t.Errorf("the part that was cut off is %+v, expected it waiting", p)
	}
	made := b.writes.Load()
	b.release()

	second := f.serveHere()
	if run := second.awaitEnd(id, soon); run.State != state.Succeeded && run.State != state.Partial {
		t.Errorf("the run ended as %+v", run)
	}
	if b.writes.Load() == made {
		t.Error("the next start did not go on")
	}
	second.converge()
	second.stopped()
}

func TestServeTakesOverFromAKilledOne(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	b := f.brakeAt(sandbox.Voso, 5)
	f.configure(b.configured(f.box))
	daemons := []*replica{f.serve(), f.serve()}
	id := daemons[0].resync(`{"markets":["voso"]}`)
	b.await(f)
	works, other := daemons[0], daemons[1]
	if owner := f.leaseOwner(sandbox.Voso); strings.HasSuffix(owner, fmt.Sprintf(" %d", other.pid)) {
		works, other = other, works
	} else if !strings.HasSuffix(owner, fmt.Sprintf(" %d", works.pid)) {
		t.Fatalf("voso is worked by %q, which is neither process %d nor %d", owner, works.pid, other.pid)
	}
	if run := other.run(id); run.State != state.Running {
		t.Errorf("the other one tells that the run is %s", run.State)
	}
	works.kill()
	b.release()
	if run := other.awaitEnd(id, 45*time.Second); run.State != state.Succeeded && run.State != state.Partial {
		t.Errorf("the run ended as %+v", run)
	}
	other.stopped()
	last := f.serveHere()
	last.converge()
	last.stopped()
}

// leaseOwner is who holds the market's lease.
func (f *fleet) leaseOwner(market string) string {
	f.t.Helper()
	client := f.client()
	keys, err := client.Keys(f.t.Context(), "*:market:"+market+":*:lease").Result()
	must(f.t, err)
	if len(keys) != 1 {
		f.t.Fatalf("leases of %s: %v", market, keys)
	}
	owner, err := client.HGet(f.t.Context(), keys[0], "owner").Result()
	must(f.t, err)
	return owner
}

func TestServeEndsWhatAKilledSyncLeft(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	b := f.brakeAt(sandbox.Voso, 3)
	f.configure(b.configured(f.box))
	p := f.start("sync", "--market", "voso")
	b.await(f)
	must(t, p.cmd.Process.Kill())
	p.wait()
	b.release()
	f.dropSigns()
	r := f.serveHere()
	var id string
	for _, run := range r.runs() {
		id = run.ID
	}
	run := r.awaitEnd(id, soon)
	part := run.Parts[sandbox.Voso]
	if run.State != state.Failed || len(part.Failures) == 0 || !strings.Contains(part.Failures[0].Words, "its process ended without a word") {
		t.Errorf("the run of a killed sync ended as %+v", run)
	}
	got := r.as(state.Operator, http.StatusConflict, http.MethodPost, "/api/v1/runs/"+id+"/cancel", "")
	if !strings.Contains(got.body, "has ended") {
		t.Errorf("cancel a run that has ended: %s", got.body)
	}
	r.converge()
	r.stopped()
}
