package registry_test

import (
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"context"
	"ocopsync/internal/registry"
)

const csvTable = "STT;Tên sản phẩm;Chủ thể;Nhóm;Hạng sao;Số quyết định;Ngày\r\n" +
	"1;Trà atisô;HTX Lạc Dương;Đồ uống;4 sao;114/QĐ-UBND;15/1/2024\r\n" +
	"2;\"Mứt dâu; loại 1\";\"HTX \"\"Dâu\"\" Đà Lạt\";Thực phẩm;3;115/QĐ-UBND;2024\r\n"

func utf16le(s string) []byte {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// tcvn3 writes the few letters that the table needs as the old fonts do.
func tcvn3(s string) []byte {
	r := strings.NewReplacer("ê", "\xaa", "ả", "\xb6", "ẩ", "\xc8", "ủ", "\xf1", "ể", "\xd3", "à", "\xb5", "ô", "\xab", "ạ", "\xb9",
		"ó", "\xe3", "ư", "\xad", "ơ", "\xac", "ứ", "\xf8", "â", "\xa9", "ố", "\xe8", "ế", "\xd5", "đ", "\xae", "Đ", "\xa7", "ị", "\xde",
		"ồ", "\xe5", "ự", "\xf9", "ự", "\xf9", "Q", "Q", "ỏ", "\xe1", "ợ", "\xee", "í", "\xdd", "ọ", "\xe4", "ã", "\xb7", "ươ", "\xad\xac")
	return []byte(r.Replace(s))
}

func TestTextTables(t *testing.T) {
	t.Parallel()
	vn1258, err := charmap.Windows1258.NewEncoder().String(toCombining(csvTable))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, file string
		content    []byte
	}{
		{"semicolon", "so.csv", []byte(csvTable)},
		{"bom_comma", "so.csv", []byte("\ufeff" + strings.ReplaceAll(strings.ReplaceAll(csvTable, "; ", "_ "), ";", ","))},
		{"tab", "so.csv", []byte(strings.ReplaceAll(strings.ReplaceAll(csvTable, "; ", "_ "), ";", "\t"))},
		{"sep_line", "so.csv", []byte("sep=;\r\n" + csvTable)},
		{"title_rows", "so.csv", []byte("DANH SÁCH SẢN PHẨM;;;;;;\n(Kèm theo Quyết định, ngày 15/1/2024);;;;;;\n;;;;;;\n" + csvTable + ";Tổng cộng: 2;;;;;\n")},
		{"utf16", "so.csv", utf16le(csvTable)},
		{"windows1258", "so.csv", []byte(vn1258)},
		{"tcvn3", "so.csv", tcvn3(csvTable)},
		{"one_bad_cell", "so.csv", []byte(csvTable + "3;Trà xanh;HTX A;Đồ uống;3;1/QĐ-UBND;15/1/2024\n" + strings.Repeat("\n", 40) + "4;Tr\xe0 s\xe2m;HTX B;Đồ uống;3;1/QĐ-UBND;15/1/2024\n")},
		{"open_quote", "so.csv", []byte(csvTable + "3;\"Trà xanh;HTX A;Đồ uống;3;1/QĐ-UBND;15/1/2024\n4;Trà sâm;HTX B;Đồ uống;3;1/QĐ-UBND;15/1/2024\n5;\"Cà phê\";HTX C;Đồ uống;3;1/QĐ-UBND;15/1/2024\n")},
		{"binary", "so.csv", []byte("\x00\x01\x02\x03 garbage \x7f\x00\x13\x37 and more of it that is no text")},
		{"json_list", "so.json", []byte(`[{"code":"A-1","name":"Trà","stars":4,"group":"do-uong","status":"recognized","producer":{"name":"HTX A","kind":"hop-tac-xa"},"certificate":{"number":"1","issued_on":"2024-01-15"},"price":120000,"new_field":{"a":[1]}}]`)},
		{"json_items", "so.json", []byte("\ufeff" + `{"as_of":"2024-01-15T00:00:00Z","items":[
			{"code":"A-1","name":"Trà","stars":7,"group":"do-uong","status":"recognized","producer":{"name":"HTX A","kind":"hop-tac-xa"},"certificate":{"number":"1","issued_on":"2024-01-15","expires_on":"2023-01-15"}},
			{"code":"A-2","name":null,"stars":"4 sao","group":"x","status":"?","producer":"HTX B","certificate":[],"images":["ftp://a/b.jpg","http://a.example/b.jpg"],"price":-5,"stock":"nhiều","gtin":"123","proposed_stars":"9"},
			{"name":"Không mã","stars":3}, 17, null,
			{"code":"A-1","name":"Trà","stars":4,"group":"do-uong","status":"recognized","producer":{"name":"HTX A","kind":"hop-tac-xa"}}
			],"more":1}`)},
		{"json_cut", "so.json", []byte(`[{"code":"A-1","name":"Trà","stars":4},{"code":"A-2","na`)},
		{"json_broken", "so.json", []byte(`[{"code":"A-1","name":"Trà","stars":tru}]`)},
		{"json_other", "so.json", []byte(`{"products":[]}`)},
		{"json_trailing", "so.json", []byte(`[] []`)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, test.file, test.content)
			r, err := readFile(t, path, nil)
			golden(t, "text_"+test.name, show(t, r, err, path))
		})
	}
}

