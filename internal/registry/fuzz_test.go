package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"ocopsync/internal/ocop"
)

// FuzzSplitter: what it takes for a list of valid items is what encoding/json
// takes for one, item for item.
func FuzzSplitter(f *testing.F) {
	for _, s := range []string{
		`[]`, `[1,2]`, ` [ {"a":"]"} , [1,[2]],"x\"y",null ] `, `[{"a":"\\"},{}]`, `[1,]`, `[,1]`, `[1 2]`, `[`, `[{"a":1`, `null`, `{}`, `["a`, `[tru]`, `[1]x`, `[{]}]`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want []json.RawMessage
		bad := json.Unmarshal([]byte(s), &want)
		if bad != nil && !strings.HasPrefix(strings.TrimSpace(s), "[") {
			return
		}
		var got []string
		valid := true
		err := decodeList(strings.NewReader(s), func(raw []byte) error {
			valid = valid && json.Valid(raw)
			got = append(got, string(raw))
			return nil
		})
		if strings.TrimSpace(s) == "null" || strings.HasPrefix(strings.TrimSpace(s), "{") {
			return
		}
		if (err == nil && valid) != (bad == nil) {
			t.Fatalf("%q: splitter %v (items valid: %v), encoding/json %v", s, err, valid, bad)
		}
		if bad != nil {
			return
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %d items, want %d", s, len(got), len(want))
		}
		for i := range want {
			if got[i] != string(want[i]) {
				t.Errorf("%q: item %d is %q, want %q", s, i, got[i], want[i])
			}
		}
	})
}

// FuzzPage: a page that is taken is one that encoding/json takes, with the same total.
func FuzzPage(f *testing.F) {
	for _, s := range []string{
		`{"total":1,"page":1,"page_size":5,"as_of":"2024-01-01T00:00:00Z","items":[{"code":"a"}],"x":{}}`, `{"items":[],"total":0}`, `{"total":0,"items":null}`,
		`{"items":[1],"items":[2],"total":1}`, `{"total":0,"items":[]} x`, `{"total":"1","items":[]}`, `{}`, `[]`, `{"total":0,"items":[],}`, `{"total":0,"items":[] "a":1}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, valid := 0, true
		head, err := decodePage(strings.NewReader(s), "total", "items", func(pageHead) error { return nil }, func(raw []byte) error {
			n++
			valid = valid && json.Valid(raw)
			return nil
		})
		if err != nil || !valid {
			return
		}
		var want map[string]json.RawMessage
		if e := json.Unmarshal([]byte(s), &want); e != nil {
			t.Fatalf("%q is taken and is no JSON: %v", s, e)
		}
		var items []json.RawMessage
		if e := json.Unmarshal(want["items"], &items); e != nil || len(items) != n {
			t.Errorf("%q: %d items, want %d (%v)", s, n, len(items), e)
		}
		if head.Total < 0 {
			t.Errorf("%q: taken with total %d", s, head.Total)
		}
	})
}

func checkProduct(t *testing.T, in string, p *ocop.Product) {
	t.Helper()
	if p.Code == "" || len(p.Code) > maxCode || p.Rating.Recognized < 0 || p.Rating.Recognized > 5 || p.Offer.Price < 0 {
		t.Errorf("%q was read as %+v", in, p)
	}
	if !utf8.ValidString(p.Name) || strings.ContainsRune(p.Name, utf8.RuneError) || p.Name != ocop.CleanText(p.Name) {
		t.Errorf("%q gives the name %q", in, p.Name)
	}
	if _, bad := p.FaultIn(ocop.FieldRating); bad && p.Rating.Recognized != 0 {
		t.Errorf("%q: an unreadable rating counts as %d", in, p.Rating.Recognized)
	}
	for _, fault := range p.Faults {
		if fault.Why.EN == "" || fault.Why.VI == "" || fault.Code != p.Code {
			t.Errorf("%q: fault without words or code: %+v", in, fault)
		}
	}
}

func FuzzProvinceRecord(f *testing.F) {
	for _, s := range []string{
		`{"code":"A-1","name":"Trà","stars":4,"group":"do-uong","status":"recognized","producer":{"name":"HTX A"},"certificate":{"issued_on":"2024-01-15"}}`,
		`{"code":1,"stars":"4 sao","producer":"HTX","images":"http://a/b","documents":[{"kind":"x"}],"price":"120k","stock":1.5,"gtin":12}`,
		`{"code":"A","stars":7,"certificate":[],"images":{},"documents":1,"updated_at":"x","proposed_stars":-1}`, `{"code":null}`, `17`, `{"code":{}}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, fault := decodeProvince([]byte(s), ocop.Place{File: "x", Row: 1}, nil); p != nil {
			checkProduct(t, s, p)
		} else if fault.Why.EN == "" || fault.Why.VI == "" {
			t.Errorf("%q: refused without a word", s)
		}
	})
}

func FuzzNationalRecord(f *testing.F) {
	f.Add(`{"id":1,"name":"Trà","ocop_star":"4","type":"drink"}`, `{"id":1,"ocop_star":4,"issued_on":"","expiry_date":null,"manufacturer":{"name":"HTX"}}`)
	f.Add(`{"id":1}`, `{"ocop_star":[],"manufacturer":3,"image":"/a.jpg"}`)
	f.Fuzz(func(t *testing.T, listed, page string) {
		checkProduct(t, listed+page, decodeNational("1", []byte(listed), []byte(page), ocop.Place{}, nil))
	})
}

