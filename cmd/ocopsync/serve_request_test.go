package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"ocopsync/internal/queue"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// What people ask of a daemon while it works.

func TestServeMakesOneRunOfOneKey(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	daemons := []*replica{f.serve(), f.serve()}
	const each = 4
	var mu sync.Mutex
	var wg sync.WaitGroup
	places, replayed := make(map[string]int), 0
	begin := make(chan struct{})
	for i := range each * len(daemons) {
		wg.Go(func() {
			<-begin
			r := daemons[i%len(daemons)]
			got, err := r.ask(f.secrets[state.Operator], http.MethodPost, "/api/v1/resyncs", `{"mode":"verify"}`, "Idempotency-Key: sang-nay")
			mu.Lock()
			defer mu.Unlock()
			if err != nil || got.status != http.StatusAccepted {
				t.Errorf("asked again with the same key: %v %d %s", err, got.status, got.body)
				return
			}
			places[got.header.Get("Location")]++
			if got.header.Get("Idempotency-Replayed") == "true" {
				replayed++
			}
		})
	}
	close(begin)
	wg.Wait()
	if len(places) != 1 || replayed != each*len(daemons)-1 {
		t.Fatalf("one key made %v, %d answers say that it was asked before", places, replayed)
	}
	var id string
	for place := range places {
		id = strings.TrimPrefix(place, "/api/v1/runs/")
	}
	daemons[1].awaitEnd(id, soon)
	if got := daemons[0].resync(`{"mode":"verify"}`, "Idempotency-Key: sang-nay"); got != id {
		t.Errorf("the key made %s after its run had ended, expected %s", got, id)
	}
	if runs := daemons[0].runs(); len(runs) != 1 {
		t.Errorf("%d runs, expected one", len(runs))
	}
	daemons[0].as(state.Operator, http.StatusUnprocessableEntity, http.MethodPost, "/api/v1/resyncs", `{"mode":"sync"}`, "Idempotency-Key: sang-nay")
	for _, m := range sandbox.Markets() {
		until(t, soon, "the part on "+m+" is counted", func() bool { return partsEnded(m, daemons...) > 0 })
		if n := partsEnded(m, daemons...); n != 1 {
			t.Errorf("the part on %s was worked %d times", m, n)
		}
	}
	f.madeOnce()
	for _, r := range daemons {
		r.stopped()
	}
}

func TestServePauseHoldsAndResumeReleases(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	b := f.brakeAt(sandbox.Voso, 5)
	f.configure(b.configured(f.box), with("level: info", "level: debug"))
	r := f.serveHere()
	id := r.resync(`{"mode":"verify"}`)
	b.await(f)
	r.order("/api/v1/markets/voso/pause", "Sàn bảo trì")
	until(t, soon, "the part under way waits", func() bool { return r.run(id).Parts[sandbox.Voso].State == state.Queued })
	b.release()
	made := f.box.Writes()[sandbox.Voso]
	later := r.resync(`{"mode":"verify"}`)
	for _, run := range []string{id, later} {
		r.awaitWaiting(run, sandbox.Voso)
		until(t, soon, "the other markets go on", func() bool {
			parts := r.run(run).Parts
			return state.Ended(parts[sandbox.Postmart].State) && state.Ended(parts[sandbox.Lamdong].State)
		})
		if got := r.run(run); state.Ended(got.State) || state.Ended(got.Parts[sandbox.Voso].State) {
			t.Errorf("a run on a paused market ended as %+v", got)
		}
	}
	if n := f.box.Writes()[sandbox.Voso]; n != made {
		t.Errorf("%d writing calls to a paused market", n-made)
	}
	untilSaid(t, soon, "the pause is told", func() string {
		for _, m := range r.status().Markets {
			if is, want := m.Pause != nil, m.Market == sandbox.Voso; is != want || want && m.Pause.Reason != "Sàn bảo trì" {
				return fmt.Sprintf("%s: %+v", m.Market, m.Pause)
			}
		}
		if g := r.metrics(); g["paused,market=voso"] != 1 || g["paused,market=lamdong"] != 0 {
			return fmt.Sprint("the metrics say ", g)
		}
		return ""
	})
	r.order("/api/v1/markets/voso/resume", "")
	for _, run := range []string{id, later} {
		if got := r.awaitEnd(run, soon); got.State != state.Succeeded && got.State != state.Partial {
			t.Errorf("a run that waited ended as %+v", got)
		}
	}
	if n := f.box.Writes()[sandbox.Voso]; n == made {
		t.Error("nothing was written once the market was resumed")
	}
	r.converge()
	r.stopped()
}

