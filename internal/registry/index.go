package registry

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"ocopsync/internal/ocop"
)

// The index file is indexMagic, then per entry: the code's length (uint16) and
// bytes, then entrySize bytes of fixed fields, little endian. Its checksum is in meta.
const (
	indexMagic = "ocopix1\n"
	entrySize  = 16 + 16 + 8 + 8 + 8 + 4 + 4 + 8 + 4 + 4 + 6*4
)

var errIndex = errors.New("the index can't be read")

func encodeIndex(entries []Entry) []byte {
	le := binary.LittleEndian
	b := make([]byte, 0, len(indexMagic)+len(entries)*(entrySize+32))
	b = append(b, indexMagic...)
	for i := range entries {
		e := &entries[i]
		b = le.AppendUint16(b, uint16(len(e.Code)))
		b = append(b, e.Code...)
		b = append(b, e.Hash[:]...)
		b = append(b, e.key[:]...)
		b = le.AppendUint64(b, e.name)
		b = le.AppendUint64(b, e.who)
		b = le.AppendUint64(b, uint64(e.off))
		b = le.AppendUint32(b, e.size)
		b = le.AppendUint32(b, e.gen)
		b = le.AppendUint64(b, uint64(e.readAt))
		s := e.standing
		b = append(b, s.stars, s.status, s.has, s.proposed)
		b = le.AppendUint32(b, s.faults)
		for _, sp := range [3]span{s.issued, s.expires, s.revoked} {
			b = le.AppendUint32(b, sp.first)
			b = le.AppendUint32(b, sp.last)
		}
	}
	return b
}

func decodeIndex(b []byte) ([]Entry, error) {
	if len(b) < len(indexMagic) || string(b[:len(indexMagic)]) != indexMagic {
		return nil, fmt.Errorf("%w: not an index of this format", errIndex)
	}
	b = b[len(indexMagic):]
	le := binary.LittleEndian
	entries := make([]Entry, 0, len(b)/(entrySize+20))
	for len(b) > 0 {
		if len(b) < 2 {
			return nil, fmt.Errorf("%w: cut short", errIndex)
		}
		n := int(le.Uint16(b))
		if len(b) < 2+n+entrySize {
			return nil, fmt.Errorf("%w: cut short", errIndex)
		}
		var e Entry
		e.Code = ocop.Code(b[2 : 2+n])
		b = b[2+n:]
		copy(e.Hash[:], b)
		copy(e.key[:], b[16:])
		e.name, e.who = le.Uint64(b[32:]), le.Uint64(b[40:])
		e.off = int64(le.Uint64(b[48:]))
		e.size, e.gen = le.Uint32(b[56:]), le.Uint32(b[60:])
		e.readAt = int64(le.Uint64(b[64:]))
		e.standing = standing{stars: b[72], status: b[73], has: b[74], proposed: b[75], faults: le.Uint32(b[76:])}
		spans := [3]*span{&e.standing.issued, &e.standing.expires, &e.standing.revoked}
		for i, sp := range spans {
			*sp = span{le.Uint32(b[80+8*i:]), le.Uint32(b[84+8*i:])}
		}
		b = b[entrySize:]
		if k := len(entries); k > 0 && entries[k-1].Code >= e.Code {
			return nil, fmt.Errorf("%w: codes out of order", errIndex)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }
