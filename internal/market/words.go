package market

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// maxWords is how many characters of a market's own words are kept.
const maxWords = 300

// CleanWords makes a market's sentence fit for a page and a log: one line of
// valid text, cut to 300 characters, with what looks like a secret, a telephone
// number or an e-mail address taken out: malls quote what they object to, and
// producers' numbers are never logged (design decision 14).
func CleanWords(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
	s = Redact(strings.Join(strings.Fields(s), " "))
	s = phone.ReplaceAllString(s, "${1}[telephone]")
	s = email.ReplaceAllString(s, "[e-mail]")
	if utf8.RuneCountInString(s) > maxWords {
		s = string([]rune(s)[:maxWords-1]) + "…"
	}
	return s
}

var (
	// The names under which secrets travel in queries, forms and JSON.
	secretPair = regexp.MustCompile(`(?i)\b((?:access_token|refresh_token|token|client_secret|consumer_key|consumer_secret|` +
		`oauth_[a-z_]+|password|passwd|secret|api_?key|signature)["']?\s*[=:]\s*["']?)[^\s"'&,;<>{}]+`)
	secretScheme = regexp.MustCompile(`(?i)\b(Bearer|Basic|OAuth)\s+[A-Za-z0-9+/=._~-]{8,}`)
	secretKey    = regexp.MustCompile(`\b(c[ks]_)[0-9a-f]{8,}`) // WooCommerce's keys
	secretInURL  = regexp.MustCompile(`(://)[^\s/@"']+@`)

	// A Vietnamese telephone number: 0 or +84 and nine or ten digits, in groups
	// or not. A digit or hyphen before it makes it a part of a code.
	phone = regexp.MustCompile(`(^|[^\d+-])(?:\+84|84|0)(?:[ .-]?\d){9,10}\b`)
	email = regexp.MustCompile(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
)

// Redact takes secrets out of a text: what follows the names under which
// tokens, keys, passwords and signatures travel, and credentials in addresses.
func Redact(s string) string {
	s = secretPair.ReplaceAllString(s, "${1}[redacted]")
	s = secretScheme.ReplaceAllString(s, "${1} [redacted]")
	s = secretKey.ReplaceAllString(s, "${1}[redacted]")
	return secretInURL.ReplaceAllString(s, "${1}[redacted]@")
}

// redactedError says what err says, without the address and without secrets.
type redactedError struct {
	text string
	err  error
}

// redacted keeps a cause for the log. The texts of net/http name the whole
// address with its query, where OAuth 1.0a puts its signature.
func redacted(err error) error {
	var call *callError
	if errors.As(err, &call) {
		err = call.err
	}
	var at *url.Error
	for errors.As(err, &at) {
		err = at.Err
	}
	if text := Redact(err.Error()); text != err.Error() {
		return &redactedError{text: text, err: err}
	}
	return err
}

func (e *redactedError) Error() string { return e.text }

// Is keeps errors.Is working without handing out the text that was redacted.
func (e *redactedError) Is(target error) bool { return errors.Is(e.err, target) }

// wordsOf reads the market's own word and sentence out of a failed answer.
func wordsOf(header http.Header, body []byte) (code, words string) {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return "", ""
	case body[0] == '{':
		var said struct {
			Code    any    `json:"code"`
			Message string `json:"message"`
			Detail  string `json:"detail"`
			Title   string `json:"title"`
			Error   any    `json:"error"`
		}
		_ = json.Unmarshal(body, &said) // what can be read of it is enough
		code, _ = said.Code.(string)
		reason, _ := said.Error.(string)
		for _, s := range []string{said.Message, said.Detail, said.Title, reason} {
			if s != "" {
				return CleanWords(code), CleanWords(s)
			}
		}
		return CleanWords(code), ""
	case body[0] == '<' || strings.Contains(header.Get("Content-Type"), "html"):
		return "", CleanWords("HTML instead of JSON: " + htmlText(body))
	case body[0] == '[':
		return "", ""
	default:
		return "", CleanWords("text instead of JSON: " + string(body[:min(len(body), 4*maxWords)]))
	}
}

// htmlText is the start of what a person would read on the page.
func htmlText(page []byte) string {
	z := html.NewTokenizer(bytes.NewReader(page[:min(len(page), 64<<10)]))
	var out strings.Builder
	hidden := false
	for out.Len() < 4*maxWords {
		switch z.Next() {
		case html.ErrorToken:
			return out.String()
		case html.StartTagToken:
			name, _ := z.TagName()
			hidden = string(name) == "script" || string(name) == "style"
		case html.EndTagToken:
			hidden = false
		case html.TextToken:
			if !hidden {
				out.Write(z.Text())
				out.WriteByte(' ')
			}
		}
	}
	return out.String()
}
