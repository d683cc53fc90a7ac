package market_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
)

func stateOf(t *testing.T, m market.Market) market.CircuitState {
	t.Helper()
	s, ok := market.StateOf(m)
	if !ok {
		t.Fatal("no circuit around the market")
	}
	return s
}

func read(t *testing.T, m market.Market) market.Kind {
	t.Helper()
	_, err := m.List(t.Context(), "")
	return market.KindOf(err)
}

func TestCircuitOpensOnAShareOfFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		model := markettest.NewModel(markettest.ModelOptions{})
		var changes []string
		m := market.Circuit(model, market.CircuitOptions{
			Minimum: 4, OnChange: func(s market.CircuitState) { changes = append(changes, s.State) },
		})
		model.Fail(markettest.OpList, 99, market.Error{Kind: market.Unavailable, Words: "502 Bad Gateway"})
		for range 3 {
			if got := read(t, m); got != market.Unavailable {
				t.Fatalf("before the minimum: %s", got)
			}
		}
		if s := stateOf(t, m); s.State != "closed" || s.Why != "" {
			t.Fatalf("state %+v", s)
		}
		read(t, m)
		opened := time.Now()
		if s := stateOf(t, m); s.State != "open" || !strings.Contains(s.Why, "502 Bad Gateway") || !s.Until.Equal(opened.Add(market.DefaultOpenFor)) {
			t.Fatalf("state %+v", s)
		}
		calls := model.Calls(markettest.OpList)
		_, err := m.List(t.Context(), "")
		e := market.AsError(err)
		if e.Kind != market.Open || e.Market != "model" || e.After != market.DefaultOpenFor || e.MaybeDone || !strings.Contains(e.Words, "502 Bad Gateway") {
			t.Errorf("refusal %+v", e)
		}
		out := m.Apply(t.Context(), []listing.Order{createOf("OCOP-1"), createOf("OCOP-2")})
		for _, o := range out {
			if e := market.AsError(o.Err); o.Status != listing.Failed || e.Kind != market.Open || e.MaybeDone || o.Wrote != 0 {
				t.Errorf("an order while open: %+v", o)
			}
		}
		if model.Calls(markettest.OpList) != calls || model.Writes() != 0 || len(out) != 2 {
			t.Error("an open circuit called the market")
		}

		_ = market.Sleep(t.Context(), market.DefaultOpenFor+time.Second)
		if s := stateOf(t, m); s.State != "half-open" || s.Why == "" {
			t.Errorf("after its time: %+v", s)
		}
		if got := read(t, m); got != market.Unavailable { // the one try fails
			t.Errorf("the try ended %q", got)
		}
		if got := read(t, m); got != market.Open {
			t.Errorf("after the failed try: %q", got)
		}
		model.ClearFaults()
		_ = market.Sleep(t.Context(), market.DefaultOpenFor+time.Second)
		if got := read(t, m); got != "" {
			t.Errorf("the second try ended %q", got)
		}
		if s := stateOf(t, m); s.State != "closed" || s.Why != "" || !s.Until.IsZero() {
			t.Errorf("after a try that worked: %+v", s)
		}
		if got := strings.Join(changes, " "); got != "open half-open open half-open closed" {
			t.Errorf("changes told: %s", got)
		}
	})
}

func TestCircuitTriesOneCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		model := markettest.NewModel(markettest.ModelOptions{})
		m := market.Circuit(model, market.CircuitOptions{Minimum: 1})
		model.Fail(markettest.OpFind, 1, market.Error{Kind: market.Timeout})
		_, _ = m.Find(t.Context(), []listing.SKU{"OCOP-1"})
		_ = market.Sleep(t.Context(), market.DefaultOpenFor+time.Second)
		model.SetFault(markettest.Fault{Op: markettest.OpList, Wait: time.Second})
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { _, _ = m.List(t.Context(), "") })
		}
		wg.Wait()
		if n := model.Calls(markettest.OpList); n != 1 {
			t.Errorf("%d calls were let through to try", n)
		}
	})
}

func TestCircuitAuthOpensAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		model := markettest.NewModel(markettest.ModelOptions{})
		m := market.ReadOnly(market.Retry(market.Circuit(model, market.CircuitOptions{}), market.RetryOptions{}))
		for range 20 {
			read(t, m) // many good calls don't weigh against it
		}
		model.Fail(markettest.OpList, 1, market.Error{Kind: market.Auth, Words: "invalid_client"})
		if got := read(t, m); got != market.Auth {
			t.Fatalf("kind %q", got)
		}
		if s := stateOf(t, m); s.State != "open" || !strings.Contains(s.Why, "invalid_client") || !s.Until.Equal(time.Now().Add(market.DefaultAuthFor)) {
			t.Fatalf("state %+v", s)
		}
		_ = market.Sleep(t.Context(), market.DefaultAuthFor-time.Second)
		if got := read(t, m); got != market.Open {
			t.Errorf("just before its time: %q", got)
		}
		_ = market.Sleep(t.Context(), 2*time.Second)
		if got := read(t, m); got != "" || stateOf(t, m).State != "closed" {
			t.Errorf("after its time: %q, %+v", got, stateOf(t, m))
		}
		model.Fail(markettest.OpList, 1, market.Error{Kind: market.Auth})
		read(t, m)
		if !market.ResetCircuit(m) {
			t.Fatal("no circuit found to reset")
		}
		if got := read(t, m); got != "" || stateOf(t, m).State != "closed" {
			t.Errorf("after a reset: %q, %+v", got, stateOf(t, m))
		}
	})
}

func TestCircuitAuthInABatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		model := markettest.NewModel(markettest.ModelOptions{})
		m := market.Circuit(model, market.CircuitOptions{})
		model.SetFault(markettest.Fault{Op: markettest.OpCreate, SKU: "OCOP-2", Error: market.Error{Kind: market.Auth}})
		out := m.Apply(t.Context(), []listing.Order{createOf("OCOP-1"), createOf("OCOP-2")})
		if out[0].Err != nil || market.KindOf(out[1].Err) != market.Auth || stateOf(t, m).State != "open" {
			t.Errorf("%+v, state %+v", out, stateOf(t, m))
		}
	})
}

// TestCircuitWhatCounts: a market that refuses contents works, and what says
// nothing about the market does not count.
func TestCircuitWhatCounts(t *testing.T) {
	t.Parallel()
	for kind, opens := range map[market.Kind]bool{
		market.Invalid: false, market.Duplicate: false, market.NotFound: false, market.IsLocked: false,
		market.Rate: false, market.Cancelled: false, market.DryRun: false,
		market.Unavailable: true, market.Timeout: true, market.Protocol: true, market.Auth: true,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				model := markettest.NewModel(markettest.ModelOptions{})
				m := market.Circuit(model, market.CircuitOptions{})
				model.SetFault(markettest.Fault{Error: market.Error{Kind: kind}})
				for range 30 {
					m.Apply(t.Context(), []listing.Order{createOf("OCOP-1"), createOf("OCOP-2")})
					read(t, m)
				}
				if s := stateOf(t, m); (s.State == "open") != opens {
					t.Errorf("after 60 failures of kind %s the circuit is %s", kind, s.State)
				}
			})
		})
	}
}

func TestCircuitBatchThatPartlyWorks(t *testing.T) {
	t.Parallel()
	model := markettest.NewModel(markettest.ModelOptions{})
	m := market.Circuit(model, market.CircuitOptions{Minimum: 1})
	model.SetFault(markettest.Fault{Op: markettest.OpCreate, SKU: "OCOP-2", Error: unavailable()})
	for range 5 {
		m.Apply(t.Context(), []listing.Order{createOf("OCOP-1"), createOf("OCOP-2")})
	}
	if s := stateOf(t, m); s.State != "closed" {
		t.Errorf("a market that carried out half of each batch is %+v", s)
	}
}

func TestStateOfNoCircuit(t *testing.T) {
	t.Parallel()
	m := market.ReadOnly(markettest.NewModel(markettest.ModelOptions{}))
	if _, ok := market.StateOf(m); ok || market.ResetCircuit(m) {
		t.Error("a circuit where there is none")
	}
}
