package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	gojson "github.com/goccy/go-json"

	"ocopsync/internal/ocop"
)

// heldFormat is the version of the files of a held reading and of how records
// are turned into products: raise it when either changes, and the next reading
// is a full one.
const heldFormat = 1

// Held is the last committed reading of a registry. Its products are on disk,
// so that memory stays flat and so that a 304 or a delta can be laid over them
// after a restart; its index is in memory. It is safe for concurrent use.
//
// The directory holds
//
//	meta.json           the reading's figures, and which of the other files belong to it; renamed into place last
//	index-<seq>.bin     one entry per product, see encodeIndex
//	products-<gen>.jsonl  one product per line; appended to, and rewritten when over half of it is superseded
//	details.jsonl       what an unfinished read of the ocopvietnam dialect has already fetched
//	lock                held while a reading is staged, by whatever process
type Held struct {
	dir string

	mu      sync.RWMutex
	meta    Meta
	entries []Entry
	file    *os.File // products of meta.Gen; nil before the first commit
	prev    *os.File // the generation before, for entries taken before a compaction
	prevGen uint32
	dropped error
	staged  bool
	closed  bool

	lines sync.Pool // of *[]byte: products are read by the hundred thousand
}

// Meta are the figures of a reading.
type Meta struct {
	Source string    `json:"source"`           // Source.Describe of whoever read it
	ETag   string    `json:"etag,omitempty"`   // of the full list, or of the file's content
	Stamp  string    `json:"stamp,omitempty"`  // of a file: size and modification time
	AsOf   time.Time `json:"as_of"`            // by the source's clock
	ReadAt time.Time `json:"read_at"`          // when it was last found to be current
	Full   time.Time `json:"full"`             // when it was last read in full
	Total  int       `json:"total"`            // products, withdrawn ones included
	Faults int       `json:"faults,omitempty"` // faults at the last full read

	// Loose are faults that belong to no product: a row without a name, a row
	// given twice, a sheet that could not be read.
	Loose []ocop.Fault `json:"loose,omitempty"`

	Format   int    `json:"format"`
	Seq      uint64 `json:"seq"`
	Gen      uint32 `json:"gen"`
	Size     int64  `json:"size"` // committed bytes of the products file
	CRC      uint32 `json:"crc"`  // of those bytes
	IndexCRC uint32 `json:"index_crc"`
}

// OpenHeld opens the held reading in dir, making the directory when there is
// none. A damaged reading, or one of another format, is left unused as a whole:
// the held reading is then empty and Dropped says why.
func OpenHeld(dir string) (*Held, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the held reading: %w", err)
	}
	h := &Held{dir: dir}
	if err := h.load(); err != nil {
		return nil, err
	}
	return h, nil
}

// load reads the committed state. A commit by another process may replace the
// files between two of our steps; then meta has moved on and is read again.
func (h *Held) load() error {
	for try := 0; ; try++ {
		meta, err := readMeta(h.dir)
		if errors.Is(err, os.ErrNotExist) {
			h.install(Meta{}, nil, nil, nil)
			return nil
		}
		if err != nil && !errors.Is(err, errDamaged) {
			return fmt.Errorf("opening the held reading: %w", err)
		}
		var entries []Entry
		var file *os.File
		if err == nil {
			entries, file, err = openCommitted(h.dir, meta)
		}
		if err != nil {
			if again, e := readMeta(h.dir); e == nil && again.Seq != meta.Seq && try < 3 {
				continue
			}
			h.install(Meta{Seq: meta.Seq}, nil, nil, fmt.Errorf("the held reading in %s is not used: %w", h.dir, err))
			return nil
		}
		h.install(meta, entries, file, nil)
		return nil
	}
}

var errDamaged = errors.New("damaged")

func readMeta(dir string) (Meta, error) {
	b, err := os.ReadFile(filepath.Join(dir, "meta.json"))
	if err != nil {
		return Meta{}, err
	}
	var m Meta
	if err := json.Unmarshal(b, &m); err != nil {
		return Meta{}, fmt.Errorf("meta.json: %w: %w", errDamaged, err)
	}
	if m.Format != heldFormat {
		return Meta{Seq: m.Seq}, fmt.Errorf("meta.json: %w: it has format %d, this program writes format %d", errDamaged, m.Format, heldFormat)
	}
	return m, nil
}

