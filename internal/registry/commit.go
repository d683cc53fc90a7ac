package registry

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// compactFrom is the size below which a products file is never rewritten.
const compactFrom = 1 << 20

// Commit makes the staged reading the held one. The order is: products synced,
// index synced, meta renamed into place, directory synced; a kill at any point
// leaves the reading before or this one. On an error the held reading is as it was.
func (s *Staged) Commit() error {
	if s.ended {
		return errors.New("committing a reading: it has already ended")
	}
	h := s.held
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := s.commit(); err != nil {
		s.abandon()
		return fmt.Errorf("committing a reading to %s: %w", h.dir, err)
	}
	s.committed = true
	s.release()
	if s.onCommit != nil {
		return s.onCommit()
	}
	return nil
}

func (s *Staged) commit() error {
	h := s.held
	old := h.meta
	m := s.meta
	m.Format, m.Total, m.Loose = heldFormat, len(s.entries), s.loose
	if s.same && !s.created {
		return s.commitMeta(old, m)
	}
	file, gen, end, crc := s.file, s.gen, s.end, s.crc
	if live := liveBytes(s.entries); !s.created && end > compactFrom && live < end/2 {
		var err error
		if file, gen, end, crc, err = s.compact(); err != nil {
			return err
		}
	}
	if err := file.Sync(); err != nil {
		return err
	}
	index := encodeIndex(s.entries)
	m.Gen, m.Size, m.CRC, m.IndexCRC = gen, end, crc, crc32.Checksum(index, castagnoli())
	if err := writeSynced(filepath.Join(h.dir, indexName(m.Seq)), index); err != nil {
		return err
	}
	if err := writeMeta(h.dir, m); err != nil {
		return err
	}
	h.install(m, s.entries, file, nil)
	s.clean(m)
	return nil
}

// commitMeta is for a reading whose products are all as held: one small file.
// The index keeps its name, so its number stays meta's.
func (s *Staged) commitMeta(old, m Meta) error {
	m.Seq, m.Gen, m.Size, m.CRC, m.IndexCRC = old.Seq, old.Gen, old.Size, old.CRC, old.IndexCRC
	if err := writeMeta(s.held.dir, m); err != nil {
		return err
	}
	s.held.meta = m
	return nil
}

func liveBytes(entries []Entry) int64 {
	var n int64
	for i := range entries {
		n += int64(entries[i].size)
	}
	return n
}

// compact writes the live products, in the order in which they lie, to a file
// of the next generation and points the entries there.
func (s *Staged) compact() (*os.File, uint32, int64, uint32, error) {
	fail := func(err error) (*os.File, uint32, int64, uint32, error) { return nil, 0, 0, 0, err }
	to, gen, err := newProducts(s.held.dir, s.gen)
	if err != nil {
		return fail(err)
	}
	moved := slices.Clone(s.entries)
	order := make([]int, len(moved))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return int(moved[a].off - moved[b].off) })
	sum := crc32.New(castagnoli())
	w := bufio.NewWriterSize(io.MultiWriter(to, sum), 256<<10)
	var end int64
	for _, i := range order {
		e := &moved[i]
		if _, err := io.Copy(w, io.NewSectionReader(s.file, e.off, int64(e.size))); err != nil {
			_ = to.Close()
			return fail(err)
		}
		e.off, e.gen = end, gen
		end += int64(e.size)
	}
	if err := w.Flush(); err != nil {
		_ = to.Close()
		return fail(err)
	}
	s.entries = moved
	return to, gen, end, sum.Sum32(), nil
}

// clean removes files that no reading refers to. The one before stays open in
// Held for entries that are in use. What can't be removed is found next time.
func (s *Staged) clean(m Meta) {
	for _, pattern := range []string{"index-*.bin", "products-*.jsonl", "*.tmp"} {
		names, _ := filepath.Glob(filepath.Join(s.held.dir, pattern))
		for _, name := range names {
			if base := filepath.Base(name); base != indexName(m.Seq) && base != productsName(m.Gen) {
				_ = os.Remove(name)
			}
		}
	}
}

// Discard ends the reading and leaves the held one as it is. After Commit it
// does nothing, so that it can be deferred.
func (s *Staged) Discard() {
	if s.ended {
		return
	}
	s.held.mu.Lock()
	defer s.held.mu.Unlock()
	s.abandon()
}

func (s *Staged) abandon() {
	if s.created {
		_ = s.file.Close()
		_ = os.Remove(s.file.Name())
	} else {
		_ = s.file.Truncate(s.held.meta.Size)
	}
	s.release()
}

func (s *Staged) release() {
	s.ended = true
	s.held.staged = false
	_ = s.lock.Close() // frees the lock
}

// lockFile takes an exclusive lock that ends with the process at the latest.
func lockFile(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the held reading: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w (%s is locked)", ErrBusy, name)
		}
		return nil, fmt.Errorf("locking the held reading: %w", err)
	}
	return f, nil
}

func writeMeta(dir string, m Meta) error {
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	if err := writeSynced(filepath.Join(dir, "meta.json"), b); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeSynced writes a file under another name, syncs it and renames it into place.
func writeSynced(name string, b []byte) error {
	tmp := name + ".tmp"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, name)
}
