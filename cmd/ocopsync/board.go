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
	readAt   time.Time // when the sources were last read here, as far as is known
	readFor  string    // the stamp's elsewhere then
	unwanted error     // the last failure that was logged
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

// keep looks until ctx ends. The first look is made before it returns.
func (b *board) keep(ctx context.Context) {
	tick := time.NewTicker(boardEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-b.wake:
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
		err = b.readSources(ctx, now)
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

// readSources reads the sources where another process does the work.
func (b *board) readSources(ctx context.Context, now stamp) error {
	age := time.Since(b.readAt)
	switch {
	case b.atWork() > 0:
		b.readAt = time.Now()
		return nil
	case b.standing.Load() == nil && age >= readFirst, age >= readAnew, now.elsewhere != b.readFor:
	default:
		return nil
	}
	b.readAt, b.readFor = time.Now(), now.elsewhere // a failure waits for the next occasion
	if err := b.engine.Refresh(ctx); err != nil {
		return fmt.Errorf("read the sources for the figures: %w", err)
	}
	b.taken = stamp{}
	b.lookAnew()
	return nil
}
