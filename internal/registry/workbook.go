package registry

import (
	"context"
	"fmt"
	"path/filepath"
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
