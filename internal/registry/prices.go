package registry

import (
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"ocopsync/internal/ocop"
)

// Prices is one reading of a price list. It is never changed, so it is safe for
// concurrent use. A row is found for a product by its code; else, where the row
// has no code or the product's was derived, by name and producer; and by the
// name alone only where the row names no producer and the name is unique in the
// list and, by Among, among the products.
type Prices struct {
	file    string
	version string
	asOf    time.Time
	median  ocop.VND
	priced  int

	rows    []priceRow
	strings []string
	interns map[string]int32
	images  map[int32][]string
	faulty  map[int32][]rowFault
	faults  faultList
	byKey   map[uint64]int32   // the only, or the first, row of a key
	also    map[uint64][]int32 // further rows of it

	names map[uint64]int // products by the hash of their name, where a row has it; nil until Among
}

// priceRow is one row in about 70 bytes.
type priceRow struct {
	price           ocop.VND
	stock           int64 // -1: not given
	weight          int64
	code, who, name uint64
	unit, gtin      int32 // into strings
	label, sheet, n int32
	coded           bool
}

// rowFault is a fault without what its row knows anyway.
type rowFault struct {
	field  ocop.Field
	column string
	value  string
	why    ocop.Text
}

// maxRowFaults bounds the faults that are kept with all their words; the
// further ones say only that the value can't be read.
const maxRowFaults = 20_000

func newPrices(file, version string, asOf time.Time) *Prices {
	return &Prices{
		file: file, version: version, asOf: asOf.UTC(),
		strings: []string{""}, interns: map[string]int32{"": 0},
		images: map[int32][]string{}, faulty: map[int32][]rowFault{},
		byKey: map[uint64]int32{}, also: map[uint64][]int32{},
	}
}

func (p *Prices) intern(s string) int32 {
	if i, ok := p.interns[s]; ok {
		return i
	}
	i := int32(len(p.strings))
	p.strings = append(p.strings, strings.Clone(s))
	p.interns[p.strings[i]] = i
	return i
}

func (p *Prices) fault(f ocop.Fault) { p.faults.add(f) }

func (p *Prices) rowFault(n int32, f ocop.Fault) {
	rf := rowFault{field: f.Field}
	if len(p.faulty) < maxRowFaults {
		rf = rowFault{f.Field, f.Place.Column, strings.Clone(f.Value), f.Why}
	} else {
		rf.why = ocop.Text{VI: "không đọc được", EN: "can't be read"}
	}
	p.faulty[n] = append(p.faulty[n], rf)
	f.Code = ""
	p.faults.add(f)
}

func (p *Prices) add(key uint64, n int32) {
	if _, ok := p.byKey[key]; !ok {
		p.byKey[key] = n
		return
	}
	p.also[key] = append(p.also[key], n)
}

// codeHash is the key of a code; case and spaces do not matter in a list typed by hand.
func codeHash(code string) uint64 {
	return hash64("code", strings.ToUpper(strings.ReplaceAll(code, " ", "")))
}

// seal computes what the whole list is needed for, and reports its conflicts.
func (p *Prices) seal() {
	p.interns = nil
	known := make([]ocop.VND, 0, len(p.rows))
	for i := range p.rows {
		if p.rows[i].price > 0 {
			known = append(known, p.rows[i].price)
		}
	}
	if p.priced = len(known); p.priced > 0 {
		slices.Sort(known)
		p.median = known[len(known)/2]
	}
	p.rows = slices.Clip(p.rows)
	keys := make([]uint64, 0, len(p.also))
	for key := range p.also {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b uint64) int { return int(p.also[a][0]) - int(p.also[b][0]) })
	for _, key := range keys {
		rows := p.rowsOf(key)
		if p.rows[rows[0]].code != 0 && p.rows[rows[0]].code != key && sameCodes(p.rows, rows) {
			continue // reported under the code
		}
		_, faults := p.merge(rows, "")
		for _, f := range faults {
			if f.conflict {
				p.faults.add(f.Fault)
			}
		}
	}
}

func sameCodes(all []priceRow, rows []int32) bool {
	for _, n := range rows {
		if all[n].code == 0 || all[n].code != all[rows[0]].code {
			return false
		}
	}
	return true
}

func (p *Prices) rowsOf(key uint64) []int32 {
	first, ok := p.byKey[key]
	if !ok {
		return nil
	}
	return append([]int32{first}, p.also[key]...)
}

// Among gives the same prices for use with these products: a row that names no
// producer is then used for the one product of its name. Without it such rows
// are used for none.
func (p *Prices) Among(entries []Entry) *Prices {
	q := *p
	q.names = make(map[uint64]int)
	for i := range entries {
		if _, listed := p.byKey[entries[i].name]; listed {
			q.names[entries[i].name]++
		}
	}
	return &q
}

// find gives the rows for a product.
func (p *Prices) find(code ocop.Code, who, name uint64) []int32 {
	if rows := p.rowsOf(codeHash(string(code))); rows != nil {
		return rows
	}
	open := ownCode(code)
	usable := func(n int32) bool { return open || !p.rows[n].coded }
	rows := keep32(p.rowsOf(who), usable)
	if rows != nil {
		return rows
	}
	rows = keep32(p.rowsOf(name), usable)
	if len(rows) == 1 && p.names[name] == 1 {
		return rows
	}
	return nil
}

