package voso

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"ocopsync/internal/listing"
)

// Facts reads the categories that take products, which are the leaves. The
// contract asks for no documents or attributes. An answer without a leaf is an
// error: nothing could be put on sale by it.
func (m *Market) Facts(ctx context.Context) (listing.Facts, error) {
	c := &call{op: "read the categories", path: pathCategories}
	all, err := invoke[[]category](ctx, m, c, struct{}{})
	if err != nil {
		return listing.Facts{}, err
	}
	facts := listing.Facts{Categories: make(map[string]listing.Category)}
	lines := make([]string, 0, len(all))
	for _, it := range all {
		if it.ID <= 0 {
			return listing.Facts{}, m.protocol(c, errors.New("a category has no CATEGORY_ID"))
		}
		if !it.Leaf {
			continue
		}
		id := strconv.FormatInt(it.ID, 10)
		if _, twice := facts.Categories[id]; twice {
			return listing.Facts{}, m.protocol(c, fmt.Errorf("category %s is named twice", id))
		}
		facts.Categories[id] = listing.Category{ID: id, Name: it.Name}
		lines = append(lines, fmt.Sprintf("%s\t%q\n", id, it.Name))
	}
	if len(lines) == 0 {
		return listing.Facts{}, m.protocol(c, errors.New("no category is a leaf"))
	}
	facts.Version = versionOf(lines)
	return facts, nil
}

// versionOf is the same for the same lines in any order.
func versionOf(lines []string) string {
	slices.Sort(lines)
	h := sha256.New()
	for _, line := range lines {
		h.Write([]byte(line))
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
