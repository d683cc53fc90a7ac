package registry

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// pageHead is what a page says of its list.
type pageHead struct {
	Total    int // -1 when it does not say
	Page     int
	PageSize int
	AsOf     time.Time
}

// errEnough ends the reading of a page before its end.
var errEnough = errors.New("enough was read")

// decodePage reads one page as it streams in and calls onItem for every record;
// the bytes are valid until
// it returns, and whether they are JSON is not yet checked. onHead is called when the records begin
// with what was said until then, and may end the reading with errEnough.
func decodePage(body io.Reader, totalKey, itemsKey string, onHead func(pageHead) error, onItem func([]byte) error) (pageHead, error) {
	head := pageHead{Total: -1}
	seen := false
	err := decodeObject(body, func(key string, dec *json.Decoder) (bool, error) {
		if key == itemsKey {
			if seen {
				return false, fmt.Errorf("%q stands twice", itemsKey)
			}
			seen = true
			return true, onHead(head)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return false, err
		}
		return false, head.set(key, totalKey, raw)
	}, onItem)
	if err == nil && (!seen || head.Total < 0) {
		err = fmt.Errorf("%q or %q is missing", totalKey, itemsKey)
	}
	return head, err
}

// decodeObject walks through the keys of the one object in body. onKey either
// takes the key's value from the decoder or says that it is the list, whose
// items then go to onItem.
func decodeObject(body io.Reader, onKey func(string, *json.Decoder) (bool, error), onItem func([]byte) error) error {
	dec := json.NewDecoder(body)
	if err := expect(dec, json.Delim('{')); err != nil {
		return err
	}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := tok.(string)
		isList, err := onKey(key, dec)
		if err != nil {
			return err
		}
		if !isList {
			continue
		}
		rest := bufio.NewReaderSize(io.MultiReader(dec.Buffered(), body), 32<<10)
		if err := decodeItems(rest, true, onItem); err != nil {
			return err
		}
		// What follows is the end of an object whose beginning was read: give a
		// new decoder a beginning that says nothing.
		body = io.MultiReader(strings.NewReader(`{"":0`), rest)
		dec = json.NewDecoder(body)
		var nothing json.RawMessage
		if err := expect(dec, json.Delim('{')); err != nil {
			return err
		}
		if _, err := dec.Token(); err != nil {
			return err
		}
		if err := dec.Decode(&nothing); err != nil {
			return err
		}
	}
	return endOf(dec, json.Delim('}'))
}

// decodeItems reads a list, after the colon of its key where it has one; null is empty.
func decodeItems(r *bufio.Reader, keyed bool, onItem func([]byte) error) error {
	s := &splitter{r: r}
	c, err := s.skipSpace()
	if err == nil && keyed {
		if c != ':' {
			return fmt.Errorf("%w: %q in the place of a colon", errList, c)
		}
		c, err = s.skipSpace()
	}
	if err != nil {
		return err
	}
	if c == 'n' {
		word := make([]byte, 3)
		if _, err := io.ReadFull(r, word); err != nil || string(word) != "ull" {
			return errList
		}
		return nil
	}
	if c != '[' {
		return fmt.Errorf("%w: it begins with %q", errList, c)
	}
	for {
		item, err := s.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = onItem(item)
		}
		if err != nil {
			return err
		}
	}
}

func endOf(dec *json.Decoder, end json.Delim) error {
	if err := expect(dec, end); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows after the end of the JSON")
	}
	return nil
}

func expect(dec *json.Decoder, want json.Delim) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	if tok != want {
		return fmt.Errorf("expected %q, found %v", want.String(), tok)
	}
	return nil
}

func (h *pageHead) set(key, totalKey string, raw []byte) error {
	var into *int
	switch key {
	case totalKey:
		into = &h.Total
	case "page":
		into = &h.Page
	case "page_size":
		into = &h.PageSize
	case "as_of":
		if err := json.Unmarshal(raw, &h.AsOf); err != nil {
			return fmt.Errorf("as_of: %w", err)
		}
		return nil
	default:
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if *into < 0 {
		return fmt.Errorf("%s is %d", key, *into)
	}
	return nil
}
