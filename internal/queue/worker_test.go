package queue

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"go.uber.org/zap"

	"ocopsync/internal/state/redistest"
)

func TestBusyIsAskedAgainAndNoFailure(t *testing.T) {
	onBoth(t, func(t *testing.T, q *Queue) {
		b := newBook(Part{Run: "r1", Market: postmart})
		var asked atomic.Int64
		d := &diary{do: func(_ context.Context, task Task) error {
			switch asked.Add(1) {
			case 1, 2:
				return errors.Join(errors.New("held by host-2"), ErrBusy)
			case 3:
				return errors.New("the first failure, and one is allowed")
			}
			b.end(task)
			return nil
		}}
		must(t, q.Enqueue(t.Context(), "r1", postmart, false))
		start(t, q, d, b, noSweep, func(o *WorkerOptions) { o.MaxFailures, o.Log = 2, zap.NewNop() })
		until(t, "the market is free and the part worked", func() bool { return asked.Load() == 4 && depth(t, q) == (Depth{}) })
		for _, task := range d.worked() {
			if task.Attempt != 0 {
				t.Errorf("a busy market made attempt %d", task.Attempt)
			}
		}
		if why := b.whyAbandoned("r1", postmart); why != "" {
			t.Errorf("a busy market had the part abandoned: %s", why)
		}
	})
}

func TestFailuresAreTriedAgainThenSeen(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func() error{
		"error": func() error { return errors.New("redis does not answer") },
		"panic": func() error { panic("no such map") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q, b := realQueue(t), newBook(Part{Run: "r1", Market: postmart})
			d := &diary{do: func(context.Context, Task) error { return fail() }}
			must(t, q.Enqueue(t.Context(), "r1", postmart, false))
			start(t, q, d, b, noSweep, func(o *WorkerOptions) { o.MaxFailures, o.Log = 2, zap.NewNop() })
			until(t, "the part is abandoned", func() bool { return b.whyAbandoned("r1", postmart) != "" })
			until(t, "nothing is left in the queue", func() bool { return depth(t, q) == (Depth{}) })
			if n := len(d.worked()); n != 2 {
				t.Errorf("it was worked %d times, expected 2", n)
			}
			why := b.whyAbandoned("r1", postmart)
			if !strings.Contains(why, "failed 2 times") {
				t.Errorf("abandoned because %q", why)
			}
		})
	}
}

func TestDelays(t *testing.T) {
	t.Parallel()
	w := &Worker{o: WorkerOptions{Timing: Timing{}.orDefault()}}
	for _, c := range []struct {
		failures int
		err      error
		want     time.Duration
	}{
		{0, ErrBusy, 3 * time.Second}, {4, ErrBusy, 3 * time.Second},
		{0, ErrStopping, 0}, {3, asynq.ErrLeaseExpired, 0}, {0, errors.New("x"), 5 * time.Second}, {1, errors.New("x"), 15 * time.Second},
		{4, errors.New("x"), 5 * time.Minute}, {1000, errors.New("x"), 5 * time.Minute},
	} {
		if got := w.again(c.failures, c.err, nil); got != c.want {
			t.Errorf("after %d failures and %q again in %s, expected %s", c.failures, c.err, got, c.want)
		}
	}
}

func TestStopInAPartAndGoOnAfterwards(t *testing.T) {
	onBoth(t, func(t *testing.T, q *Queue) {
		b := newBook(Part{Run: "r1", Market: postmart})
		began := make(chan struct{})
		causes := make(chan error, 1)
		first := &diary{do: func(ctx context.Context, _ Task) error {
			close(began)
			<-ctx.Done()
			causes <- context.Cause(ctx)
			return ctx.Err()
		}}
		must(t, q.Enqueue(t.Context(), "r1", postmart, false))
		w := start(t, q, first, b, noSweep, func(o *WorkerOptions) { o.MaxFailures = 1 })
		<-began
		asked := time.Now()
		stop(t, w)
		if took := time.Since(asked); took > 5*time.Second {
			t.Errorf("it took %s to stop", took)
		}
		if cause := <-causes; !errors.Is(cause, ErrStopping) {
			t.Errorf("the handler was cancelled for %v, expected ErrStopping", cause)
		}
		if d := depth(t, q); d.Delayed+d.Waiting != 1 || d.Active != 0 {
			t.Fatalf("after the stop the queue is %+v, expected the part to wait", d)
		}
		next := &diary{do: func(_ context.Context, task Task) error { b.end(task); return nil }}
		start(t, q, next, b)
		until(t, "the next worker goes on", func() bool { return len(next.worked()) == 1 && depth(t, q) == (Depth{}) })
		if why := b.whyAbandoned("r1", postmart); why != "" {
			t.Errorf("the stop had the part abandoned: %s", why)
		}
	})
}

func TestStopDoesNotWaitForeverForAHandler(t *testing.T) {
	t.Parallel()
	q, b := realQueue(t), newBook()
	began, hold := make(chan struct{}), make(chan struct{})
	d := &diary{do: func(context.Context, Task) error {
		close(began)
		<-hold // deaf
		return nil
	}}
	must(t, q.Enqueue(t.Context(), "r1", postmart, false))
	w := start(t, q, d, b, noSweep, func(o *WorkerOptions) { o.Grace = 200 * time.Millisecond })
	<-began
	asked := time.Now()
	err := w.Stop(t.Context())
	if took := time.Since(asked); took > 2*time.Second {
		t.Errorf("it took %s to give up", took)
	}
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "[r1:postmart]") {
		t.Errorf("Stop() = %v, expected an error that names r1:postmart", err)
	}
	close(hold)
	stop(t, w) // now it can
}

func TestStopWithoutRedis(t *testing.T) {
	t.Parallel()
	server := redistest.New(t)
	q := queueOn(t, clientOf(t, server.Addr))
	w := start(t, q, &diary{}, newBook(), func(o *WorkerOptions) { o.Log = zap.NewNop() })
	server.Stop()
	asked := time.Now()
	stop(t, w)
	if took := time.Since(asked); took > 10*time.Second {
		t.Errorf("without Redis it took %s to stop", took)
	}
}

func TestUnreadableTasksArePutAside(t *testing.T) {
	t.Parallel()
	q, d := realQueue(t), &diary{}
	_, err := q.asynq.EnqueueContext(t.Context(), asynq.NewTask(taskType, []byte(`{"run":"a:b"}`)), asynq.Queue(q.normal))
	must(t, err)
	start(t, q, d, newBook(), func(o *WorkerOptions) { o.Log = zap.NewNop() })
	until(t, "it is put aside", func() bool { return depth(t, q) == (Depth{Broken: 1}) })
	if n := len(d.worked()); n != 0 {
		t.Errorf("it was worked %d times", n)
	}
}
