package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Values of records and intents are a version byte followed by a form of that
// version. Numbers are varints, times 8 bytes (big-endian nanoseconds since 1970,
// 0 for the zero time; years 1678 to 2262), texts come last: all their lengths,
// then their bytes in the same order. A later version of the program that needs
// more raises the version byte and still reads the older ones; an unknown one is
// refused, never guessed at.

var errCut = errors.New("value is cut short or damaged")

// A versionError refuses a form that this version of the program does not know.
type versionError struct{ found, known byte }

func (e *versionError) Error() string {
	return fmt.Sprintf("form %d of the value is unknown, this version of ocopsync knows %d: it was written by a newer one", e.found, e.known)
}

func appendTime(b []byte, t time.Time) []byte {
	var n int64
	if !t.IsZero() {
		n = t.UnixNano()
	}
	return binary.BigEndian.AppendUint64(b, uint64(n))
}

// appendTexts writes the lengths of the texts, then the texts.
func appendTexts(b []byte, texts ...string) []byte {
	for _, t := range texts {
		b = binary.AppendUvarint(b, uint64(len(t)))
	}
	for _, t := range texts {
		b = append(b, t...)
	}
	return b
}

// A reader takes a value apart from its front. The first failure stays; what is
// read after it is zero.
type reader struct {
	rest string
	err  error
}

// open starts reading a value and checks its version.
func open(value string, known byte) *reader {
	r := &reader{rest: value}
	if v := r.byte(); r.err == nil && v != known {
		r.err = &versionError{v, known}
	}
	return r
}

func (r *reader) take(n int) string {
	if r.err != nil {
		return ""
	}
	if n < 0 || n > len(r.rest) {
		r.err, r.rest = errCut, ""
		return ""
	}
	head := r.rest[:n]
	r.rest = r.rest[n:]
	return head
}

func (r *reader) byte() byte {
	if s := r.take(1); s != "" {
		return s[0]
	}
	return 0
}

func (r *reader) uint64() uint64 {
	s := r.take(8)
	if s == "" {
		return 0
	}
	var n uint64
	for i := range 8 {
		n = n<<8 | uint64(s[i])
	}
	return n
}

func (r *reader) time() time.Time {
	n := int64(r.uint64())
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func (r *reader) uvarint() uint64 {
	var n uint64
	for i := range binary.MaxVarintLen64 {
		c := r.byte()
		if i == binary.MaxVarintLen64-1 && c > 1 {
			break
		}
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return n
		}
	}
	if r.err == nil {
		r.err = errCut
	}
	return 0
}

func (r *reader) varint() int64 {
	n := r.uvarint()
	if n&1 != 0 {
		return ^int64(n >> 1)
	}
	return int64(n >> 1)
}

// size is a number of things that take at least one byte each.
func (r *reader) size() int {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		if r.err == nil {
			r.err = errCut
		}
		return 0
	}
	return int(n)
}

// texts reads what appendTexts wrote, which must be all that is left. The texts
// share one copy of their bytes, so that none of them keeps the value alive.
func (r *reader) texts(into ...*string) {
	sizes := make([]int, 0, 16)
	total := 0
	for range into {
		n := r.size()
		sizes = append(sizes, n)
		total += n
	}
	if r.err == nil && total != len(r.rest) {
		r.err = errCut
	}
	if r.err != nil {
		return
	}
	own := strings.Clone(r.rest)
	for i, p := range into {
		*p, own = own[:sizes[i]], own[sizes[i]:]
	}
	r.rest = ""
}
