package reconcile

import (
	"context"
	"slices"

	"go.uber.org/zap"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// exemptions are the products that a person has exempted on a market, as of a
// count of decisions and a day. They are only read.
type exemptions struct {
	decisions int64
	codes     map[ocop.Code]bool
}

// exemptOf gives those in force on m today: they end by date, so every run asks.
func (e *Engine) exemptOf(m listing.Market, all []state.Exemption, decisions int64) *exemptions {
	out := &exemptions{decisions: decisions, codes: make(map[ocop.Code]bool)}
	today := e.today()
	for _, x := range all {
		if (x.Market == "" || x.Market == m) && x.InForce(today) {
			out.codes[x.Code] = true
		}
	}
	return out
}

// heedDecisions takes in what people have exempted since the part began, so that
// it ends their products' writes. What can't be read is asked for again.
func (p *part) heedDecisions(ctx context.Context, decisions int64) {
	known := p.exempt.Load()
	if known == nil || known.decisions == decisions {
		return
	}
	all, err := p.e.o.Store.Exemptions(ctx)
	if err != nil {
		if ctx.Err() == nil {
			p.log.Warn("could not see what was exempted", zap.Error(err))
		}
		return
	}
	p.exempt.Store(p.e.exemptOf(p.name, all, decisions))
}

// notExempt gives the changes of products that nobody has exempted since the
// plan was made.
func (p *part) notExempt(batch []listing.Change) []listing.Change {
	exempt := p.exempt.Load().codes
	return slices.DeleteFunc(batch, func(c listing.Change) bool { return exempt[c.Code] })
}

// exempted states of a standing whether the pair is exempt now, whatever was
// stated at the last run.
func exempted(s *coverage.Standing, exempt bool) {
	if slices.Contains(s.Reasons, ocop.Exempt) == exempt {
		return
	}
	s.Reasons = slices.DeleteFunc(slices.Clone(s.Reasons), func(r ocop.Reason) bool { return r == ocop.Exempt })
	if exempt {
		s.Reasons = append(s.Reasons, ocop.Exempt).Sorted()
	}
}
