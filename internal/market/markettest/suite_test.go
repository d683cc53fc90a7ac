package markettest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
)

// mutantVariable names the wrong market that a child process runs the suite on.
const mutantVariable = "MARKETTEST_MUTANT"

// A mutant is the model with one promise broken.
type mutant struct {
	options markettest.ModelOptions
	spoil   func(m *markettest.Model) market.Market
	caught  string // a proof that must fail
}

func mutants() map[string]mutant {
	like := markettest.ModelOptions{UniqueSKU: true, BatchSize: 10}
	postmart := markettest.ModelOptions{UniqueSKU: true, IdempotencyKey: true, Review: true, BatchSize: 10}
	return map[string]mutant{
		"cuts the list": {like, func(m *markettest.Model) market.Market { return cutList{m} }, "list_is_paged_and_complete"},
		"finds all":     {like, func(m *markettest.Model) market.Market { return findsAll{m} }, "find_shows_only_what_was_asked"},
		"moves prices":  {like, func(m *markettest.Model) market.Market { return movesPrices{m} }, "prepare_is_pure_and_idempotent"},
		"turns outcomes": {like, func(m *markettest.Model) market.Market { return turnsOutcomes{m} },
			"one_bad_item_does_not_block_the_others"},
		"writes all fields": {like, func(m *markettest.Model) market.Market { return writesAll{m} },
			"an_update_writes_the_named_fields_only"},
		"stops at a failure": {like, func(m *markettest.Model) market.Market { return stopsAtFailure{m} },
			"one_bad_item_does_not_block_the_others"},
		"is sure of lost answers": {like, func(m *markettest.Model) market.Market { return tooSure{m} }, "writing:_lost_answer"},
		"goes on when cancelled": {like, func(m *markettest.Model) market.Market { return deaf{m} },
			"an_ended_context_sends_nothing"},
		"leaks": {like, func(m *markettest.Model) market.Market { return leaks{m} }, "found unexpected goroutines"},
		"ignores keys": {postmart, func(m *markettest.Model) market.Market { return ignoresKeys{m} },
			"a_key_that_was_used_replays_its_answer"},
		"claims review": {like, func(m *markettest.Model) market.Market { return claims{m} }, "what_is_created_is_shown_as_prepared"},
	}
}

// TestSuiteCatches runs the suite on wrong markets, each in a process of its
// own, for there it must fail.
func TestSuiteCatches(t *testing.T) {
	for name, mu := range mutants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMutant$", "-test.timeout=60s") //nolint:gosec // ourselves
			cmd.Env = append(os.Environ(), mutantVariable+"="+name)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("the suite passes a market that %s", name)
			}
			if !strings.Contains(string(out), mu.caught) {
				t.Errorf("a market that %s should fail %q:\n%s", name, mu.caught, out)
			}
		})
	}
}

// TestMutant is the child process's only test.
func TestMutant(t *testing.T) {
	mu, ok := mutants()[os.Getenv(mutantVariable)]
	if !ok {
		t.Skip("run by TestSuiteCatches")
	}
	markettest.Run(t, func(t *testing.T) markettest.Shop {
		t.Helper()
		m := markettest.NewModel(withLimits(mu.options))
		s := shopOf(m)
		s.Market = mu.spoil(m)
		return s
	})
}

type cutList struct{ *markettest.Model }

func (c cutList) List(ctx context.Context, cursor string) (market.Page, error) {
	p, err := c.Model.List(ctx, cursor)
	p.Next = ""
	p.Total = len(p.Remotes)
	return p, err
}

type findsAll struct{ *markettest.Model }

func (f findsAll) Find(ctx context.Context, skus []listing.SKU) ([]listing.Remote, error) {
	if _, err := f.Model.Find(ctx, skus); err != nil {
		return nil, err
	}
	return f.Remotes(), nil
}

type movesPrices struct{ *markettest.Model }

