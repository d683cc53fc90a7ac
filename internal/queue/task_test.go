package queue

import (
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"ocopsync/internal/listing"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		task Task
		id   string
	}{
		{Task{Run: "r1", Market: "voso"}, "r1:voso"},
		{Task{Run: "r1", Market: "voso", Urgent: true}, "r1:voso"},
		{Task{Run: "sync.20261123T021500Z.postmart", Market: "postmart", Attempt: 2}, "sync.20261123T021500Z.postmart:postmart:2"},
	} {
		if got := c.task.id(); got != c.id {
			t.Errorf("id of %+v = %q, expected %q", c.task, got, c.id)
		}
		if got, ok := partOfID(c.id); !ok || got != c.task.part() {
			t.Errorf("partOfID(%q) = %v %t, expected %v", c.id, got, ok, c.task.part())
		}
	}
}

func TestTicksAreNamedByTheirNominalTime(t *testing.T) {
	t.Parallel()
	hanoi := time.FixedZone("+07", 7*3600)
	tick := Tick{postmart, Sync, time.Date(2026, 11, 23, 9, 15, 0, 0, hanoi)}
	if got, want := tick.Run(), "sync.20261123T021500Z.postmart"; got != want {
		t.Fatalf("Run() = %q, expected %q", got, want)
	}
	back, ok := tickOf(tick.Run())
	if !ok || back.Market != tick.Market || back.Mode != tick.Mode || !back.At.Equal(tick.At) {
		t.Errorf("tickOf(%q) = %+v %t, expected %+v", tick.Run(), back, ok, tick)
	}
	for _, run := range []string{"", "r1", "sync", "sync.20261123T021500Z", "plan.20261123T021500Z.voso", "sync.yesterday.voso"} {
		if got, is := tickOf(run); is {
			t.Errorf("tickOf(%q) = %+v, expected none", run, got)
		}
	}
}

func TestBadNamesAreRefused(t *testing.T) {
	t.Parallel()
	q := queueOn(t, clientOf(t, miniredis.RunT(t).Addr()))
	for _, c := range []struct {
		run    string
		market listing.Market
		says   string
	}{
		{"", "voso", `run ""`}, {"a:b", "voso", `run "a:b"`}, {"a b", "voso", `run "a b"`},
		{"r1", "", `market ""`}, {"r1", "vo:so", `market "vo:so"`}, {"r1", "vỏ", `market "vỏ"`},
	} {
		err := q.Enqueue(t.Context(), c.run, c.market, false)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("Enqueue(%q, %q) = %v, expected an error with %s", c.run, c.market, err, c.says)
		}
	}
	if d := depth(t, q); d != (Depth{}) {
		t.Errorf("refused parts are in the queue: %+v", d)
	}
	for _, tenant := range []string{"", "a{b}", "a:b", "đà-lạt"} {
		if _, err := New(Options{Client: q.client, Tenant: tenant, Now: time.Now}); err == nil {
			t.Errorf("tenant %q was accepted", tenant)
		}
	}
}
