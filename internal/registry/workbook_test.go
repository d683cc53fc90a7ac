package registry_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"ocopsync/internal/ocop"
	"ocopsync/internal/registry"
)

var annexTitles = []any{"STT", "Tên sản phẩm", "Chủ thể", "Địa chỉ", "Nhóm", "Hạng sao", "Số quyết định", "Ngày"}

// annex is a table with rows that are in order.
func annex(rows ...[]any) tab {
	return tab{name: "Đà Lạt", rows: append([][]any{annexTitles}, rows...)}
}

func entry(n int, name, producer string, rating, date any) []any {
	return []any{n, name, producer, "Phường 8", "Thực phẩm", rating, "114/QĐ-UBND", date}
}

// TestWorkbooks shows, for every kind of good and bad workbook that we know of,
// what is read and the words that a person gets.
func TestWorkbooks(t *testing.T) {
	t.Parallel()
	const htx = "HTX Nông nghiệp Lạc Dương"
	tests := []struct {
		name    string
		file    string
		content func(*testing.T) []byte
		columns map[string]string
	}{
		{name: "annex", content: func(t *testing.T) []byte {
			return workbook(t, tab{
				name: "Huyện Lạc Dương",
				rows: [][]any{
					{"ỦY BAN NHÂN DÂN TỈNH"},
					{"DANH SÁCH SẢN PHẨM OCOP ĐƯỢC CÔNG NHẬN NĂM 2024"},
					{"(Kèm theo Quyết định số 2590/QĐ-UBND ngày 15/1/2024)"},
					{},
					{"TT", "Tên sản phẩm", "Chủ thể", nil, nil, "Nhóm sản phẩm", "Kết quả phân hạng", "Quyết định", nil},
					{nil, nil, "Tên", "Địa chỉ", "Điện thoại", nil, nil, "Số", "Ngày"},
					{"(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)", "(9)"},
					{"I", "Xã Đạ Sar"},
					{1, "Trà atisô túi lọc", htx, "Thôn 1", "0900000001", "Đồ uống", "OCOP 4 sao", "2590/QĐ-UBND", 45306},
					{2, "Cao atisô", nil, nil, nil, "Dược liệu", "4*", "2590/QĐ-UBND", "15/1/2024"},
					{3, "  Hồng  treo gió ", "Hộ kinh doanh Nguyễn Văn Mẫu", "Thôn 2", nil, "Thực phẩm", "★★★", "2590/QĐ-UBND", "1/2024"},
					{"II", "Xã Lát"},
					{4, norm.NFD.String("Cà phê Arabica Cầu Đất"), "Công ty TNHH Cà Phê Mẫu", "Xã Lát", nil, "Đồ uống", "đề xuất 5 sao", "2590/QĐ-UBND", 2024},
					{nil, "Tổng cộng: 4 sản phẩm"},
					{},
					{nil, nil, nil, nil, "Lạc Dương, ngày 20 tháng 1 năm 2024"},
					{nil, "NGƯỜI LẬP BIỂU", nil, nil, nil, nil, "TM. ỦY BAN NHÂN DÂN"},
					{nil, "Nguyễn Văn A", nil, nil, nil, nil, "Trần Thị B"},
				},
				merges: []string{"A1:I1", "A2:I2", "A3:I3", "A5:A6", "B5:B6", "C5:E5", "F5:F6", "G5:G6", "H5:I5", "C9:C10", "D9:D10", "E9:E10"},
			})
		}},
		{name: "bad_cells", content: func(t *testing.T) []byte {
			return workbook(t, annex(
				entry(1, "Trà atisô", htx, "4 SP OCOP 5 sao + 7 SP OCOP 4 sao", "15/1/2024"),
				entry(2, "Mứt dâu", htx, 7, "15/1/2024"),
				entry(3, "Hồng treo gió", htx, "#REF!", "32/13/2024"),
				entry(4, "Cà phê", htx, 3, "khoảng năm 2024"),
				entry(5, "", htx, 3, "15/1/2024"),
				entry(6, "Nấm đông trùng", "", 3, "15/1/2024"),
				[]any{7, "Rượu cần", htx, "Phường 8", "đồ gỗ", 3, "114/QĐ-UBND", "15/1/2024"},
				[]any{8, "Chỉ có tên"},
				entry(9, "Đọc được", htx, "4 sao", "15/1/2024"),
			))
		}},
		{name: "colliding_rows", content: func(t *testing.T) []byte {
			one := annex(
				entry(1, "Trà atisô", htx, 4, "15/1/2024"),
				entry(2, "Mứt dâu", htx, 3, "15/1/2024"),
				entry(3, "TRÀ  ATISÔ", "Hợp tác xã nông nghiệp Lạc Dương", 5, "15/1/2024"),
			)
			two := annex(entry(1, "Mứt dâu", htx, 3, "15/1/2024"))
			two.name = "Tổng hợp"
			return workbook(t, one, two)
		}},
		{name: "rating_columns_disagree", content: func(t *testing.T) []byte {
			return workbook(t, tab{name: "Sheet1", rows: [][]any{
				{"STT", "Tên sản phẩm", "Chủ thể", "Nhóm", "Hạng sao", "Kết quả phân hạng", "Số QĐ", "Ngày QĐ", "Hạng sao đề xuất"},
				{1, "Trà atisô", htx, "Đồ uống", "4 sao", "5 sao", "1/QĐ-UBND", "15/1/2024", nil},
				{2, "Mứt dâu", htx, "Thực phẩm", "4 sao", nil, "1/QĐ-UBND", "15/1/2024", "5 sao"},
				{3, "Cao atisô", htx, "Dược liệu", "4 sao", "OCOP 4 sao", "1/QĐ-UBND", "15/1/2024", nil},
			}})
		}},
		{name: "crossed_stars", content: func(t *testing.T) []byte {
			return workbook(t, tab{name: "2024", rows: [][]any{
				{"STT", "Tên sản phẩm", "Chủ thể", "Phân hạng", nil, nil, "Quyết định công nhận"},
				{nil, nil, nil, "3 sao", "4 sao", "5 sao", nil},
				{1, "Trà atisô", htx, nil, "x", nil, "Số 12/QĐ-UBND ngày 15/1/2024"},
				{2, "Mứt dâu", htx, "x", nil, nil, "13/QĐ-UBND, 16.1.2024"},
				{3, "Cao atisô", htx, "x", "x", nil, "13/QĐ-UBND"},
				{4, "Hồng", htx, "chưa", nil, nil, "13/QĐ-UBND ngày 1/1/2024, sửa đổi ngày 2/2/2024"},
			}, merges: []string{"A1:A2", "B1:B2", "C1:C2", "D1:F1", "G1:G2"}})
		}},
		{name: "points_beside_stars", content: func(t *testing.T) []byte {
			return workbook(t, tab{name: "2024", rows: [][]any{
				{"STT", "Tên sản phẩm", "Chủ thể", "Nhóm", "Kết quả đánh giá", nil, "Quyết định", nil},
				{nil, nil, nil, nil, "Điểm", "Hạng sao", "Số", "Ngày"},
				{1, "Trà atisô", htx, "Đồ uống", 85.5, "4 sao", "12/QĐ-UBND", "15/1/2024"},
			}, merges: []string{"A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:F1", "G1:H1"}})
		}},
		{name: "decision_in_rating", content: func(t *testing.T) []byte {
			return workbook(t, tab{name: "Sheet1", rows: [][]any{
				{"Tên sản phẩm", "Tên chủ thể", "Xếp hạng"},
				{"Trà atisô", htx, "OCOP 4 sao (QĐ 114/QĐ-UBND, 15/1/2020)"},
			}})
		}},
		{name: "columns_by_config", columns: map[string]string{"name": "Diễn giải", "rating": "D"}, content: func(t *testing.T) []byte {
			return workbook(t, tab{name: "Sheet1", rows: [][]any{
				{"Mã sản phẩm", "Diễn giải", "Chủ thể", "KQ"},
				{"68-672-24769-12-2022", "Trà atisô", htx, "4 sao"},
				{"68-672-24769-13-2022", "Cao atisô", htx, "bốn sao"},
			}})
		}},
		{name: "hidden_and_other_sheets", content: func(t *testing.T) []byte {
			good := annex(entry(1, "Trà atisô", htx, 4, "15/1/2024"))
			old := annex(entry(1, "Sản phẩm cũ", htx, 4, "15/1/2019"))
			old.name, old.hidden = "Cũ", true
			return workbook(t, good, old, tab{name: "Hướng dẫn", rows: [][]any{{"Cách điền biểu mẫu"}, {"Ghi đủ các cột"}}})
		}},
		{name: "tcvn3", content: func(t *testing.T) []byte {
			return workbook(t, tab{name: "Sheet1", rows: [][]any{{"STT", "Tªn s¶n phÈm", "Chñ thÓ", "H¹ng sao"}, {1, "Trµ atis«", "HTX", 4}}})
		}},
		{name: "not_the_file", content: func(t *testing.T) []byte {
			return workbook(t, tab{name: "Sheet1", rows: [][]any{{"Họ và tên", "Chức vụ"}, {"Nguyễn Văn Mẫu", "Chuyên viên"}}})
		}},
		{name: "old_xls", content: func(*testing.T) []byte { return []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest of a compound file") }},
		{name: "web_page", content: func(*testing.T) []byte { return []byte("<html><body>Bad Gateway</body></html>") }},
		{name: "empty_file", content: func(*testing.T) []byte { return nil }},
		{name: "half_written", content: func(t *testing.T) []byte {
			whole := workbook(t, annex(entry(1, "Trà atisô", htx, 4, "15/1/2024")))
			return whole[:len(whole)/2]
		}},
		{name: "cut_sheet", content: func(t *testing.T) []byte {
			return rezip(t, workbook(t, annex(entry(1, "Trà atisô", htx, 4, "15/1/2024"))), "xl/worksheets/sheet", func(b []byte) []byte { return b[:len(b)*3/4] })
		}},
		{name: "broken_sheet", content: func(t *testing.T) []byte {
			w := workbook(t, annex(entry(1, "Trà atisô", htx, 4, "15/1/2024"), entry(2, "Mứt dâu", htx, 3, "15/1/2024"), entry(3, "Cao", htx, 3, "15/1/2024")))
			return rezip(t, w, "xl/worksheets/sheet", func(b []byte) []byte { return bytes.Replace(b, []byte(`<row r="3"`), []byte(`<row r="3" <`), 1) })
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := write(t, "so-dang-ky.xlsx", test.content(t))
			r, err := readFile(t, path, test.columns)
			golden(t, "workbook_"+test.name, show(t, r, err, path))
		})
	}
}

// rezip rewrites the parts of a workbook whose names begin with prefix.
func rezip(t *testing.T, book []byte, prefix string, alter func([]byte) []byte) []byte {
	t.Helper()
	zr, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	zw := zip.NewWriter(&out)
	for _, f := range zr.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		content := b.Bytes()
		if strings.HasPrefix(f.Name, prefix) {
			content = alter(content)
		}
		w, err := zw.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBombIsRefused(t *testing.T) {
	t.Parallel()
	book := rezip(t, workbook(t, annex()), "xl/worksheets/sheet", func(b []byte) []byte {
		return bytes.Replace(b, []byte("<sheetData>"), append([]byte("<sheetData>"), bytes.Repeat([]byte(" "), 64<<20)...), 1)
	})
	if len(book) > 1<<20 {
		t.Fatalf("the bomb has %d bytes", len(book))
	}
	path := write(t, "bomb.xlsx", book)
	source, err := registry.NewWorkbook(registry.FileOptions{Path: path, Settle: -1, Limits: registry.Limits{InflateBytes: 32 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = source.Read(t.Context(), openHeld(t, t.TempDir()), registry.Full, nil)
	wantError(t, "bomb", err, "the workbook inflates to more than allowed (part xl/worksheets/sheet2.xml): it is refused")
}

// A bomb whose directory claims a small size is found by inflating.
func TestLyingBombIsRefused(t *testing.T) {
	t.Parallel()
	book := rezip(t, workbook(t, annex()), "xl/worksheets/sheet", func(b []byte) []byte {
		return append(b, bytes.Repeat([]byte(" "), 64<<20)...)
	})
	// Overwrite the uncompressed sizes in the directory with a small one.
	for at := 0; ; {
		i := bytes.Index(book[at:], []byte("PK\x01\x02"))
		if i < 0 {
			break
		}
		at += i
		if bytes.HasPrefix(book[at+46:], []byte("xl/worksheets/sheet")) {
			copy(book[at+24:at+28], []byte{0, 16, 0, 0})
		}
		at += 4
	}
	path := write(t, "bomb.xlsx", book)
	source, err := registry.NewWorkbook(registry.FileOptions{Path: path, Settle: -1, Limits: registry.Limits{InflateBytes: 32 << 20}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = source.Read(t.Context(), openHeld(t, t.TempDir()), registry.Full, nil); err == nil {
		t.Error("the bomb was read")
	}
}

func TestRowLimit(t *testing.T) {
	t.Parallel()
	var rows [][]any
	for i := range 30 {
		rows = append(rows, entry(i+1, "Trà "+strings.Repeat("a", i+1), "HTX", 4, "15/1/2024"))
	}
	path := write(t, "so.xlsx", workbook(t, annex(rows...)))
	source, err := registry.NewWorkbook(registry.FileOptions{Path: path, Settle: -1, Limits: registry.Limits{Rows: 20}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = source.Read(t.Context(), openHeld(t, t.TempDir()), registry.Full, nil)
	wantError(t, "rows", err, "the file has more than the 20 rows allowed")
}

// A workbook that becomes unreadable leaves the held reading as it was.
func TestBadWorkbookKeepsHeld(t *testing.T) {
	t.Parallel()
	good := workbook(t, annex(entry(1, "Trà atisô", "HTX A", 4, "15/1/2024"), entry(2, "Mứt dâu", "HTX B", 3, "15/1/2024")))
	path := write(t, "so.xlsx", good)
	source, err := registry.NewWorkbook(registry.FileOptions{Path: path, Settle: -1})
	if err != nil {
		t.Fatal(err)
	}
	held := openHeld(t, t.TempDir())
	mustRead(t, source, held, registry.Full)
	if err := os.WriteFile(path, good[:len(good)-100], 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = source.Read(t.Context(), held, registry.Conditional, nil)
	wantError(t, "half", err, "this is no whole .xlsx workbook; it may still be being written")
	if len(held.Entries()) != 2 {
		t.Errorf("%d products are held", len(held.Entries()))
	}
	// Saved again with the same content, it is no change.
	if err := os.WriteFile(path, good, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if r := mustRead(t, source, held, registry.Conditional); r.Kind != registry.KindNotModified {
		t.Errorf("saved again: %s", r.Kind)
	}
	// Other columns make other products of the same rows.
	source, err = registry.NewWorkbook(registry.FileOptions{Path: path, Settle: -1, Columns: map[string]string{"producer": "D"}})
	if err != nil {
		t.Fatal(err)
	}
	r := mustRead(t, source, held, registry.Conditional)
	if r.Kind != registry.KindFull || len(r.Changed) != 2 || len(r.Removed) != 2 {
		t.Errorf("with other columns: %s, changed %v, removed %v", r.Kind, r.Changed, r.Removed)
	}
}

func TestUnknownColumnIsRefused(t *testing.T) {
	t.Parallel()
	_, err := registry.NewWorkbook(registry.FileOptions{Path: "so.xlsx", Columns: map[string]string{"nmae": "B"}})
	wantError(t, "columns", err, `registry file: columns: "nmae" is no column; the columns are stt, code, name`)
}

func TestSheetsByConfig(t *testing.T) {
	t.Parallel()
	one, two := annex(entry(1, "Trà atisô", "HTX A", 4, "15/1/2024")), annex(entry(1, "Mứt dâu", "HTX B", 3, "15/1/2024"))
	two.name, two.hidden = "Đơn Dương", true
	path := write(t, "so.xlsx", workbook(t, one, two))
	for _, test := range []struct {
		sheet string
		total int
		want  string
	}{{"Đơn Dương", 1, ""}, {"Đức Trọng", 0, `there is no sheet "Đức Trọng"`}} {
		source, err := registry.NewWorkbook(registry.FileOptions{Path: path, Settle: -1, Sheets: []string{test.sheet}})
		if err != nil {
			t.Fatal(err)
		}
		r, err := source.Read(t.Context(), openHeld(t, t.TempDir()), registry.Full, nil)
		wantError(t, test.sheet, err, test.want)
		if err == nil {
			r.Staged.Discard()
		}
		if r.Total != test.total {
			t.Errorf("%s: %d products", test.sheet, r.Total)
		}
	}
}

func TestMissingFile(t *testing.T) {
	t.Parallel()
	_, err := readFile(t, filepath.Join(t.TempDir(), "khong-co.xlsx"), nil)
	wantError(t, "missing", err, "no such file or directory")
}

// A workbook's sub-group decides what may be sold, so it is found by every title
// that it goes by, beside that of the group.
func TestSubgroupColumns(t *testing.T) {
	t.Parallel()
	for _, title := range []string{"Phân nhóm", "PHÂN NHÓM SẢN PHẨM", "Nhóm sản phẩm chi tiết", "Bộ sản phẩm (phân nhóm)", "Tiểu nhóm", "Nhóm chi tiết", "subgroup"} {
		path := write(t, "phuluc.xlsx", workbook(t, tab{name: "Đà Lạt", rows: [][]any{
			{"STT", "Tên sản phẩm", "Chủ thể", "Nhóm sản phẩm", title, "Hạng sao", "Số quyết định", "Ngày"},
			{1, "Rượu vang dâu", "HTX A", "Đồ uống", "Đồ uống có cồn khác", 4, "114/QĐ-UBND", "15/1/2024"},
		}}))
		r, err := readFile(t, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.Staged.Entries() {
			p, err := r.Staged.Product(e)
			if err != nil || p.Group != ocop.Drink || p.Subgroup != "Đồ uống có cồn khác" {
				t.Errorf("%q: group %q, sub-group %q, %v", title, p.Group, p.Subgroup, err)
			}
		}
		if r.Total != 1 {
			t.Errorf("%q: %d products", title, r.Total)
		}
		r.Staged.Discard()
	}
}
