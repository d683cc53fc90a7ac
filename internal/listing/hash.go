package listing

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"ocopsync/internal/ocop"
)

// hasher makes the 64-bit hashes of a Digest: the start of a SHA-256, never 0
// but for nothing at all. It is for one digest, which shares its buffer.
type hasher struct{ buf []byte }

func (h *hasher) sum() uint64 {
	if len(h.buf) == 0 {
		return 0
	}
	sum := sha256.Sum256(h.buf)
	return binary.LittleEndian.Uint64(sum[:8]) | 1 // never 0: that is "empty"
}

func (h *hasher) text(s string) uint64 {
	h.buf = append(h.buf[:0], s...)
	return h.sum()
}

func (h *hasher) words(s string) uint64 {
	h.buf = appendWords(h.buf[:0], s)
	return h.sum()
}

// list hashes texts so that ["ab"] and ["a", "b"] differ, and [""] is not
// nothing.
func (h *hasher) list(texts ...string) uint64 {
	h.buf = h.buf[:0]
	for _, s := range texts {
		h.add(s)
	}
	return h.sum()
}

func (h *hasher) add(s string) {
	h.buf = append(h.buf, s...)
	h.buf = append(h.buf, 0)
}

func (h *hasher) documents(docs []ocop.Document) uint64 {
	h.buf = h.buf[:0]
	for _, d := range docs {
		h.add(string(d.Kind))
		h.add(d.URL)
	}
	return h.sum()
}

// attributes hashes everything that is sent beside the compared fields.
func (h *hasher) attributes(l *Listing) uint64 {
	a := &l.Attributes
	h.buf = strconv.AppendInt(h.buf[:0], int64(a.Stars), 10)
	h.buf = append(h.buf, 0)
	for _, s := range [...]string{a.Certificate, a.ExpiresOn, a.Producer, a.Origin, l.GTIN} {
		h.add(s)
	}
	h.buf = strconv.AppendInt(h.buf, l.WeightGrams, 10)
	return h.sum()
}
