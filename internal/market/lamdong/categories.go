package lamdong

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// A CategorySpec is a category that the configured mapping names.
type CategorySpec struct {
	Slug string // what listing.Listing.Category holds
	Name string // what a buyer reads; the slug when empty
}

// categories are the shop's product categories as last read. The value is never
// changed once it is shared; a nil one knows nothing.
type categories struct {
	ids   map[string]int64 // by slug
	slugs map[int64]string // the slug under which we know it, by id
	names map[int64]string
}

func newCategories() *categories {
	return &categories{ids: make(map[string]int64), slugs: make(map[int64]string), names: make(map[int64]string)}
}

// slug is how we call the category with this id, "" when it is not known.
func (c *categories) slug(id int64) string {
	if c == nil {
		return ""
	}
	return c.slugs[id]
}

func (c *categories) id(slug string) (int64, bool) {
	if c == nil {
		return 0, false
	}
	id, ok := c.ids[slug]
	return id, ok
}

// call lets a category go by a slug of ours; the shop's own slug for it is no
// longer used, so that what is wanted and what is observed are written alike.
func (c *categories) call(id int64, slug, name string) {
	if old, ok := c.slugs[id]; ok {
		delete(c.ids, old)
	}
	c.ids[slug], c.slugs[id], c.names[id] = id, slug, name
}

// byName finds a category by its name without regard to case, the oldest of
// several.
func (c *categories) byName(name string) (int64, bool) {
	for _, id := range slices.Sorted(maps.Keys(c.names)) {
		if strings.EqualFold(strings.TrimSpace(c.names[id]), strings.TrimSpace(name)) {
			return id, true
		}
	}
	return 0, false
}

func (c *categories) clone() *categories {
	return &categories{ids: maps.Clone(c.ids), slugs: maps.Clone(c.slugs), names: maps.Clone(c.names)}
}

// facts are the categories keyed by slug, for the mapping names slugs. The shop
// requires neither attributes nor documents.
func (c *categories) facts() listing.Facts {
	f := listing.Facts{Categories: make(map[string]listing.Category, len(c.ids))}
	sum := sha256.New()
	for _, slug := range slices.Sorted(maps.Keys(c.ids)) {
		id := c.ids[slug]
		f.Categories[slug] = listing.Category{ID: slug, Name: c.names[id]}
		fmt.Fprintf(sum, "%q %d %q\n", slug, id, c.names[id]) // a hash never fails
	}
	f.Version = hex.EncodeToString(sum.Sum(nil)[:8])
	return f
}

// Facts reads the categories. Category.ID is the slug.
func (m *Market) Facts(ctx context.Context) (listing.Facts, error) {
	const op = "read the categories"
	if err := m.lockCategories(ctx, op); err != nil {
		return listing.Facts{}, err
	}
	defer m.unlockCategories()
	c, err := m.readCategories(ctx, op)
	if err != nil {
		return listing.Facts{}, err
	}
	m.categories.Store(c)
	return c.facts(), nil
}

// EnsureCategories makes the categories that are missing and gives the ids of
// all by their slugs. One that is there under another slug but with the same
// name is taken instead of making a second one with that name, and from then on
// goes by the wanted slug, in Facts, in what is observed and in what is sent.
// That lasts as long as the Market, so it is called at every start. On an error
// (a *market.Error) the ids found so far come with it.
func (m *Market) EnsureCategories(ctx context.Context, wanted []CategorySpec) (map[string]int64, error) {
	const op = "ensure the categories"
	if err := m.lockCategories(ctx, op); err != nil {
		return nil, err
	}
	defer m.unlockCategories()
	read, err := m.readCategories(ctx, op)
	if err != nil {
		return nil, err
	}
	c := read.clone()
	ids := make(map[string]int64, len(wanted))
	for _, w := range wanted {
		if w.Name == "" {
			w.Name = w.Slug
		}
		id, ok := c.id(w.Slug)
		if !ok {
			id, ok = c.byName(w.Name)
		}
		if !ok {
			if id, err = m.createCategory(ctx, w); err != nil {
				break
			}
		}
		if c.slugs[id] != w.Slug {
			c.call(id, w.Slug, w.Name)
		}
		ids[w.Slug] = id
	}
	m.categories.Store(c)
	return ids, err
}

// createCategory makes one; it may already be there in a form that byName
// could not see.
func (m *Market) createCategory(ctx context.Context, w CategorySpec) (int64, error) {
	op := fmt.Sprintf("create the category %q", w.Slug)
	body, err := json.Marshal(struct {
		Name string `json:"name"`
		Slug string `json:"slug"`
	}{w.Name, w.Slug})
	if err != nil {
		return 0, &market.Error{Market: Name, Op: op, Kind: market.Invalid, Err: err}
	}
	a, err := m.call(ctx, op, http.MethodPost, "/products/categories", nil, body)
	if err != nil {
		if e := market.AsError(err); e.Code == codeTermExists {
			if id, heldBy := strconv.ParseInt(e.HeldBy, 10, 64); heldBy == nil {
				return id, nil
			}
		}
		return 0, err
	}
	var made category
	if err := decode(a.body, &made); err != nil {
		e := m.unreadable(op, a, err)
		e.MaybeDone = true
		return 0, e
	}
	id, ok := made.ID.integer()
	if !ok || id <= 0 {
		e := m.unexpected(op, a, "the new category has no id")
		e.MaybeDone = true
		return 0, e
	}
	return id, nil
}

// readCategories reads every page; the caller holds the token. Slugs of ours
// for categories that go by another one in the shop are kept.
func (m *Market) readCategories(ctx context.Context, op string) (*categories, error) {
	c := newCategories()
	for page := 1; ; page++ {
		at := fmt.Sprintf("%s, page %d", op, page)
		a, err := m.get(ctx, at, "/products/categories", param{"_fields", "id,name,slug"},
			param{"orderby", "id"}, param{"order", "asc"},
			param{"per_page", strconv.Itoa(pageSize)}, param{"page", strconv.Itoa(page)})
		if err != nil {
			return nil, err
		}
		list, err := decodeList[category](a.body)
		if err != nil {
			return nil, m.failed(http.MethodGet, m.unreadable(at, a, err))
		}
		for i, entry := range list {
			id, ok := entry.ID.integer()
			if !ok || id <= 0 || entry.Slug == "" {
				return nil, m.unexpected(at, a, fmt.Sprintf("category %d has no id or no slug", i+1))
			}
			c.ids[entry.Slug], c.slugs[id], c.names[id] = id, entry.Slug, html.UnescapeString(entry.Name)
		}
		if more(page, len(list), a.total()) {
			continue
		}
		if total := a.total(); total >= 0 && len(c.slugs) != total {
			return nil, m.unexpected(at, a, fmt.Sprintf("%d of %s came", len(c.slugs), ocop.Count(total, "category", "categories")))
		}
		break
	}
	if old := m.categories.Load(); old != nil {
		for id, slug := range old.slugs {
			if now, there := c.slugs[id]; there && now != slug && c.ids[slug] == 0 {
				c.call(id, slug, c.names[id])
			}
		}
	}
	return c, nil
}

func (m *Market) lockCategories(ctx context.Context, op string) error {
	select {
	case m.loading <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &market.Error{Market: Name, Op: op, Kind: market.Cancelled, Err: ctx.Err()}
	}
}

func (m *Market) unlockCategories() { <-m.loading }
