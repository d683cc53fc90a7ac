package reconcile

import (
	"context"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// resolveIntents looks up every creating call whose outcome nobody recorded:
// found means that it took effect (the planner adopts it), surely not found
// that it may be made. A look that fails resolves nothing.
//
// Where the market refuses a second listing of a SKU, one look is enough: a
// call that still takes effect meets that refusal. Elsewhere the call's
// deadline and the market's late effects must have passed, and two looks in two
// runs must miss it (design decision 8).
func (p *part) resolveIntents(ctx context.Context) error {
	if len(p.intents) == 0 || p.req.DryRun {
		return nil
	}
	p.phase(ctx, PhaseIntents, len(p.intents))
	var look []listing.SKU
	if !p.whole {
		for _, code := range slices.Sorted(maps.Keys(p.intents)) {
			look = append(look, p.intents[code].SKU)
		}
	}
	lookedAt := p.asOf
	if len(look) > 0 {
		lookedAt = p.e.o.Now()
		if err := p.lookAndUpdate(ctx, look); err != nil {
			return err
		}
	}
	caps := p.shop.Market.Capabilities()
	for code, in := range p.intents {
		switch {
		case len(p.seen[in.SKU]) > 0:
			p.log.Info("a creating call of an earlier run took effect", zap.String("sku", string(in.SKU)), zap.String("of_run", in.Run))
			p.closeIntent(code)
		case caps.UniqueSKU:
			p.closeIntent(code)
		case !lookedAt.After(in.Deadline.Add(caps.LateEffect)):
			// Too early to say: it stays open, and the product says so.
		case in.Looks > 0 && lookedAt.Sub(in.LookedAt) >= betweenLooks:
			p.closeIntent(code)
		case in.Looks == 0:
			in.Looks, in.LookedAt = 1, lookedAt
			p.intents[code] = in
			p.opened = append(p.opened, in)
		}
	}
	return nil
}

// betweenLooks is the least time between the two looks that must miss a call
// on a market without unique SKUs: the mall's own lists may lag.
const betweenLooks = 10 * time.Second

func (p *part) closeIntent(code ocop.Code) {
	delete(p.intents, code)
	p.closed = append(p.closed, code)
}
