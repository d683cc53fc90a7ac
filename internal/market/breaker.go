package market

import (
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Reset closes the circuit and forgets every failure.
func (c *circuit) Reset() {
	c.close()
	c.mu.Lock()
	c.changes = append(c.changes, c.state)
	c.mu.Unlock()
	c.tell()
}

func (c *circuit) close() {
	const buckets = 6 // the window moves in sixths
	breaker := gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:   1,
		Interval:      c.o.Window,
		BucketPeriod:  c.o.Window / buckets,
		Timeout:       c.o.OpenFor,
		ReadyToTrip:   c.shouldOpen,
		OnStateChange: func(_ string, _, to gobreaker.State) { c.changed(to) },
		IsSuccessful:  isWorking,
		IsExcluded:    isAside,
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.breaker, c.authUntil, c.failure = breaker, time.Time{}, nil
	c.state = CircuitState{State: gobreaker.StateClosed.String(), Since: time.Now()}
}

// isWorking says whether an answer shows a market that works.
func isWorking(err error) bool {
	switch KindOf(err) {
	case "", Invalid, Duplicate, NotFound, IsLocked:
		return true
	}
	return false
}

// isAside says whether a failure says nothing about the market.
func isAside(err error) bool {
	switch KindOf(err) {
	case Cancelled, Rate, Open, DryRun:
		return true
	}
	return false
}

func (c *circuit) shouldOpen(n gobreaker.Counts) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.authUntil) {
		return true
	}
	judged := n.TotalSuccesses + n.TotalFailures
	return int(judged) >= c.o.Minimum && float64(n.TotalFailures) >= c.o.Share*float64(judged)
}

// through makes one call unless the circuit is open.
func through[T any](c *circuit, op string, call func() (T, error)) (T, error) {
	var out T
	c.mu.Lock()
	breaker, held := c.breaker, time.Now().Before(c.authUntil)
	c.mu.Unlock()
	if held {
		return out, c.refusal(op)
	}
	called := false
	_, err := breaker.Execute(func() (struct{}, error) {
		called = true
		var err error
		out, err = call()
		c.note(err)
		return struct{}{}, err
	})
	c.tell()
	if !called && (errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests)) {
		return out, c.refusal(op)
	}
	return out, err
}

// note keeps the failure for the reason that people are told.
func (c *circuit) note(err error) {
	if isWorking(err) || isAside(err) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failure = AsError(err)
	if c.failure.Kind == Auth {
		c.authUntil = time.Now().Add(c.o.AuthFor)
	}
}

// changed is called by the breaker, with its lock held.
func (c *circuit) changed(to gobreaker.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.state = CircuitState{State: to.String(), Since: now}
	if c.failure != nil && to != gobreaker.StateClosed {
		c.state.Why = c.failure.Error()
	}
	if to == gobreaker.StateOpen {
		c.state.Until = now.Add(c.o.OpenFor)
		if c.authUntil.After(c.state.Until) {
			c.state.Until = c.authUntil
		}
	}
	c.changes = append(c.changes, c.state)
}

// tell hands the changes on, outside of every lock.
func (c *circuit) tell() {
	c.mu.Lock()
	changes := c.changes
	c.changes = nil
	c.mu.Unlock()
	if c.o.OnChange == nil {
		return
	}
	for _, s := range changes {
		c.o.OnChange(s)
	}
}

// State is the state as of now.
func (c *circuit) State() CircuitState {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state
	if s.State == gobreaker.StateOpen.String() && !time.Now().Before(s.Until) {
		s.State, s.Since, s.Until = gobreaker.StateHalfOpen.String(), s.Until, time.Time{}
	}
	return s
}

// refusal is the failure of a call that was not made.
func (c *circuit) refusal(op string) *Error {
	s := c.State()
	e := &Error{Market: c.Name(), Op: op, Kind: Open, Retryable: true}
	if wait := time.Until(s.Until); wait > 0 {
		e.After = wait
	}
	e.Words = "left alone since " + s.Since.Format(time.RFC3339)
	if s.Why != "" {
		e.Words += " because of: " + s.Why
	}
	return e
}
