package registry

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ocopsync/internal/ocop"
)

// rowReader turns rows of one sheet into products.
type rowReader struct {
	h        header
	file     string
	sheet    *sheet
	book     *book
	district string // of the sheet's name
	section  section
}

// place is where a column of a row stands.
func (rr *rowReader) place(n int, col Column) ocop.Place {
	at := ocop.Place{File: rr.file, Sheet: rr.sheet.name, Row: n}
	if i, ok := rr.h.cols[col]; ok {
		at.Column = rr.column(i)
	}
	return at
}

func (rr *rowReader) column(i int) string {
	title := rr.h.titles[i]
	switch {
	case !rr.book.letters && title != "":
		return title
	case title != "":
		return letter(i) + " (" + title + ")"
	}
	return letter(i)
}

// canonical is the row's record: the cells that matter by column, so that a
// moved column or row number is no change. It is what the record's digest is of.
func (rr *rowReader) canonical(r row) []byte {
	var b []byte
	for _, col := range Columns() {
		if i, ok := rr.h.cols[col]; ok && col != ColSerial && col != ColRating {
			if c := r.cell(i); c != "" {
				b = append(append(append(append(b, col...), 0), c...), 0)
			}
		}
	}
	for i, c := range rr.h.rating {
		b = fmt.Appendf(b, "rating%d %d\x00%s\x00", i, c.stars, r.cell(c.col))
	}
	return fmt.Appendf(b, "%s\x00%s\x00%s\x00%s%s", rr.district, rr.section.district, rr.section.group, rr.h.scale, rr.h.grams)
}

// product reads a row. The fault is the row's where it is no product.
func (rr *rowReader) product(r row) (*ocop.Product, ocop.Fault) {
	p := &ocop.Product{}
	// Until the code is known, faults are collected without one.
	rec := &recordReader{p: p, at: ocop.Place{File: rr.file, Sheet: rr.sheet.name, Row: r.n}}
	p.Name = rr.text(rec, r, ColName, ocop.FieldName)
	rr.producer(rec, r)
	code := rr.text(rec, r, ColCode, ocop.FieldCode)
	switch {
	case len(code) > maxCode:
		return nil, newFault(rr.place(r.n, ColCode), "", ocop.FieldCode, code, ocop.Text{VI: "mã quá dài", EN: "the code is too long"})
	case code != "":
		p.Code = ocop.Code(code)
	case p.Name == "" && len(rec.p.Faults) > 0 && rec.p.Faults[0].Field == ocop.FieldName:
		return nil, rec.p.Faults[0] // letters that are lost make no code
	case p.Name == "":
		return nil, newFault(rr.place(r.n, ColName), "", ocop.FieldRow, strings.Join(distinct(r.cells), " | "), ocop.Text{
			VI: "dòng không có tên và mã sản phẩm", EN: "the row has neither a product's name nor its code",
		})
	default:
		p.Code = ocop.DeriveCode(p.Name, p.Producer.Name)
	}
	if p.Code == "" { // a name of signs only
		return nil, newFault(rr.place(r.n, ColName), "", ocop.FieldRow, p.Name, ocop.Text{
			VI: "tên sản phẩm không có chữ nào", EN: "the product's name has no letters",
		})
	}
	if p.Name == "" {
		rec.fault(rr.place(r.n, ColName).Column, ocop.FieldName, "", ocop.Text{VI: "thiếu tên sản phẩm", EN: "the product's name is missing"})
	}
	rr.rating(rec, r)
	rr.status(rec, r)
	rr.group(rec, r)
	rr.certificate(rec, r)
	p.Description = prose(rr.raw(rec, r, ColDescription, ocop.FieldRow))
	p.Story = prose(rr.raw(rec, r, ColStory, ocop.FieldRow))
	p.Offer = rr.offer(rec, r)
	p.Images, p.Offer.Images = p.Offer.Images, nil
	for i := range p.Faults {
		p.Faults[i].Code = p.Code
	}
	return p, ocop.Fault{}
}

// raw gives a cell, "" with a fault where the workbook shows an error in it.
func (rr *rowReader) raw(rec *recordReader, r row, col Column, field ocop.Field) string {
	s := r.cell(rr.index(col))
	switch strings.TrimSpace(s) {
	case "#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!":
		rec.fault(rr.place(r.n, col).Column, field, s, ocop.Text{VI: "ô chứa lỗi công thức", EN: "the cell shows a formula's error"})
		return ""
	}
	return s
}

func (rr *rowReader) index(col Column) int {
	if i, ok := rr.h.cols[col]; ok {
		return i
	}
	return -1
}

func (rr *rowReader) text(rec *recordReader, r row, col Column, field ocop.Field) string {
	s := rr.raw(rec, r, col, field)
	text, err := ocop.ReadText(s)
	if err != nil {
		rec.refuse(rr.place(r.n, col).Column, field, s, err)
		return ""
	}
	return text
}