func (m movesPrices) Prepare(l listing.Listing, facts listing.Facts) (listing.Listing, []listing.Problem) {
	l, problems := m.Model.Prepare(l, facts)
	l.Price += 500
	return l, problems
}

type turnsOutcomes struct{ *markettest.Model }

func (m turnsOutcomes) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	out := m.Model.Apply(ctx, orders)
	if len(out) > 1 {
		out[0], out[1] = out[1], out[0]
	}
	return out
}

type writesAll struct{ *markettest.Model }

func (m writesAll) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	for i := range orders {
		if orders[i].Kind == listing.Update {
			orders[i].Fields = ^listing.FieldState
		}
	}
	return m.Model.Apply(ctx, orders)
}

type stopsAtFailure struct{ *markettest.Model }

func (m stopsAtFailure) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	var out []listing.Outcome
	for _, o := range orders {
		if len(out) > 0 && out[len(out)-1].Err != nil {
			out = append(out, out[len(out)-1])
			continue
		}
		out = append(out, m.Model.Apply(ctx, []listing.Order{o})...)
	}
	return out
}

type tooSure struct{ *markettest.Model }

func (m tooSure) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	out := m.Model.Apply(ctx, orders)
	for i := range out {
		if e := market.AsError(out[i].Err); e != nil {
			sure := *e
			sure.MaybeDone = false
			out[i].Err = &sure
		}
	}
	return out
}

type deaf struct{ *markettest.Model }

func (m deaf) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	return m.Model.Apply(context.WithoutCancel(ctx), orders)
}

type leaks struct{ *markettest.Model }

func (m leaks) Facts(ctx context.Context) (listing.Facts, error) {
	go func() { <-make(chan struct{}) }()
	return m.Model.Facts(ctx)
}

type ignoresKeys struct{ *markettest.Model }

func (m ignoresKeys) Apply(ctx context.Context, orders []listing.Order) []listing.Outcome {
	for i := range orders {
		orders[i].Key = ""
	}
	return m.Model.Apply(ctx, orders)
}

type claims struct{ *markettest.Model }

func (m claims) Capabilities() listing.Capabilities {
	c := m.Model.Capabilities()
	c.Review = true
	return c
}

// TestModelTwice sees that the model's books notice a SKU twice on sale, be it
// only for a moment.
func TestModelTwice(t *testing.T) {
	t.Parallel()
	m := markettest.NewModel(markettest.ModelOptions{})
	l := sellable("OCOP-1")
	m.AddForeign(l)
	if got := m.TwiceOnSale(); len(got) != 0 {
		t.Fatalf("one listing counts as twice on sale: %v", got)
	}
	second := m.AddForeign(l)
	m.Apply(t.Context(), []listing.Order{{Kind: listing.Unlist, SKU: "OCOP-1", ID: second}})
	if got := m.TwiceOnSale(); len(got) != 1 || m.OnSale("OCOP-1") != 1 {
		t.Errorf("twice on sale: %v, now on sale %d times", got, m.OnSale("OCOP-1"))
	}
}

// TestModelLate sees that a late create takes effect at Land, not before.
func TestModelLate(t *testing.T) {
	t.Parallel()
	m := markettest.NewModel(markettest.ModelOptions{Now: time.Now})
	m.LateCreates(1)
	out := m.Apply(t.Context(), []listing.Order{{Kind: listing.Create, SKU: "OCOP-1", Listing: sellable("OCOP-1")}})
	if e := market.AsError(out[0].Err); e == nil || e.Kind != market.Timeout || !e.MaybeDone {
		t.Fatalf("a late create answers %+v", out[0])
	}
	if n := m.OnSale("OCOP-1"); n != 0 {
		t.Fatalf("it is on sale %d times before Land", n)
	}
	m.Land()
	m.Land()
	if n := m.OnSale("OCOP-1"); n != 1 {
		t.Errorf("it is on sale %d times after Land", n)
	}
}
