package admin

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap/zapcore"

	"ocopsync/internal/state"
)

type tokenPage struct {
	Items []state.Token `json:"items"`
}

type tokenBody struct {
	Name string     `json:"name"`
	Role state.Role `json:"role"`
	Days int        `json:"days"` // until it ends; 0: until it is revoked
}

// maxTokenDays bounds how long a token that ends may live.
const maxTokenDays = 3650

// madeToken is a new token with its secret, which is told this once.
type madeToken struct {
	state.Token
	Secret string `json:"secret"`
}

// listTokens: GET /api/v1/tokens.
func (s *Server) listTokens(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	tokens, err := s.o.Store.Tokens(c.r.Context())
	if err != nil {
		return errAway(err)
	}
	return c.json(http.StatusOK, tokenPage{Items: append([]state.Token{}, tokens...)})
}

// createToken: POST /api/v1/tokens.
func (s *Server) createToken(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	var body tokenBody
	if err := c.decode(&body); err != nil {
		return err
	}
	name := strings.Join(strings.Fields(body.Name), " ")
	switch {
	case name == "" || len([]rune(name)) > state.MaxTokenName:
		return errUnfit(
			fmt.Sprintf("Hãy ghi tên người hoặc hệ thống sẽ dùng, tối đa %d ký tự.", state.MaxTokenName),
			fmt.Sprintf("Say who or what will use it, in at most %d characters.", state.MaxTokenName),
		).of("name", name)
	case !body.Role.Valid():
		return errUnfit("Quyền phải là viewer, operator hoặc admin.", "The role must be viewer, operator or admin.").of("role", string(body.Role))
	case body.Days < 0 || body.Days > maxTokenDays:
		return errUnfit(
			fmt.Sprintf("Số ngày phải từ 0 (không hết hạn) đến %d.", maxTokenDays), fmt.Sprintf("Days must be from 0 (never ends) to %d.", maxTokenDays),
		).of("days", fmt.Sprint(body.Days))
	}
	token, secret, err := s.o.Store.CreateToken(c.r.Context(), state.NewToken{
		Name: name, Role: body.Role, By: c.who.Name, Lives: time.Duration(body.Days) * 24 * time.Hour,
	})
	if errors.Is(err, state.ErrTooManyTokens) {
		return errTooManyTokens()
	}
	if err != nil {
		return errAway(err)
	}
	c.target, c.detail = token.ID, fmt.Sprintf("%s for %s", token.Role, token.Name)
	return c.json(http.StatusCreated, madeToken{token, secret})
}

// revokeToken: DELETE /api/v1/tokens/{id}.
func (s *Server) revokeToken(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	id := c.r.PathValue("id")
	if err := c.noBody(); err != nil {
		return err
	}
	err := s.o.Store.RevokeToken(c.r.Context(), id)
	if errors.Is(err, state.ErrNotFound) {
		return errNotFound("Không có mã truy cập này; xem /api/v1/tokens.", "There is no such token; see /api/v1/tokens.").of("id", id)
	}
	if err != nil {
		return errAway(err)
	}
	c.target = id
	s.auth.forget(id)
	c.send(http.StatusNoContent, "", nil)
	return nil
}

type levelBody struct {
	Level string `json:"level"`
}

// getLevel: GET /api/v1/log-level.
func (s *Server) getLevel(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	level := zapcore.LevelOf(s.o.Log.Core())
	if s.o.Level != nil {
		level = s.o.Level.Level()
	}
	return c.json(http.StatusOK, levelBody{level.String()})
}

// setLevel: PUT /api/v1/log-level, until the daemon ends.
func (s *Server) setLevel(c *call) error {
	if _, err := c.query(); err != nil {
		return err
	}
	var body levelBody
	if err := c.decode(&body); err != nil {
		return err
	}
	var level zapcore.Level
	switch body.Level {
	case "debug", "info", "warn", "error":
		_ = level.UnmarshalText([]byte(body.Level)) // one of its own words
	default:
		return errUnfit("Mức nhật ký phải là debug, info, warn hoặc error.", "The level must be debug, info, warn or error.").of("level", body.Level)
	}
	if s.o.Level == nil {
		return errUnfit("Mức nhật ký của dịch vụ này là cố định.", "The log's level is fixed in this daemon.").of("level", body.Level)
	}
	s.o.Level.SetLevel(level)
	c.detail = body.Level
	return c.json(http.StatusOK, body)
}
