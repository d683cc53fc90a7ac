package sandbox

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oauthWindow is how far a timestamp may be off, as WooCommerce has it.
const oauthWindow = 15 * time.Minute

// authenticate takes Basic or query credentials over TLS, and an OAuth 1.0a
// signature (RFC 5849, one leg) over plain HTTP. A wrong key and no key are
// refused alike.
func (d *lamdong) authenticate(r *http.Request) *wooError {
	if callOf(r).twist == FaultExpiredToken {
		return cannot(r)
	}
	if r.TLS != nil {
		user, password, ok := r.BasicAuth()
		if !ok {
			user, password = r.URL.Query().Get("consumer_key"), r.URL.Query().Get("consumer_secret")
		}
		if user == LamdongConsumerKey && password == LamdongConsumerSecret {
			return nil
		}
	}
	params := oauthParams(r)
	if params.Get("oauth_consumer_key") != LamdongConsumerKey {
		return cannot(r)
	}
	return d.checkSignature(r, params)
}

// cannot is the refusal of somebody unknown.
func cannot(r *http.Request) *wooError {
	e := &wooError{status: 401}
	switch {
	case r.Method == http.MethodGet:
		e.Code, e.Message = "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."
		if r.PathValue("id") != "" {
			e.Message = "Sorry, you cannot view this resource."
		}
	case strings.HasSuffix(r.URL.Path, "/batch"):
		e.Code, e.Message = "woocommerce_rest_cannot_batch", "Sorry, you are not allowed to batch manipulate this resource."
	case r.Method == http.MethodDelete:
		e.Code, e.Message = "woocommerce_rest_cannot_delete", "Sorry, you are not allowed to delete this resource."
	case r.PathValue("id") != "":
		e.Code, e.Message = "woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."
	default:
		e.Code, e.Message = "woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources."
	}
	return e
}

// oauthParams are the query's parameters with those of the Authorization header.
func oauthParams(r *http.Request) url.Values {
	params := r.URL.Query()
	header, ok := strings.CutPrefix(r.Header.Get("Authorization"), "OAuth ")
	if !ok {
		return params
	}
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		value, err := url.PathUnescape(strings.Trim(value, `"`))
		if err == nil && name != "realm" {
			params.Set(name, value)
		}
	}
	return params
}

func oauthRefusal(message string) *wooError {
	return &wooError{status: 401, Code: "woocommerce_rest_authentication_error", Message: message}
}

func (d *lamdong) checkSignature(r *http.Request, params url.Values) *wooError {
	for _, name := range []string{"oauth_signature", "oauth_signature_method", "oauth_timestamp", "oauth_nonce"} {
		if params.Get(name) == "" {
			return oauthRefusal("Missing OAuth parameter " + name)
		}
	}
	var method func() hash.Hash
	switch params.Get("oauth_signature_method") {
	case "HMAC-SHA1":
		method = sha1.New
	case "HMAC-SHA256":
		method = sha256.New
	default:
		return oauthRefusal("Invalid signature - signature method is invalid.")
	}
	given, err := base64.StdEncoding.DecodeString(params.Get("oauth_signature"))
	mac := hmac.New(method, []byte(escape(LamdongConsumerSecret)+"&"))
	mac.Write([]byte(baseString(r, params)))
	if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		return oauthRefusal("Invalid signature - provided signature does not match.")
	}
	return d.checkNonce(params.Get("oauth_timestamp"), params.Get("oauth_nonce"))
}

// baseString is RFC 5849, section 3.4.1.
func baseString(r *http.Request, params url.Values) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	type pair struct{ name, value string }
	var sorted []pair
	for name, values := range params {
		for _, v := range values {
			if name != "oauth_signature" {
				sorted = append(sorted, pair{escape(name), escape(v)})
			}
		}
	}
	slices.SortFunc(sorted, func(a, b pair) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	var pairs []string
	for _, p := range sorted {
		pairs = append(pairs, p.name+"="+p.value)
	}
	return r.Method + "&" + escape(scheme+"://"+strings.ToLower(r.Host)+r.URL.EscapedPath()) + "&" + escape(strings.Join(pairs, "&"))
}

// escape percent-encodes everything but RFC 3986's unreserved characters.
func escape(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}

// checkNonce refuses old timestamps and nonces seen before. A timestamp is
// compared with the sandbox's clock and with the real one, since a client in a
// test with an injected clock may go by either.
func (d *lamdong) checkNonce(timestamp, nonce string) *wooError {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	at, now := time.Unix(seconds, 0), d.now()
	if err != nil || at.Sub(now).Abs() > oauthWindow && time.Since(at).Abs() > oauthWindow {
		return oauthRefusal("Invalid timestamp.")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, used := d.nonces[nonce]; used {
		return oauthRefusal("Invalid nonce - nonce has already been used.")
	}
	if len(d.nonces) >= 100_000 { // the oldest would be refused by their timestamp anyway
		clear(d.nonces)
	}
	d.nonces[nonce] = at
	return nil
}
