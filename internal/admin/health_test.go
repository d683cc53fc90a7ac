package admin

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"ocopsync/internal/ocop"
)

func TestReadiness(t *testing.T) {
	t.Parallel()
	var queue, disk error
	k := newKit(t, func(o *Options) {
		hint := func(en string) ocop.Text { return ocop.Text{VI: "chưa sẵn sàng", EN: en} }
		o.Checks = []Check{
			{Name: "queue", Hint: hint("The queue does not move."), Probe: func(context.Context) error { return queue }},
			{Name: "disk", Warns: true, Hint: hint("The disk is nearly full."), Probe: func(context.Context) error { return disk }},
		}
	})
	look := func(status int, query string) readyAnswer {
		t.Helper()
		k.clock.add(checkedFor)
		var a readyAnswer
		k.want(status, nil, "GET", "/readyz"+query, "").into(t, &a)
		return a
	}
	if a := look(200, ""); !a.Ready || len(a.NotReady) != 0 || a.Checks != nil {
		t.Errorf("all well: %+v", a)
	}
	if a := look(200, "?verbose"); len(a.Checks) != 4 {
		t.Errorf("verbose: %+v", a)
	}
	disk = errors.New("98 % of /srv/data")
	if a := look(200, "?verbose=1"); !a.Ready || a.Checks[3].OK || a.Checks[3].Hint == nil {
		t.Errorf("a warning: %+v", a)
	}
	queue = errors.New("dial tcp 10.0.0.7:6379: refused")
	a := look(503, "")
	if a.Ready || len(a.NotReady) != 1 || a.NotReady[0].Name != "queue" || a.NotReady[0].Hint.EN != "The queue does not move." {
		t.Errorf("the queue stands: %+v", a)
	}
	k.clock.add(checkedFor)
	if r := k.want(503, nil, "GET", "/readyz?verbose", ""); contains(r.body, "10.0.0.7") || contains(r.body, "/srv") {
		t.Errorf("the cause is told to anybody: %s", r.body)
	}
	if k.logs.FilterMessage("not ready").FilterFieldKey("error").Len() == 0 {
		t.Error("the cause is not in the log")
	}
	queue = nil
	k.want(503, nil, "GET", "/readyz", "") // a look is good for a moment
	look(200, "")
	k.redis.Stop()
	if a := look(503, ""); a.NotReady[0].Name != "redis" {
		t.Errorf("without Redis: %+v", a)
	}
	k.want(http.StatusOK, nil, "GET", "/livez", "") // alive all the same
	k.want(http.StatusBadRequest, nil, "GET", "/livez?x=1", "")
}

// A check that hangs holds nobody up for long.
func TestHangingCheck(t *testing.T) {
	t.Parallel()
	k := newKit(t, func(o *Options) {
		o.Checks = []Check{{Name: "slow", Hint: ocop.Text{VI: "chậm", EN: "slow"}, Probe: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }}}
	})
	began := time.Now()
	k.want(503, nil, "GET", "/readyz", "")
	if took := time.Since(began); took > 2*checkTime {
		t.Errorf("took %s, checks may take %s", took, checkTime)
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	k := newKit(t, func(o *Options) {
		o.Checks = nil
		o.History = nil
	})
	k.server.o.History = nil // as a mistake of ours would
	r := k.want(http.StatusInternalServerError, k.tokens["viewer"], "GET", "/api/v1/runs", "")
	if code, _, _ := r.problem(); code != "internal" || contains(r.body, "nil pointer") {
		t.Errorf("answered %s", r.body)
	}
	if k.logs.FilterMessage("request").FilterField(zapStatus(500)).Len() != 1 {
		t.Error("the panic is not in the log")
	}
	k.want(200, nil, "GET", "/livez", "")
}
