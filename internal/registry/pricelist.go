package registry

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"ocopsync/internal/ocop"
)

// PriceList reads the producers' price list (bảng giá), a workbook or CSV: the
// one place from which price, unit, stock, pictures, GTIN and weight come.
// It is safe for concurrent use.
type PriceList struct {
	opt FileOptions
	voc vocabulary

	mu     sync.Mutex
	held   *Prices
	stamp  string
	digest string
}

// NewPriceList makes the reader of a price list. The file need not exist yet.
func NewPriceList(o FileOptions) (*PriceList, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("price list: %w", err)
	}
	return &PriceList{opt: o, voc: newVocabulary(o.Columns, true)}, nil
}

// Describe gives the file's path.
func (p *PriceList) Describe() string { return p.opt.Path + " (price list)" }

// Read gives the prices, and whether they differ from those of the last
// successful Read of this PriceList; true the first time. A file that did not
// change is not read again; one that can't be read is an error, and whoever
// holds the prices from before keeps them.
func (p *PriceList) Read(ctx context.Context) (*Prices, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	got, changed, err := p.read(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("reading the price list %s: %w", p.opt.Path, err)
	}
	return got, changed, nil
}

func (p *PriceList) read(ctx context.Context) (*Prices, bool, error) {
	src, err := p.opt.open(ctx)
	if err != nil {
		return nil, false, err
	}
	defer src.close()
	if p.held != nil && p.stamp == src.stamp {
		return p.held, false, nil
	}
	digest, err := src.digest()
	if err != nil {
		return nil, false, err
	}
	if p.held != nil && p.digest == digest {
		p.stamp = src.stamp
		return p.held, false, nil
	}
	b, err := src.book(ctx, p.opt, p.voc)
	if err != nil {
		return nil, false, err
	}
	defer b.close()
	prices := newPrices(filepath.Base(p.opt.Path), digest, src.info.ModTime())
	t := &tableRead{
		opt: p.opt, voc: p.voc, book: b, file: prices.file, loose: prices.fault,
		row: prices.take, need: []Column{ColPrice}, sheet: func(int) {},
	}
	if err := t.run(ctx); err != nil {
		return nil, false, err
	}
	if err := src.same(p.opt.Path); err != nil {
		return nil, false, err
	}
	prices.seal()
	p.held, p.stamp, p.digest = prices, src.stamp, digest
	return prices, true, nil
}

// take keeps one row's offer.
func (p *Prices) take(rr *rowReader, r row) error {
	scratch := &ocop.Product{}
	rec := &recordReader{p: scratch, at: ocop.Place{File: rr.file, Sheet: rr.sheet.name, Row: r.n}}
	code := rr.text(rec, r, ColCode, ocop.FieldCode)
	name := rr.text(rec, r, ColName, ocop.FieldName)
	producer := rr.text(rec, r, ColProducer, ocop.FieldProducer)
	offer := rr.offer(rec, r)
	if code == "" && name == "" {
		p.fault(newFault(rec.at, "", ocop.FieldRow, "", ocop.Text{
			VI: "dòng không có tên và mã sản phẩm", EN: "the row has neither a product's name nor its code",
		}))
		return nil
	}
	n := int32(len(p.rows))
	p.rows = append(p.rows, priceRow{
		price: offer.Price, weight: offer.WeightGrams, stock: -1,
		unit: p.intern(offer.Unit), gtin: p.intern(offer.GTIN), label: p.intern(label(code, name)),
		sheet: p.intern(rr.sheet.name), n: int32(r.n), coded: code != "",
	})
	row := &p.rows[n]
	if offer.Stock != nil {
		row.stock = *offer.Stock
	}
	if len(offer.Images) > 0 {
		p.images[n] = offer.Images
	}
	for _, f := range scratch.Faults {
		p.rowFault(n, f)
	}
	if code != "" {
		p.add(codeHash(code), n)
	}
	if name != "" {
		if producer != "" {
			row.who = whoHash(name, producer)
			p.add(row.who, n)
		} else {
			row.name = nameHash(name)
			p.add(row.name, n)
		}
	}
	if code != "" {
		row.code = codeHash(code)
	}
	return nil
}

func label(code, name string) string {
	if code != "" {
		return code
	}
	return name
}

// Version tells price lists apart: it changes when the file's content does.
func (p *Prices) Version() string { return p.version }

// AsOf is when the file was last written.
func (p *Prices) AsOf() time.Time { return p.asOf }

// Len is how many rows with a price, a unit or a stock the list has.
func (p *Prices) Len() int { return len(p.rows) }
