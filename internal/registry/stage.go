package registry

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ocopsync/internal/ocop"
)

// Staged is a reading that was completed and is not yet the held one, so that
// guards can judge it first. New products were appended to the held products
// file behind its committed end; nothing refers to them until Commit.
// Entries, Product, Meta and Faults are safe for concurrent use once Read has
// returned it; Commit and Discard are for its owner, once.
type Staged struct {
	held  *Held
	lock  *os.File
	fresh bool // the held reading is of another source: none of its records is taken over

	base    []Entry
	byKey   map[[16]byte]int    // into base
	list    []Entry             // in the order in which they came
	now     map[ocop.Code]int32 // into list
	loose   []ocop.Fault
	created bool // the products file is new and not yet referred to

	file *os.File
	gen  uint32
	w    *bufio.Writer
	line bytes.Buffer
	enc  *json.Encoder
	end  int64
	crc  uint32

	entries   []Entry
	meta      Meta
	same      bool // entries are the held ones
	committed bool
	ended     bool
	onCommit  func() error
}

// stage begins a reading. The lock keeps a second process (a `plan` beside a
// daemon) from writing into the same files; if one has committed since, its
// reading is taken over first.
func (h *Held) stage(source string) (*Staged, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, fmt.Errorf("staging a reading: %w", os.ErrClosed)
	}
	if h.staged {
		return nil, ErrBusy
	}
	lock, err := lockFile(filepath.Join(h.dir, "lock"))
	if err != nil {
		return nil, err
	}
	s := &Staged{held: h, lock: lock}
	if err := s.begin(source); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("staging a reading: %w", err)
	}
	h.staged = true
	return s, nil
}

func (s *Staged) begin(source string) error {
	h := s.held
	if m, err := readMeta(h.dir); err == nil && m.Seq != h.meta.Seq {
		if err := h.load(); err != nil {
			return err
		}
	}
	s.meta = Meta{Source: source, Format: heldFormat, Seq: h.meta.Seq + 1}
	s.fresh = h.meta.Source != source
	s.base = h.entries
	s.byKey = make(map[[16]byte]int, len(s.base))
	if !s.fresh {
		for i := range s.base {
			s.byKey[s.base[i].key] = i
		}
	}
	if h.file != nil {
		s.file, s.gen, s.end, s.crc = h.file, h.meta.Gen, h.meta.Size, h.meta.CRC
		// What a killed read left behind the committed end is no part of anything.
		if err := s.file.Truncate(s.end); err != nil {
			return err
		}
	} else {
		f, gen, err := newProducts(h.dir, h.meta.Gen)
		if err != nil {
			return err
		}
		s.file, s.gen, s.created = f, gen, true
	}
	s.enc = json.NewEncoder(&s.line)
	s.enc.SetEscapeHTML(false)
	s.reset()
	return nil
}

