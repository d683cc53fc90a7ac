package admin

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"ocopsync/internal/listing"
	"ocopsync/internal/state"
)

// maxReason bounds why somebody pauses, in characters.
const maxReason = 300

type pauseBody struct {
	Reason string `json:"reason"`
}

// pauseAnswer says how a market, or everything, is now by a person's word.
type pauseAnswer struct {
	Market listing.Market `json:"market,omitempty"` // none: everything
	Paused bool           `json:"paused"`
	Reason string         `json:"reason,omitempty"`
	By     string         `json:"by,omitempty"`
	At     time.Time      `json:"at,omitzero"`
}

// pauseMarket: POST /api/v1/markets/{market}/pause.
func (s *Server) pauseMarket(c *call) error {
	m, err := s.pathMarket(c)
	if err != nil {
		return err
	}
	return s.pause(c, m)
}

// resumeMarket: POST /api/v1/markets/{market}/resume.
func (s *Server) resumeMarket(c *call) error {
	m, err := s.pathMarket(c)
	if err != nil {
		return err
	}
	return s.resume(c, m)
}

// pauseAll: POST /api/v1/pause.
func (s *Server) pauseAll(c *call) error {
	c.target = "everything"
	return s.pause(c, "")
}

// resumeAll: POST /api/v1/resume. Markets that are paused themselves stay so.
func (s *Server) resumeAll(c *call) error {
	c.target = "everything"
	return s.resume(c, "")
}

func (s *Server) pause(c *call, m listing.Market) error {
	if _, err := c.query(); err != nil {
		return err
	}
	var body pauseBody
	if err := c.decode(&body); err != nil {
		return err
	}
	reason := strings.Join(strings.Fields(body.Reason), " ")
	if reason == "" || utf8.RuneCountInString(reason) > maxReason {
		return errUnfit(
			fmt.Sprintf("Hãy ghi lý do tạm dừng, tối đa %d ký tự; mọi người sẽ thấy lý do này.", maxReason),
			fmt.Sprintf("Say why, in at most %d characters; everybody sees it.", maxReason),
		).of("reason", reason)
	}
	c.detail = reason
	p := state.Pause{Reason: reason, By: c.who.Name, At: s.o.Now().UTC(), All: m == ""}
	if err := s.o.Work.Pause(c.r.Context(), m, p); err != nil {
		return errDecision(fmt.Errorf("pause %s: %w", c.target, err))
	}
	return c.json(http.StatusOK, pauseAnswer{Market: m, Paused: true, Reason: p.Reason, By: p.By, At: p.At})
}

func (s *Server) resume(c *call, m listing.Market) error {
	if _, err := c.query(); err != nil {
		return err
	}
	if err := c.noBody(); err != nil {
		return err
	}
	if err := s.o.Work.Resume(c.r.Context(), m); err != nil {
		return errDecision(fmt.Errorf("resume %s: %w", c.target, err))
	}
	return c.json(http.StatusOK, pauseAnswer{Market: m})
}

// pathMarket gives the market that the path names, if it is configured.
func (s *Server) pathMarket(c *call) (listing.Market, error) {
	m, known := listing.Market(c.r.PathValue("market")), s.markets()
	if !slices.Contains(known, m) {
		return "", errNotFound("Không có sàn này; các sàn là: "+joined(known)+".", "There is no such market; there are: "+joined(known)+".").of("market", string(m))
	}
	c.target = string(m) // not before: what a caller writes could be anything
	return m, nil
}
