package admin

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"

	"ocopsync/internal/state"
)

//go:embed page
var pageFiles embed.FS

// pages are the templates and the style, ready to be served.
type pages struct {
	of    map[string]*template.Template
	style document
}

func newPages() (*pages, error) {
	p := &pages{of: make(map[string]*template.Template)}
	for _, name := range []string{"status", "signin", "said"} {
		t, err := template.New(name+".html").Option("missingkey=error").ParseFS(pageFiles, "page/layout.html", "page/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("read the page %s: %w", name, err)
		}
		p.of[name] = t
	}
	style, err := pageFiles.ReadFile("page/style.css")
	if err != nil {
		return nil, fmt.Errorf("read the style of the pages: %w", err)
	}
	p.style = documentOf(style)
	return p, nil
}

// A view is what every page shows; Body is the page's own.
type view struct {
	Lang, Other lang
	W           words
	Title       string
	Here        string // the page's path, for the language's switch
	Who, Role   string // "": nobody has signed in
	CSRF        string
	Forward     bool // to the status page at once, without a script
	Body        any
}

// show answers with a page.
func (s *Server) show(c *call, status int, name string, v view) error {
	v.Lang, v.Other, v.W = c.lang, en, wordsIn(c.lang)
	if c.lang == en {
		v.Other = vi
	}
	if c.who.ID != "" {
		v.Who, v.Role = c.who.Name, v.W.role(c.who.Role)
	}
	var out bytes.Buffer
	if err := s.pages.of[name].Execute(&out, v); err != nil {
		return fmt.Errorf("write the page %s: %w", name, err)
	}
	c.w.Header().Set("Content-Language", string(c.lang))
	c.send(status, "text/html; charset=utf-8", out.Bytes())
	return nil
}

type saidBody struct{ Text, Request string }

// failPage tells a person why a page can't be shown.
func (s *Server) failPage(c *call, e *Error) {
	err := s.show(c, e.Status, "said", view{Title: c.lang.of(e.Title), Here: "/", Body: saidBody{c.lang.of(e.Detail), c.id}})
	if err != nil {
		c.fail(e)
		return
	}
	c.flush()
}

// getStyle: GET /style.css.
func (s *Server) getStyle(c *call) error {
	c.document("text/css; charset=utf-8", s.pages.style)
	return nil
}

// langCookie keeps the language that a person chose; it is no secret.
const langCookie = "ocopsync_lang"

// pageLang is the language chosen with ?lang= now or before; else Vietnamese.
func pageLang(r *http.Request) lang {
	chosen := lang(r.URL.Query().Get("lang"))
	if kept, err := r.Cookie(langCookie); chosen == "" && err == nil {
		chosen = lang(kept.Value)
	}
	if chosen == en {
		return en
	}
	return vi
}

// keepLang remembers a language that was just chosen.
func (s *Server) keepLang(c *call) {
	if c.r.URL.Query().Has("lang") {
		http.SetCookie(c.w, s.cookie(langCookie, string(c.lang), 365*24*60*60))
	}
}

// signedIn finds out who has signed in; false for nobody.
func (s *Server) signedIn(c *call) (secret string, is bool, err error) {
	kept, err := c.r.Cookie(sessionCookie)
	if err != nil || kept.Value == "" {
		return "", false, nil
	}
	t, err := s.auth.check(c.r.Context(), state.SessionToken, kept.Value, c.addr)
	if err != nil {
		if asError(err).Code == codeWrongToken { // it has ended
			return "", false, nil
		}
		return "", false, err
	}
	c.who = t
	return kept.Value, true, nil
}