// openCommitted opens the files that meta names and checks every byte of them.
func openCommitted(dir string, m Meta) ([]Entry, *os.File, error) {
	b, err := os.ReadFile(filepath.Join(dir, indexName(m.Seq)))
	if err != nil {
		return nil, nil, err
	}
	if crc32.Checksum(b, castagnoli()) != m.IndexCRC {
		return nil, nil, fmt.Errorf("%s: %w: wrong checksum", indexName(m.Seq), errDamaged)
	}
	entries, err := decodeIndex(b)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", indexName(m.Seq), err)
	}
	f, err := os.OpenFile(filepath.Join(dir, productsName(m.Gen)), os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	sum := crc32.New(castagnoli())
	n, err := io.Copy(sum, io.NewSectionReader(f, 0, m.Size))
	if err == nil && (n != m.Size || sum.Sum32() != m.CRC) {
		err = fmt.Errorf("%s: %w: wrong length or checksum", productsName(m.Gen), errDamaged)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return entries, f, nil
}

func indexName(seq uint64) string    { return fmt.Sprintf("index-%d.bin", seq) }
func productsName(gen uint32) string { return fmt.Sprintf("products-%d.jsonl", gen) }

// install makes the given state the current one, keeping the file of the
// generation before for entries that are still in somebody's hands.
func (h *Held) install(meta Meta, entries []Entry, file *os.File, dropped error) {
	if h.file != nil && h.file != file {
		if h.prev != nil {
			_ = h.prev.Close()
		}
		h.prev, h.prevGen = h.file, h.meta.Gen
	}
	h.meta, h.entries, h.file, h.dropped = meta, entries, file, dropped
}

// Dropped says why a reading that was found on disk is not used; nil otherwise.
// It is cleared by the next commit.
func (h *Held) Dropped() error {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.dropped
}

// Entries lists the held products sorted by code. The slice must not be changed.
func (h *Held) Entries() []Entry {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.entries
}

// Meta gives the held reading's figures; the zero Meta when nothing is held.
func (h *Held) Meta() Meta {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.meta
}

// Empty says whether nothing was ever committed, or what was is not usable.
func (h *Held) Empty() bool { return h.Meta().ReadAt.IsZero() }

// Find gives the entry of a code.
func (h *Held) Find(code ocop.Code) (Entry, bool) { return findCode(h.Entries(), code) }

// ErrSuperseded: the product has changed since the reading that an entry is of,
// so long ago that the older one is no longer kept. Ask Entries again.
var ErrSuperseded = errors.New("the product has been read anew since")

// Product reads an entry's product from disk. Entries stay readable over the
// next compaction, and beyond it as long as the product has not changed; then it
// fails with ErrSuperseded.
func (h *Held) Product(e Entry) (*ocop.Product, error) {
	buf, ok := h.lines.Get().(*[]byte)
	if !ok {
		buf = new([]byte)
	}
	defer h.lines.Put(buf)
	var err error
	if *buf, err = h.line(e, *buf); err != nil {
		return nil, err
	}
	return decodeLine(e, *buf)
}

// line reads an entry's bytes, into buf where there is room for them. The file that holds them may be closed by a
// compaction at just that moment; then they are found in the newer one.
func (h *Held) line(e Entry, buf []byte) ([]byte, error) {
	for {
		f, at, err := h.place(e)
		if err != nil {
			return buf, fmt.Errorf("reading product %s: %w", e.Code, err)
		}
		b := slices.Grow(buf[:0], int(at.size))[:at.size]
		_, err = f.ReadAt(b, at.off)
		if err == nil {
			return b, nil
		}
		if !errors.Is(err, os.ErrClosed) {
			return b, fmt.Errorf("reading product %s from the held reading: %w", e.Code, err)
		}
	}
}

// place gives the file that holds an entry's product, and the entry by which it
// is found there.
func (h *Held) place(e Entry) (*os.File, Entry, error) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	switch {
	case h.closed:
		return nil, e, os.ErrClosed
	case e.gen == h.meta.Gen && h.file != nil:
		return h.file, e, nil
	case e.gen == h.prevGen && h.prev != nil:
		return h.prev, e, nil
	}
	now, there := findCode(h.entries, e.Code)
	if !there || now.Hash != e.Hash || now.gen != h.meta.Gen || h.file == nil {
		return nil, e, ErrSuperseded
	}
	return h.file, now, nil
}

// decodeLine reads a line of our own writing, by a decoder that costs a fraction
// of encoding/json's CPU; what comes from outside is never read by it. The
// product's texts share the memory of one copy of b: who keeps one of them keeps
// all, and b can be used again.
func decodeLine(e Entry, b []byte) (*ocop.Product, error) {
	p := new(ocop.Product)
	if err := gojson.Unmarshal(b, p); err != nil {
		return nil, fmt.Errorf("reading product %s from the held reading: %w", e.Code, err)
	}
	if p.Code != e.Code {
		return nil, fmt.Errorf("reading product %s from the held reading: found %s in its place", e.Code, p.Code)
	}
	return p, nil
}

// Close closes the files. A staged reading must be ended before.
func (h *Held) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	var errs []error
	for _, f := range []*os.File{h.file, h.prev} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	h.file, h.prev = nil, nil
	return errors.Join(errs...)
}
