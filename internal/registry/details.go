package registry

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// detailCache keeps product pages that were fetched by a read that is not yet
// committed, by the digest of the list record that led to them, so that a first
// read of thousands of pages that fails does not begin again at none. After a
// commit the held products themselves are the cache.
type detailCache struct {
	mu    sync.Mutex
	file  *os.File
	end   int64
	lines map[[16]byte]detailLine
}

type detailLine struct {
	at   int64 // unix seconds
	off  int64
	size int
}

type detailRecord struct {
	Key  string          `json:"key"`
	At   int64           `json:"at"`
	Page json.RawMessage `json:"page"`
}

func openDetails(dir string) (*detailCache, error) {
	f, err := os.OpenFile(filepath.Join(dir, "details.jsonl"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the pages fetched before: %w", err)
	}
	c := &detailCache{file: f, lines: map[[16]byte]detailLine{}}
	if err := c.load(); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("opening the pages fetched before: %w", err)
	}
	return c, nil
}

// load indexes the lines; what follows a line that was cut by a kill is dropped.
func (c *detailCache) load() error {
	r := bufio.NewReaderSize(c.file, 64<<10)
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return c.file.Truncate(c.end)
		}
		if err != nil {
			return err
		}
		var rec detailRecord
		key, ok := detailKey(line, &rec)
		if !ok {
			return c.file.Truncate(c.end)
		}
		c.lines[key] = detailLine{rec.At, c.end, len(line)}
		c.end += int64(len(line))
	}
}

func detailKey(line []byte, rec *detailRecord) (key [16]byte, ok bool) {
	if json.Unmarshal(line, rec) != nil {
		return key, false
	}
	b, err := hex.DecodeString(rec.Key)
	if err != nil || len(b) != len(key) {
		return key, false
	}
	return [16]byte(b), true
}

// find gives a page that was fetched after the given time.
func (c *detailCache) find(key [16]byte, after time.Time) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, ok := c.lines[key]
	if !ok || l.at <= after.Unix() {
		return nil, false
	}
	b := make([]byte, l.size)
	if _, err := c.file.ReadAt(b, l.off); err != nil {
		return nil, false
	}
	var rec detailRecord
	if got, ok := detailKey(b, &rec); !ok || got != key {
		return nil, false
	}
	return rec.Page, true
}

// add keeps a page, which is compact JSON; none (a 404) is not kept.
func (c *detailCache) add(key [16]byte, page []byte, at time.Time) error {
	if page == nil {
		return nil
	}
	var b bytes.Buffer
	b.WriteString(`{"key":"` + hex.EncodeToString(key[:]) + `","at":` + fmt.Sprint(at.Unix()) + `,"page":`)
	b.Write(page)
	b.WriteString("}\n")
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.file.WriteAt(b.Bytes(), c.end); err != nil {
		return fmt.Errorf("keeping a fetched page: %w", err)
	}
	c.lines[key] = detailLine{at.Unix(), c.end, b.Len()}
	c.end += int64(b.Len())
	return nil
}

func (c *detailCache) close() { _ = c.file.Close() }

// remove drops the file once the products are held.
func (c *detailCache) remove() error {
	if err := os.Remove(c.file.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("dropping the pages fetched before: %w", err)
	}
	return nil
}
