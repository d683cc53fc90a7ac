package listing

// A FailureKind is what went wrong with a call of a market, from a closed set.
// Records keep it as a word (Record.FailureKind); package market makes it.
type FailureKind string

// The kinds of failures.
const (
	FailAuth        FailureKind = "auth"        // credentials refused: stop, a person must act
	FailInvalid     FailureKind = "invalid"     // the market refuses the content
	FailDuplicate   FailureKind = "duplicate"   // the SKU is taken
	FailNotFound    FailureKind = "not_found"   // no such listing
	FailLocked      FailureKind = "locked"      // the market locked the listing or the shop
	FailRate        FailureKind = "rate"        // too many calls
	FailUnavailable FailureKind = "unavailable" // 5xx, refused or broken connection
	FailTimeout     FailureKind = "timeout"     // no answer in time
	FailProtocol    FailureKind = "protocol"    // an answer that the contract does not allow
	FailCancelled   FailureKind = "cancelled"   // we stopped it ourselves
	FailOpen        FailureKind = "open"        // not tried: the circuit is open
	FailDryRun      FailureKind = "dry_run"     // not tried: writes are refused
)
