package market

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ocopsync/internal/listing"
)

// Kind is what went wrong, from a closed set that records keep too.
type Kind = listing.FailureKind

// The kinds of failures.
const (
	Auth        = listing.FailAuth
	Invalid     = listing.FailInvalid
	Duplicate   = listing.FailDuplicate // see Error.HeldBy
	NotFound    = listing.FailNotFound
	IsLocked    = listing.FailLocked
	Rate        = listing.FailRate // see Error.After
	Unavailable = listing.FailUnavailable
	Timeout     = listing.FailTimeout
	Protocol    = listing.FailProtocol
	Cancelled   = listing.FailCancelled
	Open        = listing.FailOpen
	DryRun      = listing.FailDryRun
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
