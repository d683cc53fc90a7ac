package sandbox

import "fmt"

// nameable is a kind of product that generated names start with.
type nameable struct {
	name, subgroup, unit, weight string
	price                        int64 // thousands of VND
}

var nameables = []nameable{
	{"Trà túi lọc atisô", tea, "Hộp 100 túi", "200 g", 120},
	{"Trà hoa cúc", tea, "Hộp 50 g", "50 g", 80},
	{"Trà ô long", leaf, "Hộp 200 g", "200 g", 230},
	{"Trà xanh", leaf, "Gói 500 g", "500 g", 150},
	{"Cà phê Arabica rang mộc", coffee, "Gói 500 g", "500 g", 190},
	{"Cà phê Robusta rang xay", coffee, "Gói 500 g", "500 g", 120},
	{"Hồng treo gió", dried, "Hộp 500 g", "500 g", 280},
	{"Dâu tây sấy dẻo", dried, "Gói 200 g", "200 g", 85},
	{"Mứt phúc bồn tử", dried, "Hũ 250 g", "400 g", 95},
	{"Hạt mắc ca", dried, "Hũ 500 g", "600 g", 165},
	{"Rau xà lách thuỷ canh", fresh, "Túi 300 g", "300 g", 22},
	{"Cà chua bi", fresh, "Hộp 500 g", "500 g", 35},
	{"Mật ong hoa cà phê", honey, "Chai 500 ml", "800 g", 150},
	{"Tiêu rừng", spice, "Hũ 100 g", "200 g", 88},
	{"Muối ớt xanh", spice, "Hũ 150 g", "250 g", 39},
	{"Nước cốt dâu tằm", drink, "Chai 500 ml", "700 g", 78},
	{"Nấm linh chi cắt lát", herbs, "Gói 200 g", "200 g", 310},
	{"Cao atisô", herbal, "Lọ 100 g", "200 g", 210},
	{"Gạo lứt", "Gạo, ngũ cốc", "Túi 2 kg", "2 kg", 70},
	{"Bánh tráng", "Chế biến từ gạo, ngũ cốc", "Xấp 500 g", "500 g", 25},
	{"Khăn dệt thổ cẩm", cloth, "Chiếc", "300 g", 180},
	{"Tranh hoa khô", keepsake, "Bức", "1 kg", 350},
	{"Lan hồ điệp", flowers, "Cành", "1 kg", 175},
}

var styles = []string{
	"Sương Mai", "Mây Ngàn", "Gió Đồi", "Thông Xanh", "Nắng Sớm", "Suối Lạnh", "Hoa Rừng",
	"Trăng Núi", "Cỏ Hồng", "Đá Bạc", "Mưa Bay", "Hồ Biếc", "Đồi Vàng", "Rừng Xưa", "Nhà Gỗ",
	"Bến Xuân", "Vườn Cũ", "Lưng Đèo", "Bình Minh", "Chiều Tím",
}

// grades make room for 20 kinds of the same name.
var grades = []string{
	"", " thượng hạng", " hữu cơ", " truyền thống", " nguyên chất", " loại một", " chọn lọc", " đặc biệt",
	" vụ xuân", " vụ hè", " vụ thu", " vụ đông", " gia truyền", " cao nguyên", " làng nghề", " hộp quà",
	" tiết kiệm", " gia đình", " mini", " xuất khẩu",
}

// often are the quirks that leave a generated product plainly sellable.
var often = []quirk{"messy text", "no end", "proposed five", "decomposed", "spaces", "sold out"}

// rare are those of the other 8 %.
var rare = []quirk{
	"lapsed", "no price", "revoked", "odd price", "small picture", "proposed only", "no picture",
	"expired status", "contact price", "lost picture", "no certificate", "no unit", "lapsed, 36", "not listed",
	"no stock", "withdrawn", "long name", "two stars", "tourism", "unlicensed spirit", "undeclared herb",
}

// generate makes n products with distinct names, the same ones for the same seed.
func (m *maker) generate(n int) []*item {
	items := make([]*item, 0, n)
	for i := range n {
		kind := nameables[i%len(nameables)]
		rest := i / len(nameables)
		style := styles[rest%len(styles)]
		rest /= len(styles)
		name := kind.name + " " + style + grades[rest%len(grades)]
		if lot := rest / len(grades); lot > 0 {
			name += fmt.Sprintf(" số %d", lot+1)
		}
		b := blueprint{
			name: name, subgroup: kind.subgroup, producer: m.producer(i, n), stars: 3,
			unit: kind.unit, weight: kind.weight, price: (kind.price + m.dice.Int64N(kind.price)) * 1000,
		}
		switch roll := m.dice.IntN(1000); {
		case roll < 5:
			b.stars = 5
		case roll < 240:
			b.stars = 4
		}
		switch roll := m.dice.IntN(1000); {
		case roll < 80:
			m.rare(&b, rare[m.dice.IntN(len(rare))])
		case roll < 180:
			b.quirk = often[m.dice.IntN(len(often))]
		}
		items = append(items, m.build(b))
	}
	return items
}

// rare makes a product one of those that are not plainly sellable.
func (m *maker) rare(b *blueprint, q quirk) {
	switch q {
	case "two stars":
		b.stars = 2
	case "tourism":
		b.subgroup, b.unit = travel, "Vé"
		b.name = "Tham quan vườn " + b.name
	case "unlicensed spirit":
		b.subgroup, b.quirk = spirit, "no paper"
		b.name = "Rượu ngâm " + b.name
	case "undeclared herb":
		b.subgroup, b.quirk = herbal, "no paper"
		b.name = "Viên nang " + b.name
	default:
		b.quirk = q
	}
}

// producer spreads n products over about n/2 producers, as in the country.
func (m *maker) producer(i, n int) producer {
	which := i % max(1, n/2)
	p := producerAt(which % len(producers))
	kinds := []struct{ kind, prefix string }{
		{"hop-tac-xa", "HTX Nông nghiệp"}, {"doanh-nghiep", "Công ty TNHH"},
		{"ho-kinh-doanh", "Hộ kinh doanh"}, {"to-hop-tac", "Tổ hợp tác"},
	}
	k := kinds[which%len(kinds)]
	p.Code, p.Kind = fmt.Sprintf("CT-%05d", which+1), k.kind
	p.Name = fmt.Sprintf("%s %s %d", k.prefix, styles[which%len(styles)], which+1)
	p.Phone = fmt.Sprintf("0900 %03d %03d", which/1000, which%1000)
	p.Email = fmt.Sprintf("chuthe%d@example.com", which+1)
	return p
}
