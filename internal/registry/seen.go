package registry

import (
	"fmt"
	"time"

	"ocopsync/internal/ocop"
)

// seen is what one reading has met so far: it puts products into the staged
// reading and finds those that claim one code.
type seen struct {
	st     *Staged
	marks  []seenRecord // by index into Staged.list
	n      int          // codes met
	parts  []ocop.Place
	faults faultList
	// lenient lets two records for one code stand when they agree in all that
	// decides anything: a summary sheet beside the districts' sheets.
	lenient bool
	// twice counts records with a code that another record has, different from it.
	twice int
	// nameless counts records that are no product, because their code or name can't be read.
	nameless int
}

// seenRecord is where a code was met, in few bytes: there is one for every product.
type seenRecord struct {
	key  [16]byte
	part int32 // into seen.parts, from 1; 0: not met
	row  int32
}

// record notes a place. Those of one page or sheet follow each other.
func (s *seen) record(code ocop.Code, key [16]byte, at ocop.Place) {
	n := len(s.parts)
	if n == 0 || s.parts[n-1].File != at.File || s.parts[n-1].Sheet != at.Sheet {
		s.parts = append(s.parts, ocop.Place{File: at.File, Sheet: at.Sheet})
		n++
	}
	i := int(s.st.now[code])
	for len(s.marks) <= i {
		s.marks = append(s.marks, seenRecord{})
	}
	s.marks[i] = seenRecord{key, int32(n), int32(at.Row)}
	s.n++
}

// before gives where a code was met.
func (s *seen) before(code ocop.Code) (seenRecord, bool) {
	i, ok := s.st.now[code]
	if !ok || int(i) >= len(s.marks) || s.marks[i].part == 0 {
		return seenRecord{}, false
	}
	return s.marks[i], true
}

func (s *seen) place(r seenRecord) ocop.Place {
	at := s.parts[r.part-1]
	at.Row = int(r.row)
	return at
}

func newSeen(st *Staged) *seen { return &seen{st: st} }

// loose reports a fault that belongs to no product.
func (s *seen) loose(f ocop.Fault) {
	s.faults.add(f)
	if len(s.st.loose) < maxLoose {
		s.st.loose = append(s.st.loose, f)
	}
}

// maxLoose is how many faults without a product the held reading remembers.
const maxLoose = 1000

// keep takes a held entry over. It says false when the code was met before.
func (s *seen) keep(e Entry, key [16]byte, at ocop.Place) bool {
	if _, dup := s.before(e.Code); dup {
		return false
	}
	s.st.keep(e)
	s.record(e.Code, key, at)
	return true
}

// put takes a decoded product.
func (s *seen) put(p *ocop.Product, key, hash [16]byte, at ocop.Place, now time.Time) error {
	if before, dup := s.before(p.Code); dup {
		return s.again(p, key, hash, before, at, now)
	}
	s.faults.add(p.Faults...)
	// The same record with the same faults is not written again.
	if e, ok := s.st.byListed(key); ok && e.Code == p.Code && e.Hash == hash && s.st.holds(e, p) {
		s.st.keep(e)
	} else if err := s.st.put(p, key, hash, now); err != nil {
		return err
	}
	s.record(p.Code, key, at)
	return nil
}

// repeated is a record that is byte for byte one that was met before.
func (s *seen) repeated(code ocop.Code, key [16]byte) bool {
	before, ok := s.before(code)
	return ok && before.key == key
}

// again handles a second, different record for a code. Which of the two is
// right is not guessed: the first is kept and marked, and where they disagree in
// what decides eligibility or the price, that field is marked too.
func (s *seen) again(p *ocop.Product, key, hash [16]byte, before seenRecord, at ocop.Place, now time.Time) error {
	first, e, err := s.st.staged(p.Code)
	if err != nil {
		return err
	}
	where := s.place(before)
	if key == before.key || s.lenient && agree(first, p) {
		s.loose(newFault(at, p.Code, ocop.FieldRow, p.Name, ocop.Text{
			VI: fmt.Sprintf("trùng với %s; chỉ dùng một", where), EN: fmt.Sprintf("repeats %s; used once", where),
		}))
		return nil
	}
	s.twice++
	why := ocop.Text{
		VI: fmt.Sprintf("mã này có ở hai nơi với nội dung khác nhau: %s và %s; chưa dùng nơi nào", where, at),
		EN: fmt.Sprintf("two records claim this code and differ: %s and %s; neither is relied on", where, at),
	}
	marks := []ocop.Fault{newFault(at, p.Code, ocop.FieldCode, string(p.Code), why)}
	mark := func(field ocop.Field, a, b string) {
		if a == b {
			return
		}
		marks = append(marks, newFault(at, p.Code, field, b, ocop.Text{
			VI: fmt.Sprintf("khác với %q ở %s", a, where),
			EN: fmt.Sprintf("disagrees with %q at %s", a, where),
		}))
	}
	mark(ocop.FieldRating, fmt.Sprint(int(first.Rating.Recognized)), fmt.Sprint(int(p.Rating.Recognized)))
	mark(ocop.FieldStatus, string(first.Status), string(p.Status))
	mark(ocop.FieldCertificate, certificateText(first.Certificate), certificateText(p.Certificate))
	mark(ocop.FieldPrice, fmt.Sprint(int64(first.Offer.Price)), fmt.Sprint(int64(p.Offer.Price)))
	if first.Rating != p.Rating {
		first.Rating.Recognized = 0
	}
	marks = append(marks, p.Faults...)
	first.Faults = append(first.Faults, marks...)
	s.faults.add(marks...)
	both := hash16(append(e.Hash[:], hash[:]...))
	return s.st.put(first, hash16(append(before.key[:], key[:]...)), both, now)
}

// agree says whether two records for one code differ in nothing that decides
// whether, or for how much, the product is sold.
func agree(a, b *ocop.Product) bool {
	return ocop.NameKey(a.Name) == ocop.NameKey(b.Name) &&
		ocop.ProducerKey(a.Producer.Name) == ocop.ProducerKey(b.Producer.Name) &&
		a.Rating == b.Rating && a.Status == b.Status && a.Group == b.Group && a.Certificate == b.Certificate &&
		len(a.Faults) == 0 && len(b.Faults) == 0 &&
		a.Offer.Price == b.Offer.Price && a.Offer.Unit == b.Offer.Unit
}

func certificateText(c ocop.Certificate) string {
	return fmt.Sprintf("%s %s %s %s %s", c.Number, c.Decision, c.IssuedOn, c.ExpiresOn, c.RevokedOn)
}
