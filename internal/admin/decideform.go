package admin

import (
	"net/http"

	"ocopsync/internal/state"
)

// approveForm: POST /approve, from the status page.
func (s *Server) approveForm(c *call) error {
	return s.heldForm(c, func(get func(string) string) error {
		_, err := s.approve(c, get("run"), get("market"), get("checksum"))
		return err
	})
}

// refuseForm: POST /refuse, from the status page.
func (s *Server) refuseForm(c *call) error {
	return s.heldForm(c, func(get func(string) string) error {
		_, err := s.refuse(c, get("run"), get("market"), get("checksum"), get("reason"))
		return err
	})
}

// heldForm reads a form of an operator who has signed in, and goes back to the page.
func (s *Server) heldForm(c *call, do func(get func(string) string) error) error {
	secret, is, err := s.signedIn(c)
	if err != nil {
		return err
	}
	form, err := s.readForm(c)
	switch {
	case err != nil:
		return err
	case !is:
		c.w.Header().Set("Location", "/sign-in")
		c.send(http.StatusSeeOther, "", nil)
		return nil
	case !sameSecret(form.Get("csrf"), csrfOf(secret)):
		return errForm()
	case !c.who.Role.Allows(state.Operator):
		return errLesserToken(string(c.who.Role), string(state.Operator))
	}
	if err := do(form.Get); err != nil {
		return err
	}
	c.w.Header().Set("Location", "/")
	c.send(http.StatusSeeOther, "", nil)
	return nil
}
