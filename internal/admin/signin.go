package admin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"time"

	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// The cookies of the page and how long a session lasts.
const (
	sessionCookie = "ocopsync_session"
	formCookie    = "ocopsync_form" // what the sign-in form's CSRF token is made of
	sessionTime   = 12 * time.Hour
)

// SignInPath is the path and query of a one-time sign-in link for the secret of
// a state.LinkToken. Put the daemon's address before it.
func SignInPath(secret string) string { return "/sign-in?key=" + url.QueryEscape(secret) }

type signInBody struct{ Wrong string }

// signInPage: GET /sign-in, with ?key= by a one-time link.
func (s *Server) signInPage(c *call) error {
	s.keepLang(c)
	if key := c.r.URL.Query().Get("key"); key != "" && c.r.Method == http.MethodGet {
		return s.signInByLink(c, key)
	}
	return s.askForToken(c, http.StatusOK, "")
}

// signInByLink opens a session. It answers with a page that goes on to the status
// page rather than with a redirect: a browser that came from another site (mail
// in a browser) would follow that one without the new cookie, which is strict.
func (s *Server) signInByLink(c *call, key string) error {
	link, err := s.auth.spend(c.r.Context(), key, c.addr)
	if err != nil {
		told := asError(err)
		if told.Code == codeWrongToken {
			return s.askForToken(c, http.StatusUnauthorized, wordsIn(c.lang).LinkSpent)
		}
		return told
	}
	c.detail = "by link"
	if err := s.openSession(c, link, ""); err != nil {
		return err
	}
	s.audit(&route{audit: "sign_in"}, c, nil)
	w := wordsIn(c.lang)
	return s.show(c, http.StatusOK, "said", view{Title: w.SignedIn, Here: "/", Forward: true, Body: saidBody{Text: w.SignedInText}})
}

// signIn: POST /sign-in with a bearer token from the form.
func (s *Server) signIn(c *call) error {
	form, err := s.readForm(c)
	if err != nil {
		return err
	}
	nonce, err := c.r.Cookie(formCookie)
	if err != nil || !sameSecret(form.Get("csrf"), csrfOf(nonce.Value)) {
		return s.askForToken(c, http.StatusForbidden, wordsIn(c.lang).FormStale)
	}
	t, err := s.auth.check(c.r.Context(), state.BearerToken, form.Get("token"), c.addr)
	if err != nil {
		told := asError(err)
		if told.Status >= http.StatusInternalServerError {
			return told
		}
		return s.askForToken(c, told.Status, c.lang.of(told.Detail))
	}
	c.detail = "by token"
	if err := s.openSession(c, t, t.ID); err != nil {
		return err
	}
	c.w.Header().Set("Location", "/")
	c.send(http.StatusSeeOther, "", nil)
	return nil
}

// signOut: POST /sign-out.
func (s *Server) signOut(c *call) error {
	secret, is, err := s.signedIn(c)
	if err != nil {
		return err
	}
	form, err := s.readForm(c)
	if err != nil {
		return err
	}
	if is {
		if !sameSecret(form.Get("csrf"), csrfOf(secret)) {
			return errForm()
		}
		if err := s.o.Store.RevokeToken(c.r.Context(), c.who.ID); err != nil && !errors.Is(err, state.ErrNotFound) {
			return errAway(err)
		}
		s.auth.forget(c.who.ID)
	}
	http.SetCookie(c.w, s.cookie(sessionCookie, "", -1))
	c.w.Header().Set("Location", "/sign-in")
	c.send(http.StatusSeeOther, "", nil)
	return nil
}

// openSession gives the browser a session of its own: the token itself is kept
// in no cookie, and revoking it ends the session too.
func (s *Server) openSession(c *call, t state.Token, parent string) error {
	lives := sessionTime
	if !t.ExpiresAt.IsZero() && parent != "" {
		lives = min(lives, t.ExpiresAt.Sub(s.o.Now()))
	}
	session, secret, err := s.o.Store.CreateToken(c.r.Context(), state.NewToken{
		Kind: state.SessionToken, Name: t.Name, Role: t.Role, By: t.Name, Lives: lives, Parent: parent,
	})
	if err != nil {
		return errAway(err)
	}
	c.who = session
	http.SetCookie(c.w, s.cookie(sessionCookie, secret, int(lives.Seconds())))
	http.SetCookie(c.w, s.cookie(formCookie, "", -1))
	return nil
}

// askForToken answers with the sign-in form.
func (s *Server) askForToken(c *call, status int, wrong string) error {
	nonce := rand.Text()
	http.SetCookie(c.w, s.cookie(formCookie, nonce, int(time.Hour.Seconds())))
	w := wordsIn(c.lang)
	return s.show(c, status, "signin", view{Title: w.SignIn, Here: "/sign-in", CSRF: csrfOf(nonce), Body: signInBody{wrong}})
}

// readForm reads a posted form that comes from a page of ours.
func (s *Server) readForm(c *call) (url.Values, error) {
	if err := http.NewCrossOriginProtection().Check(c.r); err != nil {
		return nil, errForm().because(err)
	}
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxForm)
	if err := c.r.ParseForm(); err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return nil, errTooLarge(maxForm)
		}
		return nil, errForm().because(err)
	}
	return c.r.PostForm, nil
}

func errForm() *Error {
	return &Error{
		Status: http.StatusForbidden, Code: "bad_form",
		Title: ocop.Text{VI: "Biểu mẫu không được chấp nhận", EN: "Form refused"},
		Detail: ocop.Text{
			VI: "Biểu mẫu này không đến từ trang của dịch vụ, hoặc đã quá cũ. Hãy mở lại trang và thử lần nữa.",
			EN: "This form is not from a page of this service, or too old. Open the page again and retry.",
		},
	}
}

// cookie makes one that scripts and other sites never see. An age below 0 ends it.
func (s *Server) cookie(name, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.o.Secure, SameSite: http.SameSiteStrictMode,
	}
}

// csrfOf is what forms carry to show that the page was read by who holds the
// cookie, which no other site can.
func csrfOf(secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("form of ocopsync"))
	return hex.EncodeToString(mac.Sum(nil))
}

func sameSecret(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }
