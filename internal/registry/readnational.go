package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"ocopsync/internal/ocop"
)

const nationalPath = "/v1/public/product-info/"

// nationalItem is one product of the list.
type nationalItem struct {
	id     string
	key    [16]byte
	listed []byte // its list record; nil when the held entry stays
	entry  Entry  // the held entry that shows the same list record, if any
	held   bool
	place  ocop.Place
}

// national reads the list in full, then the pages of what is new or changed in
// it, several at once. Pages that were fetched by a read that failed later are
// taken from disk.
func (rd *httpRead) national(ctx context.Context) error {
	for n := 1; ; n++ {
		rd.st.reset()
		rd.seen = newSeen(rd.st)
		items, asOf, err := rd.nationalList(ctx)
		if err == nil {
			if err := rd.nationalDetails(ctx, items); err != nil {
				return err
			}
			return rd.finish(KindFull, asOf, "")
		}
		switch {
		case !errors.Is(err, errMoved) && !errors.Is(err, errShort):
			return err
		case n < readings:
		case errors.Is(err, errMoved):
			return fmt.Errorf("%w: begun %d times: %w", ErrUnsettled, n, err)
		default:
			return fmt.Errorf("%w: read %d times: %w", ErrIncomplete, n, err)
		}
	}
}

// nationalList reads the list: as many distinct ids as its count says.
func (rd *httpRead) nationalList(ctx context.Context) ([]nationalItem, time.Time, error) {
	var items []nationalItem
	var asOf time.Time
	ids := map[string]bool{}
	records, count := 0, 0
	for number := 1; ; number++ {
		var page []nationalItem
		var nameless []ocop.Fault
		total, end := 0, false
		query := url.Values{"ocop_star": {""}, "page": {strconv.Itoa(number)}, "page_size": {strconv.Itoa(rd.h.opt.PageSize)}}
		err := rd.h.get.get(ctx, nationalPath, query, nil, []int{http.StatusOK, http.StatusNotFound}, func(a answer) error {
			page, nameless = nil, nil
			if end = a.status == http.StatusNotFound; end {
				return nil
			}
			if number == 1 {
				asOf, _ = http.ParseTime(a.header.Get("Date"))
			}
			var err error
			total, err = rd.nationalPage(a, number, records, &page, &nameless)
			return err
		})
		if err != nil {
			return nil, asOf, fmt.Errorf("page %d: %w", number, err)
		}
		if end && number == 1 {
			return nil, asOf, &HTTPError{Status: http.StatusNotFound, Words: "no list at " + nationalPath}
		}
		if !end && number == 1 {
			count = total
		} else if !end && total != count {
			return nil, asOf, fmt.Errorf("%w: page 1 counted %d, page %d counts %d", errMoved, count, number, total)
		}
		rd.pages++
		fresh := 0
		for _, it := range page {
			if !ids[it.id] {
				ids[it.id] = true
				items = append(items, it)
				fresh++
			}
		}
		for _, f := range nameless {
			rd.seen.nameless++
			rd.seen.loose(f)
		}
		records += len(page) + len(nameless)
		rd.progress(Progress{Pages: rd.pages, Records: len(items), Total: count})
		if len(ids)+rd.seen.nameless >= count || fresh+len(nameless) == 0 {
			break
		}
	}
	if got := len(ids) + rd.seen.nameless; got != count && len(ids) != count {
		return nil, asOf, fmt.Errorf("%w: count says %s, %d different ones came in %s", errShort, ocop.Count(count, "product", "products"), got, ocop.Count(records, "record", "records"))
	}
	return items, asOf, nil
}

func (rd *httpRead) nationalPage(a answer, number, before int, page *[]nationalItem, nameless *[]ocop.Fault) (int, error) {
	head, err := decodePage(a.body, "count", "results", func(pageHead) error { return nil }, func(raw []byte) error {
		if !json.Valid(raw) {
			return errList
		}
		at := rd.place(nationalPath, number, before+len(*page)+len(*nameless)+1)
		id, ok := nationalID(raw)
		if !ok {
			at.Column = "id"
			*nameless = append(*nameless, newFault(at, "", ocop.FieldCode, string(raw[:min(len(raw), 60)]), ocop.Text{
				VI: "bản ghi không có id đọc được", EN: "the record has no id that can be read",
			}))
			return nil
		}
		it := nationalItem{id: id, key: hash16(raw), place: at}
		it.entry, it.held = rd.st.byListed(it.key)
		it.held = it.held && it.entry.Code == nationalCode(id) && !it.entry.FaultIn(ocop.FieldCertificate) && !rd.aged(it.entry)
		if !it.held {
			it.listed = append([]byte(nil), raw...)
		}
		*page = append(*page, it)
		return nil
	})
	switch {
	case errors.Is(err, errTooLarge):
		return 0, err
	case err != nil:
		return 0, fmt.Errorf("%w: %w", ErrIncomplete, err)
	case head.Total > rd.h.opt.MaxRecords:
		return 0, fmt.Errorf("the registry claims %d products, more than the %d allowed", head.Total, rd.h.opt.MaxRecords)
	}
	return head.Total, nil
}

// aged says whether a full read looks at a product's page again.
func (rd *httpRead) aged(e Entry) bool {
	return rd.how == Full && rd.began.Sub(time.Unix(e.readAt, 0)) >= rd.h.opt.DetailAge
}

// nationalDetails fetches and stages, in the order of the list, a batch at a time.
func (rd *httpRead) nationalDetails(ctx context.Context, items []nationalItem) error {
	cache, err := openDetails(rd.st.held.dir)
	if err != nil {
		return err
	}
	defer cache.close()
	rd.st.onCommit = cache.remove
	batch := 16 * rd.h.opt.Details
	for len(items) > 0 {
		n := min(batch, len(items))
		pages, err := rd.fetchDetails(ctx, items[:n], cache)
		if err != nil {
			return err
		}
		for i, it := range items[:n] {
			if err := rd.takeNational(it, pages[i]); err != nil {
				return err
			}
		}
		items = items[n:]
		rd.progress(Progress{Pages: rd.pages, Records: rd.seen.n, Total: rd.seen.n + len(items)})
	}
	return nil
}

func (rd *httpRead) takeNational(it nationalItem, page []byte) error {
	if it.held {
		rd.seen.keep(it.entry, it.key, it.place)
		if !it.entry.Faulty() {
			return nil
		}
		p, err := rd.st.held.Product(it.entry)
		if err != nil {
			return err
		}
		rd.seen.faults.add(p.Faults...)
		return nil
	}
	p := decodeNational(it.id, it.listed, page, it.place, rd.h.base)
	if err := rd.seen.put(p, it.key, hash16(append(it.listed[:len(it.listed):len(it.listed)], page...)), it.place, rd.began); err != nil {
		return err
	}
	rd.st.touch(p.Code, rd.began)
	return nil
}

// fetchDetails gives the pages of the items that need one; nil for a product
// that the site lists and has no page for.
func (rd *httpRead) fetchDetails(ctx context.Context, items []nationalItem, cache *detailCache) ([][]byte, error) {
	pages := make([][]byte, len(items))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(rd.h.opt.Details)
	for i, it := range items {
		if it.held {
			continue
		}
		if b, ok := cache.find(it.key, rd.began.Add(-rd.h.opt.DetailAge)); ok {
			pages[i] = b
			continue
		}
		group.Go(func() error {
			b, err := rd.fetchDetail(ctx, it.id)
			if err != nil {
				return fmt.Errorf("product %s: %w", it.id, err)
			}
			pages[i] = b
			return cache.add(it.key, b, rd.began)
		})
	}
	return pages, group.Wait()
}

func (rd *httpRead) fetchDetail(ctx context.Context, id string) ([]byte, error) {
	var page []byte
	path := nationalPath + url.PathEscape(id) + "/"
	err := rd.h.get.get(ctx, path, nil, nil, []int{http.StatusOK, http.StatusNotFound}, func(a answer) error {
		if a.status == http.StatusNotFound {
			page = nil
			return nil
		}
		b, err := io.ReadAll(a.body)
		if err != nil {
			return err
		}
		if !json.Valid(b) {
			return fmt.Errorf("%w: the page is no whole JSON", ErrIncomplete)
		}
		if got, ok := nationalID(b); !ok || got != id {
			return fmt.Errorf("%w: the page is of product %q", ErrIncomplete, got)
		}
		var compact bytes.Buffer // as the cache keeps it, so that its digest is the same
		if err := json.Compact(&compact, b); err != nil {
			return err
		}
		page = compact.Bytes()
		return nil
	})
	return page, err
}
