package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"ocopsync/internal/listing"
)

// Retention is how long a task's id stays taken after its end. It is longer than
// the longest jitter plus the clock skew that replicas may have.
const Retention = time.Hour

// partTimeout ends a part that hangs. asynq can't do without one and takes 30
// minutes for none, in which the first sync of a large shop is not done.
const partTimeout = 24 * time.Hour

// noLimit is how often asynq itself may bring a task again. The Worker counts
// failures: asynq's count would archive, that is lose, a part whose last try
// found its market busy.
const noLimit = 1 << 30

// taskType is the one type of task there is.
const taskType = "part"

// Options are what a Queue is made of.
type Options struct {
	// Client is of one server, of Sentinels' master, of a Cluster or of an
	// in-process Redis. It stays the caller's, who closes it last.
	Client redis.UniversalClient
	Tenant string // letters, digits, dots, hyphens, underscores
	Now    func() time.Time
}

// Queue holds the parts of one tenant that wait to be worked. Its methods are
// safe for concurrent use, by many processes.
type Queue struct {
	client redis.UniversalClient
	asynq  *asynq.Client
	now    func() time.Time
	normal string // names of asynq's queues
	urgent string
}

// New makes a Queue. It does not call Redis.
func New(o Options) (*Queue, error) {
	switch {
	case o.Client == nil:
		return nil, errors.New("queue: no Redis client")
	case o.Now == nil:
		return nil, errors.New("queue: no clock")
	case o.Tenant == "" || strings.Trim(o.Tenant, names) != "":
		return nil, fmt.Errorf("queue: tenant %q: expected letters, digits, dots, hyphens and underscores", o.Tenant)
	}
	return &Queue{
		client: o.Client, asynq: asynq.NewClientFromRedisClient(o.Client), now: o.Now,
		normal: "ocopsync:parts:" + o.Tenant, urgent: "ocopsync:urgent:" + o.Tenant,
	}, nil
}

// Enqueue queues a part of a recorded run; an urgent one is worked before all
// that are not. Queueing a part again does nothing while it waits, is worked, or
// ended less than Retention ago; its urgency must be the same each time.
func (q *Queue) Enqueue(ctx context.Context, run string, m listing.Market, urgent bool) error {
	return q.put(ctx, Task{Run: run, Market: m, Urgent: urgent}, time.Time{})
}

// enqueueTick queues the part of a tick for its due time.
func (q *Queue) enqueueTick(ctx context.Context, t Tick, due time.Time) error {
	return q.put(ctx, Task{Run: t.Run(), Market: t.Market}, due)
}

// put queues a task, to be worked not before due; one whose id is taken is not
// queued again, which is no error.
func (q *Queue) put(ctx context.Context, t Task, due time.Time) error {
	if err := t.check(); err != nil {
		return fmt.Errorf("queue a part: %w", err)
	}
	payload, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("queue %s: %w", t.id(), err)
	}
	_, err = q.asynq.EnqueueContext(ctx, asynq.NewTask(taskType, payload),
		asynq.Queue(q.name(t.Urgent)), asynq.TaskID(t.id()), asynq.Retention(Retention),
		asynq.MaxRetry(noLimit), asynq.Timeout(partTimeout), asynq.ProcessAt(due))
	if err != nil && !errors.Is(err, asynq.ErrTaskIDConflict) {
		return fmt.Errorf("queue %s: %w", t.id(), err)
	}
	return nil
}

func (q *Queue) name(urgent bool) string {
	if urgent {
		return q.urgent
	}
	return q.normal
}

// both are asynq's queues, the urgent one first.
func (q *Queue) both() []string { return []string{q.urgent, q.normal} }

// key is a key of asynq's in one of its queues.
func key(queue, rest string) string { return "asynq:{" + queue + "}:" + rest }

func beatPrefix(queue string) string { return "ocopsync:beat:{" + queue + "}:" }

// beat shows for ttl that the task's worker lives.
func (q *Queue) beat(ctx context.Context, t Task, ttl time.Duration) error {
	if err := q.client.Set(ctx, beatPrefix(q.name(t.Urgent))+t.id(), 1, ttl).Err(); err != nil {
		return fmt.Errorf("show that %s is worked: %w", t.id(), err)
	}
	return nil
}

// superseded says whether a newer attempt at the task's part was queued.
func (q *Queue) superseded(ctx context.Context, t Task) (bool, error) {
	t.Attempt++
	there, err := q.exist(ctx, t)
	if err != nil {
		return false, fmt.Errorf("look for a newer attempt than %s: %w", t.id(), err)
	}
	return there[0], nil
}

// exist says for each task whether its id is taken, in either queue.
func (q *Queue) exist(ctx context.Context, tasks ...Task) ([]bool, error) {
	pipe := q.client.Pipeline()
	found := make([][]*redis.IntCmd, len(tasks))
	for i, t := range tasks {
		for _, name := range q.both() {
			found[i] = append(found[i], pipe.Exists(ctx, key(name, "t:"+t.id())))
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	there := make([]bool, len(tasks))
	for i := range tasks {
		for _, n := range found[i] {
			there[i] = there[i] || n.Val() > 0
		}
	}
	return there, nil
}