// toCombining writes tones as windows-1258 has them: as marks after the letter.
func toCombining(s string) string {
	var b strings.Builder
	for _, r := range s {
		if _, ok := charmap.Windows1258.EncodeRune(r); ok {
			b.WriteRune(r)
			continue
		}
		// Take the tone off and leave circumflex, breve and horn on.
		d := norm.NFD.String(string(r))
		var base, tone []rune
		for _, c := range d {
			switch c {
			case 0x300, 0x301, 0x303, 0x309, 0x323:
				tone = append(tone, c)
			default:
				base = append(base, c)
			}
		}
		b.WriteString(norm.NFC.String(string(base)) + string(tone))
	}
	return b.String()
}

func TestFileSettles(t *testing.T) {
	t.Parallel()
	path := write(t, "so.csv", []byte(csvTable))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	now := info.ModTime().Add(500 * time.Millisecond)
	waits := 0
	grow := true
	o := registry.FileOptions{
		Path: path, Settle: 2 * time.Second,
		Now: func() time.Time { return now },
		Sleep: func(_ context.Context, d time.Duration) error {
			if d <= 0 || d > 2*time.Second {
				t.Errorf("waits for %s", d)
			}
			waits++
			now = now.Add(d)
			if !grow {
				return nil
			}
			// Somebody is still writing.
			at := now.Add(-100 * time.Millisecond)
			return os.Chtimes(path, at, at)
		},
	}
	source, err := registry.NewWorkbook(o)
	if err != nil {
		t.Fatal(err)
	}
	_, err = source.Read(t.Context(), openHeld(t, t.TempDir()), registry.Full, nil)
	wantError(t, "written to all the time", err, "the source keeps changing while it is read: last changed 100ms ago")
	grow, waits = false, 0
	r, err := source.Read(t.Context(), openHeld(t, t.TempDir()), registry.Full, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Staged.Discard()
	if waits != 1 || r.Total != 2 {
		t.Errorf("settled: %d waits, %d products", waits, r.Total)
	}
}

func TestReportIsBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("Tên sản phẩm;Chủ thể;Nhóm;Hạng sao\n")
	for range 12_000 {
		b.WriteString("Trà;HTX;Đồ uống;rất ngon " + strings.Repeat("x", 300) + "\n")
	}
	path := write(t, "so.csv", []byte(strings.Replace(b.String(), "Trà;", "Trà A;", 1)))
	r, err := readFile(t, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Staged.Discard()
	if len(r.Faults) > registry.MaxFaults || r.FaultCount() < 12_000 {
		t.Errorf("%d faults are kept, %d counted", len(r.Faults), r.FaultCount())
	}
	text := registry.Report(r.Faults)
	if len(text) > 300<<10 || !strings.Contains(text, "  and 9") {
		t.Errorf("the report has %d bytes and ends with %q", len(text), text[len(text)-80:])
	}
}
