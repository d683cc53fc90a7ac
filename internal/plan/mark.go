package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"ocopsync/internal/listing"
)

// Mark names what a change would do, held or not, so that what a person approved
// is known again in a later plan: the SKU, the kind, the fields and what they
// would be. Target is the digest of the wanted listing. Why it is done, and from
// what, is no part of it.
func Mark(c listing.Change, target listing.Digest) string {
	kind := c.Kind
	if kind == listing.Hold {
		kind = c.Held
	}
	switch kind {
	case listing.Adopt: // adopted by the plan itself; what is left is an update
		kind = listing.Update
	case listing.Unlist, listing.Retire:
		target = listing.Digest{}
	case listing.Create, listing.Update, listing.Relist, listing.None, listing.Resolve, listing.Hold:
	}
	if kind == listing.Update || kind == listing.Relist {
		target = listing.Digest{}.Take(target, c.Fields)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %q %q %d %+v", kind, c.SKU, c.ID, c.Fields, target))
	return hex.EncodeToString(sum[:16])
}

// ChecksumOf names a set of marks.
func ChecksumOf(marks []string) string {
	h := sha256.New()
	for _, m := range slices.Sorted(slices.Values(marks)) {
		h.Write([]byte(m))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
