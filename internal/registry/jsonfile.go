package registry

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"ocopsync/internal/ocop"
)

// json reads a list of the province dialect's products, bare or in "items".
func (r *fileRead) json(ctx context.Context) error {
	head := make([]byte, min(r.src.info.Size(), sniffed))
	if _, err := r.src.file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := checkText(head, r.src.info.Size() > sniffed); err != nil {
		return err
	}
	skip := int64(0)
	if strings.HasPrefix(string(head), "\xef\xbb\xbf") {
		skip = 3
	}
	body := io.NewSectionReader(r.src.file, skip, r.src.info.Size()-skip)
	n := 0
	take := func(raw []byte) error {
		n++
		if n > r.w.opt.Limits.Rows {
			return fmt.Errorf("the file has more than the %d products allowed", r.w.opt.Limits.Rows)
		}
		if n%256 == 0 {
			r.progress(Progress{Pages: 1, Records: n})
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		return r.takeJSON(raw, n)
	}
	err := decodeList(body, take)
	r.pages = 1
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the file ends in the middle, after %s", ErrIncomplete, ocop.Count(n, "product", "products"))
	}
	return err
}

func (r *fileRead) takeJSON(raw []byte, n int) error {
	at := ocop.Place{File: r.file, Row: n}
	key := hash16(raw)
	if e, ok := r.st.byListed(key); ok && !e.Faulty() && r.seen.keep(e, key, at) {
		return nil
	}
	if !json.Valid(raw) {
		return fmt.Errorf("product %d: %w", n, errList)
	}
	p, fault := decodeProvince(raw, at, (*url.URL)(nil))
	if p == nil {
		r.seen.loose(fault)
		return nil
	}
	return r.seen.put(p, key, key, at, r.now)
}

// decodeList reads a JSON list of objects, or an object that has it as "items".
func decodeList(body io.Reader, take func([]byte) error) error {
	r := bufio.NewReaderSize(body, 64<<10)
	s := &splitter{r: r}
	c, err := s.skipSpace()
	if err != nil {
		return err
	}
	if err := r.UnreadByte(); err != nil {
		return err
	}
	wrong := errors.New(`expected a list of products or an object with "items"`)
	switch c {
	case '[':
		if err := decodeItems(r, false, take); err != nil {
			return err
		}
		if _, err := s.skipSpace(); !errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("more follows after the end of the JSON")
		}
		return nil
	case '{':
	default:
		return wrong
	}
	found := false
	err = decodeObject(r, func(key string, dec *json.Decoder) (bool, error) {
		if key == "items" {
			if found {
				return false, errors.New(`"items" stands twice`)
			}
			found = true
			return true, nil
		}
		var raw json.RawMessage
		return false, dec.Decode(&raw)
	}, take)
	if err == nil && !found {
		err = wrong
	}
	return err
}
