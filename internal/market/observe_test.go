package market_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/market/markettest"
)

// pages is a market whose list is given page by page, reading by reading.
type pages struct {
	*markettest.Model
	readings []map[string]market.Page // by cursor; the last one stays
	began    int
}

func (p *pages) List(_ context.Context, cursor string) (market.Page, error) {
	if cursor == "" {
		p.began++
	}
	page, ok := p.readings[min(p.began, len(p.readings))-1][cursor]
	if !ok {
		return market.Page{}, &market.Error{Market: "model", Op: "list", Kind: market.Unavailable}
	}
	return page, nil
}

type basket struct {
	restarts int
	remotes  []listing.Remote
	refuse   error
}

func (b *basket) Restart() { b.restarts++; b.remotes = nil }
func (b *basket) Add(r listing.Remote) error {
	b.remotes = append(b.remotes, r)
	return b.refuse
}

func page(section string, total int, next string, ids ...string) market.Page {
	p := market.Page{Section: section, Total: total, Next: next}
	for _, id := range ids {
		p.Remotes = append(p.Remotes, listing.Remote{ID: id, SKU: listing.SKU("S-" + id)})
	}
	return p
}

func TestObserve(t *testing.T) {
	t.Parallel()
	type reading = map[string]market.Page
	good := reading{"": page("products", 3, "2", "a", "b"), "2": page("products", 3, "", "c")}
	short := reading{"": page("products", 3, "2", "a", "b"), "2": page("products", 3, "")}
	repeated := reading{"": page("products", 4, "2", "a", "b"), "2": page("products", 4, "", "a", "b")}
	moving := reading{"": page("products", 3, "2", "a", "b"), "2": page("products", 4, "", "c")}
	loop := reading{"": page("products", -1, "2", "a"), "2": page("products", -1, "3", "b"), "3": page("products", -1, "2", "c")}
	for name, c := range map[string]struct {
		readings []reading
		ids      string
		restarts int
		kind     market.Kind
		words    string
	}{
		"complete":      {readings: []reading{good}, ids: "a b c", restarts: 1},
		"empty":         {readings: []reading{{"": page("products", 0, "")}}, restarts: 1},
		"short once":    {readings: []reading{short, good}, ids: "a b c", restarts: 2},
		"short always":  {readings: []reading{short}, restarts: 3, kind: market.Protocol, words: `"products" shows 2 entries where it states 3`},
		"repeated page": {readings: []reading{repeated}, restarts: 3, kind: market.Protocol, words: "shows 2 entries where it states 4"},
		"moving total":  {readings: []reading{moving, moving, good}, ids: "a b c", restarts: 3},
		"always moving": {readings: []reading{moving}, restarts: 3, kind: market.Protocol, words: "moved from 3 to 4"},
		"loop":          {readings: []reading{loop}, restarts: 3, kind: market.Protocol, words: "led back"},
		"a page fails":  {readings: []reading{{"": page("products", 3, "2", "a")}}, restarts: 1, kind: market.Unavailable},
		"entry comes twice, count right": {
			readings: []reading{{"": page("products", 3, "2", "a", "b"), "2": page("products", 3, "", "b", "c")}},
			ids:      "a b c", restarts: 1,
		},
		"sections are counted apart": {
			readings: []reading{{
				"": page("products", 1, "r", "a"), "r": page("requests", 2, "t", "x", "a"), "t": page("trash", -1, "", "z"),
			}},
			ids: "a x a z", restarts: 1,
		},
		"section without a total": {readings: []reading{{"": page("products", -1, "", "a")}}, ids: "a", restarts: 1},
		"entry without an id":     {readings: []reading{{"": page("products", 1, "", "")}}, restarts: 1, kind: market.Protocol, words: "has no id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
			now := func() time.Time { clock = clock.Add(time.Minute); return clock }
			m := &pages{Model: markettest.NewModel(markettest.ModelOptions{}), readings: c.readings}
			var b basket
			o, err := market.Observe(t.Context(), m, now, &b)
			if b.restarts != c.restarts {
				t.Errorf("%d readings, expected %d", b.restarts, c.restarts)
			}
			if market.KindOf(err) != c.kind || err != nil && !strings.Contains(err.Error(), c.words) {
				t.Fatalf("ended with %v, expected kind %q and %q", err, c.kind, c.words)
			}
			if err != nil {
				if (o != market.Observation{}) {
					t.Errorf("a failed observation is %+v", o)
				}
				return
			}
			var ids []string
			for _, r := range b.remotes {
				ids = append(ids, r.ID)
			}
			if got := strings.Join(ids, " "); got != c.ids || o.Count != len(ids) {
				t.Errorf("read %q, count %d; expected %q", got, o.Count, c.ids)
			}
			if want := time.Date(2026, 11, 23, 3, c.restarts, 0, 0, time.UTC); !o.AsOf.Equal(want) {
				t.Errorf("as of %v, expected the last reading's beginning, %v", o.AsOf, want)
			}
		})
	}
}

func TestObserveEndlessCursors(t *testing.T) {
	t.Parallel()
	m := endless{markettest.NewModel(markettest.ModelOptions{})}
	var b basket
	_, err := market.Observe(t.Context(), m, time.Now, &b)
	if market.KindOf(err) != market.Protocol {
		t.Errorf("a list whose cursors never end: %v", err)
	}
}

type endless struct{ *markettest.Model }

func (e endless) List(_ context.Context, cursor string) (market.Page, error) {
	return page("products", -1, fmt.Sprint(cursor, "x"), "a"), nil
}

func TestObserveStops(t *testing.T) {
	t.Parallel()
	m := markettest.NewModel(markettest.ModelOptions{})
	m.AddForeign(listingOf("A"))
	full := errors.New("no more room")
	if _, err := market.Observe(t.Context(), m, time.Now, &basket{refuse: full}); !errors.Is(err, full) {
		t.Errorf("the collector's error became %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := market.Observe(ctx, m, time.Now, &basket{}); market.KindOf(err) != market.Cancelled {
		t.Errorf("an ended context gave %v", err)
	}
}
