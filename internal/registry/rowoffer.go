package registry

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ocopsync/internal/ocop"
)

// offer reads price, unit, stock, pictures, code number and weight.
func (rr *rowReader) offer(rec *recordReader, r row) ocop.Offer {
	var o ocop.Offer
	if s := plainNumber(rr.text(rec, r, ColPrice, ocop.FieldPrice)); s != "" {
		if rr.h.money != "" {
			rec.fault(rr.place(r.n, ColPrice).Column, ocop.FieldPrice, s, ocop.Text{VI: "giá phải tính bằng đồng Việt Nam", EN: "prices must be in Vietnamese đồng"})
		} else {
			if rr.h.scale != "" && isFigure(s) {
				s += rr.h.scale
			}
			n, err := ocop.ReadVND(s)
			rec.refuse(rr.place(r.n, ColPrice).Column, ocop.FieldPrice, s, err)
			if err == nil {
				o.Price = n
			}
		}
	}
	o.Unit = rr.text(rec, r, ColUnit, ocop.FieldUnit)
	if s := plainNumber(rr.text(rec, r, ColStock, ocop.FieldStock)); s != "" {
		n, err := ocop.ReadStock(s)
		rec.refuse(rr.place(r.n, ColStock).Column, ocop.FieldStock, s, err)
		if err == nil {
			o.Stock = &n
		}
	}
	if s := plainNumber(rr.text(rec, r, ColGTIN, ocop.FieldGTIN)); s != "" {
		gtin, err := ocop.ReadGTIN(s)
		rec.refuse(rr.place(r.n, ColGTIN).Column, ocop.FieldGTIN, s, err)
		if err == nil {
			o.GTIN = gtin
		}
	}
	if s := rr.text(rec, r, ColWeight, ocop.FieldWeight); s != "" {
		if isFigure(s) {
			s += rr.h.grams
		}
		n, err := ocop.ReadWeight(s)
		rec.refuse(rr.place(r.n, ColWeight).Column, ocop.FieldWeight, s, err)
		if err == nil {
			o.WeightGrams = n
		}
	}
	for _, s := range strings.FieldsFunc(rr.raw(rec, r, ColImages, ocop.FieldImages), func(c rune) bool { return c == '\n' || c == ' ' || c == ';' || c == '\t' }) {
		if u, ok := rec.address(rr.place(r.n, ColImages).Column, ocop.FieldImages, (*url.URL)(nil), strings.Trim(s, ",")); ok && !slices.Contains(o.Images, u) {
			o.Images = append(o.Images, u)
		}
	}
	return o
}

// isFigure says whether a cell holds only a number, so that a unit of the title applies.
func isFigure(s string) bool { return strings.Trim(s, "0123456789., ") == "" }

// plainNumber writes a number that the workbook keeps as 1.2E5 or 120000.0 in full.
func plainNumber(s string) string {
	if !strings.ContainsAny(s, "eE") {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return s
	}
	return strconv.FormatInt(int64(f), 10)
}
