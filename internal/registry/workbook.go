package registry

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ocopsync/internal/ocop"
)

// Workbook is a registry kept in a file: the .xlsx annexed to the recognizing
// decision, a .csv, or a .json of the province dialect's products. It is safe
// for concurrent use; reads over the same Held exclude each other.
type Workbook struct {
	opt FileOptions
	voc vocabulary
}

// NewWorkbook makes the reader of a registry file. The file need not exist yet.
func NewWorkbook(o FileOptions) (*Workbook, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("registry file: %w", err)
	}
	return &Workbook{o, newVocabulary(o.Columns, false)}, nil
}

// Describe gives the file's path.
func (w *Workbook) Describe() string { return w.opt.Path + " (file)" }

// Read reads the file, see Source. A conditional read of a file that did not
// change costs nothing; of one that was only saved again, its digest. A file
// that is being written is waited for and, when it does not settle or is cut
// short, an error: the held reading stays.
func (w *Workbook) Read(ctx context.Context, held *Held, how How, progress func(Progress)) (Reading, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	began := w.opt.Now()
	out, err := w.read(ctx, held, how, progress)
	if err != nil {
		return Reading{}, fmt.Errorf("reading the registry file %s: %w", w.opt.Path, err)
	}
	out.Took = w.opt.Now().Sub(began)
	return out, nil
}

func (w *Workbook) read(ctx context.Context, held *Held, how How, progress func(Progress)) (out Reading, err error) {
	src, err := w.opt.open(ctx)
	if err != nil {
		return Reading{}, err
	}
	defer src.close()
	st, err := held.stage("file " + w.opt.identity())
	if err != nil {
		return Reading{}, err
	}
	defer func() {
		if err != nil {
			st.Discard()
		}
	}()
	now, before := w.opt.Now(), st.held.meta
	conditional := how == Conditional && !st.fresh
	if conditional && before.Stamp == src.stamp {
		return out, finish(st, &out, KindNotModified, before.AsOf, "", src.stamp, now, faultList{}, 0)
	}
	digest, err := src.digest()
	if err != nil {
		return Reading{}, err
	}
	if conditional && before.ETag == digest {
		return out, finish(st, &out, KindNotModified, before.AsOf, "", src.stamp, now, faultList{}, 0)
	}
	r := &fileRead{w: w, st: st, seen: newSeen(st), src: src, now: now, progress: progress, file: filepath.Base(w.opt.Path)}
	r.seen.lenient = true
	if strings.EqualFold(filepath.Ext(w.opt.Path), ".json") {
		err = r.json(ctx)
	} else {
		err = r.tables(ctx)
	}
	if err == nil {
		err = src.same(w.opt.Path)
	}
	if err != nil {
		return Reading{}, err
	}
	return out, finish(st, &out, KindFull, src.info.ModTime().UTC(), digest, src.stamp, now, r.seen.faults, r.pages)
}

// fileRead is one read under way.
type fileRead struct {
	w        *Workbook
	st       *Staged
	seen     *seen
	src      *source
	now      time.Time
	progress func(Progress)
	file     string // base name, for places
	pages    int
	rows     int
}

// tables reads the sheets one after the other.
func (r *fileRead) tables(ctx context.Context) error {
	b, err := r.src.book(ctx, r.w.opt, r.w.voc)
	if err != nil {
		return err
	}
	defer b.close()
	t := &tableRead{
		opt: r.w.opt, voc: r.w.voc, book: b, file: r.file, loose: r.seen.loose,
		row:   r.take,
		need:  []Column{ColName, ColProducer, ColGroup, ColRating},
		sheet: func(rows int) { r.pages++; r.progress(Progress{Pages: r.pages, Records: rows}) },
	}
	return t.run(ctx)
}

// take stages the product of one row, or reports why it is none.
func (r *fileRead) take(rr *rowReader, line row) error {
	at := ocop.Place{File: r.file, Sheet: rr.sheet.name, Row: line.n}
	key := hash16(rr.canonical(line))
	if e, ok := r.st.byListed(key); ok && !e.Faulty() {
		if r.seen.keep(e, key, at) {
			return nil
		}
	}
	p, fault := rr.product(line)
	if p == nil {
		r.seen.loose(fault)
		return nil
	}
	return r.seen.put(p, key, key, at, r.now)
}

