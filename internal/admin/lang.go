package admin

import (
	"strconv"
	"strings"

	"ocopsync/internal/ocop"
)

// A lang is a language of the screens.
type lang string

const (
	vi lang = "vi"
	en lang = "en"
)

// of gives the text in the language.
func (l lang) of(t ocop.Text) string {
	if l == vi {
		return t.VI
	}
	return t.EN
}

// askedLang reads Accept-Language (RFC 9110, 12.5.4) as far as two languages
// need; without a word on either it is otherwise.
func askedLang(header string, otherwise lang) lang {
	best, bestQ := otherwise, 0.0
	for i, part := range strings.Split(header, ",") {
		if i == 20 { // a header of hundreds is nobody's
			break
		}
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if v, is := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); is {
			var err error
			if q, err = strconv.ParseFloat(v, 64); err != nil {
				continue
			}
		}
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if l := lang(primary); (l == vi || l == en) && q > bestQ {
			best, bestQ = l, q
		}
	}
	return best
}