// ownCode says whether a code is one that this program made, so that a price
// list's codes are not of its kind.
func ownCode(code ocop.Code) bool { return code.Derived() || strings.HasPrefix(string(code), "OV-") }

func keep32(rows []int32, ok func(int32) bool) []int32 {
	var out []int32
	for _, n := range rows {
		if ok(n) {
			out = append(out, n)
		}
	}
	return out
}

// Offer gives what the list says of a product, the faults in it, and whether it
// says anything. What can't be read, or is said twice and differently, is left
// out of the offer and is a fault of its field.
func (p *Prices) Offer(prod *ocop.Product) (ocop.Offer, []ocop.Fault, bool) {
	return p.offerOf(prod.Code, whoHash(prod.Name, prod.Producer.Name), nameHash(prod.Name))
}

// OfferOf is Offer by what the reading keeps of the product.
func (p *Prices) OfferOf(e Entry) (ocop.Offer, []ocop.Fault, bool) {
	return p.offerOf(e.Code, e.who, e.name)
}

func (p *Prices) offerOf(code ocop.Code, who, name uint64) (ocop.Offer, []ocop.Fault, bool) {
	rows := p.find(code, who, name)
	if rows == nil {
		return ocop.Offer{}, nil, false
	}
	offer, found := p.merge(rows, code)
	var faults []ocop.Fault
	for _, f := range found {
		faults = append(faults, f.Fault)
	}
	return offer, faults, true
}

// OfferHash changes when what Offer answers for the product does, but for where
// in the file it stands. 0 is "nothing".
func (p *Prices) OfferHash(prod *ocop.Product) uint64 {
	return p.hash(p.find(prod.Code, whoHash(prod.Name, prod.Producer.Name), nameHash(prod.Name)), prod.Code)
}

// OfferHashOf is OfferHash without reading the product from disk.
func (p *Prices) OfferHashOf(e Entry) uint64 { return p.hash(p.find(e.Code, e.who, e.name), e.Code) }

func (p *Prices) hash(rows []int32, code ocop.Code) uint64 {
	if rows == nil {
		return 0
	}
	o, faults := p.merge(rows, code)
	b := make([]byte, 0, 128)
	b = binary.LittleEndian.AppendUint64(b, uint64(o.Price))
	b = binary.LittleEndian.AppendUint64(b, uint64(o.WeightGrams))
	stock := int64(-1)
	if o.Stock != nil {
		stock = *o.Stock
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(stock))
	parts := append([]string{string(b), o.Unit, o.GTIN}, o.Images...)
	for _, f := range faults {
		parts = append(parts, string(f.Field), f.Value, f.Why.EN)
	}
	return max(1, hash64(parts...))
}

// Faults lists what is wrong in the list itself: values that can't be read, rows
// that are no offer, rows that contradict each other; at most MaxFaults.
func (p *Prices) Faults() []ocop.Fault { return p.faults.list }

// FaultCount is how many there are, those beyond MaxFaults too.
func (p *Prices) FaultCount() int { return len(p.faults.list) + p.faults.more }

// Unmatched reports the rows that none of the products uses, at most MaxFaults.
func (p *Prices) Unmatched(entries []Entry) []ocop.Fault {
	q := p.Among(entries)
	used := make([]bool, len(p.rows))
	for i := range entries {
		for _, n := range q.find(entries[i].Code, entries[i].who, entries[i].name) {
			used[n] = true
		}
	}
	var all faultList
	for n, ok := range used {
		if ok {
			continue
		}
		r := p.rows[n]
		why := noProduct()
		if !r.coded && r.name != 0 && q.names[r.name] > 1 {
			why = ocop.Text{VI: "nhiều sản phẩm trùng tên này: hãy ghi mã hoặc chủ thể", EN: "several products have this name: give the code or the producer"}
		} else if !r.coded && r.name != 0 && len(p.also[r.name]) > 0 {
			why = ocop.Text{VI: "nhiều dòng giá trùng tên này: hãy ghi mã hoặc chủ thể", EN: "several rows have this name: give the code or the producer"}
		}
		all.add(newFault(p.place(int32(n), ""), "", ocop.FieldRow, p.strings[r.label], why))
	}
	return all.list
}

// OfNoProduct says that a fault is of a row of the price list that matches no
// product of the registry. Of a reading that is not believed such faults say
// nothing: the products are not there.
func OfNoProduct(f ocop.Fault) bool { return f.Why == noProduct() }

func noProduct() ocop.Text {
	return ocop.Text{VI: "dòng giá này không khớp với sản phẩm nào trong sổ đăng ký", EN: "no product of the registry matches this row"}
}

// Priced is how many rows have a price that could be read.
func (p *Prices) Priced() int { return p.priced }

// Median is the median of the prices in the list, 0 when it has none: what a
// list that was typed in another unit shows itself by.
func (p *Prices) Median() ocop.VND { return p.median }