func (rr *rowReader) producer(rec *recordReader, r row) {
	p := &rec.p.Producer
	p.Name = rr.text(rec, r, ColProducer, ocop.FieldProducer)
	if p.Name == "" && rr.h.has(ColProducer) { // a missing column is told once, for the sheet
		rec.fault(rr.place(r.n, ColProducer).Column, ocop.FieldProducer, "", ocop.Text{VI: "thiếu tên chủ thể", EN: "the producer's name is missing"})
	}
	p.Representative = rr.text(rec, r, ColRepresentative, ocop.FieldProducer)
	p.Address = rr.text(rec, r, ColAddress, ocop.FieldProducer)
	p.Commune = rr.text(rec, r, ColCommune, ocop.FieldProducer)
	p.District = rr.text(rec, r, ColDistrict, ocop.FieldProducer)
	if p.District == "" && !rr.h.has(ColDistrict) {
		if p.District = rr.section.district; p.District == "" {
			p.District = rr.district
		}
	}
	// Telephone and e-mail never get into a fault's words (design decision 14).
	p.Phone = ocop.CleanText(strings.ToValidUTF8(r.cell(rr.index(ColPhone)), ""))
	p.Email = ocop.CleanText(strings.ToValidUTF8(r.cell(rr.index(ColEmail)), ""))
	p.Kind = ocop.KindFromName(p.Name)
	if s := rr.text(rec, r, ColKind, ocop.FieldProducer); s != "" {
		kind, err := ocop.ReadProducerKind(s)
		rec.refuse(rr.place(r.n, ColKind).Column, ocop.FieldProducer, s, err)
		if err == nil && kind != "" {
			p.Kind = kind
		}
	}
}

// rating reads all rating columns; where two that say something disagree,
// neither is believed.
func (rr *rowReader) rating(rec *recordReader, r row) {
	var found []string
	for _, c := range rr.h.rating {
		s := ocop.CleanText(r.cell(c.col))
		if s == "" {
			continue
		}
		if c.stars != 0 {
			if !slices.Contains([]string{"x", "X", "✓", "✔", "v", "V", "1", "+"}, s) && s != strconv.Itoa(c.stars) {
				rec.fault(rr.column(c.col), ocop.FieldRating, s, ocop.Text{VI: "cần đánh dấu x hoặc để trống", EN: "expected an x or nothing"})
				continue
			}
			s = fmt.Sprintf("%d sao", c.stars)
		}
		rating, err := ocop.ReadRating(s)
		if err != nil {
			rec.refuse(rr.column(c.col), ocop.FieldRating, s, err)
			continue
		}
		p := &rec.p.Rating
		if rating.Recognized != 0 && p.Recognized != 0 && rating.Recognized != p.Recognized {
			rec.fault(rr.column(c.col), ocop.FieldRating, s, ocop.Text{
				VI: fmt.Sprintf("khác với hạng sao ở cột khác: %s", strings.Join(found, ", ")),
				EN: fmt.Sprintf("disagrees with another rating column: %s", strings.Join(found, ", ")),
			})
		}
		found = append(found, fmt.Sprintf("%s %q", rr.column(c.col), s))
		p.Recognized = max(p.Recognized, rating.Recognized)
		p.Proposed = max(p.Proposed, rating.Proposed)
	}
	if s := rr.text(rec, r, ColProposed, ocop.FieldRow); s != "" {
		rating, err := ocop.ReadRating(s)
		rec.refuse(rr.place(r.n, ColProposed).Column, ocop.FieldRow, s, err)
		rec.p.Rating.Proposed = max(rec.p.Rating.Proposed, rating.Proposed, rating.Recognized)
	}
	if _, bad := rec.p.FaultIn(ocop.FieldRating); bad {
		rec.p.Rating.Recognized = 0
	}
}

// status: who is listed in a recognizing decision is recognized, unless a
// column says otherwise.
func (rr *rowReader) status(rec *recordReader, r row) {
	s := rr.text(rec, r, ColStatus, ocop.FieldStatus)
	rec.p.Status = ocop.StatusRecognized
	if s == "" {
		return
	}
	status, err := ocop.ReadStatus(s)
	rec.refuse(rr.place(r.n, ColStatus).Column, ocop.FieldStatus, s, err)
	if err != nil || status != "" { // "-" says no more than an empty cell
		rec.p.Status = status
	}
}

func (rr *rowReader) group(rec *recordReader, r row) {
	rec.p.Subgroup = rr.text(rec, r, ColSubgroup, ocop.FieldGroup)
	s := rr.text(rec, r, ColGroup, ocop.FieldGroup)
	if s == "" {
		if rec.p.Group = rr.section.group; rec.p.Group == "" && rr.h.has(ColGroup) {
			rec.fault(rr.place(r.n, ColGroup).Column, ocop.FieldGroup, "", ocop.Text{VI: "thiếu nhóm sản phẩm", EN: "the product's group is missing"})
		}
		return
	}
	group, err := ocop.ReadGroup(s)
	rec.refuse(rr.place(r.n, ColGroup).Column, ocop.FieldGroup, s, err)
	rec.p.Group = group
}
