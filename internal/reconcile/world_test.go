package reconcile_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/market/markettest"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
	"ocopsync/internal/state/redistest"
)

// TestMain keeps the state machine short, unless -rapid.checks says how long.
func TestMain(m *testing.M) {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "rapid.checks" })
	if !asked {
		_ = flag.Set("rapid.checks", "12")
	}
	goleak.VerifyTestMain(m)
}

// tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

// clock is the time of a world: it moves when a test moves it.
type clock struct {
	start time.Time
	mu    sync.Mutex
	at    time.Time
}

// newClock begins in a year in which no deadline of a call has passed.
func newClock() *clock {
	start := time.Date(2040, 3, 1, 9, 0, 0, 0, time.UTC)
	return &clock{start: start, at: start}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// The kinds of markets.
var ( //nolint:gochecknoglobals // read only
	likePostmart = markettest.ModelOptions{Name: "postmart", UniqueSKU: true, IdempotencyKey: true, Review: true, BatchSize: 5}
	likeVoso     = markettest.ModelOptions{Name: "voso", BatchSize: 3, LateEffect: 2 * time.Minute}
	likeLamdong  = markettest.ModelOptions{Name: "lamdong", UniqueSKU: true, BatchSize: 50}
)

// A world is a province in a test: sources, markets, a Redis, and an engine
// that can be killed and started again.
type world struct {
	t        tester
	src      *sources
	clock    *clock
	markets  []*shop
	redis    *redis.Options
	tenant   string
	guard    plan.GuardPolicy
	policy   plan.Policy      // of every market
	known    []listing.Market // let go before, as the journal has it
	prefix   string
	canaries []ocop.Code
	workers  int
	heed     time.Duration // between two looks for a pause or a cancelling
	seen     state.Seen    // what its data_dir says of the memory; zero: nothing
	noticed  []string      // what was told of the memory since begin

	hooks  []redis.Hook // of the next engine's client
	client *redis.Client
	store  *state.Store
	reads  *atomic.Int64 // how often the registry was read
	held   *registry.Held
	engine *reconcile.Engine
}

// A shop is one market of a world.
type shop struct {
	*markettest.Model
	tap *tap
}

func (w *world) shop(name listing.Market) *shop {
	for _, s := range w.markets {
		if s.Name() == name {
			return s
		}
	}
	w.t.Fatalf("no market %s in this world", name)
	return nil
}

// embedded starts an in-process Redis for a test.
func embedded(t *testing.T) *redis.Options {
	t.Helper()
	e, err := state.Embedded(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return &redis.Options{Addr: e.Addr()}
}

// real starts a redis-server for a test. What it persists is another room's
// concern, so it need not wait for the disk.
func realRedis(t *testing.T) *redis.Options {
	t.Helper()
	return &redis.Options{Addr: redistest.New(t, "--appendfsync", "no").Addr}
}

// memoryDir is a directory that a test can write to without waiting for a disk.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "reconcile")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// newWorld makes a province on these markets.
func newWorld(t *testing.T, r *redis.Options, all []goods, kinds ...markettest.ModelOptions) *world {
	t.Helper()
	w := buildWorld(t, r, memoryDir(t), "lac-duong", all, kinds...)
	t.Cleanup(w.end)
	w.begin()
	return w
}

// buildWorld makes a world whose engine is not yet running.
func buildWorld(t tester, r *redis.Options, dir, tenant string, all []goods, kinds ...markettest.ModelOptions) *world {
	t.Helper()
	c := newClock()
	w := &world{
		t: t, clock: c, redis: r, tenant: tenant, prefix: prefix, workers: 1, heed: time.Hour, reads: new(atomic.Int64), src: &sources{dir: dir, clock: c, all: all},
		guard: plan.GuardPolicy{MaxShrinkPercent: 20, MaxUnlistPercent: 30, MaxUpdatePercent: 50, PriceJumpPercent: 60},
	}
	for _, o := range kinds {
		o.Limits, o.Now = limits(), c.now
		m := markettest.NewModel(o)
		w.markets = append(w.markets, &shop{Model: m, tap: &tap{Model: m}})
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatalf("%v", err)
	}
	w.save()
	return w
}

func (w *world) save() {
	w.t.Helper()
	if err := w.src.write(); err != nil {
		w.t.Fatalf("write the sources: %v", err)
	}
}

// edit changes one product in the sources.
func (w *world) edit(code string, change func(*goods)) {
	w.t.Helper()
	for i := range w.src.all {
		if w.src.all[i].code == code {
			change(&w.src.all[i])
			w.save()
			return
		}
	}
	w.t.Fatalf("no product %s", code)
}

// begin starts an engine, as a new process does.
func (w *world) begin() {
	w.t.Helper()
	options := *w.redis
	options.MaxRetries = -1
	w.client = redis.NewClient(&options)
	for _, h := range w.hooks {
		w.client.AddHook(h)
	}
	var err error
	w.noticed = nil
	w.store, err = state.Open(context.Background(), state.Options{
		Client: w.client, Tenant: w.tenant, Now: w.clock.now, Seen: w.seen, Notice: func(words string) { w.noticed = append(w.noticed, words) },
	})
	if err != nil {
		w.t.Fatalf("open the state: %v", err)
	}
	if w.held, err = registry.OpenHeld(filepath.Join(w.src.dir, "held")); err != nil {
		w.t.Fatalf("open the held reading: %v", err)
	}
	source, err := registry.NewWorkbook(registry.FileOptions{Path: w.src.registry(), Now: w.clock.now})
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	counted := countedSource{source, w.reads}
	prices, err := registry.NewPriceList(registry.FileOptions{Path: w.src.prices(), Now: w.clock.now})
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	shops := make([]reconcile.Shop, len(w.markets))
	for i, s := range w.markets {
		shops[i] = reconcile.Shop{Market: s.tap, Mapping: mapping(), Workers: w.workers, Policy: w.policy}
	}
	w.engine = reconcile.New(reconcile.Options{
		Store: w.store, Source: counted, Held: w.held, Prices: prices, Shops: shops, Rules: ocop.Rules{MinStars: 3},
		Guard: w.guard, Canaries: w.canaries, KnownShop: func(m listing.Market) bool { return slices.Contains(w.known, m) }, SKUPrefix: w.prefix, Location: time.UTC, Now: w.clock.now, Owner: "test", Log: zap.NewNop(), Heed: w.heed,
	})
}

// countedSource counts how often the registry is read.
type countedSource struct {
	registry.Source
	n *atomic.Int64
}

func (s countedSource) Read(ctx context.Context, held *registry.Held, how registry.How, progress func(registry.Progress)) (registry.Reading, error) {
	s.n.Add(1)
	return s.Source.Read(ctx, held, how, progress)
}

// end stops the engine, as the end of its process does.
func (w *world) end() {
	if w.engine == nil {
		return
	}
	_ = w.held.Close()
	_ = w.client.Close()
	w.engine = nil
}

// restart is another process on the same Redis. The lease of a killed one has
// run out by then.
func (w *world) restart() {
	w.t.Helper()
	w.end()
	w.hooks = nil
	w.begin()
	w.dropLeases()
}

func (w *world) dropLeases() {
	w.t.Helper()
	for _, s := range w.markets {
		if err := w.client.Del(context.Background(), w.key(s.Name(), "lease")).Err(); err != nil {
			w.t.Fatalf("let the lease run out: %v", err)
		}
	}
}

func (w *world) key(m listing.Market, what string) string {
	return fmt.Sprintf("ocopsync:{%s}:market:%s:-:%s", w.tenant, m, what)
}

// forget wipes the Redis and the data_dir, and starts a new process on what is left.
func (w *world) forget() {
	w.t.Helper()
	if err := w.client.FlushDB(context.Background()).Err(); err != nil {
		w.t.Fatalf("%v", err)
	}
	w.restart()
}

// lose wipes the Redis alone: what its data_dir says shows that there was more.
func (w *world) lose() {
	w.t.Helper()
	w.seen = w.store.Seen()
	w.forget()
	w.seen = state.Seen{}
}