// FuzzTable: any text file is read or refused; what is read is sound, and the
// same file gives the same reading.
func FuzzTable(f *testing.F) {
	for _, s := range []string{
		"STT;Tên sản phẩm;Chủ thể;Hạng sao\n1;Trà;HTX;4 sao\n", "sep=,\nMã sản phẩm,Tên sản phẩm\nA,Trà\n", "Tên sản phẩm\tChủ thể\nTrà\t\"HTX\n",
		"a;b\nTên sản phẩm;;Quyết định;\n;Chủ thể;Số;Ngày\nTrà;HTX;1/QĐ-UBND;45000\nTổng cộng;1\n", "Tên sản phẩm;3 sao;4 sao;Chủ thể\nTrà;x;x;H\n", "\xff\xfea\x00",
		"Tên sản phẩm;Giá (nghìn đồng)\n\xe0;1e400\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) == 0 || len(content) > 1<<16 || bytes.HasPrefix(content, []byte("PK\x03\x04")) {
			return
		}
		path := filepath.Join(t.TempDir(), "so.csv")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		read := func() []*ocop.Product {
			source, err := NewWorkbook(FileOptions{Path: path, Settle: -1})
			if err != nil {
				t.Fatal(err)
			}
			held, err := OpenHeld(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = held.Close() }()
			r, err := source.Read(t.Context(), held, Full, nil)
			if err != nil {
				return nil
			}
			defer r.Staged.Discard()
			var out []*ocop.Product
			for _, e := range r.Staged.Entries() {
				p, err := r.Staged.Product(e)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, p)
			}
			return out
		}
		first := read()
		for _, p := range first {
			if p.Code == "" || p.Rating.Recognized > 5 || strings.ContainsRune(p.Name, utf8.RuneError) {
				t.Errorf("%q was read as %+v", content, p)
			}
		}
		if again := read(); len(again) != len(first) {
			t.Errorf("%q gives %d products, then %d", content, len(first), len(again))
		}
		list, err := NewPriceList(FileOptions{Path: path, Settle: -1})
		if err != nil {
			t.Fatal(err)
		}
		if prices, _, err := list.Read(t.Context()); err == nil {
			for _, p := range first {
				if o, _, _ := prices.Offer(p); o.Price < 0 || o.Stock != nil && *o.Stock < 0 {
					t.Errorf("%q offers %+v", content, o)
				}
			}
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add("Tên sản phẩm|Chủ thể|Quyết định|", "||Số|Ngày", "name=B")
	f.Add("STT|Hạng sao|", "|3 sao|4 sao", "")
	f.Fuzz(func(t *testing.T, upper, lower, override string) {
		columns := map[string]string{}
		if k, v, ok := strings.Cut(override, "="); ok {
			columns[k] = v
		}
		rows := []titleRow{{1, strings.Split(upper, "|")}, {2, strings.Split(lower, "|")}}
		h, ok := findHeader(rows, newVocabulary(columns, false))
		if !ok {
			return
		}
		if !h.usable() || h.last < 1 || h.last > 2 {
			t.Errorf("%q %q: header %+v", upper, lower, h)
		}
		for col, i := range h.cols {
			if i < 0 {
				t.Errorf("%s is in column %d", col, i)
			}
		}
	})
}

func FuzzSheetScan(f *testing.F) {
	f.Add([]byte(`<worksheet><sheetData><row r="1"/><row r="7"></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>`), 10)
	f.Add([]byte(`<x:row r='3'><mergeCell ref="B2:A1"><mergeCell `), 1)
	f.Fuzz(func(t *testing.T, content []byte, step int) {
		if step <= 0 {
			step = 1
		}
		big := append(bytes.Repeat([]byte(" "), 63<<10), content...) // so that pieces are cut inside the content
		whole, pieces := &sheetScan{}, &sheetScan{}
		_, _ = whole.Write(big)
		for rest := big; len(rest) > 0; {
			n := min(step+1000, len(rest))
			_, _ = pieces.Write(rest[:n])
			rest = rest[n:]
		}
		if a, b := whole.ended(), pieces.ended(); a != b || whole.lastRow != pieces.lastRow || len(whole.merges) != len(pieces.merges) {
			t.Errorf("in one piece %v %d %v, in several %v %d %v", a, whole.lastRow, whole.merges, b, pieces.lastRow, pieces.merges)
		}
	})
}

func FuzzIndex(f *testing.F) {
	f.Add(encodeIndex([]Entry{{Code: "A-1", size: 3}, {Code: "A-2"}}))
	f.Add([]byte(indexMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := decodeIndex(b)
		if err != nil {
			if !errors.Is(err, errIndex) {
				t.Errorf("%v", err)
			}
			return
		}
		if again := encodeIndex(entries); !bytes.Equal(again, b) {
			t.Errorf("decoded and encoded again, %d bytes become %d", len(b), len(again))
		}
	})
}

var _ io.Writer = (*sheetScan)(nil)
