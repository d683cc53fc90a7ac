package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"ocopsync/internal/ocop"
	"ocopsync/internal/registry"
)

func TestPriceList(t *testing.T) {
	t.Parallel()
	path := write(t, "bang-gia.xlsx", workbook(t, tab{name: "Giá", rows: [][]any{
		{"BẢNG GIÁ SẢN PHẨM OCOP"},
		{"STT", "Mã sản phẩm", "Tên sản phẩm", "Chủ thể", "Giá bán (đồng)", "ĐVT", "Tồn kho", "Mã vạch", "Khối lượng (g)", "Ảnh"},
		{1, "A-1", "Trà atisô", "HTX Lạc Dương", "120.000đ", "hộp", 10, "8934567890123", 250, "https://img.example/a.jpg; ftp://x/y"},
		{2, nil, "Mứt dâu", "Hợp tác xã Lạc Dương", "95k", "hũ", "0", nil, "0,5 kg", nil},
		{3, nil, "Cà phê", nil, 150000, "gói", 5, nil, nil, nil},
		{4, nil, "Hồng treo gió", "HTX Hồng", "Liên hệ", "kg", 3, nil, nil, nil},
		{5, nil, "Hồng sấy dẻo", "HTX Hồng", "100.000 - 120.000", "kg", -3, nil, nil, nil},
		{6, "A-6", "Rượu cần", "HTX Rượu", "50.000", "chai", 7, nil, nil, nil},
		{7, "A-6", "Rượu cần", "HTX Rượu", "55.000", "chai", 7, nil, nil, nil},
		{8, "A-8", "Chè", "HTX Chè", "30.000", "gói", 1, nil, nil, nil},
		{9, "A-8", "Chè", "HTX Chè", "30.000", "gói", 1, nil, nil, nil},
		{10, "Z-9", "Không có trong sổ", "HTX Lạ", "10.000", "gói", 1, nil, nil, nil},
		{11, nil, nil, nil, "10.000", "gói", 1, nil, nil, nil},
		{12, nil, "Trùng tên", nil, "10.000", "gói", 1, nil, nil, nil},
		{nil, "Tổng cộng"},
	}, merges: []string{"A1:J1"}}))
	prices, err := priceList(t, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	held := hold(t, []*ocop.Product{
		product("A-1", "Trà atisô", "HTX Lạc Dương"),
		product("A-2", "MỨT  DÂU", "HTX Lạc Dương"),
		product("A-3", "Cà phê", "Công ty Cà Phê"),
		product("A-4", "Hồng treo gió", "HTX Hồng"),
		product("A-5", "Hồng sấy dẻo", "HTX Hồng"),
		product("A-6", "Rượu cần", "HTX Rượu"),
		product("A-8", "Chè", "HTX Chè"),
		product("A-9", "Trùng tên", "HTX Một"),
		product("A-10", "Trùng tên", "HTX Hai"),
		product("A-11", "Không có giá", "HTX Ba"),
	})
	if got := prices.Among(held.Entries()); got.Len() != 11 || got.Priced() != 9 || got.Median() != 50_000 || !strings.HasPrefix(got.Version(), "sha256:") {
		t.Errorf("%d rows, %d prices, median %d, version %s", got.Len(), got.Priced(), int64(got.Median()), got.Version())
	}
	all := prices.Among(held.Entries())
	var b strings.Builder
	for _, e := range held.Entries() {
		p, err := held.Product(e)
		if err != nil {
			t.Fatal(err)
		}
		o, faults, ok := all.Offer(p)
		stock := "-"
		if o.Stock != nil {
			stock = fmt.Sprint(*o.Stock)
		}
		fmt.Fprintf(&b, "%s %s: %v price %d, unit %q, stock %s, gtin %q, %d g, %v\n", e.Code, p.Name, ok, int64(o.Price), o.Unit, stock, o.GTIN, o.WeightGrams, o.Images)
		for _, f := range faults {
			b.WriteString("    " + f.String() + "\n")
		}
		if all.OfferHash(p) != all.OfferHashOf(e) {
			t.Errorf("%s: the hash by product and by entry differ", e.Code)
		}
		// Without knowing the other products, a name alone is not enough.
		if _, _, ok := prices.Offer(p); ok && e.Code == "A-3" {
			t.Error("a row without a producer was used without knowing the other products")
		}
	}
	b.WriteString("faults\n" + registry.Report(prices.Faults()))
	b.WriteString("unmatched\n" + registry.Report(prices.Unmatched(held.Entries())))
	golden(t, "pricelist", b.String())
}

// hold makes a held reading of products from a JSON file.
func hold(t *testing.T, products []*ocop.Product) *registry.Held {
	t.Helper()
	var b strings.Builder
	b.WriteString("[")
	for i, p := range products {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, `{"code":%q,"name":%q,"producer":{"name":%q},"stars":3,"group":"do-uong","status":"recognized"}`, p.Code, p.Name, p.Producer.Name)
	}
	b.WriteString("]")
	source, err := registry.NewWorkbook(registry.FileOptions{Path: write(t, "so.json", []byte(b.String())), Settle: -1})
	if err != nil {
		t.Fatal(err)
	}
	held := openHeld(t, t.TempDir())
	mustRead(t, source, held, registry.Full)
	return held
}

func TestPriceUnits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		title, cell string
		want        ocop.VND
	}{
		{"Giá bán", "120.000", 120_000},
		{"Giá bán (nghìn đồng)", "120", 120_000},
		{"Đơn giá (1.000đ)", "95", 95_000},
		{"Giá (ngàn đồng)", "120.000đ", 120_000}, // says its own unit
		{"Giá bán (triệu đồng)", "1,2", 1_200_000},
		{"Giá bán (USD)", "5", 0},
		{"Giá bán", "1.2E5", 120_000},
		{"Giá bán", "120000,5", 0},
	}
	for _, test := range tests {
		path := write(t, "gia.csv", []byte("Mã sản phẩm;"+test.title+"\nA-1;"+test.cell+"\n"))
		prices, err := priceList(t, path, nil)
		if err != nil {
			t.Errorf("%s: %v", test.title, err)
			continue
		}
		o, faults, ok := prices.Offer(product("a-1", "", ""))
		if !ok || o.Price != test.want || (test.want == 0) != (len(faults) > 0) {
			t.Errorf("%q %q: %v %d, want %d; faults %v", test.title, test.cell, ok, int64(o.Price), int64(test.want), faults)
		}
	}
}

func TestBadPriceLists(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, file, content, want string }{
		{"no titles", "gia.csv", "a;b\n1;2\n", "no sheet has a row of titles"},
		{"utf16", "gia.csv", string(utf16le("Mã sản phẩm;Giá\n")), `the text is not UTF-8 but UTF-16: save it as "CSV UTF-8"`},
		{"xls", "gia.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as .xlsx without a password"},
		{"half", "gia.xlsx", "PK\x03\x04 and then nothing", "this is no whole .xlsx workbook"},
	} {
		_, err := priceList(t, write(t, test.file, []byte(test.content)), nil)
		wantError(t, test.name, err, test.want)
	}
}
