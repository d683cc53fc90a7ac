package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	"go.uber.org/zap"
)

// process is asynq's handler of one task. asynq's context is not cancelled by us:
// asynq would queue the task again at once, while the handler still runs.
func (w *Worker) process(ctx context.Context, task *asynq.Task) error {
	t, err := decodeTask(task.Payload())
	if err != nil {
		w.log.Error("a task can't be read and is put aside", zap.Error(err))
		return fmt.Errorf("%w: %w", err, asynq.SkipRetry)
	}
	log := w.log.With(zap.String("run", t.Run), zap.String("market", string(t.Market)), zap.Int("attempt", t.Attempt))
	if !w.begin(t) {
		return ErrStopping
	}
	defer w.end(t)
	newer, err := w.o.Queue.superseded(ctx, t)
	if err != nil {
		return err
	}
	if newer {
		log.Debug("dropped: there is a newer attempt at this part")
		return nil
	}
	if err := w.o.Queue.beat(ctx, t, w.o.Timing.Beat); err != nil {
		return err
	}
	kept, leave := w.attend(ctx, t, log)
	err = w.work(kept, t, log)
	leave()
	return w.judge(ctx, context.Cause(kept), t, err, log)
}

// begin counts the handler in, unless the Worker is stopping.
func (w *Worker) begin(t Task) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.base.Err() != nil {
		return false
	}
	w.atWork[t.id()]++
	w.parts.Add(1)
	return true
}

func (w *Worker) end(t Task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.atWork[t.id()]--; w.atWork[t.id()] == 0 {
		delete(w.atWork, t.id())
	}
	w.parts.Done()
}

// attend gives the context that a part is worked in, which ends with its cause
// when the part is taken back or the Worker stops. Until leave, which waits, it
// shows that the part's worker lives.
func (w *Worker) attend(ctx context.Context, t Task, log *zap.Logger) (kept context.Context, leave func()) {
	kept, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	unbind := context.AfterFunc(ctx, func() { cancel(fmt.Errorf("%w: %w", ErrTakenBack, ctx.Err())) })
	unstop := context.AfterFunc(w.base, func() { cancel(ErrStopping) })
	left, done := context.WithCancel(context.WithoutCancel(ctx))
	var beating sync.WaitGroup
	beating.Go(func() {
		every(left, w.o.Timing.Beat/3, func() {
			if err := w.o.Queue.beat(left, t, w.o.Timing.Beat); err != nil && left.Err() == nil {
				log.Warn("others may take this part over", zap.Error(err))
			}
		})
	})
	return kept, func() {
		done()
		beating.Wait()
		unbind()
		unstop()
	}
}

// work calls the Handler. A panic in it is its error.
func (w *Worker) work(ctx context.Context, t Task, log *zap.Logger) (err error) {
	defer func() {
		if r := recover(); r != nil {
			log.Error("panic in a part", zap.Any("panic", r), zap.ByteString("stack", debug.Stack()))
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return w.o.Handler.Work(ctx, t)
}

// judge makes of what a Handler returned, when its context had ended for cause
// or not, what asynq is told: nil: done; else the task comes again.
func (w *Worker) judge(ctx context.Context, cause error, t Task, err error, log *zap.Logger) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrBusy):
		return err
	case errors.Is(cause, ErrStopping), errors.Is(cause, ErrTakenBack):
		return fmt.Errorf("%w: %w", ErrStopping, err)
	}
	before, _ := asynq.GetRetryCount(ctx)
	if before+1 < w.o.MaxFailures {
		log.Warn("a part could not be worked and is tried again", zap.Int("failures", before+1), zap.Error(err))
		return fmt.Errorf("work %s: %w", t.id(), err)
	}
	why := fmt.Sprintf("failed %d times, the last time: %v", before+1, err)
	if aerr := w.o.Runs.Abandon(ctx, t.Run, t.Market, why); aerr != nil {
		return fmt.Errorf("abandon %s, which %s: %w", t.id(), why, aerr)
	}
	log.Error("a part was abandoned", zap.Int("failures", before+1), zap.Error(err))
	return nil
}

// every does something in steps until ctx ends.
func every(ctx context.Context, step time.Duration, do func()) {
	tick := time.NewTicker(step)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do()
		}
	}
}
