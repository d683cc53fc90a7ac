package registry

import (
	"math"
	"regexp"
	"strconv"
	"strings"

	"ocopsync/internal/ocop"
)

var (
	dateIn     = regexp.MustCompile(`\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{4}|(?i:ngày\s+\d{1,2}\s+tháng\s+\d{1,2}\s+năm\s+\d{4})`)
	decisionIn = regexp.MustCompile(`\d+\s*/\s*QĐ\s*-\s*[\p{L}]+(?:-[\p{L}]+)*`)
)

// certificate reads number, decision and dates. A decision's cell, or a
// rating's, often holds its date too: "114/QĐ-UBND, 15/1/2020".
func (rr *rowReader) certificate(rec *recordReader, r row) {
	c := &rec.p.Certificate
	c.Number = rr.text(rec, r, ColNumber, ocop.FieldCertificate)
	c.Decision = rr.text(rec, r, ColDecision, ocop.FieldCertificate)
	c.IssuedOn = rr.date(rec, r, ColIssued)
	c.ExpiresOn = rr.date(rec, r, ColExpires)
	c.RevokedOn = rr.date(rec, r, ColRevoked)
	said := []string{c.Decision}
	if c.Decision == "" {
		said = nil
		for _, col := range rr.h.rating {
			s := ocop.CleanText(r.cell(col.col))
			if found := decisionIn.FindAllString(s, 2); len(found) == 1 {
				said = append(said, s)
				c.Decision = found[0]
			}
		}
	}
	if _, given := rec.p.FaultIn(ocop.FieldCertificate); c.IssuedOn.IsZero() && !given && len(said) == 1 {
		if dates := dateIn.FindAllString(said[0], 2); len(dates) == 1 {
			d, err := ocop.ReadDays(strings.ReplaceAll(dates[0], " ", ""))
			if err != nil {
				d, err = ocop.ReadDays(dates[0])
			}
			rec.refuse(rr.place(r.n, ColDecision).Column, ocop.FieldCertificate, said[0], err)
			c.IssuedOn = d
		} else if len(dates) > 1 {
			rec.fault(rr.place(r.n, ColDecision).Column, ocop.FieldCertificate, said[0], ocop.Text{
				VI: "ô có nhiều ngày, không rõ ngày nào là ngày cấp", EN: "the cell names several dates; which is that of issue is not clear",
			})
		}
	}
	rec.dates(rr.place(r.n, ColExpires).Column)
}

// date reads a day as text, as the workbook's day number, or as a year.
func (rr *rowReader) date(rec *recordReader, r row, col Column) ocop.Days {
	s := rr.text(rec, r, col, ocop.FieldCertificate)
	if s == "" {
		return ocop.Days{}
	}
	var d ocop.Days
	var err error
	if n, e := strconv.ParseFloat(s, 64); e == nil && n >= 10_000 && n < 200_000 {
		if rr.book.date1904 {
			n += 1462
		}
		d, err = ocop.ReadSerial(math.Floor(n))
	} else {
		d, err = ocop.ReadDays(s)
	}
	rec.refuse(rr.place(r.n, col).Column, ocop.FieldCertificate, s, err)
	if err != nil {
		return ocop.Days{}
	}
	return d
}
