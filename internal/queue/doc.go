// Package queue brings parts of runs to workers: at their time, one at a time,
// and again when a worker vanished. A part is the work of one run on one market;
// it is one coarse asynq task, never one per product. With package state it is
// the only one that imports go-redis; asynq and robfig/cron stay inside it.
//
// It knows when and where a part is worked, never what the work is: recording,
// leases on markets, pauses and the work itself are behind small interfaces
// (Runs, Recorder, Handler) that the command fills.
//
// # The path of a part
//
// A run is recorded before it is queued (design decision 11). A person's run is
// recorded by whoever accepts it, who then calls Queue.Enqueue. A tick of the
// Schedule is recorded through Recorder under an id made of its nominal time, mode
// and market, so that of many replicas' ticks one makes the run; it is queued for
// that time plus its jitter. A Worker takes the task, shows every few seconds
// that it lives, and hands it to the Handler.
//
// The task's id is run:market, and run:market:n for the nth attempt after a
// worker vanished. An id stays taken for Retention after its task ended, longer
// than jitter and clock skew together, so that queueing again is harmless.
//
// # What holds a market
//
// Not this package: asynq queues a task again when its lease, its timeout or its
// process ends, while the handler may still run, and the sweeper below does too.
// The Handler takes the market's own lease, and answers ErrBusy when another has
// it; the part is then asked again soon, and that is no failure.
//
// # When a worker vanishes
//
// asynq takes one to two minutes to notice. So every Worker sweeps: each few
// seconds it compares what is recorded and has not ended (Runs.Unfinished) with
// what waits in the queue or is worked by a worker that showed life within the
// last 15 s, and what is in neither twice in a row is queued as a new attempt. All
// replicas compute the same attempt id, so one attempt results. The task of an
// earlier attempt, which asynq brings back later, is dropped. A part that brings
// down five workers, or fails five times, is given to Runs.Abandon: it is seen to
// fail.
//
// # Shutdown
//
// In this order; nothing that was accepted is lost in it:
//
//  1. Schedule.Stop: cron makes no new tick; a tick that is being recorded has
//     its context cancelled and is waited for. What it recorded and did not
//     queue, a sweeper queues.
//  2. Worker.Stop: no new part is begun and no sweep; running handlers have their
//     context cancelled with ErrStopping as its cause, and are waited for up to
//     Grace. asynq's own limit is longer, or it would give a part to another
//     while its handler still records.
//  3. The parts that were cut off are in the queue again, due at once: another
//     replica or the next start goes on with them.
//  4. The caller closes the Redis client, which is its own; not when Worker.Stop
//     failed: asynq panics when its subscription ends under it.
//
// # Keys
//
// All of a tenant, two queues, each on one slot of a Cluster:
//
//	asynq:{ocopsync:parts:<tenant>}:...    asynq's, for ticks and resyncs
//	asynq:{ocopsync:urgent:<tenant>}:...   asynq's, worked first
//	ocopsync:beat:{<queue>}:<task id>      "1", ends by itself: its worker lives
package queue