// newProducts makes the products file of the next free generation.
func newProducts(dir string, after uint32) (*os.File, uint32, error) {
	gen := after + 1
	names, err := filepath.Glob(filepath.Join(dir, "products-*.jsonl"))
	if err != nil {
		return nil, 0, err
	}
	for _, name := range names {
		var n uint32
		if _, err := fmt.Sscanf(filepath.Base(name), "products-%d.jsonl", &n); err == nil && n >= gen {
			gen = n + 1
		}
	}
	f, err := os.OpenFile(filepath.Join(dir, productsName(gen)), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	return f, gen, err
}

// reset forgets what was staged, for a list that changed while it was read.
func (s *Staged) reset() {
	s.list = make([]Entry, 0, len(s.base))
	s.now = make(map[ocop.Code]int32, len(s.base))
	s.loose = nil
	if !s.created {
		s.end, s.crc = s.held.meta.Size, s.held.meta.CRC
	} else {
		s.end, s.crc = 0, 0
	}
	s.w = bufio.NewWriterSize(io.NewOffsetWriter(s.file, s.end), 256<<10)
}

// overlay begins with the held products, for a delta.
func (s *Staged) overlay() {
	for _, e := range s.base {
		s.keep(e)
	}
	s.loose = s.held.meta.Loose
}

// byListed gives the held entry whose list record has this digest.
func (s *Staged) byListed(key [16]byte) (Entry, bool) {
	i, ok := s.byKey[key]
	if !ok {
		return Entry{}, false
	}
	return s.base[i], true
}

// keep takes over a held entry as it is.
func (s *Staged) keep(e Entry) {
	if i, ok := s.now[e.Code]; ok {
		s.list[i] = e
		return
	}
	s.now[e.Code] = int32(len(s.list))
	s.list = append(s.list, e)
}

// put writes a product. key is the digest of what the list shows of it, hash of
// the whole record.
func (s *Staged) put(p *ocop.Product, key, hash [16]byte, at time.Time) error {
	s.line.Reset()
	if err := s.enc.Encode(p); err != nil {
		return fmt.Errorf("staging product %s: %w", p.Code, err)
	}
	b := s.line.Bytes()
	if _, err := s.w.Write(b); err != nil {
		return fmt.Errorf("staging product %s: %w", p.Code, err)
	}
	s.crc = crc32.Update(s.crc, castagnoli(), b)
	s.keep(Entry{
		Code: p.Code, Hash: hash, readAt: at.Unix(), key: key,
		name: nameHash(p.Name), who: whoHash(p.Name, p.Producer.Name),
		standing: standingOf(p), gen: s.gen, size: uint32(len(b)), off: s.end,
	})
	s.end += int64(len(b))
	return nil
}

// touch notes that a product was read anew, although nothing in it may have changed.
func (s *Staged) touch(code ocop.Code, at time.Time) {
	if i, ok := s.now[code]; ok {
		s.list[i].readAt = at.Unix()
	}
}

// holds says whether a held entry's product is exactly p, faults and places too.
func (s *Staged) holds(e Entry, p *ocop.Product) bool {
	b, err := s.held.line(e, nil)
	if err != nil {
		return false
	}
	s.line.Reset()
	return s.enc.Encode(p) == nil && bytes.Equal(b, s.line.Bytes())
}

// staged gives the product that this reading already has under a code.
func (s *Staged) staged(code ocop.Code) (*ocop.Product, Entry, error) {
	e := s.list[s.now[code]]
	if err := s.w.Flush(); err != nil {
		return nil, e, fmt.Errorf("staging product %s: %w", code, err)
	}
	p, err := s.Product(e)
	return p, e, err
}

// seal ends the writing and sorts the entries.
func (s *Staged) seal() error {
	if err := s.w.Flush(); err != nil {
		return fmt.Errorf("staging a reading: %w", err)
	}
	s.entries = s.list
	slices.SortFunc(s.entries, func(a, b Entry) int { return cmp.Compare(a.Code, b.Code) })
	s.list, s.now, s.byKey = nil, nil, nil
	s.same = !s.created && slices.Equal(s.entries, s.held.entries)
	if s.same {
		s.entries = s.held.entries
	}
	return nil
}

// unchanged makes the staged reading the held one with another time.
func (s *Staged) unchanged(at time.Time) {
	seq := s.meta.Seq
	s.meta = s.held.meta
	s.meta.Seq, s.meta.ReadAt = seq, at.UTC()
	s.entries, s.same = s.held.entries, true
	s.loose = s.held.meta.Loose
	s.list, s.now, s.byKey = nil, nil, nil
}

// Entries lists the staged products sorted by code. The slice must not be changed.
func (s *Staged) Entries() []Entry { return s.entries }

// Meta gives the staged reading's figures.
func (s *Staged) Meta() Meta { return s.meta }

// Find gives the entry of a code.
func (s *Staged) Find(code ocop.Code) (Entry, bool) { return findCode(s.entries, code) }

// Product reads an entry's product; before and after Commit.
func (s *Staged) Product(e Entry) (*ocop.Product, error) {
	if s.committed || e.gen != s.gen {
		return s.held.Product(e)
	}
	b := make([]byte, e.size)
	if _, err := s.file.ReadAt(b, e.off); err != nil {
		return nil, fmt.Errorf("reading product %s from the staged reading: %w", e.Code, err)
	}
	return decodeLine(e, b)
}
