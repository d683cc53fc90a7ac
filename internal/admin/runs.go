package admin

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"ocopsync/internal/state"
)

type runPage struct {
	Items []state.Run `json:"items"`
	Next  string      `json:"next,omitempty"`
}

// listRuns: GET /api/v1/runs, newest first.
func (s *Server) listRuns(c *call) error {
	q, err := c.query("cursor", "limit")
	if err != nil {
		return err
	}
	most, err := limit(q)
	if err != nil {
		return err
	}
	cursors := listOf("runs", q)
	before, err := cursors.after(q)
	if err != nil {
		return err
	}
	runs, err := s.o.History.Runs(c.r.Context(), before, most+1)
	if errors.Is(err, state.ErrNotFound) {
		return errBadCursor().of("cursor", q.Get("cursor"))
	}
	if err != nil {
		return errAway(err)
	}
	page := runPage{Items: runs[:min(most, len(runs))]}
	if len(runs) > most {
		page.Next = cursors.cursor(runs[most-1].ID)
	}
	if page.Items == nil {
		page.Items = []state.Run{}
	}
	return c.json(http.StatusOK, page)
}

// getRun: GET /api/v1/runs/{id}.
func (s *Server) getRun(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	run, err := s.findRun(c)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, run)
}

// findRun gives the run that the path names.
func (s *Server) findRun(c *call) (state.Run, error) { return s.findRunOf(c, c.r.PathValue("id")) }

func (s *Server) findRunOf(c *call, id string) (state.Run, error) {
	run, err := s.o.History.Run(c.r.Context(), id)
	if errors.Is(err, state.ErrNotFound) {
		return run, errNotFound(
			"Không có lượt đồng bộ này, hoặc lượt đã quá cũ nên không còn được lưu. Xem /api/v1/runs.",
			"There is no such run, or it is too old to be kept. See /api/v1/runs.",
		).of("id", id)
	}
	if err != nil {
		return run, errAway(err)
	}
	return run, nil
}

// ended says whether nothing more will happen in a run.
func ended(runState string) bool {
	return slices.Contains([]string{state.Succeeded, state.Partial, state.Failed, state.Held, state.Cancelled}, runState)
}

// cancelRun: POST /api/v1/runs/{id}/cancel.
func (s *Server) cancelRun(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	if err := c.noBody(); err != nil {
		return err
	}
	run, err := s.findRun(c)
	if err != nil {
		return err
	}
	c.target = run.ID
	if ended(run.State) {
		return errEnded(run.State)
	}
	if err := s.o.Work.Cancel(c.r.Context(), run.ID); err != nil {
		return errAway(fmt.Errorf("cancel run %s: %w", run.ID, err))
	}
	if run, err = s.findRun(c); err != nil {
		return err
	}
	c.w.Header().Set("Location", runPath(run.ID))
	return c.json(http.StatusAccepted, run)
}

func runPath(id string) string { return "/api/v1/runs/" + id }
