package market

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

const (
	maxReadings = 3
	// maxIdlePages bounds the pages in a row that show nothing new, for a
	// market that gives a new cursor forever. A shop may have hundreds of such
	// pages: of submissions that were decided long ago.
	maxIdlePages = 10_000
)

// A Collector takes in what Observe reads.
type Collector interface {
	// Restart says that a reading begins, the first one too: whatever was
	// added before is void.
	Restart()
	// Add takes one listing or submission; each comes once in a reading. An
	// error ends the observation.
	Add(r listing.Remote) error
}

// An unsteady reading is begun again.
type unsteady struct{ why string }

func (u *unsteady) Error() string { return u.why }

// Observe reads all that a shop holds and makes sure that it is all: per
// section it counts distinct entries against the total that the market states.
// A cursor or an entry that comes again with a short count, a total that moves,
// or a count that does not fit begins the whole reading again, at most three
// times; then it fails with a Protocol error. Where a market states no total,
// a page cut short can't be noticed.
//
// A page that fails ends the observation: the Retry wrapper's List is where a
// page is tried again.
func Observe(ctx context.Context, m Market, now func() time.Time, c Collector) (Observation, error) {
	var last *unsteady
	for range maxReadings {
		o := Observation{AsOf: now()}
		c.Restart()
		n, err := readAll(ctx, m, c)
		o.Count = n
		if err == nil {
			return o, nil
		}
		if !errors.As(err, &last) {
			return Observation{}, err
		}
	}
	return Observation{}, &Error{
		Market: m.Name(), Op: "list the shop", Kind: Protocol, Retryable: true,
		Err: fmt.Errorf("the list would not hold still in %d readings: %w", maxReadings, last),
	}
}

// A section is what one reading knows of one list.
type section struct {
	total int                 // -1: not stated
	seen  map[uint64]struct{} // hashes of the entries' ids: a shop may hold very many
}

func readAll(ctx context.Context, m Market, c Collector) (int, error) {
	sections := make(map[string]*section)
	cursors := make(map[string]struct{})
	seed := maphash.MakeSeed()
	count, idle := 0, 0
	for cursor := ""; ; {
		if err := ctx.Err(); err != nil {
			return 0, &Error{Market: m.Name(), Op: "list the shop", Kind: Cancelled, Err: err}
		}
		page, err := m.List(ctx, cursor)
		if err != nil {
			return 0, err
		}
		added, err := addPage(m.Name(), seed, sections, page, c)
		if err != nil {
			return 0, err
		}
		count += added
		if page.Next == "" {
			break
		}
		if idle++; added > 0 {
			idle = 0
		}
		cursors[cursor] = struct{}{}
		if _, again := cursors[page.Next]; again || idle > maxIdlePages {
			return 0, &unsteady{fmt.Sprintf("after %s the list led back to pages already read", ocop.Count(count, "entry", "entries"))}
		}
		cursor = page.Next
	}
	return count, checkTotals(sections)
}

func addPage(name listing.Market, seed maphash.Seed, sections map[string]*section, page Page, c Collector) (added int, err error) {
	s := sections[page.Section]
	if s == nil {
		s = &section{total: page.Total, seen: make(map[uint64]struct{})}
		sections[page.Section] = s
	}
	if page.Total != s.total {
		return 0, &unsteady{fmt.Sprintf("the total of %q moved from %d to %d", page.Section, s.total, page.Total)}
	}
	for _, r := range page.Remotes {
		if r.ID == "" && r.Submission == "" {
			return 0, &Error{
				Market: name, Op: "list " + page.Section, Kind: Protocol,
				Err: fmt.Errorf("an entry with SKU %q has no id", r.SKU),
			}
		}
		key := maphash.Comparable(seed, [2]string{r.ID, r.Submission})
		if _, again := s.seen[key]; again {
			continue // harmless where the count is right in the end
		}
		s.seen[key] = struct{}{}
		if err := c.Add(r); err != nil {
			return 0, err
		}
		added++
	}
	return added, nil
}

func checkTotals(sections map[string]*section) error {
	for name, s := range sections {
		if s.total >= 0 && len(s.seen) != s.total {
			return &unsteady{fmt.Sprintf("%q shows %s where it states %d", name, ocop.Count(len(s.seen), "entry", "entries"), s.total)}
		}
	}
	return nil
}
