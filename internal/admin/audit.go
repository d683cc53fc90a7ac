package admin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.uber.org/zap"

	"ocopsync/internal/state"
)

// auditTime is how long an entry may take to be kept. It is kept even when the
// caller has gone.
const auditTime = 3 * time.Second

// audit keeps what somebody who is known tried to change, before he is answered.
// Calls without a good token are in the access log only: anybody could fill the
// audit log with them.
func (s *Server) audit(rt *route, c *call, err error) {
	if rt.audit == "" || c.who.ID == "" {
		return
	}
	e := state.AuditEntry{
		At: s.o.Now().UTC(), Who: c.who.Name, Token: c.who.ID, Role: c.who.Role, From: c.addr.String(),
		What: rt.audit, Target: c.target, Detail: c.detail, Outcome: state.AuditDone, Request: c.id,
	}
	if err != nil {
		told := asError(err)
		e.Outcome, e.Problem = state.AuditRefused, told.Code
		if told.Status >= http.StatusInternalServerError {
			e.Outcome = state.AuditFailed
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), auditTime)
	defer cancel()
	if _, err := s.o.Store.AddAudit(ctx, e); err != nil {
		// The deed is done; the log has the entry then.
		s.o.Log.Error("audit entry could not be kept", zap.Any("entry", e), zap.Error(err))
	}
}

type auditPage struct {
	Items []state.AuditEntry `json:"items"`
	Next  string             `json:"next,omitempty"`
}

// listAudit: GET /api/v1/audit, newest first.
func (s *Server) listAudit(c *call) error {
	q, err := c.query("cursor", "limit")
	if err != nil {
		return err
	}
	most, err := limit(q)
	if err != nil {
		return err
	}
	cursors := listOf("audit", q)
	before, err := cursors.after(q)
	if err != nil {
		return err
	}
	entries, err := s.o.Store.Audit(c.r.Context(), before, most+1)
	if errors.Is(err, state.ErrBadCursor) {
		return errBadCursor().of("cursor", q.Get("cursor"))
	}
	if err != nil {
		return errAway(err)
	}
	page := auditPage{Items: entries[:min(most, len(entries))]}
	if len(entries) > most {
		page.Next = cursors.cursor(entries[most-1].ID)
	}
	return c.json(http.StatusOK, page)
}