// json reads a list of the province dialect's products, bare or in "items".
func (r *fileRead) json(ctx context.Context) error {
	head := make([]byte, min(r.src.info.Size(), sniffed))
	if _, err := r.src.file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := checkText(head, r.src.info.Size() > sniffed); err != nil {
		return err
	}
	skip := int64(0)
	if strings.HasPrefix(string(head), "\xef\xbb\xbf") {
		skip = 3
	}
	body := io.NewSectionReader(r.src.file, skip, r.src.info.Size()-skip)
	n := 0
	take := func(raw []byte) error {
		n++
		if n > r.w.opt.Limits.Rows {
			return fmt.Errorf("the file has more than the %d products allowed", r.w.opt.Limits.Rows)
		}
		if n%256 == 0 {
			r.progress(Progress{Pages: 1, Records: n})
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
		}
		return r.takeJSON(raw, n)
	}
	err := decodeList(body, take)
	r.pages = 1
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: the file ends in the middle, after %d products", ErrIncomplete, n)
	}
	return err
}

func (r *fileRead) takeJSON(raw []byte, n int) error {
	at := ocop.Place{File: r.file, Row: n}
	key := hash16(raw)
	if e, ok := r.st.byListed(key); ok && !e.Faulty() && r.seen.keep(e, key, at) {
		return nil
	}
	if !json.Valid(raw) {
		return fmt.Errorf("product %d: %w", n, errList)
	}
	p, fault := decodeProvince(raw, at, (*url.URL)(nil))
	if p == nil {
		r.seen.loose(fault)
		return nil
	}
	return r.seen.put(p, key, key, at, r.now)
}

// decodeList reads a JSON list of objects, or an object that has it as "items".
func decodeList(body io.Reader, take func([]byte) error) error {
	r := bufio.NewReaderSize(body, 64<<10)
	s := &splitter{r: r}
	c, err := s.skipSpace()
	if err != nil {
		return err
	}
	if err := r.UnreadByte(); err != nil {
		return err
	}
	wrong := errors.New(`expected a list of products or an object with "items"`)
	switch c {
	case '[':
		if err := decodeItems(r, false, take); err != nil {
			return err
		}
		if _, err := s.skipSpace(); !errors.Is(err, io.ErrUnexpectedEOF) {
			return errors.New("more follows after the end of the JSON")
		}
		return nil
	case '{':
	default:
		return wrong
	}
	found := false
	err = decodeObject(r, func(key string, dec *json.Decoder) (bool, error) {
		if key == "items" {
			if found {
				return false, errors.New(`"items" stands twice`)
			}
			found = true
			return true, nil
		}
		var raw json.RawMessage
		return false, dec.Decode(&raw)
	}, take)
	if err == nil && !found {
		err = wrong
	}
	return err
}

// tableRead walks through the sheets of a book; registry and price list differ
// in what they do with a row.
type tableRead struct {
	opt   FileOptions
	voc   vocabulary
	book  *book
	file  string
	loose func(ocop.Fault)
	row   func(*rowReader, row) error
	need  []Column // whose absence is told once for each sheet
	sheet func(rows int)
	rows  int
}

// run reads every sheet. A book in which no sheet has titles is an error: it is
// not the file that it should be.
func (t *tableRead) run(ctx context.Context) error {
	usable := 0
	var seen []string
	for _, s := range t.book.sheets {
		if len(t.opt.Sheets) > 0 && !slices.Contains(t.opt.Sheets, s.name) {
			continue
		}
		if s.hidden && len(t.opt.Sheets) == 0 {
			t.loose(t.about(s, ocop.Text{VI: "trang bị ẩn nên không đọc", EN: "the sheet is hidden and was not read"}))
			continue
		}
		found, first, err := t.one(ctx, s)
		if err != nil {
			return err
		}
		seen = append(seen, first...)
		if found {
			usable++
		} else if len(first) > 0 {
			t.loose(t.about(s, ocop.Text{
				VI: "không tìm thấy dòng tiêu đề (cần ít nhất tên sản phẩm và một cột khác)", EN: "no row of titles was found (at least the product's name and another column)",
			}))
		}
		t.sheet(t.rows)
	}
	if usable > 0 {
		return nil
	}
	text := strings.Join(seen, " ")
	if name := guessFonts(text); name != "" {
		return fmt.Errorf("the titles are not in Unicode but seem to be %s: convert the file to Unicode", name)
	}
	return errors.New("no sheet has a row of titles that names the products (\"Tên sản phẩm\", \"Chủ thể\", \"Hạng sao\" and the like): is this the right file?")
}

