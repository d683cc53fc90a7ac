package plan

import (
	"fmt"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// holdJump makes a change wait that would move the price by more than percent,
// alone and whole (design decision 5). Adopting goes on: only the writing waits.
func holdJump(percent int, it *Item, now *Seen, c listing.Change) []listing.Change {
	from, to := move(it, now, c)
	if percent == 0 || from <= 0 || to <= 0 || !over(int(max(from, to)-min(from, to)), int(from), percent) {
		return []listing.Change{c}
	}
	held := c
	held.Kind, held.Held = listing.Hold, c.Kind
	held.Reasons = append(ocop.Reasons{ocop.PriceJump}, c.Reasons...).Sorted()
	held.Why = fmt.Sprintf("the price would move from %s to %s, more than %d %%", from, to, percent)
	held.From, held.To = "price "+from.String(), describe(c.Fields, it.Wanted.Digest)
	if c.Kind != listing.Adopt {
		return []listing.Change{held}
	}
	held.Held = listing.Update
	c.Fields, c.To = 0, ""
	return []listing.Change{c, held}
}

// move gives the price that a change goes from and to; zero when it moves none.
// It goes from the one that we sent last: putting back what somebody changed on
// the market is no jump. Of a listing that is adopted only what it shows is known.
func move(it *Item, now *Seen, c listing.Change) (from, to ocop.VND) {
	if !c.Fields.Has(listing.FieldPrice) || !Writes(c) || now == nil {
		return 0, 0
	}
	from = now.Digest.Price
	if it.Record != nil && !it.Record.Sent.IsZero() {
		from = it.Record.Sent.Price
	}
	return from, it.Wanted.Digest.Price
}
