package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// Secret is a value that never prints itself, whatever encoder or verb (but %p)
// is asked for. string(s) is the value.
type Secret string

// String hides the secret; only an empty one shows that it is empty.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[secret]"
}

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }

// Format hides the secret from every verb: fmt prints a string under a verb
// that strings have not (%d) as it is.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the secret from JSON, YAML and other encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// maxSecret bounds a secret file, in bytes: a wrong path must not load a disk
// image.
const maxSecret = 64 << 10

// secretFile reads a secret from its file. White space about it goes, for
// editors end a file with a line break.
func (d *decoder) secretFile(n ast.Node, v reflect.Value, path string) {
	name, ok := d.text(n, path)
	if !ok {
		return
	}
	if name == "" {
		d.fault(path, "the name of a file is needed")
		return
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(d.dir, name)
	}
	b, err := readAtMost(name, maxSecret)
	secret := bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff")))
	switch {
	case err != nil:
		d.fault(path, "the secret can't be read: %s", reason(err))
	case len(secret) == 0:
		d.fault(path, "%s is empty; write the secret into it", name)
	case !utf8.Valid(secret) || bytes.IndexByte(secret, 0) >= 0:
		d.fault(path, "%s is no text; is it the right file?", name)
	case bytes.ContainsAny(secret, "\r\n"):
		d.fault(path, "%s holds several lines, a secret is one", name)
	default:
		v.SetString(string(secret))
	}
}

// tooLargeError says that a file is not what it was taken for.
type tooLargeError struct {
	name string
	most int
}

func (e *tooLargeError) Error() string {
	return fmt.Sprintf("%s holds more than %d bytes; is it the right file?", e.name, e.most)
}

// readAtMost reads a file that has no more than a number of bytes, whatever
// its size is said to be.
func readAtMost(name string, most int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	switch {
	case err != nil:
		return nil, err
	case len(b) > most:
		return nil, &tooLargeError{name, most}
	}
	return b, nil
}

// reason says in a person's words why a file can't be read.
func reason(err error) string {
	var path *fs.PathError
	if !errors.As(err, &path) {
		return err.Error()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path.Path + " does not exist"
	case errors.Is(err, fs.ErrPermission):
		return "this user may not read " + path.Path
	}
	return path.Path + ": " + path.Err.Error()
}
