package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // what pictures may be
	_ "image/png"
	"io"
	"net/http"
	"regexp"
	"slices"
	"unicode/utf8"
)

const (
	maxPicture = 2 << 20
	minSide    = 500
)

var (
	skuForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,50}$`)
	anyTag  = regexp.MustCompile(`<[^>]*>?`)
	// plainTag is what a description may hold; attributes are not.
	plainTag = regexp.MustCompile(`^</?(p|br|ul|ol|li|strong|em)\s*/?>$`)

	documentKinds = []string{"ocop_certificate", "food_safety", "alcohol_licence", "health_declaration"}
)

// readContent reads a content; what is missing or of the wrong type is a fault.
func readContent(raw json.RawMessage) (pmContent, []fieldError) {
	var content pmContent
	fields := make(map[string]json.RawMessage)
	if err := json.Unmarshal(raw, &fields); err != nil {
		return content, []fieldError{{"content", "invalid_field", "an object is required"}}
	}
	var faults []fieldError
	for _, name := range []string{"sku", "name", "description", "category_id", "images", "price", "stock", "unit"} {
		if v, given := fields[name]; !given || string(v) == "null" {
			code := map[string]string{"images": "missing_image", "price": "bad_price", "category_id": "bad_category"}[name]
			if code == "" {
				code = "invalid_field"
			}
			faults = append(faults, fieldError{"content." + name, code, "required"})
		}
	}
	if err := json.Unmarshal(raw, &content); err != nil {
		var wrong *json.UnmarshalTypeError
		field := "content"
		if errors.As(err, &wrong) {
			field += "." + wrong.Field
		}
		faults = append(faults, fieldError{field, "invalid_field", err.Error()})
	}
	return content, faults
}

// checkContent applies the rules of postmart.yaml; it needs the lock.
func (p *postmart) checkContent(c *pmContent) []fieldError {
	var faults []fieldError
	fail := func(field, code, message string) {
		faults = append(faults, fieldError{"content." + field, code, message})
	}
	if !skuForm.MatchString(c.SKU) {
		fail("sku", "invalid_field", "1 to 50 of A-Z a-z 0-9 _ -")
	}
	switch n := utf8.RuneCountInString(c.Name); {
	case n > 120:
		fail("name", "title_too_long", "at most 120 characters")
	case n < 10:
		fail("name", "invalid_field", "at least 10 characters")
	}
	if utf8.RuneCountInString(c.Description) > 10_000 {
		fail("description", "invalid_field", "at most 10000 characters")
	}
	for _, t := range anyTag.FindAllString(c.Description, -1) {
		if !plainTag.MatchString(t) {
			fail("description", "invalid_field", "only p, br, ul, ol, li, strong, em, without attributes; found "+t)
			break
		}
	}
	if c.Price < 1000 {
		fail("price", "bad_price", "at least 1000")
	}
	if c.Stock < 0 {
		fail("stock", "invalid_field", "not below 0")
	}
	switch {
	case len(c.Images) == 0:
		fail("images", "missing_image", "at least one")
	case len(c.Images) > 9:
		fail("images", "invalid_field", "at most 9")
	}
	for i, id := range c.Images {
		if !p.images[id] {
			fail(fmt.Sprintf("images[%d]", i), "bad_image", "no such picture")
		}
	}
	for i, d := range c.Documents {
		if !slices.Contains(documentKinds, d.Kind) {
			fail(fmt.Sprintf("documents[%d].kind", i), "invalid_field", "unknown kind")
		}
		if !p.images[d.ImageID] {
			fail(fmt.Sprintf("documents[%d].image_id", i), "bad_image", "no such scan")
		}
	}
	category, ok := categoryOf(c.CategoryID, postmartBase)
	if !ok {
		fail("category_id", "bad_category", "no such category")
		return faults
	}
	for _, name := range category.attributes {
		if c.Attributes[name] == "" {
			fail("attributes."+name, "missing_attribute", "required in this category")
		}
	}
	if d := category.document; d != "" && !slices.ContainsFunc(c.Documents, func(x pmDocument) bool { return x.Kind == d }) {
		fail("documents", "missing_document", d+" is required in this category")
	}
	return faults
}

// serveUpload stores a picture or a scan.
func (p *postmart) serveUpload(w http.ResponseWriter, r *http.Request) {
	file, _, err := r.FormFile("file")
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) {
		pmFail(w, http.StatusRequestEntityTooLarge, "bad_image", "At most 2 MiB")
		return
	}
	if err != nil {
		pmInvalid(w, fieldError{"file", "missing_image", "a multipart form with a file is required"})
		return
	}
	defer func() { _ = file.Close() }() // read only
	content, err := io.ReadAll(io.LimitReader(file, maxPicture+1))
	if err != nil {
		pmInvalid(w, fieldError{"file", "bad_image", "the file cannot be read"})
		return
	}
	if len(content) > maxPicture {
		pmFail(w, http.StatusRequestEntityTooLarge, "bad_image", "At most 2 MiB")
		return
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		pmFail(w, http.StatusUnsupportedMediaType, "bad_image", "JPEG or PNG only")
		return
	}
	if size.Width < minSide || size.Height < minSide {
		pmInvalid(w, fieldError{"file", "bad_image", fmt.Sprintf("each side at least %d px", minSide)})
		return
	}
	id := fmt.Sprintf("img-%x", sha256.Sum256(content))[:28]
	p.mu.Lock()
	p.images[id] = true
	p.mu.Unlock()
	writeJSON(w, http.StatusCreated, map[string]string{"id": id})
}
