package postmart

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"ocopsync/internal/market"
)

const (
	get   = http.MethodGet
	post  = http.MethodPost
	patch = http.MethodPatch
)

// A call is one request of the contract.
type call struct {
	op          string // what is being done to what, for errors
	method      string
	path        string // with its query, under the base address
	body        []byte
	contentType string // of body; JSON when empty
	key         string // Idempotency-Key
	want        int    // the status that means success
	// aside says that the call changes no listing (a token, a picture): when
	// its answer is lost, nothing that an order asked for can have happened.
	aside bool
	sent  bool // set once it was made
}

// writes says whether a listing may have changed when the call failed half-way.
func (c *call) writes() bool { return c.method != get && !c.aside }

// protocol is the error for an answer that the contract does not allow.
func (c *call) protocol(why string) *market.Error {
	return &market.Error{
		Market: Name, Op: c.op, Kind: market.Protocol, Retryable: true, MaybeDone: c.writes(),
		Status: c.want, Err: errors.New(why),
	}
}

// cancelled is the error for what was never sent because ctx ended.
func cancelled(ctx context.Context, op string) *market.Error {
	return &market.Error{Market: Name, Op: op, Kind: market.Cancelled, Err: context.Cause(ctx)}
}

// do makes a call with a token and decodes its answer into out. A token that
// the market no longer knows is renewed and the call repeated once: that is a
// part of authentication, since the refused call cannot have done anything.
func (m *Market) do(ctx context.Context, c *call, out any) *market.Error {
	if ctx.Err() != nil {
		return cancelled(ctx, c.op)
	}
	token, e := m.token(ctx, c, "")
	if e != nil {
		return e
	}
	body, e := m.send(ctx, c, token)
	if refusesToken(e) {
		if token, e = m.token(ctx, c, token); e != nil {
			return e
		}
		body, e = m.send(ctx, c, token)
		if refusesToken(e) {
			// The credentials were good for a token a moment ago, so it is not
			// they that are wrong.
			e.Kind, e.Retryable = market.Unavailable, true
			e.Words = "a token that was just issued is refused"
		}
	}
	if e != nil {
		return e
	}
	if err := json.Unmarshal(body, out); err != nil {
		e := market.TransportError(Name, c.op, err)
		e.Status = c.want
		return m.finish(c, e)
	}
	return nil
}

func refusesToken(e *market.Error) bool {
	return e != nil && e.Status == http.StatusUnauthorized && e.Code == codeInvalidToken
}

// token gives a token for a call. When it fails, the call was not made.
func (m *Market) token(ctx context.Context, c *call, stale secret) (secret, *market.Error) {
	token, e := m.tokens.get(ctx, stale)
	if e != nil {
		e.Op = c.op + ": " + e.Op
		e.MaybeDone = false
		return "", e
	}
	return token, nil
}

// send makes one attempt and gives the body of a successful answer.
func (m *Market) send(ctx context.Context, c *call, token secret) ([]byte, *market.Error) {
	req := m.http.R().SetContext(ctx).SetHeader("Accept", "application/json, application/problem+json")
	if token != "" {
		req.SetHeader("Authorization", "Bearer "+string(token))
	}
	if c.key != "" {
		req.SetHeader("Idempotency-Key", c.key)
	}
	if c.body != nil {
		kind := c.contentType
		if kind == "" {
			kind = "application/json"
		}
		req.SetHeader("Content-Type", kind)
		req.SetBody(bytes.NewReader(c.body)) // a reader is sent without another copy
	}
	c.sent = true
	a, err := market.Send(req, c.method, m.base+c.path)
	if err != nil {
		return nil, m.finish(c, market.TransportError(Name, c.op, err))
	}
	if a.Status != c.want {
		return nil, m.finish(c, m.refusal(c, a))
	}
	return a.Body, nil
}

// refusal classifies an answer that is not the wanted one.
func (m *Market) refusal(c *call, a market.Answer) *market.Error {
	e := market.StatusError(Name, c.op, a.Status, a.Header, a.Body)
	if a.Status >= 200 && a.Status < 300 {
		e.Kind, e.Retryable = market.Protocol, true
		e.Words = "HTTP " + strconv.Itoa(a.Status) + " where the contract says " + strconv.Itoa(c.want)
		return e
	}
	var p problem
	if json.Unmarshal(a.Body, &p) == nil && p.Code != "" {
		p.refine(e, a.Header)
	}
	return e
}

// finish says what is true of every failure: only a call that writes may have
// taken effect, and no secret is told.
func (m *Market) finish(c *call, e *market.Error) *market.Error {
	if !c.writes() {
		e.MaybeDone = false
	}
	e.Code, e.Words = m.tokens.redact(e.Code), m.tokens.redact(e.Words)
	for i := range e.Problems {
		text := &e.Problems[i].Text
		text.VI, text.EN = m.tokens.redact(text.VI), m.tokens.redact(text.EN)
	}
	if e.Err != nil {
		if text := m.tokens.redact(e.Err.Error()); text != e.Err.Error() {
			e.Err = errors.New(text)
		}
	}
	return e
}
