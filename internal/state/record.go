package state

import (
	"encoding/binary"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// recordVersion is the form of records written here. Bytes 1 to 8 are SeenAt, so
// that writeScript can move it without knowing the rest.
const recordVersion = 1

// Flags of a record. A digest is written as its difference from another that it
// mostly equals: Stored and Pending either from Sent or from nothing.
const (
	flagSeen = 1 << iota
	flagStoredFromSent
	flagPendingFromSent
	flagsKnown = flagSeen | flagStoredFromSent | flagPendingFromSent
)

// appendRecord writes everything of a record but its code, which is its field.
func appendRecord(b []byte, r *listing.Record) []byte {
	b = append(b, recordVersion)
	b = appendTime(b, r.SeenAt)
	var flags byte
	if r.Seen {
		flags |= flagSeen
	}
	stored, pending := listing.Digest{}, listing.Digest{}
	if nearer(r.Stored, r.Sent) {
		flags, stored = flags|flagStoredFromSent, r.Sent
	}
	if nearer(r.Pending, r.Sent) {
		flags, pending = flags|flagPendingFromSent, r.Sent
	}
	b = append(b, flags)
	b = appendTime(b, r.CreatedAt)
	b = appendTime(b, r.SentAt)
	b = appendTime(b, r.Since)
	b = appendDigest(b, r.Sent, listing.Digest{})
	b = appendDigest(b, r.Stored, stored)
	b = appendDigest(b, r.Pending, pending)
	b = binary.AppendVarint(b, int64(r.Absent))
	b = binary.AppendVarint(b, int64(r.Failures))
	b = binary.AppendUvarint(b, uint64(len(r.Reasons)))
	texts := make([]string, 0, 16)
	texts = append(texts, string(r.SKU), r.ID, r.Submission, r.URL, string(r.State), r.Words, r.FailureKind)
	for _, why := range r.Reasons {
		texts = append(texts, string(why))
	}
	return appendTexts(b, texts...)
}

// decodeRecord reads what appendRecord wrote. Times come back in UTC.
func decodeRecord(code ocop.Code, value string) (listing.Record, error) {
	in := open(value, recordVersion)
	r := listing.Record{Code: code, SeenAt: in.time()}
	flags := in.byte()
	if in.err == nil && flags&^flagsKnown != 0 {
		in.err = errCut
	}
	r.Seen = flags&flagSeen != 0
	r.CreatedAt, r.SentAt, r.Since = in.time(), in.time(), in.time()
	readDigest(in, &r.Sent)
	if flags&flagStoredFromSent != 0 {
		r.Stored = r.Sent
	}
	readDigest(in, &r.Stored)
	if flags&flagPendingFromSent != 0 {
		r.Pending = r.Sent
	}
	readDigest(in, &r.Pending)
	r.Absent, r.Failures = int(in.varint()), int(in.varint())
	if n := in.size(); n > 0 {
		r.Reasons = make(ocop.Reasons, n)
	}
	texts := make([]*string, 0, 16)
	texts = append(texts, (*string)(&r.SKU), &r.ID, &r.Submission, &r.URL, (*string)(&r.State), &r.Words, &r.FailureKind)
	for i := range r.Reasons {
		texts = append(texts, (*string)(&r.Reasons[i]))
	}
	in.texts(texts...)
	if in.err != nil {
		return listing.Record{}, in.err
	}
	return r, nil
}

// hashes are the parts of a digest that are hashes, in the order of their bits.
func hashes(d *listing.Digest) [9]*uint64 {
	return [9]*uint64{
		&d.Title, &d.TitleText, &d.Description, &d.DescriptionText,
		&d.Category, &d.Unit, &d.Pictures, &d.Documents, &d.Attributes,
	}
}

const (
	bitPrice = 1 << (9 + iota)
	bitStock
	digestBits = 1<<11 - 1
)

// nearer says whether d shares more parts with base than with the zero digest.
func nearer(d, base listing.Digest) bool {
	same := 0
	var zero listing.Digest
	dh, bh, zh := hashes(&d), hashes(&base), hashes(&zero)
	for i := range dh {
		same += equal(*dh[i], *bh[i]) - equal(*dh[i], *zh[i])
	}
	same += equal(d.Price, base.Price) - equal(d.Price, 0)
	same += equal(d.Stock, base.Stock) - equal(d.Stock, 0)
	return same > 0
}

func equal[T comparable](a, b T) int {
	if a == b {
		return 1
	}
	return 0
}

// appendDigest writes which parts differ from base, then those parts.
func appendDigest(b []byte, d, base listing.Digest) []byte {
	var mask uint64
	dh, bh := hashes(&d), hashes(&base)
	for i := range dh {
		if *dh[i] != *bh[i] {
			mask |= 1 << i
		}
	}
	if d.Price != base.Price {
		mask |= bitPrice
	}
	if d.Stock != base.Stock {
		mask |= bitStock
	}
	b = binary.AppendUvarint(b, mask)
	for i := range dh {
		if mask&(1<<i) != 0 {
			b = binary.BigEndian.AppendUint64(b, *dh[i])
		}
	}
	if mask&bitPrice != 0 {
		b = binary.AppendVarint(b, int64(d.Price))
	}
	if mask&bitStock != 0 {
		b = binary.AppendVarint(b, d.Stock)
	}
	return b
}

// readDigest overwrites the parts of d, its base, that differ.
func readDigest(in *reader, d *listing.Digest) {
	mask := in.uvarint()
	if in.err == nil && mask > digestBits {
		in.err = errCut
		return
	}
	for i, h := range hashes(d) {
		if mask&(1<<i) != 0 {
			*h = in.uint64()
		}
	}
	if mask&bitPrice != 0 {
		d.Price = ocop.VND(in.varint())
	}
	if mask&bitStock != 0 {
		d.Stock = in.varint()
	}
}
