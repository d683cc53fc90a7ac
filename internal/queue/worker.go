package queue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"go.uber.org/zap"

	"ocopsync/internal/listing"
)

// A Handler works parts.
type Handler interface {
	// Work does one attempt at a part. It is called from several goroutines, and
	// may be given a part that has ended, or that another works at the moment.
	//
	// nil means that the part's end is recorded, however it ended, and that
	// nothing is left to do. ErrBusy has the part asked again soon; what is
	// returned once ctx has ended with ErrStopping or ErrTakenBack leaves the
	// part to the next attempt. Any other error, and a panic, is a failure of
	// this program or of Redis: it is tried again later, at most MaxFailures
	// times.
	//
	// When ctx ends, its cause says why: ErrStopping or ErrTakenBack. That a
	// person cancelled the run or paused the market is the Handler's to see.
	Work(ctx context.Context, t Task) error
}

// Runs are the recorded runs.
type Runs interface {
	// Unfinished gives the parts that are recorded and have not ended, of runs
	// that are the queue's to work (not those of a foreground sync).
	Unfinished(ctx context.Context) ([]Part, error)
	// Abandon records that a part failed for good, and why. A part that has
	// ended meanwhile is left as it is.
	Abandon(ctx context.Context, run string, m listing.Market, why string) error
}

// A Part is recorded and has not ended.
type Part struct {
	Run    string
	Market listing.Market
	Urgent bool
	// Alive: its worker holds the market's lease now. It is left alone. Where
	// that is not known, false does: the Worker's own sign of life then decides.
	Alive bool
}

// WorkerOptions are what a Worker is made of.
type WorkerOptions struct {
	Queue   *Queue
	Handler Handler
	Runs    Runs
	// Concurrency is how many parts are worked side by side. One part of each
	// market can be, so as many as there are markets does.
	Concurrency int
	// Grace is how long Stop waits for handlers; 0: 20 s.
	Grace time.Duration
	// MaxFailures of a part, and MaxAttempts (workers that vanished under it),
	// after which it is abandoned; 0: 5.
	MaxFailures, MaxAttempts int
	Timing                   Timing
	Log                      *zap.Logger
}

// Timing is how often a Worker looks; a zero field takes what is said there.
type Timing struct {
	Beat  time.Duration // life of the sign that a part's worker lives, renewed three times: 15 s
	Sweep time.Duration // between two sweeps: 3 s
	Poll  time.Duration // between two looks into an empty queue: 500 ms
	Busy  time.Duration // until a part is asked again whose market was busy: 3 s
	Retry time.Duration // after the first failure; three times that after the next: 5 s
}

func (t Timing) orDefault() Timing {
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&t.Beat, 15 * time.Second}, {&t.Sweep, 3 * time.Second}, {&t.Poll, 500 * time.Millisecond}, {&t.Busy, 3 * time.Second}, {&t.Retry, 5 * time.Second},
	} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	return t
}

// longestRetry bounds the time between two tries of a part that fails.
const longestRetry = 5 * time.Minute

// Worker takes parts from a Queue and has them worked, and sweeps for lost ones.
// Start it once; Stop it, started or not.
type Worker struct {
	o        WorkerOptions
	log      *zap.Logger
	server   *asynq.Server
	base     context.Context // ends when the Worker stops
	stop     context.CancelCauseFunc
	mu       sync.Mutex // guards atWork, and that nothing begins after stop
	atWork   map[string]int
	parts    sync.WaitGroup // handlers that have begun
	sweeper  sync.WaitGroup
	stopping sync.Once
	ended    chan struct{} // closed when nothing of the Worker runs any more
}

// NewWorker makes a Worker. It does not call Redis.
func NewWorker(o WorkerOptions) (*Worker, error) {
	switch {
	case o.Queue == nil, o.Handler == nil, o.Runs == nil:
		return nil, errors.New("worker: queue, handler and runs are needed")
	case o.Concurrency < 1:
		return nil, fmt.Errorf("worker: concurrency %d: at least 1", o.Concurrency)
	}
	if o.Grace <= 0 {
		o.Grace = 20 * time.Second
	}
	if o.MaxFailures <= 0 {
		o.MaxFailures = 5
	}
	if o.MaxAttempts <= 0 {
		o.MaxAttempts = 5
	}
	o.Timing = o.Timing.orDefault()
	w := &Worker{o: o, log: loggerOr(o.Log), atWork: make(map[string]int), ended: make(chan struct{})}
	w.base, w.stop = context.WithCancelCause(context.Background())
	w.server = asynq.NewServerFromRedisClient(o.Queue.client, asynq.Config{
		Concurrency:              o.Concurrency,
		Queues:                   map[string]int{o.Queue.urgent: 2, o.Queue.normal: 1},
		StrictPriority:           true,
		TaskCheckInterval:        o.Timing.Poll,
		DelayedTaskCheckInterval: time.Second, // its times are whole seconds
		RetryDelayFunc:           w.again,
		IsFailure:                isFailure,
		ShutdownTimeout:          o.Grace + 5*time.Second,
		Logger:                   asynqLog{w.log.Named("asynq")},
		LogLevel:                 asynq.InfoLevel,
	})
	return w, nil
}

// Start begins to take parts and to sweep.
func (w *Worker) Start() error {
	if err := w.server.Start(asynq.HandlerFunc(w.process)); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	w.sweeper.Go(func() {
		s := sweeper{queue: w.o.Queue, runs: w.o.Runs, most: w.o.MaxAttempts, log: w.log}
		s.keep(w.base, w.o.Timing.Sweep)
	})
	return nil
}

// Stop ends the Worker in the order that the package's doc tells. It returns
// once every handler has, or with an error that names those that have not within
// Grace or until ctx ends. After an error the process is to end without them,
// and without closing the Redis client, at which asynq would panic; another takes
// their parts over. It may be called again, to wait longer.
func (w *Worker) Stop(ctx context.Context) error {
	w.stopping.Do(func() {
		w.mu.Lock()
		w.stop(ErrStopping)
		w.mu.Unlock()
		go func() {
			defer close(w.ended)
			w.server.Shutdown()
			w.parts.Wait()
			w.sweeper.Wait()
		}()
	})
	ctx, cancel := context.WithTimeout(ctx, w.o.Grace)
	defer cancel()
	select {
	case <-w.ended:
		return nil
	case <-ctx.Done():
		w.mu.Lock()
		defer w.mu.Unlock()
		return fmt.Errorf("stop the worker: not ended in time, still at work: [%s]: %w",
			strings.Join(slices.Sorted(maps.Keys(w.atWork)), " "), ctx.Err())
	}
}

// AtWork gives how many parts this process works at the moment.
func (w *Worker) AtWork() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.atWork)
}

// again says when asynq brings a task again.
func (w *Worker) again(failures int, err error, _ *asynq.Task) time.Duration {
	switch {
	case errors.Is(err, ErrBusy):
		return w.o.Timing.Busy
	case errors.Is(err, ErrStopping), errors.Is(err, asynq.ErrLeaseExpired):
		return 0
	}
	delay := w.o.Timing.Retry
	for range min(failures, 10) {
		delay *= 3
	}
	return min(delay, longestRetry)
}

func isFailure(err error) bool { return !errors.Is(err, ErrBusy) && !errors.Is(err, ErrStopping) }
