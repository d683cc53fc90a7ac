package registry

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"time"

	"ocopsync/internal/ocop"
)

// An Entry is what a reading keeps of one product in memory: enough to tell
// whether it changed, whether it is eligible today, and where its texts are.
type Entry struct {
	Code ocop.Code
	// Hash is of the whole source record: it changes when anything in it does.
	Hash [16]byte

	key       [16]byte // of what the list shows of it; equals Hash where the list shows everything
	name, who uint64   // hashes of NameKey, and of NameKey with ProducerKey
	standing  standing
	readAt    int64  // unix seconds: when the record was last taken over from the source
	gen       uint32 // generation of the products file
	size      uint32
	off       int64
}

// Check is ocop.Check without reading the product from disk: eligibility by
// date is asked of every product in every run (design decision 3).
func (e Entry) Check(rules ocop.Rules, today ocop.Day) ocop.Reasons {
	p := e.standing.product(e.Code)
	return ocop.Check(&p, rules, today)
}

// LastDay is the last day on which the product's certificate certainly counts,
// days of grace included; zero when it is not known.
func (e Entry) LastDay(rules ocop.Rules) ocop.Day {
	p := e.standing.product(e.Code)
	last := p.Certificate.LastDay()
	if last.IsZero() {
		return ocop.Day{}
	}
	return last.First.AddDays(max(rules.GraceDays, 0))
}

// Recognized is the product's recognized stars, and Status its status.
func (e Entry) Recognized() ocop.Stars { return ocop.Stars(e.standing.stars) }

// Status is what the registry says of the product's recognition.
func (e Entry) Status() ocop.Status {
	if all := statuses(); int(e.standing.status) < len(all) {
		return all[e.standing.status]
	}
	return ""
}

// Faulty says whether any field of the product could not be read surely.
func (e Entry) Faulty() bool { return e.standing.faults != 0 }

// FaultIn says whether the named field of the product could not be read surely.
func (e Entry) FaultIn(f ocop.Field) bool { return e.standing.faults&faultBit(f) != 0 }

// standing is all that ocop.Check looks at, in 32 bytes.
type standing struct {
	stars    uint8
	status   uint8  // index into statuses
	has      uint8  // hasCertificate
	faults   uint32 // bit per field, see faultBit
	issued   span
	expires  span
	revoked  span
	proposed uint8
}

const hasCertificate = 1

// span is ocop.Days in 8 bytes, each day as year*512 + month*32 + day.
type span struct{ first, last uint32 }

func packDay(d ocop.Day) uint32 {
	if d.IsZero() || d.Year < 0 || d.Year > 1<<22 {
		return 0
	}
	return uint32(d.Year)<<9 | uint32(d.Month)<<5 | uint32(d.Dom)
}

func unpackDay(v uint32) ocop.Day {
	return ocop.Day{Year: int(v >> 9), Month: time.Month(v >> 5 & 15), Dom: int(v & 31)}
}

func packDays(d ocop.Days) span { return span{packDay(d.First), packDay(d.Last)} }

func (s span) days() ocop.Days { return ocop.Days{First: unpackDay(s.first), Last: unpackDay(s.last)} }

// statuses is the order in which the index stores them; "" is not readable.
func statuses() [5]ocop.Status {
	return [5]ocop.Status{"", ocop.StatusRecognized, ocop.StatusExpired, ocop.StatusRevoked, ocop.StatusWithdrawn}
}

// faultFields is the order of the bits in standing.faults; other fields share the last bit.
func faultFields() []ocop.Field {
	return []ocop.Field{
		ocop.FieldCode, ocop.FieldName, ocop.FieldRating, ocop.FieldStatus, ocop.FieldGroup, ocop.FieldProducer,
		ocop.FieldCertificate, ocop.FieldImages, ocop.FieldDocuments, ocop.FieldPrice, ocop.FieldUnit,
		ocop.FieldStock, ocop.FieldGTIN, ocop.FieldWeight, ocop.FieldRow,
	}
}

func faultBit(f ocop.Field) uint32 {
	if i := slices.Index(faultFields(), f); i >= 0 {
		return 1 << i
	}
	return 1 << 31
}

// packStars keeps a number that is no rating as one that is none either: never
// as the rating that its last bits would make.
func packStars(n ocop.Stars) uint8 {
	if n < 0 || n > ocop.MaxStars {
		return math.MaxUint8
	}
	return uint8(n)
}

func standingOf(p *ocop.Product) standing {
	all := statuses()
	s := standing{
		stars:    packStars(p.Rating.Recognized),
		proposed: packStars(p.Rating.Proposed),
		status:   uint8(max(0, slices.Index(all[:], p.Status))),
		issued:   packDays(p.Certificate.IssuedOn),
		expires:  packDays(p.Certificate.ExpiresOn),
		revoked:  packDays(p.Certificate.RevokedOn),
	}
	if p.Certificate.Exists() {
		s.has = hasCertificate
	}
	for _, f := range p.Faults {
		s.faults |= faultBit(f.Field)
	}
	return s
}

// product builds the part of a product that ocop.Check looks at.
func (s standing) product(code ocop.Code) ocop.Product {
	p := ocop.Product{
		Code:   code,
		Rating: ocop.Rating{Recognized: ocop.Stars(s.stars), Proposed: ocop.Stars(s.proposed)},
		Status: statuses()[min(int(s.status), 4)],
		Certificate: ocop.Certificate{
			IssuedOn: s.issued.days(), ExpiresOn: s.expires.days(), RevokedOn: s.revoked.days(),
		},
	}
	if s.has&hasCertificate != 0 {
		p.Certificate.Number = "held"
	}
	if s.faults == 0 {
		return p
	}
	for i, f := range faultFields() {
		if s.faults&(1<<i) != 0 {
			p.Faults = append(p.Faults, ocop.Fault{Code: code, Field: f})
		}
	}
	return p
}

// hash16 is the digest that records are compared by.
func hash16(b []byte) [16]byte {
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}

// hash64 is for keys of names, where a collision needs no adversary to matter
// and has none here.
func hash64(parts ...string) uint64 {
	buf := make([]byte, 0, 128)
	for _, p := range parts {
		buf = append(buf, p...)
		buf = append(buf, 0)
	}
	sum := sha256.Sum256(buf)
	return binary.LittleEndian.Uint64(sum[:8])
}

func nameHash(name string) uint64 { return hash64("name", ocop.NameKey(name)) }

func whoHash(name, producer string) uint64 {
	return hash64("who", ocop.NameKey(name), ocop.ProducerKey(producer))
}
