package admin

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"ocopsync/internal/coverage"
	"ocopsync/internal/ocop"
)

// A book is what is made once of a Standing: its figures, what products are
// searched by, and encoded answers.
type book struct {
	of      *Standing
	figures coverage.Figures
	search  []string // of each product: what q is looked for in
	// Of each product, for each market: why it is missing there and who must
	// act; "" where it is not missing.
	stated []ocop.Reason
	acts   []ocop.Party
	mu     sync.Mutex
	tables map[by]document
}

// books holds the newest book.
type books struct {
	mu     sync.Mutex // one is made at a time
	newest atomic.Pointer[book]
}

// book gives the book of the newest Standing, nil before the first. The first
// caller after a change makes it: some 50 ms for 20,000 products.
func (s *Server) book() *book {
	standing := s.o.Model.Standing()
	if standing == nil {
		return nil
	}
	if b := s.books.newest.Load(); b != nil && b.of == standing {
		return b
	}
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	standing = s.o.Model.Standing()
	if b := s.books.newest.Load(); b != nil && b.of == standing {
		return b
	}
	b := &book{of: standing, figures: coverage.Compute(standing.Markets, standing.Products), tables: make(map[by]document)}
	b.index()
	s.books.newest.Store(b)
	return b
}

// index makes what products are found by.
func (b *book) index() {
	n, width := len(b.of.Products), len(b.of.Markets)
	b.search, b.stated, b.acts = make([]string, n), make([]ocop.Reason, n*width), make([]ocop.Party, n*width)
	parties := make(map[ocop.Reason]ocop.Party) // each is looked up once
	for i := range b.of.Products {
		p := &b.of.Products[i]
		b.search[i] = strings.ToLower(string(p.Code)) + "\n" + ocop.NameKey(p.Name) + "\n" + ocop.NameKey(p.Producer)
		for j := range p.On {
			if on := &p.On[j]; len(p.Why) == 0 && on.Counts() && !on.OnSale() {
				r := coverage.Stated(*on)
				if parties[r] == "" {
					parties[r] = r.Party()
				}
				b.stated[i*width+j], b.acts[i*width+j] = r, parties[r]
			}
		}
	}
}

// find gives a product's place, and whether it is there.
func (b *book) find(code ocop.Code) (*coverage.Product, bool) {
	i, there := slices.BinarySearchFunc(b.of.Products, code, func(p coverage.Product, c ocop.Code) int {
		return strings.Compare(string(p.Code), string(c))
	})
	if !there {
		return nil, false
	}
	return &b.of.Products[i], true
}

// A document is an answer that is kept encoded, with its ETag.
type document struct {
	body []byte
	etag string
}

func newDocument(v any) (document, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return document{}, fmt.Errorf("encode the answer: %w", err)
	}
	return documentOf(append(body, '\n')), nil
}

func documentOf(body []byte) document {
	sum := sha256.Sum256(body)
	return document{body, `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// kept holds the newest encoding of something made of two versions.
type kept struct{ newest atomic.Pointer[keptDocument] }

type keptDocument struct {
	a, b any
	doc  document
}

// get gives the document made of a and b, which are compared as pointers.
func (k *kept) get(a, b any, encode func() (document, error)) (document, error) {
	if d := k.newest.Load(); d != nil && d.a == a && d.b == b {
		return d.doc, nil
	}
	doc, err := encode()
	if err != nil {
		return doc, err
	}
	k.newest.Store(&keptDocument{a, b, doc})
	return doc, nil
}

// document answers with a kept document, or with 304 to who has it.
func (c *call) document(kind string, d document) {
	h := c.w.Header()
	h.Set("ETag", d.etag)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization")
	if hasTag(c.r.Header.Get("If-None-Match"), d.etag) {
		c.send(http.StatusNotModified, "", nil)
		return
	}
	c.send(http.StatusOK, kind, d.body)
}

// hasTag says whether an If-None-Match names the tag (RFC 9110, 13.1.2).
func hasTag(header, etag string) bool {
	if header == "" {
		return false
	}
	for tag := range strings.SplitSeq(header, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}
