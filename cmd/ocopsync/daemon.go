package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"ocopsync/internal/admin"
	"ocopsync/internal/config"
	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/plan"
	"ocopsync/internal/queue"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// daemon is what serve runs: the engine, the queue that brings it parts, the
// schedule that fills the queue, and the admin API. Make it with newDaemon, run
// it once, Close it unless Run says that it must not be.
type daemon struct {
	works    *works
	queue    *queue.Queue
	worker   *queue.Worker
	schedule *queue.Schedule
	board    *board
	requests *requests
	server   *admin.Server
	grace    time.Duration
	log      *zap.Logger
	lost     chan error // Redis is not the memory that was opened
	stopping chan struct{}
	noTicks  bool
}

// daemonOptions are the choices of a command.
type daemonOptions struct {
	redis    state.Client // nil: as configured
	now      func() time.Time
	pace     pace
	log      *zap.Logger
	level    *zap.AtomicLevel
	progress func(reconcile.Event) // nil: nobody watches beside the API
	catchUp  bool                  // make up for ticks that were missed
	noTicks  bool                  // until the schedule is started by the caller
}

func newDaemon(ctx context.Context, cfg *config.Config, o daemonOptions) (*daemon, error) {
	d := &daemon{log: o.log, grace: cfg.ShutdownGrace, noTicks: o.noTicks, lost: make(chan error, 1), stopping: make(chan struct{})}
	if err := d.build(ctx, cfg, o); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *daemon) build(ctx context.Context, cfg *config.Config, o daemonOptions) error {
	metrics, shown := admin.NewMetrics(cfg.Tenant), newLive()
	var err error
	d.works, err = build(ctx, cfg, wiring{
		redis: o.redis, embedded: true, now: o.now, pace: o.pace, log: o.log, onCall: countCalls(metrics),
		progress: func(ev reconcile.Event) {
			shown.show(ev)
			if o.progress != nil {
				o.progress(ev)
			}
		},
		ended: func(end reconcile.End) { d.partEnded(metrics, shown, end) },
	})
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(cfg.TimeZone)
	if err != nil {
		return fmt.Errorf("time zone: %w", err)
	}
	if d.queue, err = queue.New(queue.Options{Client: d.works.redis, Tenant: cfg.Tenant, Now: o.now}); err != nil {
		return err
	}
	work := &parts{engine: d.works.engine, store: d.works.store, now: o.now, log: o.log, lost: d.memoryLost}
	if d.worker, err = queue.NewWorker(queue.WorkerOptions{
		Queue: d.queue, Handler: work, Runs: work, Concurrency: len(d.works.shops), Grace: d.grace, Timing: o.pace.queue, Log: o.log.Named("queue"),
	}); err != nil {
		return err
	}
	plans := plansOf(cfg, func(string, string, ...any) {}) // checked when it was loaded
	if d.schedule, err = queue.NewSchedule(queue.ScheduleOptions{
		Queue: d.queue, Recorder: work, Plans: plans, Tenant: cfg.Tenant, Location: zone, Jitter: cfg.Schedule.Jitter,
		NoCatchUp: !o.catchUp, Now: o.now, Log: o.log.Named("schedule"),
	}); err != nil {
		return err
	}
	d.board = &board{
		tenant: cfg.Tenant, engine: d.works.engine, store: d.works.store, queue: d.queue, atWork: d.worker.AtWork,
		upcoming: d.schedule.Upcoming, windows: windowsOf(plans), shops: d.works.shops, live: shown, zone: zone, now: o.now, log: o.log, lost: d.memoryLost,
		wake: make(chan struct{}, 1), readAt: time.Now(),
	}
	if _, err := d.board.takeStatus(ctx); err != nil {
		return err
	}
	d.board.lookAnew() // how the products stood is known from the start
	d.requests = &requests{
		store: d.works.store, queue: d.queue, changed: d.board.changed, log: o.log,
		ended: func(end reconcile.End) { d.count(metrics, end) },
	}
	d.server, err = admin.New(admin.Options{
		Store: d.works.store, Model: d.board, Work: d.requests, History: history{d.works.store, shown}, Checks: d.checks(), Metrics: metrics,
		Trusted: cfg.Admin.TrustedProxies, Secure: cfg.Admin.TLS.On() || strings.HasPrefix(cfg.Admin.PublicURL, "https:"),
		Level: o.level, Zone: zone, Vietnamese: plan.Vietnamese, Now: o.now, Log: o.log.Named("admin"),
	})
	return err
}

func countCalls(m *admin.Metrics) func(market.Call) {
	return func(c market.Call) {
		m.Call(admin.Call{Market: c.Market, Method: c.Method, Status: c.Status, Waited: c.Waited, Took: c.Took})
	}
}

func windowsOf(plans []queue.Plan) map[listing.Market]queue.Windows {
	out := make(map[listing.Market]queue.Windows, len(plans))
	for _, p := range plans {
		out[p.Market] = p.Windows
	}
	return out
}

// partEnded takes in that a part ended that was worked here.
func (d *daemon) partEnded(m *admin.Metrics, shown *live, end reconcile.End) {
	shown.forget(end.Run, end.Market)
	d.board.partEnded(end.Run, end.Market)
	d.count(m, end)
}

// count counts a part's end, and the run's with the last one.
func (d *daemon) count(m *admin.Metrics, end reconcile.End) {
	m.Part(end.Market, end.Part)
	if !end.Last {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	run, err := d.works.store.Run(ctx, end.Run)
	if err != nil {
		d.log.Warn("a run's end could not be counted", zap.String("run", end.Run), zap.Error(err))
		return
	}
	m.Run(run)
	d.log.Info("run ended", zap.String("run", run.ID), zap.String("mode", run.Mode), zap.String("state", run.State),
		zap.Duration("took", run.EndedAt.Sub(run.StartedAt)))
}

func (d *daemon) memoryLost(err error) {
	select {
	case d.lost <- err:
	default:
	}
}

// errStuck says that parts did not end in time. The process is to end with them,
// without closing its connection to Redis; others take them over.
var errStuck = errors.New("not all work ended in time; another process, or the next start, goes on with it")

// Run works until ctx ends, then stops in order: no new ticks, no new parts,
// what is under way ends or is left to another, all within the grace. After
// errStuck the daemon must not be closed.
func (d *daemon) Run(ctx context.Context, l net.Listener) error {
	if err := d.worker.Start(); err != nil {
		return err
	}
	if !d.noTicks {
		d.schedule.Start()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.server.Serve(gctx, l) })
	g.Go(func() error { d.board.keep(gctx); return nil })
	g.Go(func() error {
		select {
		case err := <-d.lost:
			return err
		case <-gctx.Done():
			return nil
		}
	})
	<-gctx.Done()
	close(d.stopping)
	d.log.Info("stopping", zap.Duration("within", d.grace))
	stop, done := context.WithTimeout(context.WithoutCancel(ctx), d.grace)
	defer done()
	d.schedule.Stop()
	stuck := d.worker.Stop(stop)
	err := g.Wait()
	if stuck != nil {
		d.log.Error("stopping", zap.Error(stuck))
		return errors.Join(err, fmt.Errorf("%w: %w", errStuck, stuck))
	}
	return err
}

// Close gives back what the daemon holds.
func (d *daemon) Close() error {
	if d.works == nil {
		return nil
	}
	return d.works.Close()
}
