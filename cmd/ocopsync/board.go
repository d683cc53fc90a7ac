package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/admin"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/queue"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/state"
)

// How often the board looks. Status costs a few round trips; how the products
// stand costs CPU time, so that is taken when a part has ended here, else at
// most so often that it takes a twentieth of one core.
const (
	boardEvery    = 2 * time.Second
	standingEvery = 5 * time.Second
	standingShare = 20
	// A process that gets no part to work reads the sources for its figures: this
	// long after its start where it has no reading yet, when another has worked a
	// part, and at the latest when its last reading is this old.
	readFirst = 10 * time.Second
	readAnew  = 20 * time.Minute
)

// board keeps what the admin API shows ready-made; see admin.Model.
type board struct {
	tenant   string
	engine   *reconcile.Engine
	store    *state.Store
	queue    *queue.Queue
	atWork   func() int
	upcoming func() []queue.Upcoming
	windows  map[listing.Market]queue.Windows
	shops    []shop
	live     *live
	zone     *time.Location
	now      func() time.Time
	log      *zap.Logger
	lost     func(error) // see parts; an idle process learns of it here

	status   atomic.Pointer[admin.Status]
	standing atomic.Pointer[admin.Standing]
	wake     chan struct{} // something that the API shows has changed
	ended    atomic.Bool   // and products may stand otherwise
	worked   sync.Map      // by market: the run of the last part that ended here

	// what follows is keep's alone
	taken    stamp
	takenAt  time.Time
	took     time.Duration
	readAt   time.Time  // when the sources were last read here, as far as is known
	readFor  string     // the stamp's elsewhere then
	reading  chan error // the end of a reading of the sources that is under way; nil: none is
	unread   error      // the last failure of a reading that was logged
	unwanted error      // the last failure of a look that was logged
}

// stamp tells whether how the products stand may have changed.
type stamp struct {
	generations string
	decisions   int64 // pauses, exemptions
	day         ocop.Day
	elsewhere   string // the markets' last parts, where another process worked them
}

// Status is how the daemon and the markets are.
func (b *board) Status() *admin.Status { return b.status.Load() }

// Standing is how the products stand; nil before the first reading.
func (b *board) Standing() *admin.Standing { return b.standing.Load() }

// Product is the registry's entry of a code.
func (b *board) Product(_ context.Context, code ocop.Code) (*ocop.Product, error) {
	p, err := b.engine.Product(code)
	if errors.Is(err, reconcile.ErrNoReading) {
		return nil, fmt.Errorf("%w: %w", state.ErrNotFound, err)
	}
	return p, err
}

// changed has the board look soon.
func (b *board) changed() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// partEnded has the board look soon, at the products too.
func (b *board) partEnded(run string, m listing.Market) {
	b.worked.Store(m, run)
	b.lookAnew()
}

func (b *board) workedHere(m listing.Market) string {
	run, _ := b.worked.Load(m)
	id, _ := run.(string)
	return id
}

func (b *board) lookAnew() {
	b.ended.Store(true)
	b.changed()
}

// keep looks until ctx ends, and until what it began has.
func (b *board) keep(ctx context.Context) {
	tick := time.NewTicker(boardEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			if b.reading != nil {
				<-b.reading
			}
			return
		case <-tick.C:
		case <-b.wake:
		case err := <-b.reading:
			b.sourcesRead(ctx, err)
		}
		b.look(ctx)
	}
}

// look takes everything anew. What can't be read stays as it was; the first
// failure of a row is logged.
func (b *board) look(ctx context.Context) {
	now, err := b.takeStatus(ctx)
	if err == nil {
		err = b.takeStanding(ctx, now)
	}
	if err == nil {
		b.readSources(ctx, now)
	}
	switch {
	case err == nil:
		b.unwanted = nil
	case errors.Is(err, state.ErrMemoryLost):
		b.lost(err)
	case ctx.Err() == nil && b.unwanted == nil:
		b.unwanted = err
		b.log.Warn("what the API shows could not be brought up to date", zap.Error(err))
	}
}

// takeStanding takes how the products stand, when that may have changed and is
// worth its time.
func (b *board) takeStanding(ctx context.Context, now stamp) error {
	ended := b.ended.Swap(false)
	if b.standing.Load() != nil && now == b.taken {
		return nil
	}
	if since := time.Since(b.takenAt); !ended && now.decisions == b.taken.decisions && since < max(standingEvery, standingShare*b.took) {
		return nil
	}
	began := time.Now()
	markets, products, err := b.engine.Standing(ctx)
	if errors.Is(err, reconcile.ErrNoReading) {
		return nil
	}
	if err != nil {
		b.ended.Store(ended)
		return err
	}
	b.standing.Store(&admin.Standing{AsOf: b.now(), Markets: markets, Products: products})
	b.taken, b.takenAt, b.took = now, time.Now(), time.Since(began)
	return nil
}

// readSources begins to read the sources where another process does the work:
// beside the looks, since a registry can take its time.
func (b *board) readSources(ctx context.Context, now stamp) {
	age := time.Since(b.readAt)
	switch {
	case b.reading != nil:
		return
	case b.atWork() > 0:
		b.readAt = time.Now()
		return
	case b.standing.Load() == nil && age >= readFirst, age >= readAnew, now.elsewhere != b.readFor:
	default:
		return
	}
	b.readFor = now.elsewhere // a failure waits for the next occasion
	ended := make(chan error, 1)
	b.reading = ended
	go func() { ended <- b.engine.Refresh(ctx) }()
}

// sourcesRead takes in that a reading of the sources ended.
func (b *board) sourcesRead(ctx context.Context, err error) {
	b.reading, b.readAt = nil, time.Now()
	switch {
	case err == nil:
		b.unread, b.taken = nil, stamp{}
		b.ended.Store(true)
	case errors.Is(err, state.ErrMemoryLost):
		b.lost(err)
	case ctx.Err() == nil && b.unread == nil:
		b.unread = err
		b.log.Warn("the sources could not be read for the figures", zap.Error(err))
	}
}
