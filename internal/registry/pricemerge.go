package registry

import (
	"fmt"
	"slices"

	"ocopsync/internal/ocop"
)

// mergeFault is a fault of an offer; conflict says that it comes of two rows.
type mergeFault struct {
	ocop.Fault
	conflict bool
}

// merge lays the rows of one product together.
func (p *Prices) merge(rows []int32, code ocop.Code) (ocop.Offer, []mergeFault) {
	var out []mergeFault
	var o ocop.Offer
	if len(rows) == 1 && p.faulty[rows[0]] == nil { // nearly always
		return p.offer(rows[0]), nil
	}
	for _, n := range rows {
		for _, f := range p.faulty[n] {
			out = append(out, mergeFault{Fault: ocop.Fault{Place: p.place(n, f.column), Code: code, Field: f.field, Value: f.value, Why: f.why}})
		}
	}
	clash := func(a, b int32, field ocop.Field, x, y string) {
		out = append(out, mergeFault{ocop.Fault{
			Place: p.place(b, ""), Code: code, Field: field, Value: y,
			Why: ocop.Text{
				VI: fmt.Sprintf("sản phẩm %q có hai dòng khác nhau: dòng %d ghi %q", p.strings[p.rows[b].label], p.rows[a].n, x),
				EN: fmt.Sprintf("two rows for %q differ: row %d says %q", p.strings[p.rows[b].label], p.rows[a].n, x),
			},
		}, true})
	}
	pick := func(field ocop.Field, given func(priceRow) bool, show func(priceRow) string) (priceRow, bool) {
		first := int32(-1)
		for _, n := range rows {
			if p.broken(n, field) {
				return priceRow{}, false
			}
			if !given(p.rows[n]) {
				continue
			}
			if first >= 0 && show(p.rows[n]) != show(p.rows[first]) {
				clash(first, n, field, show(p.rows[first]), show(p.rows[n]))
				return priceRow{}, false
			}
			if first < 0 {
				first = n
			}
		}
		if first < 0 {
			return priceRow{}, false
		}
		return p.rows[first], true
	}
	if r, ok := pick(ocop.FieldPrice, func(r priceRow) bool { return r.price != 0 }, func(r priceRow) string { return fmt.Sprint(int64(r.price)) }); ok {
		o.Price = r.price
	}
	if r, ok := pick(ocop.FieldUnit, func(r priceRow) bool { return r.unit != 0 }, func(r priceRow) string { return p.strings[r.unit] }); ok {
		o.Unit = p.strings[r.unit]
	}
	if r, ok := pick(ocop.FieldStock, func(r priceRow) bool { return r.stock >= 0 }, func(r priceRow) string { return fmt.Sprint(r.stock) }); ok {
		stock := r.stock
		o.Stock = &stock
	}
	if r, ok := pick(ocop.FieldGTIN, func(r priceRow) bool { return r.gtin != 0 }, func(r priceRow) string { return p.strings[r.gtin] }); ok {
		o.GTIN = p.strings[r.gtin]
	}
	if r, ok := pick(ocop.FieldWeight, func(r priceRow) bool { return r.weight != 0 }, func(r priceRow) string { return fmt.Sprint(r.weight) }); ok {
		o.WeightGrams = r.weight
	}
	for _, n := range rows {
		for _, u := range p.images[n] {
			if !slices.Contains(o.Images, u) {
				o.Images = append(o.Images, u)
			}
		}
	}
	return o, out
}

// offer is what one row says.
func (p *Prices) offer(n int32) ocop.Offer {
	r := p.rows[n]
	o := ocop.Offer{
		Price: r.price, Unit: p.strings[r.unit], GTIN: p.strings[r.gtin], WeightGrams: r.weight, Images: slices.Clone(p.images[n]),
	}
	if r.stock >= 0 {
		o.Stock = &r.stock
	}
	return o
}

// broken says whether a row's field could not be read: then another row's word
// for it is not taken either.
func (p *Prices) broken(n int32, field ocop.Field) bool {
	for _, f := range p.faulty[n] {
		if f.field == field {
			return true
		}
	}
	return false
}

func (p *Prices) place(n int32, column string) ocop.Place {
	r := p.rows[n]
	return ocop.Place{File: p.file, Sheet: p.strings[r.sheet], Row: int(r.n), Column: column}
}
