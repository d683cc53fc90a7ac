package market

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ocopsync/internal/listing"
)

// Kind is what went wrong, from a closed set.
type Kind string

// The kinds of failures.
const (
	Auth        Kind = "auth"        // credentials refused: stop, a person must act
	Invalid     Kind = "invalid"     // the market refuses the content
	Duplicate   Kind = "duplicate"   // the SKU is taken, see Error.HeldBy
	NotFound    Kind = "not_found"   // no such listing
	IsLocked    Kind = "locked"      // the market locked the listing or the shop
	Rate        Kind = "rate"        // too many calls, see Error.After
	Unavailable Kind = "unavailable" // 5xx, refused or broken connection
	Timeout     Kind = "timeout"     // no answer in time
	Protocol    Kind = "protocol"    // an answer that the contract does not allow
	Cancelled   Kind = "cancelled"   // we stopped it ourselves
	Open        Kind = "open"        // not tried: the circuit is open
	DryRun      Kind = "dry_run"     // not tried: writes are refused
)

// Error is the one way in which a marketplace fails.
type Error struct {
	Market        listing.Market
	Op            string // "list products, page 3"
	Kind          Kind
	Retryable     bool              // trying the same again later can help
	After         time.Duration     // not before this long; 0 where the market does not say
	MaybeDone     bool              // a writing call may have taken effect
	Status        int               // HTTP status, 0 without an answer
	Code          string            // the market's own word, "sku_exists"
	Words         string            // the market's own sentence, cut, without secrets
	HeldBy        string            // Duplicate: id of the product or request that holds the SKU
	HeldByRequest bool              // HeldBy is a request, not a product
	Problems      []listing.Problem // Invalid: what the market objects to, where it can be told
	Err           error             // cause, for the log
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s: %s", e.Market, e.Op, e.Kind)
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d)", e.Status)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " %s", e.Code)
	}
	if e.Words != "" {
		fmt.Fprintf(&b, ": %s", e.Words)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// AsError gives err as a market error. An error that is none is a mistake of
// an adapter and becomes a Protocol error; nil stays nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	kind := Protocol
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		kind = Cancelled
	}
	return &Error{Kind: kind, Op: "call", Err: err}
}

// KindOf is the kind of err, "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	return AsError(err).Kind
}
