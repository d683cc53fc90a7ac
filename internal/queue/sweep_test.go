package queue

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"ocopsync/internal/state/redistest"
)

func sweeperOf(q *Queue, b *book) *sweeper {
	return &sweeper{queue: q, runs: b, most: 3, log: zap.NewNop()}
}

func TestSweepQueuesWhatIsLost(t *testing.T) {
	onBoth(t, func(t *testing.T, q *Queue) {
		b := newBook(
			Part{Run: "never-queued", Market: postmart},
			Part{Run: "never-queued", Market: voso, Urgent: true},
			Part{Run: "waits", Market: postmart},
			Part{Run: "at-work", Market: voso, Alive: true},
		)
		must(t, q.Enqueue(t.Context(), "waits", postmart, false))
		one, two := sweeperOf(q, b), sweeperOf(q, b)
		must(t, one.sweep(t.Context()))
		if d := depth(t, q); d.Waiting != 1 {
			t.Fatalf("after one look %d wait, expected only what did before", d.Waiting)
		}
		must(t, two.sweep(t.Context()))
		for range 3 { // replicas do it side by side
			must(t, one.sweep(t.Context()))
			must(t, two.sweep(t.Context()))
		}
		if d := depth(t, q); d.Waiting != 3 {
			t.Errorf("%d wait, expected the one that did and the two that were lost, once", d.Waiting)
		}
	})
}

func TestSweepersChooseTheSameAttempt(t *testing.T) {
	onBoth(t, func(t *testing.T, q *Queue) {
		p := Part{Run: "r1", Market: postmart}
		b := newBook(p)
		one, two := sweeperOf(q, b), sweeperOf(q, b)
		must(t, one.revive(t.Context(), p))
		taken, err := q.exist(t.Context(), Task{Run: "r1", Market: postmart})
		must(t, err)
		if !taken[0] {
			t.Fatal("the first attempt has not the id of the part itself")
		}
		// Both saw the first one lost before either queued the second.
		second := Task{Run: "r1", Market: postmart, Attempt: 1}
		must(t, one.queue.put(t.Context(), second, time.Time{}))
		must(t, two.queue.put(t.Context(), second, time.Time{}))
		if d := depth(t, q); d.Waiting != 2 {
			t.Errorf("%d wait, expected two attempts", d.Waiting)
		}
		if newer, err := q.superseded(t.Context(), Task{Run: "r1", Market: postmart}); err != nil || !newer {
			t.Errorf("superseded(first) = %t, %v, expected true", newer, err)
		}
		if newer, err := q.superseded(t.Context(), second); err != nil || newer {
			t.Errorf("superseded(second) = %t, %v, expected false", newer, err)
		}
	})
}

func TestSweepGivesUpAtLast(t *testing.T) {
	t.Parallel()
	q, p := realQueue(t), Part{Run: "r1", Market: postmart}
	b := newBook(p)
	s := sweeperOf(q, b)
	for range 4 {
		must(t, s.revive(t.Context(), p))
	}
	if d := depth(t, q); d.Waiting != 3 {
		t.Errorf("%d attempts were queued, expected 3", d.Waiting)
	}
	if why := b.whyAbandoned("r1", postmart); !strings.Contains(why, "3 attempts") {
		t.Errorf("abandoned because %q", why)
	}
}

type brokenRuns struct{ *book }

func (brokenRuns) Unfinished(context.Context) ([]Part, error) { return nil, errors.New("no answer") }

func TestASweepThatFailsForgetsWhatItMissed(t *testing.T) {
	t.Parallel()
	q := realQueue(t)
	b := newBook(Part{Run: "r1", Market: postmart})
	s := sweeperOf(q, b)
	must(t, s.sweep(t.Context()))
	s.runs = brokenRuns{b}
	if err := s.sweep(t.Context()); err == nil {
		t.Error("a sweep without the runs did not fail")
	}
	s.runs = b
	must(t, s.sweep(t.Context()))
	if d := depth(t, q); d.Waiting != 0 {
		t.Errorf("%d wait, expected none: it was not missed twice in a row", d.Waiting)
	}
}

// childAddr tells a child process of these tests where Redis is.
const childAddr = "OCOPSYNC_TEST_QUEUE_CHILD"

// child is a worker in a process of its own that takes a part and never ends it.
func child(addr string) {
	c := redis.NewClient(&redis.Options{Addr: addr})
	q, err := New(Options{Client: c, Tenant: "da-lat", Now: time.Now})
	if err != nil {
		panic(err)
	}
	began := make(chan Task)
	d := &diary{do: func(_ context.Context, t Task) error {
		began <- t
		select {}
	}}
	b := newBook()
	w, err := NewWorker(WorkerOptions{Queue: q, Handler: d, Runs: b, Concurrency: 1, Timing: quick()})
	if err != nil {
		panic(err)
	}
	if err := w.Start(); err != nil {
		panic(err)
	}
	for t := range began {
		fmt.Println("at work:", t.id())
	}
}

func TestAKilledWorkersPartIsTakenOver(t *testing.T) {
	t.Parallel()
	addr := redistest.Start(t)
	q := queueOn(t, clientOf(t, addr))
	b := newBook(Part{Run: "r1", Market: postmart})
	must(t, q.Enqueue(t.Context(), "r1", postmart, false))

	self, err := os.Executable()
	must(t, err)
	vanishing := exec.CommandContext(t.Context(), self)
	vanishing.Env = append(os.Environ(), childAddr+"="+addr)
	out, err := vanishing.StdoutPipe()
	must(t, err)
	must(t, vanishing.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "at work: r1:postmart\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	d := &diary{do: func(_ context.Context, task Task) error { b.end(task); return nil }}
	w := start(t, q, d, b, func(o *WorkerOptions) { o.Log = zap.NewNop() })
	// While it lives the part is left to it, for longer than its sign of life lasts.
	lives := time.NewTimer(2 * quick().Beat)
	defer lives.Stop()
	<-lives.C
	if n := len(d.worked()); n != 0 {
		t.Errorf("a living worker's part was taken %d times", n)
	}
	must(t, vanishing.Process.Kill())
	killed := time.Now()
	_ = vanishing.Wait()
	until(t, "the part is taken over", func() bool { return len(d.worked()) == 1 })
	took := time.Since(killed)
	// What the Beat and two sweeps need, and a busy machine; asynq needs a minute.
	if most := quick().Beat + 2*quick().Sweep + 7*time.Second; took > most {
		t.Errorf("taken over after %s, expected within %s", took, most)
	}
	t.Logf("taken over after %s with a sign of life of %s", took.Round(time.Millisecond), quick().Beat)
	if got := d.worked()[0]; got.Attempt != 1 {
		t.Errorf("it was attempt %d, expected 1", got.Attempt)
	}
	// asynq brings the first attempt again after a minute or two: it is dropped.
	if err := w.process(t.Context(), taskFor(t, Task{Run: "r1", Market: postmart})); err != nil || len(d.worked()) != 1 {
		t.Errorf("the first attempt came again: %v, worked %v", err, d.worked())
	}
}
