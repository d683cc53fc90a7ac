package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/robfig/cron/v3"
	"go.uber.org/zap"

	"ocopsync/internal/listing"
)

// A Recorder records the runs that ticks ask for.
type Recorder interface {
	// RecordTick records the tick's run, under the id t.Run(), with its one part
	// queued, and says whether it did: false when a run of this id is there
	// already, which another replica recorded. ErrSkip: no run is wanted.
	RecordTick(ctx context.Context, t Tick) (recorded bool, err error)
}

// A Plan is when one market is worked.
type Plan struct {
	Market  listing.Market
	Sync    string // "": DefaultSync
	Verify  string // "": DefaultVerify
	Windows Windows
}

// ScheduleOptions are what a Schedule is made of.
type ScheduleOptions struct {
	Queue    *Queue
	Recorder Recorder
	Plans    []Plan
	Tenant   string         // goes into the jitter
	Location *time.Location // of schedules and windows: Asia/Ho_Chi_Minh
	Jitter   time.Duration  // less than this is added to a tick's time; at most 15 min
	// NoCatchUp leaves the ticks alone that were missed before Start.
	NoCatchUp bool
	// Now is the clock. cron's own timers use the machine's.
	Now func() time.Time
	Log *zap.Logger
}

// retryTick is the time between two tries to record and queue a tick.
const retryTick = 5 * time.Second

// ticks is what a Schedule does with a Queue.
type ticks interface {
	underWay(ctx context.Context, t Tick) (bool, error)
	enqueueTick(ctx context.Context, t Tick, due time.Time) error
}

// Schedule makes ticks. Every replica runs one; of all their ticks for the same
// moment, market and mode one run results. Start it once, Stop it once.
type Schedule struct {
	o       ScheduleOptions
	ticks   ticks
	log     *zap.Logger
	cron    *cron.Cron
	entries []*entry
	ctx     context.Context // ends with Stop
	cancel  context.CancelFunc
	missed  sync.WaitGroup // ticks before Start

	mu     sync.Mutex
	counts map[Count]int // N is 0 in its keys
}

// entry is one market's rhythm in one mode.
type entry struct {
	market  listing.Market
	mode    Mode
	windows Windows
	spec    cron.Schedule
	id      cron.EntryID
}

// NewSchedule makes a Schedule. Its error names every fault of the plans.
func NewSchedule(o ScheduleOptions) (*Schedule, error) {
	var errs []error
	if o.Queue == nil || o.Recorder == nil || o.Location == nil || o.Now == nil {
		errs = append(errs, errors.New("queue, recorder, location and clock are needed"))
	}
	if o.Jitter < 0 || o.Jitter > maxJitter {
		errs = append(errs, fmt.Errorf("jitter %s: expected 0 to %s", o.Jitter, maxJitter))
	}
	s := &Schedule{o: o, ticks: o.Queue, log: loggerOr(o.Log), counts: make(map[Count]int)}
	for _, p := range o.Plans {
		// The verify first: a sync that was missed beside it is not needed.
		for _, m := range []struct {
			mode Mode
			spec string
		}{{Verify, cmp.Or(p.Verify, DefaultVerify)}, {Sync, cmp.Or(p.Sync, DefaultSync)}} {
			spec, err := parseSpec(m.spec)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s, %s: %w", p.Market, m.mode, err))
			}
			if spec != nil {
				s.entries = append(s.entries, &entry{market: p.Market, mode: m.mode, windows: p.Windows, spec: spec})
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	says := cronLog{s.log}
	s.cron = cron.New(cron.WithLocation(o.Location), cron.WithLogger(says),
		// Recover is innermost: SkipIfStillRunning would never run a job again
		// that panicked.
		cron.WithChain(cron.SkipIfStillRunning(says), cron.Recover(says)))
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for _, e := range s.entries {
		e.id = s.cron.Schedule(e.spec, cron.FuncJob(func() { s.tick(e) }))
	}
	return s, nil
}

// Start begins to tick. The last tick of each entry that came before is made up
// for, once, if no replica made it.
func (s *Schedule) Start() {
	s.cron.Start()
	if s.o.NoCatchUp {
		return
	}
	byMarket := make(map[listing.Market][]cron.Job)
	for _, e := range s.entries {
		byMarket[e.market] = append(byMarket[e.market], s.cron.Entry(e.id).WrappedJob)
	}
	for _, jobs := range byMarket {
		s.missed.Go(func() {
			for _, j := range jobs {
				j.Run()
			}
		})
	}
}

// Stop makes no further tick and waits for those that are being made, whose
// context it cancels.
func (s *Schedule) Stop() {
	s.cancel()
	<-s.cron.Stop().Done()
	s.missed.Wait()
}

// Upcoming is when a market is next worked.
type Upcoming struct {
	Market listing.Market
	Mode   Mode
	At     time.Time // with jitter, within a window; zero: never within a week
}

// Upcoming gives the next time of every market and mode that has a schedule, by
// market, the sooner first.
func (s *Schedule) Upcoming() []Upcoming {
	now := s.o.Now().In(s.o.Location)
	var all []Upcoming
	for _, e := range s.entries {
		u := Upcoming{Market: e.market, Mode: e.mode}
		for at := e.spec.Next(now); !at.IsZero() && at.Sub(now) < 8*24*time.Hour; at = e.spec.Next(at) {
			if due := s.due(e, e.tickAt(at)); e.windows.Open(due) {
				u.At = due
				break
			}
		}
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b Upcoming) int {
		return cmp.Or(cmp.Compare(a.Market, b.Market), a.At.Compare(b.At), cmp.Compare(a.Mode, b.Mode))
	})
	return all
}
