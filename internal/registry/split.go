package registry

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// splitter cuts a JSON list into its items as it streams in. It looks at nothing
// but brackets, strings and commas, so an item that is new must still be checked
// by a JSON decoder; one whose bytes are known was checked when it was new.
// encoding/json would scan every item twice, which is most of what reading an
// unchanged registry costs.
type splitter struct {
	r    *bufio.Reader
	item []byte
	n    int
}

var errList = errors.New("the list of records is no JSON")

// next gives the next item, valid until the next call; io.EOF after the list's
// closing bracket.
func (s *splitter) next() ([]byte, error) {
	c, err := s.skipSpace()
	if err != nil {
		return nil, err
	}
	switch {
	case c == ']':
		return nil, io.EOF
	case s.n > 0 && c != ',':
		return nil, fmt.Errorf("%w: %q after a record", errList, c)
	case s.n > 0:
		if c, err = s.skipSpace(); err != nil {
			return nil, err
		}
	}
	s.n++
	s.item = append(s.item[:0], c)
	switch c {
	case '{', '[':
		err = s.nested()
	case ',', ']', '}', ':':
		err = fmt.Errorf("%w: %q in the place of a record", errList, c)
	default:
		err = s.plain(c == '"')
	}
	return s.item, err
}

func (s *splitter) skipSpace() (byte, error) {
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return 0, unexpected(err)
		}
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c, nil
		}
	}
}

// nested takes the rest of an object or a list.
func (s *splitter) nested() error {
	depth, inString, escaped := 1, false, false
	for {
		b, err := s.buffered()
		if err != nil {
			return err
		}
		for i, c := range b {
			switch {
			case escaped:
				escaped = false
			case inString:
				inString, escaped = c != '"', c == '\\'
			case c == '"':
				inString = true
			case c == '{' || c == '[':
				depth++
			case c == '}' || c == ']':
				if depth--; depth == 0 {
					return s.take(b[:i+1])
				}
			}
		}
		if err := s.take(b); err != nil {
			return err
		}
	}
}

// plain takes the rest of a string, number or word.
func (s *splitter) plain(inString bool) error {
	escaped := false
	for {
		c, err := s.r.ReadByte()
		if err != nil {
			return unexpected(err)
		}
		switch {
		case escaped:
			escaped = false
		case inString && c == '"':
			s.item = append(s.item, c)
			return nil
		case inString:
			escaped = c == '\\'
		case c == ',' || c == ']' || c == ' ' || c == '\n' || c == '\r' || c == '\t':
			return s.r.UnreadByte()
		}
		s.item = append(s.item, c)
	}
}

// buffered gives what can be looked at without reading again, at least one byte.
func (s *splitter) buffered() ([]byte, error) {
	if s.r.Buffered() == 0 {
		if _, err := s.r.Peek(1); err != nil {
			return nil, unexpected(err)
		}
	}
	return s.r.Peek(s.r.Buffered())
}

func (s *splitter) take(b []byte) error {
	s.item = append(s.item, b...)
	_, err := s.r.Discard(len(b))
	return err
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
