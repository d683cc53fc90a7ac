package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ocopsync/internal/ocop"
)

// An Error is why a call was not done as asked: what its caller is told, and
// apart from that the cause, for the log.
type Error struct {
	Status int
	Code   string    // the problem's type: a word from openapi.yaml
	Title  ocop.Text // of every problem of this type
	Detail ocop.Text // what is wrong here and what to do
	Field  string    // the parameter or member concerned
	Value  string    // as it was sent; cut. Never a secret.
	After  time.Duration
	Allow  string // the methods that the path takes
	Err    error  // the cause; for the log only
}

func (e *Error) Error() string {
	said := fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Detail.EN)
	if e.Err != nil {
		said += ": " + e.Err.Error()
	}
	return said
}

func (e *Error) Unwrap() error { return e.Err }

// of names the field concerned and the value found in it.
func (e *Error) of(field, value string) *Error {
	e.Field, e.Value = cut(field), cut(value)
	return e
}

// because adds the cause.
func (e *Error) because(err error) *Error {
	e.Err = err
	return e
}

// asError gives any failure as what is told of it.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return errInternal(err)
}

// A problem is an Error as it is sent (RFC 9457).
type problem struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	Status  int    `json:"status"`
	Detail  string `json:"detail"`
	Field   string `json:"field,omitempty"`
	Value   string `json:"value,omitempty"`
	Request string `json:"request"` // as in the log
}

// problemType begins the types of problems. They are names, not addresses.
const problemType = "urn:ocopsync:problem:"

// fail answers with a problem.
func (c *call) fail(e *Error) {
	h := c.w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Language", string(c.lang))
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	h.Add("Vary", "Accept-Language")
	if e.After > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.After.Seconds()))))
	}
	if e.Allow != "" {
		h.Set("Allow", e.Allow)
	}
	switch {
	case e.Status == http.StatusUnauthorized && e.Code == codeWrongToken:
		h.Set("WWW-Authenticate", `Bearer realm="ocopsync", error="invalid_token"`)
	case e.Status == http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="ocopsync"`)
	}
	body, err := json.Marshal(problem{
		Type: problemType + e.Code, Title: c.lang.of(e.Title), Status: e.Status, Detail: c.lang.of(e.Detail),
		Field: e.Field, Value: e.Value, Request: c.id,
	})
	if err != nil { // strings and a number always encode
		body = []byte(`{}`)
	}
	c.w.WriteHeader(e.Status)
	_, _ = c.w.Write(append(body, '\n'))
}

// maxShown is how much of a value that was sent a problem repeats, in bytes.
const maxShown = 100

// cut keeps the beginning of a value, as valid UTF-8.
func cut(s string) string {
	if len(s) > maxShown {
		s = strings.ToValidUTF8(s[:maxShown], "") + "…"
	}
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			r = '\ufffd'
		}
		out = append(out, r)
	}
	return string(out)
}
