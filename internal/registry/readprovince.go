package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"ocopsync/internal/ocop"
)

const (
	provincePath = "/api/v1/products"
	// overlap is how far before the held reading's as_of a delta begins, for
	// records that were written while that reading was made.
	overlap = 10 * time.Minute
	// memory is for how long the registry keeps removed products in a delta
	// (contracts/registry.yaml), less a day.
	memory = 89 * 24 * time.Hour
	// readings is how often a list that changes on the way is begun.
	readings = 3
)

// errMoved is a list that is not the one whose first page was read.
var errMoved = errors.New("the list changed between two pages")

// errShort is a list whose records are not as many as it says.
var errShort = errors.New("the records do not add up")

// provincePage is one page, its records in one piece of memory.
type provincePage struct {
	head     pageHead
	etag     string
	same     bool // 304
	bytes    []byte
	items    []pageItem
	complete bool // records were read to the end
}

// pageItem is one record: a held one that did not change, or bytes to decode.
type pageItem struct {
	key      [16]byte
	off, end int
	known    bool
}

func (rd *httpRead) province(ctx context.Context) error {
	held := rd.st.held.meta
	if rd.st.fresh || held.AsOf.IsZero() || rd.began.Sub(held.AsOf) > memory {
		rd.how = Full
	}
	if rd.how == Full {
		return rd.provinceFull(ctx, nil)
	}
	expected := -1
	etag := ""
	if held.ETag != "" {
		first, err := rd.probe(ctx, held.ETag)
		switch {
		case err != nil:
			return err
		case first.same:
			rd.pages++
			return rd.finish(KindNotModified, held.AsOf, held.ETag)
		case first.complete:
			return rd.provinceFull(ctx, first)
		}
		expected, etag = first.head.Total, first.etag
	}
	since := held.AsOf.Add(-overlap)
	last, err := rd.list(ctx, since, nil)
	if err != nil {
		return err
	}
	if expected >= 0 && expected != rd.listed() || rd.touchesTwins() {
		// The held reading and the registry disagree about what exists, or one of
		// two records that claim a code came without the other.
		return rd.provinceFull(ctx, nil)
	}
	return rd.finish(KindDelta, later(last.AsOf, held.AsOf), etag)
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// listed counts the products that a full list would hold.
func (rd *httpRead) listed() int {
	n := 0
	for _, e := range rd.st.list {
		if e.Status() != ocop.StatusWithdrawn {
			n++
		}
	}
	return n
}

// touchesTwins says whether a delta brought a code that two records claimed.
func (rd *httpRead) touchesTwins() bool {
	for i, mark := range rd.seen.marks {
		if e, ok := findCode(rd.st.base, rd.st.list[i].Code); ok && mark.part != 0 && e.FaultIn(ocop.FieldCode) {
			return true
		}
	}
	return false
}

func (rd *httpRead) provinceFull(ctx context.Context, first *provincePage) error {
	got, err := rd.list(ctx, time.Time{}, first)
	if err != nil {
		return err
	}
	if err := rd.notStale(got.AsOf); err != nil {
		return err
	}
	return rd.finish(KindFull, got.AsOf, got.etag)
}

// notStale refuses a reading that is clearly older than the held one: a
// replica or a restored backup that would bring back what was revoked since.
func (rd *httpRead) notStale(asOf time.Time) error {
	held := rd.st.held.meta.AsOf
	if rd.st.fresh || asOf.IsZero() || held.After(rd.began.Add(time.Hour)) || !asOf.Before(held.Add(-time.Hour)) {
		return nil
	}
	return fmt.Errorf("%w: it is of %s, older than the reading of %s that is already held",
		ErrIncomplete, asOf.Format(time.RFC3339), held.Format(time.RFC3339))
}

// probe asks for the first page unless the list is as the ETag says. Of a longer
// list it reads no more than the beginning.
func (rd *httpRead) probe(ctx context.Context, etag string) (*provincePage, error) {
	page := new(provincePage)
	err := rd.fetchPage(ctx, page, time.Time{}, 1, rd.h.opt.PageSize, etag)
	if errors.Is(err, errEnough) {
		err = nil
	}
	return page, err
}

// listEnd is what a whole list was.
type listEnd struct {
	AsOf time.Time
	etag string
}

// list reads a whole list into the staged reading, beginning again when it
// changes on the way or does not add up. first is its first page, when that was
// read already.
func (rd *httpRead) list(ctx context.Context, since time.Time, first *provincePage) (listEnd, error) {
	size := rd.h.opt.PageSize
	for n := 1; ; n++ {
		rd.st.reset()
		if !since.IsZero() {
			rd.st.overlay()
		}
		l := &listRead{rd: rd, since: since, size: size, seen: newSeen(rd.st)}
		end, err := l.run(ctx, first)
		if err == nil {
			rd.seen = l.seen
			return end, nil
		}
		if !errors.Is(err, errMoved) && !errors.Is(err, errShort) {
			return listEnd{}, err
		}
		if n == readings {
			if errors.Is(err, errMoved) {
				return listEnd{}, fmt.Errorf("%w: begun %d times: %w", ErrUnsettled, n, err)
			}
			return listEnd{}, fmt.Errorf("%w: read %d times: %w", ErrIncomplete, n, err)
		}
		size, first = l.size, nil
	}
}

// fetchPage reads one page into page, which is reused.
func (rd *httpRead) fetchPage(ctx context.Context, page *provincePage, since time.Time, number, size int, etag string) error {
	query := url.Values{"page": {strconv.Itoa(number)}, "page_size": {strconv.Itoa(size)}}
	if !since.IsZero() {
		query.Set("updated_since", since.UTC().Format(time.RFC3339Nano))
	}
	header := http.Header{}
	if etag != "" {
		header.Set("If-None-Match", etag)
	}
	err := rd.h.get.get(ctx, provincePath, query, header, []int{http.StatusOK, http.StatusNotModified}, func(a answer) error {
		*page = provincePage{etag: a.header.Get("ETag"), bytes: page.bytes[:0], items: page.items[:0]}
		if a.status == http.StatusNotModified {
			if etag == "" {
				return fmt.Errorf("%w: the registry answered 304 to a request without an ETag", ErrIncomplete)
			}
			page.same = true
			return nil
		}
		return rd.readPage(a, page, number, etag != "")
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("page %d: %w", number, err)
	}
	return err
}

func (rd *httpRead) readPage(a answer, page *provincePage, number int, probing bool) error {
	onHead := func(h pageHead) error {
		page.head = h
		if probing && (h.Total < 0 || h.PageSize == 0 || h.Total > h.PageSize) {
			return errEnough
		}
		return nil
	}
	head, err := decodePage(a.body, "total", "items", onHead, func(raw []byte) error {
		item := pageItem{key: hash16(raw)}
		if e, ok := rd.st.byListed(item.key); ok && !e.Faulty() {
			item.known = true
		} else if !json.Valid(raw) {
			return errList
		} else {
			item.off = len(page.bytes)
			page.bytes = append(page.bytes, raw...)
			item.end = len(page.bytes)
		}
		page.items = append(page.items, item)
		return nil
	})
	switch {
	case errors.Is(err, errEnough), errors.Is(err, errTooLarge):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", ErrIncomplete, err)
	case head.Page != 0 && head.Page != number:
		return fmt.Errorf("%w: the registry answered with page %d instead", ErrIncomplete, head.Page)
	case head.Total > rd.h.opt.MaxRecords:
		return fmt.Errorf("the registry claims %d products, more than the %d allowed", head.Total, rd.h.opt.MaxRecords)
	}
	page.head, page.complete = head, true
	return nil
}
