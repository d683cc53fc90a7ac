package main

import (
	"time"

	"ocopsync/internal/market"
	"ocopsync/internal/queue"
)

// pace is how soon a process takes another for gone, and how patient it is with
// a market. A field that is zero takes what its package says; main leaves all.
type pace struct {
	lease   time.Duration // of a market
	queue   queue.Timing
	retry   market.RetryOptions
	circuit market.CircuitOptions
}
