package registry

import (
	"context"
	"fmt"
	"time"

	"ocopsync/internal/ocop"
)

// listRead is one attempt at a whole list of the province dialect.
type listRead struct {
	rd      *httpRead
	since   time.Time
	size    int // page size in use: as asked for, or as the server lowered it
	seen    *seen
	records int
}

// run reads page after page until the list has given what its first page
// promised. Every page must carry the same total and the same ETag.
func (l *listRead) run(ctx context.Context, first *provincePage) (listEnd, error) {
	page := first
	if page == nil {
		page = new(provincePage)
		if err := l.rd.fetchPage(ctx, page, l.since, 1, l.size, ""); err != nil {
			return listEnd{}, err
		}
	}
	head, end := page.head, listEnd{page.head.AsOf, page.etag}
	if head.PageSize > 0 {
		l.size = min(l.size, head.PageSize)
	}
	last := (head.Total + l.size - 1) / l.size
	for number := 1; ; number++ {
		l.rd.pages++
		if err := l.take(page, number); err != nil {
			return listEnd{}, err
		}
		l.rd.progress(Progress{Pages: number, Records: l.records, Total: head.Total})
		if number >= last {
			break
		}
		if err := l.rd.fetchPage(ctx, page, l.since, number+1, l.size, ""); err != nil {
			return listEnd{}, err
		}
		if page.etag != end.etag || page.head.Total != head.Total {
			return listEnd{}, fmt.Errorf("%w: page 1 had ETag %q and total %d, page %d has %q and %d",
				errMoved, end.etag, head.Total, number+1, page.etag, page.head.Total)
		}
		if page.head.PageSize > 0 && page.head.PageSize != l.size {
			l.size = min(l.size, page.head.PageSize)
			return listEnd{}, fmt.Errorf("%w: page %d has a page size of %d", errMoved, number+1, page.head.PageSize)
		}
	}
	return end, l.addUp(head.Total, end.etag != "")
}

// addUp compares what was read with the total. Records that differ and claim one
// code count each, but only in a list that an ETag shows not to have moved:
// otherwise the second may be in the place of one that was missed.
func (l *listRead) addUp(total int, tagged bool) error {
	codes, records := l.seen.n, l.seen.n+l.seen.nameless
	if total == codes || total == records || tagged && total == records+l.seen.twice {
		return nil
	}
	return fmt.Errorf("%w: total says %s, %d different ones came in %s", errShort, ocop.Count(total, "product", "products"), codes, ocop.Count(l.records, "record", "records"))
}

// take puts a page's records into the staged reading.
func (l *listRead) take(page *provincePage, number int) error {
	now := l.rd.began
	for _, item := range page.items {
		l.records++
		at := l.rd.place(provincePath, number, l.records)
		if item.known {
			e, _ := l.rd.st.byListed(item.key)
			if l.seen.keep(e, item.key, at) || l.seen.repeated(e.Code, item.key) {
				continue
			}
			// Another record has claimed the code; this one is laid beside it.
			p, err := l.rd.st.held.Product(e)
			if err != nil {
				return err
			}
			if err := l.seen.put(p, item.key, item.key, at, now); err != nil {
				return err
			}
			continue
		}
		p, fault := decodeProvince(page.bytes[item.off:item.end], at, l.rd.h.base)
		if p == nil {
			l.seen.nameless++
			l.seen.loose(fault)
			continue
		}
		if l.seen.repeated(p.Code, item.key) {
			continue
		}
		if err := l.seen.put(p, item.key, item.key, at, now); err != nil {
			return err
		}
	}
	return nil
}
