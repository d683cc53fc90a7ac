package reconcile_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

const prefix = "OCOP-"

// goods is one product as a test's registry and price list have it.
type goods struct {
	code    string
	name    string
	stars   int
	status  string
	group   string
	expires string // ISO day
	text    string
	picture string
	price   int // 0: not in the price list
	stock   int
	unit    string
	gone    bool // no longer in the registry
}

// good gives an eligible product that every market takes.
func good(n int) goods {
	return goods{
		code: fmt.Sprintf("68-%03d", n), name: fmt.Sprintf("Trà atisô túi lọc số %d", n), stars: 4, status: "recognized",
		group: "thuc-pham", expires: "2043-06-30", text: "<p>Sấy lạnh, không đường.</p>",
		picture: fmt.Sprintf("https://anh.example/%d.jpg", n), price: 100_000 + 1000*n, stock: 20, unit: "hộp 20 túi",
	}
}

func goodOnes(n int) []goods {
	out := make([]goods, n)
	for i := range out {
		out[i] = good(i + 1)
	}
	return out
}

func skuOf(code string) listing.SKU { return listing.SKU(prefix + strings.ToUpper(code)) }

func (g *goods) sku() listing.SKU { return skuOf(g.code) }

// mayBeSold is the label: what the test itself says of the product.
func (g *goods) mayBeSold(today time.Time) bool {
	return !g.gone && g.stars >= 3 && g.status == "recognized" && g.expires >= today.Format("2006-01-02") && g.group != "du-lich"
}

// complete says whether the sources have all that a listing needs.
func (g *goods) complete() bool { return g.price > 0 && g.unit != "" && g.picture != "" }

// sources are the files that an engine reads.
type sources struct {
	dir    string
	clock  *clock
	edits  int
	all    []goods
	noFile bool // the price list is left as it is
}

func (s *sources) registry() string { return filepath.Join(s.dir, "products.json") }
func (s *sources) prices() string   { return filepath.Join(s.dir, "banggia.csv") }

// write writes both files as a person would save them: each time with a later
// time of its own, long settled.
func (s *sources) write() error {
	items := make([]map[string]any, 0, len(s.all))
	var csv strings.Builder
	csv.WriteString("Mã sản phẩm;Tên sản phẩm;Giá bán;Đơn vị tính;Số lượng;Hình ảnh\n")
	for i := range s.all {
		g := &s.all[i]
		if !g.gone {
			items = append(items, g.record())
		}
		if g.price > 0 || g.unit != "" {
			price := ""
			if g.price > 0 {
				price = fmt.Sprint(g.price)
			}
			fmt.Fprintf(&csv, "%s;%s;%s;%s;%d;%s\n", g.code, g.name, price, g.unit, g.stock, g.picture)
		}
	}
	b, err := json.Marshal(map[string]any{"items": items})
	if err != nil {
		return err
	}
	if err := s.save(s.registry(), b); err != nil {
		return err
	}
	if s.noFile {
		return nil
	}
	return s.save(s.prices(), []byte(csv.String()))
}

func (s *sources) save(name string, b []byte) error {
	if err := os.WriteFile(name, b, 0o600); err != nil {
		return err
	}
	s.edits++
	at := s.clock.start.Add(-24*time.Hour + time.Duration(s.edits)*time.Second)
	return os.Chtimes(name, at, at)
}

func (g *goods) record() map[string]any {
	return map[string]any{
		"code": g.code, "name": g.name, "stars": g.stars, "status": g.status, "group": g.group,
		"producer":    map[string]any{"name": "HTX Thung Lũng Sương", "kind": "hop-tac-xa", "commune": "Phường 8"},
		"certificate": map[string]any{"number": "12/" + strings.ToLower(g.code), "issued_on": "2039-07-01", "expires_on": g.expires},
		"description": g.text, "updated_at": "2039-07-02T00:00:00Z",
	}
}

// mapping sells food and drink, and refuses tourism.
func mapping() listing.Mapping {
	return listing.NewMapping(
		[]listing.CategoryRule{{Group: ocop.Food, Category: "1001"}, {Group: ocop.Drink, Category: "1002"}},
		[]listing.Refusal{{Group: ocop.Tourism, Why: ocop.Text{VI: "Dịch vụ không giao hàng được.", EN: "A service cannot be shipped."}}},
	)
}

func limits() listing.Limits {
	return listing.Limits{TitleMin: 10, TitleMax: 120, DescriptionMax: 5000, PriceMin: 1000, PicturesMin: 1, PicturesMax: 9, UnitRequired: true}
}
