package queue

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"ocopsync/internal/listing"
	"ocopsync/internal/state/redistest"
)

func TestMain(m *testing.M) {
	if addr := os.Getenv(childAddr); addr != "" {
		child(addr)
		return
	}
	goleak.VerifyTestMain(m)
}

const (
	postmart listing.Market = "postmart"
	voso     listing.Market = "voso"
)

// quick are times that keep tests short.
func quick() Timing {
	return Timing{
		Beat: 2 * time.Second, Sweep: 500 * time.Millisecond,
		Poll: 20 * time.Millisecond, Busy: time.Second, Retry: 10 * time.Millisecond,
	}
}

func clientOf(t testing.TB, addr string) redis.UniversalClient {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func queueOn(t testing.TB, c redis.UniversalClient) *Queue {
	t.Helper()
	q, err := New(Options{Client: c, Tenant: "da-lat", Now: time.Now})
	if err != nil {
		t.Fatalf("make a queue: %v", err)
	}
	return q
}

// realQueue gives a queue on a redis-server of its own.
func realQueue(t testing.TB) *Queue {
	t.Helper()
	return queueOn(t, clientOf(t, redistest.Start(t)))
}

// onBoth runs a test on a redis-server, and on the in-process one of the demo.
func onBoth(t *testing.T, test func(t *testing.T, q *Queue)) {
	t.Helper()
	t.Parallel()
	t.Run("redis-server", func(t *testing.T) {
		t.Parallel()
		test(t, realQueue(t))
	})
	t.Run("in-process", func(t *testing.T) {
		t.Parallel()
		test(t, queueOn(t, clientOf(t, miniredis.RunT(t).Addr())))
	})
}

// until asks again and again until is says so.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited 30 s in vain until %s", what)
		case <-tick.C:
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A book is Runs as the command fills it, in memory.
type book struct {
	mu        sync.Mutex
	open      map[part]Part
	abandoned map[part]string
}

func newBook(open ...Part) *book {
	b := &book{open: make(map[part]Part), abandoned: make(map[part]string)}
	for _, p := range open {
		b.open[part{p.Run, p.Market}] = p
	}
	return b
}

func (b *book) Unfinished(context.Context) ([]Part, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []Part
	for _, p := range b.open {
		all = append(all, p)
	}
	return all, nil
}

func (b *book) Abandon(_ context.Context, run string, m listing.Market, why string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, part{run, m})
	b.abandoned[part{run, m}] = why
	return nil
}

func (b *book) end(t Task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, t.part())
}

func (b *book) whyAbandoned(run string, m listing.Market) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.abandoned[part{run, m}]
}

// A diary is a Handler that keeps what it was given and does as it is told.
type diary struct {
	do    func(ctx context.Context, t Task) error // nil: nothing
	mu    sync.Mutex
	tasks []Task
}

func (d *diary) Work(ctx context.Context, t Task) error {
	d.mu.Lock()
	d.tasks = append(d.tasks, t)
	d.mu.Unlock()
	if d.do == nil {
		return nil
	}
	return d.do(ctx, t)
}

func (d *diary) worked() []Task {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.tasks)
}

// start starts a worker with changes made to its usual options. It is stopped
// when the test ends, if it was not before.
func start(t testing.TB, q *Queue, h Handler, b *book, changes ...func(*WorkerOptions)) *Worker {
	t.Helper()
	o := WorkerOptions{
		Queue: q, Handler: h, Runs: b, Concurrency: 3, Grace: 10 * time.Second,
		Timing: quick(), Log: zaptest.NewLogger(t, zaptest.Level(zap.WarnLevel)),
	}
	for _, change := range changes {
		change(&o)
	}
	w, err := NewWorker(o)
	must(t, err)
	must(t, w.Start())
	t.Cleanup(func() { stop(t, w) })
	return w
}

// noSweep leaves lost parts alone: on a machine under load a part may look lost
// for the moment between its being taken and its worker's first sign of life.
func noSweep(o *WorkerOptions) { o.Timing.Sweep = time.Hour }

func stop(t testing.TB, w *Worker) {
	t.Helper()
	if err := w.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Errorf("stop the worker: %v", err)
	}
}

func depth(t testing.TB, q *Queue) Depth {
	t.Helper()
	d, err := q.Depth(t.Context())
	must(t, err)
	return d
}

// taskFor is a task as asynq hands it over.
func taskFor(t testing.TB, task Task) *asynq.Task {
	t.Helper()
	payload, err := json.Marshal(task)
	must(t, err)
	return asynq.NewTask(taskType, payload)
}
