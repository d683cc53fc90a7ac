package admin

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// How many entries a page holds.
const (
	pageDefault = 50
	pageMost    = 200
)

// query reads the parameters strictly: known ones, each once.
func (c *call) query(known ...string) (url.Values, error) {
	q, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return nil, errBadParameter("Phần sau dấu hỏi không đọc được.", "What follows the question mark can't be read.").because(err)
	}
	for name, values := range q {
		if !slices.Contains(known, name) {
			list := strings.Join(known, ", ")
			return nil, errBadParameter("Không có tham số này; các tham số là: "+list+".", "There is no such parameter; there are: "+list+".").of(name, "")
		}
		if len(values) > 1 {
			return nil, errBadParameter("Tham số này chỉ được gửi một lần.", "This parameter may be sent once.").of(name, "")
		}
		if !utf8.ValidString(values[0]) || len(values[0]) > 500 {
			return nil, errBadParameter("Giá trị quá dài hoặc không phải UTF-8.", "The value is too long, or no UTF-8.").of(name, "")
		}
	}
	return q, nil
}

// limit reads how many entries a page may hold.
func limit(q url.Values) (int, error) {
	given := q.Get("limit")
	if !q.Has("limit") {
		return pageDefault, nil
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < 1 || n > pageMost {
		return 0, errBadParameter(
			fmt.Sprintf("Cần một số từ 1 đến %d.", pageMost), fmt.Sprintf("A number from 1 to %d is expected.", pageMost),
		).of("limit", given)
	}
	return n, nil
}

// A list is a kind of list with its filters: a cursor is good for the one that
// gave it only.
type list string

// listOf names a list by its kind and filters.
func listOf(kind string, q url.Values, filters ...string) list {
	sum := sha256.New()
	for _, f := range filters {
		fmt.Fprintf(sum, "%q", q.Get(f))
	}
	return list(kind + hex.EncodeToString(sum.Sum(nil)[:4]))
}

// cursor gives the cursor of the page after the entry of key.
func (l list) cursor(key string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(string(l) + " " + key))
}

// after gives the key of a cursor, "" where none was sent.
func (l list) after(q url.Values) (string, error) {
	if !q.Has("cursor") {
		return "", nil
	}
	given := q.Get("cursor")
	text, err := base64.RawURLEncoding.Strict().DecodeString(given)
	key, ours := strings.CutPrefix(string(text), string(l)+" ")
	if err != nil || !ours || key == "" || !utf8.ValidString(key) {
		return "", errBadCursor().of("cursor", given)
	}
	return key, nil
}

// oneOf reads a parameter of a closed set; "" where it was not sent.
func oneOf[T ~string](q url.Values, name string, set []T) (T, error) {
	given := T(q.Get(name))
	if !q.Has(name) || slices.Contains(set, given) {
		return given, nil
	}
	words := make([]string, len(set))
	for i, w := range set {
		words[i] = string(w)
	}
	all := strings.Join(words, ", ")
	return "", errBadParameter("Giá trị không có; có thể là: "+all+".", "No such value; there are: "+all+".").of(name, string(given))
}