// awaitWaiting waits until the part was asked for and put off at least twice.
func (r *replica) awaitWaiting(run, market string) {
	r.t.Helper()
	until(r.t, soon, "the part of "+run+" on "+market+" waits", func() bool {
		n := 0
		for _, l := range r.lines("a part waits") {
			if l.Run == run && l.Market == market {
				n++
			}
		}
		return n >= 2
	})
}

func TestServePauseOfEverything(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.configure(ticks("* * * * *", "off"), with("level: info", "level: debug"))
	must(t, f.store().SetPause(t.Context(), "", state.Pause{Reason: "Kiểm kê", By: "test", At: time.Now()}))
	r := f.serveHere()
	if done := awaitTicks(t, len(sandbox.Markets()), r); done[string(queue.TickSkipped)] < len(sandbox.Markets()) || len(done) != 1 {
		t.Errorf("ticks while everything is paused: %v", done)
	}
	id := r.resync(`{}`)
	for _, m := range sandbox.Markets() {
		r.awaitWaiting(id, m)
	}
	for door, n := range f.box.CallCounts() {
		if n > 0 {
			t.Errorf("%s was called %d times while everything is paused", door, n)
		}
	}
	if st := r.status(); st.Pause == nil || st.Pause.Reason != "Kiểm kê" {
		t.Errorf("the status tells %+v", st)
	}
	r.order("/api/v1/markets/voso/resume", "") // which is not what was paused
	r.awaitWaiting(r.resync(`{"markets":["voso"]}`), sandbox.Voso)
	r.order("/api/v1/runs/"+r.resync(`{"mode":"verify","markets":["lamdong"]}`)+"/cancel", "")
	told := r.metrics()
	for _, name := range []string{"parts_total,market=lamdong,state=cancelled", "runs_total,mode=verify,state=cancelled,trigger=request"} {
		if told[name] != 1 {
			t.Errorf("a run that was cancelled before it began: %s is %g, want 1", name, told[name])
		}
	}
	r.order("/api/v1/resume", "")
	if run := r.awaitEnd(id, soon); run.State != state.Succeeded && run.State != state.Partial {
		t.Errorf("the run that waited ended as %+v", run)
	}
	for _, m := range sandbox.Markets() {
		if f.box.Writes()[m] == 0 {
			t.Errorf("%s got no writing call once everything was resumed", m)
		}
	}
	r.stopped()
}

func TestServeCancelStopsWritingWithinASecond(t *testing.T) {
	t.Parallel()
	f := newFleetOf(t, 120)
	for _, m := range sandbox.Markets() { // so that the run would go on for long
		must(t, f.box.SetFault(sandbox.Fault{Target: m, Kind: sandbox.FaultLatency, Delay: 300 * time.Millisecond}))
	}
	r := f.serve()
	id := r.resync(`{"mode":"verify"}`)
	waiting := r.resync(`{"markets":["voso"]}`)
	until(t, soon, "all markets are being written to", func() bool {
		w := f.box.Writes()
		return w[sandbox.Postmart] > 0 && w[sandbox.Voso] > 0 && w[sandbox.Lamdong] > 0
	})
	r.order("/api/v1/runs/"+waiting+"/cancel", "")
	if run := r.run(waiting); run.State != state.Cancelled {
		t.Errorf("a run that nobody had begun is %s after it was cancelled", run.State)
	}
	r.order("/api/v1/runs/"+id+"/cancel", "")
	last := time.Now().Add(time.Second)
	run := r.awaitEnd(id, soon)
	if run.State != state.Cancelled {
		t.Errorf("the run ended as %+v", run)
	}
	for m, p := range run.Parts {
		made, planned := p.Counts["create_done"]+p.Counts["create_submitted"], p.Counts["planned_create"]
		if p.State == state.Cancelled && made >= planned {
			t.Errorf("%s had made %d of %d before it was cancelled: nothing was tried", m, made, planned)
		}
	}
	f.box.ClearFaults()
	for _, c := range f.box.RecentCalls() {
		if c.Write && c.At.After(last) {
			t.Errorf("%s was written to %s after the second: %s", c.Market, c.At.Sub(last), c.Kind)
		}
	}
	r.as(state.Operator, http.StatusConflict, http.MethodPost, "/api/v1/runs/"+id+"/cancel", "")
	r.stopped()
	next := f.serveHere()
	if again := next.run(id); again.State != state.Cancelled {
		t.Errorf("the next start tells that the run is %s", again.State)
	}
	next.converge()
	next.stopped()
}
