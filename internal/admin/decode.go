package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"
)

// decode reads a body strictly: one JSON object, each member known, spelt
// exactly and there once. v is a pointer to a struct of flat members with json
// tags.
func (c *call) decode(v any) error {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return errNotJSON()
	}
	body, err := c.readBody()
	if err != nil {
		return err
	}
	return decodeStrictly(body, v)
}

// noBody refuses a body that says anything: a member would be ignored.
func (c *call) noBody() error {
	body, err := c.readBody()
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return err
	}
	return decodeStrictly(body, &struct{}{})
}

func (c *call) readBody() ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, errTooLarge(maxBody)
	}
	if err != nil {
		return nil, errBadBody("Nội dung gửi lên bị đứt giữa chừng. Hãy gửi lại.", "The body broke off. Send it again.").because(err)
	}
	return body, nil
}

func decodeStrictly(body []byte, v any) error {
	if err := checkMembers(body, members(v)); err != nil {
		return err
	}
	err := json.Unmarshal(body, v)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return errBadBody(
			fmt.Sprintf("Trường %q có kiểu %s; xem kiểu đúng trong /openapi.yaml.", wrong.Field, wrong.Value),
			fmt.Sprintf("The member %q is a %s; /openapi.yaml says what it should be.", wrong.Field, wrong.Value),
		).of(wrong.Field, "")
	}
	if err != nil {
		return errSyntax(err)
	}
	return nil
}

// members are the names that a struct's json tags give.
func members(v any) map[string]bool {
	t := reflect.TypeOf(v).Elem()
	names := make(map[string]bool, t.NumField())
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names[name] = true
	}
	return names
}

// checkMembers sees to what encoding/json lets pass: other capitals, a member
// that comes twice, null in place of an object, and anything after it.
func checkMembers(body []byte, known map[string]bool) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	first, err := dec.Token()
	if err != nil {
		return errSyntax(err)
	}
	if first != json.Delim('{') {
		return errBadBody("Cần một đối tượng JSON: { … }.", "One JSON object is expected: { … }.")
	}
	seen := make(map[string]bool)
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return errSyntax(err)
		}
		name, _ := token.(string)
		if !known[name] {
			return errBadBody("Trường này không có ở đây; xem /openapi.yaml.", "There is no such member here; see /openapi.yaml.").of(name, "")
		}
		if seen[name] {
			return errBadBody("Trường này xuất hiện hai lần.", "This member is there twice.").of(name, "")
		}
		seen[name] = true
		var skipped json.RawMessage
		if err := dec.Decode(&skipped); err != nil {
			return errSyntax(err)
		}
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return errSyntax(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errBadBody("Chỉ gửi một đối tượng JSON; phía sau còn nội dung khác.", "Send one JSON object; there is something after it.")
	}
	return nil
}

func errSyntax(err error) *Error {
	where := ""
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		where = fmt.Sprintf(" (byte %d)", syntax.Offset)
	}
	return errBadBody("Không phải JSON hợp lệ"+where+".", "This is no valid JSON"+where+".").because(err)
}
