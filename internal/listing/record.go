package listing

import (
	"time"

	"ocopsync/internal/ocop"
)

// A Record is what we remember of one product on one market. It is written by
// workers only (officers' decisions are kept apart, design decision 11) and
// holds no text that the registry has: those are rebuilt when needed.
type Record struct {
	Code       ocop.Code
	SKU        SKU
	ID         string // the market's id; "" until the market has told it
	Submission string // the open or last decided request; "" when there is none
	URL        string // where a buyer sees it, as the market said
	State      State  // as the market itself last showed or answered
	// Seen says that State is what the market itself showed at a look, not
	// only what it answered to a writing call. Only a seen on_sale counts as
	// covered (promise P8).
	Seen bool
	// Sent is the wanted listing that the market holds by our last accepted
	// write. Stored is what the market showed for it once price, state and
	// category were equal and the texts agreed (design decision 6); zero until
	// then. Pending is what an open or rejected submission asks for.
	Sent, Stored, Pending Digest
	CreatedAt             time.Time // when the listing was made or adopted
	SentAt                time.Time // last accepted write
	SeenAt                time.Time // last look that showed it
	Since                 time.Time // when the stated reason or state last changed
	Absent                int       // complete observations in a row without it
	Reasons               ocop.Reasons
	Words                 string // the market's words for the state or the failure, cut to 300 characters
	Failures              int    // runs in a row that failed the same way
	FailureKind           string // of those, a FailureKind
}

// An Intent is the note that a creating call is about to be made, written
// before it and removed with its outcome. One that is found open means that
// nobody knows whether the call took effect: it is resolved by looking, never
// by trying again.
type Intent struct {
	Code     ocop.Code
	SKU      SKU
	Key      string // the attempt's idempotency key
	Run      string // which run opened it
	OpenedAt time.Time
	Deadline time.Time // by then the call has surely ended on our side
	Looks    int       // complete looks that did not find it
	LookedAt time.Time
}
