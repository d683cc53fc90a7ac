package lamdong

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"ocopsync/internal/ocop"
)

// product is what is read of a product. Plug-ins bend WooCommerce's types, so a
// field that is not what it should be is read as empty and fails nothing.
type product struct {
	ID                scalar      `json:"id"`
	SKU               scalar      `json:"sku"`
	Name              string      `json:"name"`
	Status            string      `json:"status"`
	CatalogVisibility string      `json:"catalog_visibility"`
	PostPassword      string      `json:"post_password"`
	Description       string      `json:"description"`
	Permalink         string      `json:"permalink"`
	Price             scalar      `json:"price"`
	RegularPrice      scalar      `json:"regular_price"`
	StockQuantity     scalar      `json:"stock_quantity"`
	DateModifiedGMT   string      `json:"date_modified_gmt"`
	Categories        []category  `json:"categories"`
	Images            []image     `json:"images"`
	Attributes        []attribute `json:"attributes"`
	MetaData          []metaEntry `json:"meta_data"`
}

type category struct {
	ID   scalar `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}

type image struct {
	Src string `json:"src"`
	Alt string `json:"alt,omitempty"`
}

type attribute struct {
	Name    string   `json:"name"`
	Visible bool     `json:"visible"`
	Options []string `json:"options"`
}

// metaEntry is one entry of what the shop and its plug-ins keep beside a product.
type metaEntry struct {
	Key   string `json:"key"`
	Value scalar `json:"value"`
}

// productFields are the fields of product, for _fields.
const productFields = "id,sku,name,status,catalog_visibility,post_password,description,permalink,price," +
	"regular_price,stock_quantity,date_modified_gmt,categories,images,attributes,meta_data"

// A scalar is a JSON string or number as text; anything else is "".
type scalar string

// UnmarshalJSON never fails.
func (s *scalar) UnmarshalJSON(b []byte) error {
	*s = ""
	switch {
	case len(b) == 0:
	case b[0] == '"':
		if bytes.IndexByte(b, '\\') < 0 && len(b) >= 2 {
			*s = scalar(b[1 : len(b)-1])
			return nil
		}
		var text string
		if json.Unmarshal(b, &text) == nil {
			*s = scalar(text)
		}
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*s = scalar(b)
	}
	return nil
}

// integer reads a whole number, cutting what follows it.
func (s scalar) integer() (int64, bool) {
	if n, err := strconv.ParseInt(strings.TrimSpace(string(s)), 10, 64); err == nil {
		return n, true
	}
	f, ok := s.number()
	return bounded(math.Trunc(f)), ok
}

// number reads as PHP's floatval does: the longest start that is a number. So
// "160.000" is 160 and "160.000.000" too.
func (s scalar) number() (float64, bool) {
	text := strings.TrimLeft(string(s), " \t\n\r\v\f")
	end := 0
	if end < len(text) && (text[end] == '+' || text[end] == '-') {
		end++
	}
	digits := end
	end = skipDigits(text, end)
	found := end - digits
	if end < len(text) && text[end] == '.' {
		fraction := end + 1
		end = skipDigits(text, fraction)
		found += end - fraction
	}
	if found == 0 {
		return 0, false
	}
	if end < len(text) && (text[end] == 'e' || text[end] == 'E') {
		exponent := end + 1
		if exponent < len(text) && (text[exponent] == '+' || text[exponent] == '-') {
			exponent++
		}
		if after := skipDigits(text, exponent); after > exponent {
			end = after
		}
	}
	f, err := strconv.ParseFloat(text[:end], 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return f, true
}

// vnd is what the shop charges for a price as it stores it: WooCommerce reads
// it with floatval and shows whole đồng.
func (s scalar) vnd() ocop.VND {
	f, _ := s.number()
	return ocop.VND(bounded(math.Round(f)))
}

func skipDigits(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}

// bounded keeps a number within what a float holds exactly.
func bounded(f float64) int64 {
	const most = 1 << 53
	return int64(max(-most, min(most, f)))
}

// decode reads JSON and leaves a field empty whose type is not the agreed one.
func decode(body []byte, into any) error {
	err := json.Unmarshal(body, into)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return nil
	}
	return err
}

// decodeList reads an answer that has to be an array.
func decodeList[T any](body []byte) ([]T, error) {
	if c := firstByte(body); c != '[' && len(body) > 0 {
		return nil, fmt.Errorf("a list was due, the answer begins with %q", c)
	}
	var out []T
	if err := decode(body, &out); err != nil {
		return nil, err
	}
	return out, nil
}

// firstByte is the first byte of a JSON text, 0 where there is none.
func firstByte(body []byte) byte {
	if body = bytes.TrimLeft(body, " \t\r\n"); len(body) > 0 {
		return body[0]
	}
	return 0
}

func formatID(id int64) string { return strconv.FormatInt(id, 10) }
