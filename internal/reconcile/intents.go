package reconcile

import (
	"context"
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
	codes := p.passed(p.memory.Intents)
	if len(codes) == 0 || p.req.dry() {
		return nil
	}
	p.phase(ctx, PhaseIntents, len(codes))
	lookedAt := p.asOf
	if !p.whole {
		lookedAt = p.e.o.Now()
		skus := make([]listing.SKU, len(codes))
		for i, code := range codes {
			skus[i] = p.memory.Intents[code].SKU
		}
		if err := p.lookUp(ctx, skus); err != nil {
			return err
		}
	}
	caps := p.shop.Market.Capabilities()
	for _, code := range codes {
		in := p.memory.Intents[code]
		switch {
		case len(p.seen[in.SKU]) > 0:
			p.log.Info("a creating call of an earlier run took effect", zap.String("sku", string(in.SKU)), zap.String("of_run", in.Run))
			p.resolve(code)
		case caps.UniqueSKU:
			p.resolve(code)
		case !lookedAt.After(in.Deadline.Add(caps.LateEffect)):
			// Too early to say: it stays open, and the product says so.
		case in.Looks == 0:
			in.Looks, in.LookedAt = 1, lookedAt
			p.memory.Intents[code] = in
			p.opened = append(p.opened, in)
		case lookedAt.Sub(in.LookedAt) >= betweenLooks:
			p.resolve(code)
		}
	}
	return nil
}

// passed gives those of the intents' products that this part goes through, sorted.
func (p *part) passed(intents map[ocop.Code]listing.Intent) []ocop.Code {
	codes := sortedKeys(intents)
	if p.codes == nil {
		return codes
	}
	return slices.DeleteFunc(codes, func(c ocop.Code) bool {
		_, through := slices.BinarySearch(p.codes, c)
		return !through
	})
}

// betweenLooks is the least time between the two looks that must miss a call
// on a market without unique SKUs: the mall's own lists may lag.
const betweenLooks = 10 * time.Second

func (p *part) resolve(code ocop.Code) {
	delete(p.memory.Intents, code)
	p.resolved[code] = true
}
