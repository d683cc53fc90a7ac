package voso

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"ocopsync/internal/market"
)

// call is one call of the contract, as errors and counts speak of it.
type call struct {
	op    string // "create OCOP-83-829-1"
	path  string
	write bool // changes the shop
	login bool
	token string // that it was last sent with, to be hidden in errors
	wrote int    // how often it was written to the wire; of writing calls only
}

// invoke makes a call with the shared token, and once more with a new one
// where the mall refuses the token: such a call has had no effect.
func invoke[T any](ctx context.Context, m *Market, c *call, body any) (T, error) {
	var none T
	payload, err := json.Marshal(body)
	if err != nil {
		return none, mistake(c, err)
	}
	token, err := m.session.token(ctx, m, "")
	if err != nil {
		return none, err
	}
	data, err := post[T](ctx, m, c, token, payload)
	if !tokenRefused(err) {
		return data, err
	}
	if token, err = m.session.token(ctx, m, token); err != nil {
		return none, err
	}
	return post[T](ctx, m, c, token, payload)
}

// post sends one request and reads its answer. Every error is a *market.Error.
func post[T any](ctx context.Context, m *Market, c *call, token string, payload []byte) (T, error) {
	var none T
	var d departure
	req := m.http.R().SetContext(withDeparture(ctx, &d)).SetHeader("Accept", "application/json").SetHeader("Content-Type", "application/json").
		SetBody(bytes.NewReader(payload)) // a reader is sent without another copy
	if c.token = token; token != "" {
		req.SetHeader("Token", token)
	}
	res, err := market.Send(req, http.MethodPost, m.base+c.path)
	sent := !d.keep()
	if c.write && sent {
		c.wrote++
	}
	if err != nil {
		return none, m.failed(c, undelivered(c, err, sent))
	}
	if res.Status != http.StatusOK {
		return none, m.failed(c, m.fromGateway(c, res))
	}
	data, err := decode[T](res.Body)
	if err == nil {
		return data, nil
	}
	var no *refusal
	if errors.As(err, &no) {
		no.Message = m.secrets.hide(no.Message, token) // it goes into problems too
		return none, m.failed(c, m.refused(c, no))
	}
	e := m.protocol(c, err)
	e.Words = m.statusError(c, res).Words
	return none, e
}

// fromGateway classifies an answer that is not the mall's: its own come with
// HTTP 200. The gateway has no say in products, so a status that elsewhere
// speaks of one ("not found") is a wrong address here.
func (m *Market) fromGateway(c *call, res market.Answer) *market.Error {
	e := m.statusError(c, res)
	switch e.Kind {
	case market.Auth, market.Rate, market.Unavailable, market.Timeout:
	default:
		e.Kind, e.Retryable = market.Protocol, false
	}
	return e
}

// statusError is the shared classification. Secrets go from the body first:
// cutting it to length could leave half of one.
func (m *Market) statusError(c *call, res market.Answer) *market.Error {
	body := m.secrets.hide(string(res.Body), c.token)
	return market.StatusError(Name, c.op, res.Status, res.Header, []byte(body))
}

// undelivered classifies a call without a whole answer.
func undelivered(c *call, err error, sent bool) *market.Error {
	e := market.TransportError(Name, c.op, err)
	if errors.Is(err, errTooLate) {
		e.Kind, e.Retryable = market.Cancelled, false
	}
	if !sent {
		e.MaybeDone = false
	}
	return e
}

// protocol is an answer that the contract does not allow. Reading again can
// help; what a writing call did is unknown.
func (m *Market) protocol(c *call, err error) *market.Error {
	return m.failed(c, &market.Error{
		Market: Name, Op: c.op, Kind: market.Protocol, Retryable: true, MaybeDone: true,
		Status: http.StatusOK, Err: err,
	})
}

// mistake is a call that we could not even write down.
func mistake(c *call, err error) *market.Error {
	return &market.Error{Market: Name, Op: c.op, Kind: market.Invalid, Err: err}
}

// failed finishes an error: only a writing call can be done, and no secret
// leaves in the mall's words or in the cause.
func (m *Market) failed(c *call, e *market.Error) *market.Error {
	if !c.write {
		e.MaybeDone = false
	}
	e.Words = m.secrets.hide(e.Words, c.token)
	if e.Err != nil {
		said := e.Err.Error()
		if hidden := m.secrets.hide(said, c.token); hidden != said {
			e.Err = errors.New(hidden)
		}
	}
	return e
}

// secrets are what no error, log or dump may show. The user name is often the
// telephone number of a person.
type secrets struct{ username, password string }

func (s secrets) hide(text, token string) string {
	for _, secret := range []string{s.password, s.username, token} {
		if secret != "" && strings.Contains(text, secret) {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}
