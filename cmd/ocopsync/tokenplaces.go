package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"time"

	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// remoteTokens are a daemon's.
type remoteTokens struct{ *client }

func (r remoteTokens) create(ctx context.Context, name string, role state.Role, days int) (state.Token, string, any, error) {
	body, _, err := r.call(ctx, ask{method: http.MethodPost, path: "/api/v1/tokens", body: map[string]any{"name": name, "role": role, "days": days}})
	if err != nil {
		return state.Token{}, "", nil, err
	}
	var made struct {
		state.Token
		Secret string `json:"secret"`
	}
	err = r.decode(body, &made)
	return made.Token, made.Secret, json.RawMessage(body), err
}

func (r remoteTokens) list(ctx context.Context) ([]state.Token, error) {
	var page struct {
		Items []state.Token `json:"items"`
	}
	_, err := r.get(ctx, "/api/v1/tokens", nil, &page)
	return page.Items, err
}

func (r remoteTokens) revoke(ctx context.Context, id string) error {
	_, _, err := r.call(ctx, ask{method: http.MethodDelete, path: "/api/v1/tokens/" + url.PathEscape(id)})
	return err
}

func (remoteTokens) close() error { return nil }

// directTokens are those in Redis, without a daemon. What is done to them lands
// in the audit log, as a daemon would have it.
type directTokens struct {
	works *works
	who   string
	app   *app
}

// openDirect opens the Redis that the configuration names.
func (a *app) openDirect(ctx context.Context) (tokens, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, err
	}
	w := &works{}
	if err := w.openState(ctx, cfg, wiring{now: a.now, noData: true}); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return directTokens{works: w, who: commandLineUser(), app: a}, nil
}

// commandLineUser says who calls, for the audit log.
func commandLineUser() string {
	who, host := "somebody", "this machine"
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return fmt.Sprintf("command line (%s on %s)", who, host)
}

func (d directTokens) create(ctx context.Context, name string, role state.Role, days int) (state.Token, string, any, error) {
	t, secret, err := d.works.store.CreateToken(ctx, state.NewToken{Name: name, Role: role, By: d.who, Lives: time.Duration(days) * 24 * time.Hour})
	if errors.Is(err, state.ErrTokenInvalid) {
		return t, "", nil, &usageError{err}
	}
	if err != nil {
		return t, "", nil, err
	}
	d.audit(ctx, "create_token", t.ID, fmt.Sprintf("%s for %s", t.Role, t.Name))
	body := struct {
		state.Token
		Secret string `json:"secret"`
	}{t, secret}
	return t, secret, body, nil
}

func (d directTokens) list(ctx context.Context) ([]state.Token, error) {
	return d.works.store.Tokens(ctx)
}

func (d directTokens) revoke(ctx context.Context, id string) error {
	err := d.works.store.RevokeToken(ctx, id)
	if errors.Is(err, state.ErrNotFound) {
		return errors.New(d.app.fill(ocop.Text{
			VI: "không có mã %q; xem danh sách bằng `ocopsync token list --direct`", EN: "there is no token %q; `ocopsync token list --direct` shows them",
		}, id))
	}
	if err != nil {
		return err
	}
	d.audit(ctx, "revoke_token", id, "")
	return nil
}

// audit notes what was done, which stands also where it can't be noted.
func (d directTokens) audit(ctx context.Context, what, id, detail string) {
	_, err := d.works.store.AddAudit(ctx, state.AuditEntry{Who: d.who, What: what, Target: id, Detail: detail, Outcome: state.AuditDone})
	if err != nil {
		d.app.aside(ocop.Text{VI: "Việc đã xong nhưng không ghi được vào nhật ký kiểm tra: %v", EN: "It is done, but could not be noted in the audit log: %v"}, err)
	}
}

func (d directTokens) close() error { return d.works.Close() }
