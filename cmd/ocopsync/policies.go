package main

import (
	"ocopsync/internal/config"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
)

func guardsOf(g config.Guards) plan.GuardPolicy {
	return plan.GuardPolicy{
		MaxShrinkPercent: g.MaxShrinkPercent, MaxUnlistPercent: g.MaxUnlistPercent, MaxUpdatePercent: g.MaxUpdatePercent,
		PriceJumpPercent: g.PriceJumpPercent, HoldAll: g.Hold == config.HoldAll,
	}
}

func codesOf(words []string) []ocop.Code {
	codes := make([]ocop.Code, len(words))
	for i, w := range words {
		codes[i] = ocop.Code(w)
	}
	return codes
}
