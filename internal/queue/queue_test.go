package queue

import (
	"context"
	"maps"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"ocopsync/internal/state/redistest"
)

func TestEnqueueTwiceIsOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, q *Queue) {
		for range 2 {
			must(t, q.Enqueue(t.Context(), "r1", postmart, false))
		}
		must(t, q.Enqueue(t.Context(), "r1", voso, false))
		if d := depth(t, q); d.Waiting != 2 {
			t.Fatalf("waiting = %d, expected a part on each of two markets", d.Waiting)
		}
		d, b := &diary{}, newBook()
		w := start(t, q, d, b)
		until(t, "both parts are worked", func() bool { return len(d.worked()) == 2 && depth(t, q) == (Depth{}) })
		must(t, q.Enqueue(t.Context(), "r1", postmart, false)) // late, say by a replica whose clock is behind
		stop(t, w)
		if got := depth(t, q); got != (Depth{}) || len(d.worked()) != 2 {
			t.Errorf("queued again after its end: %+v, worked %v", got, d.worked())
		}
	})
}

func TestEnqueueFailsWithItsContext(t *testing.T) {
	t.Parallel()
	q := realQueue(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Enqueue(ctx, "r1", postmart, false); err == nil {
		t.Error("a part was queued under a context that had ended")
	}
}

func TestTenantsAreApart(t *testing.T) {
	t.Parallel()
	here := realQueue(t)
	there, err := New(Options{Client: here.client, Tenant: "bao-loc", Now: time.Now})
	must(t, err)
	must(t, here.Enqueue(t.Context(), "r1", postmart, false))
	must(t, here.Enqueue(t.Context(), "r2", postmart, true))
	if d := depth(t, there); d != (Depth{}) {
		t.Errorf("another tenant's queue has %+v", d)
	}
	if d := depth(t, here); d.Waiting != 2 {
		t.Errorf("waiting = %d, expected 2", d.Waiting)
	}
}

func TestUrgentIsWorkedFirst(t *testing.T) {
	t.Parallel()
	q := realQueue(t)
	for _, run := range []string{"n1", "n2"} {
		must(t, q.Enqueue(t.Context(), run, postmart, false))
	}
	for _, run := range []string{"u1", "u2"} {
		must(t, q.Enqueue(t.Context(), run, postmart, true))
	}
	d := &diary{}
	start(t, q, d, newBook(), func(o *WorkerOptions) { o.Concurrency = 1 })
	until(t, "all are worked", func() bool { return len(d.worked()) == 4 })
	var order []string
	for _, task := range d.worked() {
		order = append(order, task.Run)
	}
	if want := []string{"u1", "u2", "n1", "n2"}; !slices.Equal(order, want) {
		t.Errorf("worked in the order %v, expected %v", order, want)
	}
}

// The keys that look.go reads are asynq's own business; this holds what it makes
// of them to what asynq's Inspector says.
func TestLookSeesWhatAsynqSees(t *testing.T) {
	onBoth(t, func(t *testing.T, q *Queue) {
		hold := make(chan struct{})
		defer close(hold)
		d := &diary{do: func(_ context.Context, task Task) error {
			if task.Run == "busy" {
				return ErrBusy
			}
			<-hold
			return nil
		}}
		b := newBook()
		w := start(t, q, d, b, func(o *WorkerOptions) { o.Timing.Busy = time.Hour })
		must(t, q.Enqueue(t.Context(), "active", postmart, false))
		must(t, q.Enqueue(t.Context(), "busy", postmart, true))
		inspector := asynq.NewInspectorFromRedisClient(q.client)
		until(t, "one is worked and one is to come again", func() bool {
			got := depth(t, q)
			return w.AtWork() == 1 && got.Active == 1 && got.Delayed == 1
		})
		must(t, inspector.PauseQueue(q.normal))
		must(t, q.Enqueue(t.Context(), "pending", voso, false))
		must(t, q.enqueueTick(t.Context(), Tick{voso, Sync, time.Now()}, time.Now().Add(time.Hour)))

		seen := make(alive)
		var depthSeen Depth
		for _, name := range q.both() {
			info, err := inspector.GetQueueInfo(name)
			must(t, err)
			depthSeen.Waiting += info.Pending
			depthSeen.Delayed += info.Scheduled + info.Retry
			depthSeen.Active += info.Active
			for _, list := range []func(string, ...asynq.ListOption) ([]*asynq.TaskInfo, error){
				inspector.ListPendingTasks, inspector.ListScheduledTasks, inspector.ListRetryTasks, inspector.ListActiveTasks,
			} {
				infos, err := list(name)
				must(t, err)
				for _, i := range infos {
					task, err := decodeTask(i.Payload)
					must(t, err)
					seen[task.part()] = true
				}
			}
		}
		found, err := q.look(t.Context())
		must(t, err)
		if len(found) != 4 || !maps.Equal(found, seen) {
			t.Errorf("look finds %v, asynq's Inspector %v", found, seen)
		}
		got := depth(t, q)
		if got.Oldest <= 0 || got.Oldest > time.Minute {
			t.Errorf("the oldest waits for %s, expected some moments", got.Oldest)
		}
		if got.Oldest = 0; got != depthSeen {
			t.Errorf("depth is %+v, asynq's Inspector says %+v", got, depthSeen)
		}
	})
}

// What a worker took that was killed is not worked; another takes it over.
func TestDepthCountsTheLiving(t *testing.T) {
	onBoth(t, func(t *testing.T, q *Queue) {
		must(t, q.client.LPush(t.Context(), key(q.normal, "active"), "dead:voso", "living:voso").Err())
		must(t, q.beat(t.Context(), Task{Run: "living", Market: voso}, time.Minute))
		if d := depth(t, q); d.Active != 1 {
			t.Errorf("%d parts are told as worked, of which one worker is gone", d.Active)
		}
	})
}

// One node is a Cluster too: it refuses scripts and transactions over slots.
func TestOnACluster(t *testing.T) {
	t.Parallel()
	server := redistest.New(t, "--cluster-enabled", "yes", "--cluster-port", freePort(t))
	admin := clientOf(t, server.Addr)
	must(t, admin.Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err())
	cluster := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.Addr}})
	t.Cleanup(func() { _ = cluster.Close() })
	until(t, "the cluster is up", func() bool { return cluster.Set(t.Context(), "up", 1, 0).Err() == nil })

	q := queueOn(t, cluster)
	b, d := newBook(Part{Run: "lost", Market: voso}), &diary{}
	d.do = func(_ context.Context, task Task) error { b.end(task); return nil }
	must(t, q.Enqueue(t.Context(), "r1", postmart, true))
	start(t, q, d, b)
	until(t, "the queued and the lost part are worked", func() bool { return len(d.worked()) == 2 && depth(t, q) == (Depth{}) })
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	return port
}