func (t *tableRead) about(s *sheet, why ocop.Text) ocop.Fault {
	return newFault(ocop.Place{File: t.file, Sheet: s.name}, "", ocop.FieldRow, s.name, why)
}

// one reads a sheet: its first rows are kept until the titles are found in them.
// It gives the texts that it met first, for a message.
func (t *tableRead) one(ctx context.Context, s *sheet) (found bool, first []string, err error) {
	rr := &rowReader{file: t.file, sheet: s, book: t.book, district: districtOfSheet(s.name)}
	var tops []titleRow
	var held []row
	ended := false
	settle := func() error {
		h, ok := findHeader(tops, t.voc)
		if !ok {
			return nil
		}
		found, rr.h = true, h
		t.aboutHeader(s, h)
		for _, r := range held {
			if r.n > h.last {
				if err := t.take(rr, r, &ended); err != nil {
					return err
				}
			}
		}
		return nil
	}
	looked := false
	err = s.rows(ctx, titleRows, func(r row) error {
		if len(distinct(r.cells)) > 0 {
			if t.rows++; t.rows > t.opt.Limits.Rows {
				return fmt.Errorf("the file has more than the %d rows allowed", t.opt.Limits.Rows)
			}
			if len(first) < 200 && !found {
				first = append(first, distinct(r.cells)...)
			}
		}
		if looked {
			if found {
				return t.take(rr, r, &ended)
			}
			return nil
		}
		tops = append(tops, titleRow{r.n, slices.Clone(r.wide)})
		held = append(held, row{n: r.n, cells: slices.Clone(r.cells)})
		if r.n >= titleRows {
			looked = true
			return settle()
		}
		return nil
	})
	if err == nil && !looked {
		err = settle()
	}
	return found, first, err
}

func (t *tableRead) aboutHeader(s *sheet, h header) {
	for _, title := range h.twice {
		t.loose(newFault(ocop.Place{File: t.file, Sheet: s.name, Row: h.last, Column: title}, "", ocop.FieldRow, title, ocop.Text{
			VI: "hai cột có cùng ý nghĩa; cột này không dùng (có thể chỉ định cột trong cấu hình)", EN: "two columns mean the same; this one is not used (the configuration can name the right one)",
		}))
	}
	for _, col := range t.need {
		if !h.has(col) {
			t.loose(newFault(ocop.Place{File: t.file, Sheet: s.name, Row: h.last}, "", ocop.FieldRow, string(col), ocop.Text{
				VI: "trang không có cột này (có thể chỉ định cột trong cấu hình)", EN: "the sheet has no such column (the configuration can name one)",
			}))
		}
	}
	if h.money != "" {
		t.loose(newFault(ocop.Place{File: t.file, Sheet: s.name, Row: h.last, Column: h.money}, "", ocop.FieldPrice, h.money, ocop.Text{
			VI: "giá phải tính bằng đồng Việt Nam", EN: "prices must be in Vietnamese đồng",
		}))
	}
}

// take handles one row below the titles.
func (t *tableRead) take(rr *rowReader, r row, ended *bool) error {
	switch rr.h.kindOf(r, *ended) {
	case rowData:
		return t.row(rr, r)
	case rowEnd:
		*ended = true
	case rowSection:
		rr.section = readSection(distinct(r.cells))
		*ended = false
	case rowStrange:
		t.loose(newFault(ocop.Place{File: t.file, Sheet: rr.sheet.name, Row: r.n}, "", ocop.FieldRow, strings.Join(distinct(r.cells), " | "), ocop.Text{
			VI: "dòng này không đọc được thành sản phẩm", EN: "this row could not be read as a product",
		}))
	case rowEmpty, rowNumbers:
	}
	return nil
}
