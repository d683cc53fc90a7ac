package market

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"ocopsync/internal/listing"
)

// TransportError classifies a call that got no whole answer: err is what the
// HTTP client, the reading of the body or the decoding of its JSON said.
//
//   - no connection came about: Unavailable, not done
//   - the connection broke after that: Unavailable, may be done
//   - no answer in time: Timeout, may be done once there was a connection
//   - our context ended: Cancelled, may be done once there was a connection
//   - the answer is too long or no JSON: Protocol, may be done
//
// MaybeDone concerns writing calls only; for a reading call it means nothing.
// The error's text holds no address, for addresses can hold secrets.
func TransportError(m listing.Market, op string, err error) *Error {
	if err == nil {
		return nil
	}
	var already *Error
	if errors.As(err, &already) {
		return already
	}
	call := callErrorOf(err)
	e := &Error{Market: m, Op: op, Kind: Unavailable, Retryable: true, MaybeDone: call.left, Err: redacted(err)}
	switch {
	case call.cancelled:
		e.Kind, e.Retryable = Cancelled, false
	case !call.left: // whatever kept the connection from coming about
	case call.timedOut:
		e.Kind = Timeout
	case errors.Is(err, errBodyTooLarge):
		e.Kind, e.Retryable = Protocol, false
	case isBadJSON(err, call):
		e.Kind = Protocol
	}
	return e
}

// callErrorOf gives what is known of a failed attempt. The client's transport
// knows; of an error that is not from it only a failed dial is sure.
func callErrorOf(err error) callError {
	var call *callError
	if errors.As(err, &call) {
		return *call
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return callError{err: err}
	}
	ended := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	return callError{left: true, cancelled: ended, elsewhere: true, err: err}
}

func isBadJSON(err error, call callError) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) {
		return true
	}
	// A decoder says so of JSON that ends early; of a connection that does the
	// transport would have.
	return call.elsewhere && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF))
}

// StatusError classifies an answer whose status (or whose body where JSON was
// due) says that the call failed. It reads Retry-After, and from the body what
// markets commonly call code, message, detail or title; an adapter refines
// Kind, Code and Words from what it knows of its market's bodies.
//
// A 4xx was not done. A 5xx may have been, with Retry-After too; so may a
// redirect of a write, and a 2xx whose body is not what was agreed.
func StatusError(m listing.Market, op string, status int, header http.Header, body []byte) *Error {
	e := &Error{Market: m, Op: op, Status: status}
	e.Kind, e.Retryable = kindOfStatus(status)
	e.MaybeDone = status < 400 || status >= 500
	if e.Kind == Rate || e.Kind == Unavailable || e.Kind == Timeout {
		if after, ok := retryAfter(header, time.Time{}); ok {
			e.After = after
		}
	}
	e.Code, e.Words = wordsOf(header, body)
	return e
}

// kindOfStatus is the one table of statuses.
func kindOfStatus(status int) (kind Kind, retryable bool) {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return Auth, false
	case http.StatusNotFound, http.StatusGone:
		return NotFound, false
	case http.StatusMethodNotAllowed, http.StatusNotAcceptable:
		return Protocol, false
	case http.StatusRequestTimeout:
		return Timeout, true
	case http.StatusConflict:
		return Duplicate, false
	case http.StatusLocked:
		return IsLocked, false
	case http.StatusTooEarly:
		return Unavailable, true
	case http.StatusTooManyRequests:
		return Rate, true
	case http.StatusGatewayTimeout:
		return Timeout, true
	}
	switch {
	case status >= 500:
		return Unavailable, true
	case status >= 400:
		return Invalid, false
	case status >= 300:
		return Protocol, false
	default:
		return Protocol, true
	}
}
