package sandbox

import (
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// wooObject writes a JSON object field by field, those asked for only.
type wooObject struct {
	b    []byte
	only map[string]bool // nil for all
	some bool
}

func (o *wooObject) key(name string) bool {
	if o.only != nil && !o.only[name] {
		return false
	}
	if o.some {
		o.b = append(o.b, ',')
	}
	o.some = true
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
	return true
}

func (o *wooObject) str(name, value string) {
	if o.key(name) {
		o.b = appendString(o.b, value)
	}
}

func (o *wooObject) num(name string, value int) {
	if o.key(name) {
		o.b = strconv.AppendInt(o.b, int64(value), 10)
	}
}

func (o *wooObject) yes(name string, value bool) {
	if o.key(name) {
		o.b = strconv.AppendBool(o.b, value)
	}
}

func (o *wooObject) raw(name, value string) {
	if o.key(name) {
		o.b = append(o.b, value...)
	}
}

// appendString writes a JSON string, fast where nothing is to be escaped.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == '"' || s[i] == '\\' {
			return append(b, encode(s)...)
		}
	}
	if !utf8.ValidString(s) {
		return append(b, encode(s)...)
	}
	return append(append(append(b, '"'), s...), '"')
}

// askedFields reads _fields; nil for all.
func askedFields(r *http.Request) map[string]bool {
	asked := r.URL.Query().Get("_fields")
	if asked == "" {
		return nil
	}
	only := make(map[string]bool)
	for name := range strings.SplitSeq(asked, ",") {
		name, _, _ = strings.Cut(strings.TrimSpace(name), ".")
		only[name] = true
	}
	return only
}
