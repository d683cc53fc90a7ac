package sandbox

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// keepWithdrawn is how long a withdrawn product is still told of in deltas.
const keepWithdrawn = 90 * 24 * time.Hour

// The registry's moods.
const (
	ModeNormal    = "normal"
	ModeEmpty     = "empty"     // 200 and no products
	ModeShort     = "short"     // half of the products, total included
	ModeTruncated = "truncated" // the total is right, the pages end half-way
	ModeStale304  = "stale304"  // 304 to any ETag
	ModeChanging  = "changing"  // another list at every call
)

var modes = []string{ModeNormal, ModeEmpty, ModeShort, ModeTruncated, ModeStale304, ModeChanging}

// catalogue is the registry's data.
type catalogue struct {
	mu     sync.RWMutex
	items  []*item // by code, withdrawn ones included
	byID   []*item // by number
	codes  map[string]*item
	views  map[int]*view // full lists by min_stars, until something changes
	mode   string
	listed int // list calls so far, for ModeChanging
}

// view is a filtered list at an instant.
type view struct {
	etag    string
	records [][]byte
}

func newCatalogue(items []*item) *catalogue {
	c := &catalogue{mode: ModeNormal, codes: make(map[string]*item, 2*len(items)), views: make(map[int]*view), byID: items}
	for i, it := range items {
		it.id = i + 1
		it.encoded = encode(it.record)
		c.codes[strings.ToUpper(it.Code)] = it
		c.codes["OV-"+strconv.Itoa(it.id)] = it
	}
	c.items = slices.Clone(items)
	slices.SortFunc(c.items, func(a, b *item) int { return strings.Compare(a.Code, b.Code) })
	return c
}

// find gives the registry's spelling of a code; the national dialect's OV-
// codes and texts that end with a code are found too.
func (c *catalogue) find(code string) (string, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	code = strings.ToUpper(code)
	for rest := code; rest != ""; {
		if it := c.codes[rest]; it != nil {
			return it.Code, true
		}
		_, after, ok := strings.Cut(rest, "-")
		if !ok {
			break
		}
		rest = after
	}
	return "", false
}

func (c *catalogue) labels(now time.Time) []Label {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]Label, 0, len(c.items))
	for _, it := range c.items {
		out = append(out, it.label(now))
	}
	return out
}

// full gives the full list, remembered until something changes.
func (c *catalogue) full(minStars int) *view {
	c.mu.RLock()
	v := c.views[minStars]
	c.mu.RUnlock()
	if v != nil {
		return v
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if v = c.views[minStars]; v == nil {
		v = c.filter(func(it *item) bool { return it.Status != "withdrawn" && it.Stars >= minStars })
		c.views[minStars] = v
	}
	return v
}

// since lists everything that changed at or after an instant.
func (c *catalogue) since(t, now time.Time) *view {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.filter(func(it *item) bool {
		return !it.UpdatedAt.Before(t) && (it.Status != "withdrawn" || now.Sub(it.withdrawnAt) < keepWithdrawn)
	})
}

// filter needs the lock.
func (c *catalogue) filter(keep func(*item) bool) *view {
	v := &view{}
	sum := fnv.New128a()
	for _, it := range c.items {
		if !keep(it) {
			continue
		}
		v.records = append(v.records, it.encoded)
		_, _ = fmt.Fprintf(sum, "%s %d\n", it.Code, it.UpdatedAt.UnixNano())
	}
	v.etag = fmt.Sprintf(`"%x"`, sum.Sum(nil))
	return v
}

// change alters one product, and with it the list's ETag.
func (c *catalogue) change(code string, now time.Time, alter func(*item)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	it := c.codes[strings.ToUpper(code)]
	if it == nil {
		return fmt.Errorf("registry: no product %q", code)
	}
	alter(it)
	if !now.After(it.UpdatedAt) { // a clock that stands still must not hide a change
		now = it.UpdatedAt.Add(time.Millisecond)
	}
	it.UpdatedAt = now.UTC().Truncate(time.Millisecond)
	it.encoded = encode(it.record)
	clear(c.views)
	return nil
}

// changeOffer alters one product's price list row; the registry does not change.
func (c *catalogue) changeOffer(code string, alter func(*offer)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	it := c.codes[strings.ToUpper(code)]
	if it == nil {
		return fmt.Errorf("price list: no product %q", code)
	}
	alter(&it.offer)
	return nil
}

// snapshot copies the products, for what is written to files.
func (c *catalogue) snapshot() []item {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]item, 0, len(c.items))
	for _, it := range c.items {
		out = append(out, *it)
	}
	return out
}

// Codes lists every product code, sorted.
func (s *Sandbox) Codes() []string {
	codes := make(map[string]bool)
	for _, it := range s.products.snapshot() {
		codes[it.Code] = true
	}
	return slices.Sorted(maps.Keys(codes))
}

// SetRegistryMode sets the registry's mood, one of the Mode constants.
func (s *Sandbox) SetRegistryMode(mode string) error {
	if !slices.Contains(modes, mode) {
		return fmt.Errorf("registry: no mode %q", mode)
	}
	s.products.mu.Lock()
	defer s.products.mu.Unlock()
	s.products.mode = mode
	return nil
}

// Revoke takes the product's recognition away today.
func (s *Sandbox) Revoke(code string) error {
	return s.products.change(code, s.now(), func(it *item) {
		it.Status = "revoked"
		if it.Certificate != nil {
			renewed := *it.Certificate
			renewed.RevokedOn = s.now().In(vietnam).Format(time.DateOnly)
			it.Certificate = &renewed
		}
	})
}

// Demote sets the recognized stars, up or down.
func (s *Sandbox) Demote(code string, stars int) error {
	if stars < 0 || stars > 5 {
		return fmt.Errorf("registry: %d stars", stars)
	}
	return s.products.change(code, s.now(), func(it *item) { it.Stars = stars })
}

// Restore recognizes a revoked or withdrawn product again.
func (s *Sandbox) Restore(code string) error {
	return s.products.change(code, s.now(), func(it *item) {
		it.Status = "recognized"
		if it.Certificate != nil {
			renewed := *it.Certificate
			renewed.RevokedOn = ""
			it.Certificate = &renewed
		}
	})
}

// Rename gives the product another name.
func (s *Sandbox) Rename(code, name string) error {
	return s.products.change(code, s.now(), func(it *item) { it.Name = name })
}

// Describe gives the product another description (HTML).
func (s *Sandbox) Describe(code, description string) error {
	return s.products.change(code, s.now(), func(it *item) { it.Description = description })
}

// Withdraw removes the product from the registry; deltas tell of it for 90 days.
func (s *Sandbox) Withdraw(code string) error {
	return s.products.change(code, s.now(), func(it *item) {
		it.Status, it.withdrawnAt = "withdrawn", s.now()
	})
}

// EndCertificate lets the certificate end on a day; its last day counts.
func (s *Sandbox) EndCertificate(code string, last time.Time) error {
	return s.products.change(code, s.now(), func(it *item) {
		if it.Certificate == nil {
			it.Certificate = &certificate{}
		}
		renewed := *it.Certificate
		it.lastDay = day(last)
		renewed.ExpiresOn = it.lastDay.Format(time.DateOnly)
		it.Certificate = &renewed
	})
}
