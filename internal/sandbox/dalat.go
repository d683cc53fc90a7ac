package sandbox

import "fmt"

// producers are made up; the places are real ones around Đà Lạt.
var producers = []producer{
	{Name: "Công ty TNHH Trà Mây Ngàn", Kind: "doanh-nghiep", Commune: "Phường Xuân Hương", District: "TP Đà Lạt"},
	{Name: "HTX Nông nghiệp Sương Đồi", Kind: "hop-tac-xa", Commune: "Xã Lát", District: "Huyện Lạc Dương"},
	{Name: "Hợp tác xã Cà phê Gió Ngàn Cầu Đất", Kind: "hop-tac-xa", Commune: "Xã Xuân Trường", District: "TP Đà Lạt"},
	{Name: "Hộ kinh doanh Vườn Dâu Bà Tám", Kind: "ho-kinh-doanh", Commune: "Phường Lâm Viên", District: "TP Đà Lạt"},
	{Name: "Công ty Cổ phần Dược liệu Thông Xanh", Kind: "doanh-nghiep", Commune: "Xã Hiệp Thạnh", District: "Huyện Đức Trọng"},
	{Name: "Tổ hợp tác Hồng treo gió Trại Nắng", Kind: "to-hop-tac", Commune: "Xã Trạm Hành", District: "TP Đà Lạt"},
	{Name: "Cơ sở Đông trùng Mây Bạc", Kind: "ho-kinh-doanh", Commune: "Xã Ka Đô", District: "Huyện Đơn Dương"},
	{Name: "HTX Rau hoa Suối Lạnh", Kind: "hop-tac-xa", Commune: "Xã Đạ Ròn", District: "Huyện Đơn Dương"},
	{Name: "Công ty TNHH Nông sản Đồi Cỏ Hồng", Kind: "doanh-nghiep", Commune: "Xã Đạ Sar", District: "Huyện Lạc Dương"},
	{Name: "Hộ kinh doanh Mứt Nhà Gỗ", Kind: "ho-kinh-doanh", Commune: "Phường Cam Ly", District: "TP Đà Lạt"},
	{Name: "Công ty TNHH Ong Hoa Rừng", Kind: "doanh-nghiep", Commune: "Xã Liên Hiệp", District: "Huyện Đức Trọng"},
	{Name: "Tổ hợp tác Dệt Thổ cẩm Bên Hồ", Kind: "to-hop-tac", Commune: "Xã Lát", District: "Huyện Lạc Dương"},
	{Name: "Hợp tác xã Du lịch Bản Thông", Kind: "hop-tac-xa", Commune: "Xã Tà Nung", District: "TP Đà Lạt"},
	{Name: "Công ty TNHH Rượu Men Lá Núi Xa", Kind: "doanh-nghiep", Commune: "Xã Tu Tra", District: "Huyện Đơn Dương"},
}

func producerAt(i int) producer {
	p := producers[i]
	p.Code = fmt.Sprintf("CT-%03d", i+1)
	p.Representative = "Người đại diện " + fmt.Sprint(i+1)
	p.Phone = fmt.Sprintf("0900 000 %03d", i+1)
	p.Email = fmt.Sprintf("chuthe%d@example.com", i+1)
	p.Address = fmt.Sprintf("Số %d, %s, %s, tỉnh Lâm Đồng", 10+i*7, p.Commune, p.District)
	return p
}

// The sub-groups that the table below names often.
const (
	tea      = "Các sản phẩm khác từ chè, trà"
	leaf     = "Chè tươi, chế biến"
	coffee   = "Cà phê, ca cao"
	fresh    = "Rau, củ, quả, hạt tươi"
	dried    = "Chế biến từ rau, củ, quả, hạt"
	herbal   = "Thực phẩm chức năng, thuốc từ dược liệu"
	herbs    = "Thảo dược khác"
	drink    = "Đồ uống không cồn"
	spirit   = "Rượu trắng"
	wine     = "Đồ uống có cồn khác"
	honey    = "Mật ong"
	spice    = "Gia vị khác"
	cloth    = "Vải, may mặc"
	keepsake = "Thủ công mỹ nghệ trang trí"
	flowers  = "Hoa, cây cảnh"
	travel   = "Dịch vụ du lịch"
	beauty   = "Mỹ phẩm"
)

// daLatRow is one made-up product.
type daLatRow struct {
	stars    int
	name     string
	subgroup string
	producer int
	unit     string
	price    int64 // thousands of VND
	quirk    quirk
}

// daLat gives the 71 products: 57 with 5, 4 (three of them put forward for 5)
// and 3 stars, and 14 that must not be sold.
func (m *maker) daLat() []*item {
	items := make([]*item, 0, len(daLatRows))
	for _, row := range daLatRows {
		items = append(items, m.build(blueprint{
			name: row.name, subgroup: row.subgroup, producer: producerAt(row.producer), stars: row.stars,
			unit: row.unit, weight: "500 g", price: row.price * 1000, quirk: row.quirk,
		}))
	}
	return items
}

var daLatRows = []daLatRow{
	{5, "Trà túi lọc atisô Mây Ngàn thượng hạng", tea, 0, "Hộp 100 túi", 185, ""},
	{5, "Cà phê Arabica Gió Ngàn rang mộc", coffee, 2, "Gói 500 g", 240, "no end"},

	{4, "Cao atisô Thông Xanh", herbal, 4, "Lọ 100 g", 210, "proposed five"},
	{4, "Hồng treo gió Trại Nắng hảo hạng", dried, 5, "Hộp 500 g", 320, "proposed five"},
	{4, "Trà ô long Sương Đồi", leaf, 1, "Hộp 200 g", 275, "proposed five"},

	{4, "Trà hoa atisô sấy khô Mây Ngàn", tea, 0, "Gói 250 g", 160, "messy text"},
	{4, "Trà gừng mật ong Mây Ngàn", tea, 0, "Hộp 20 gói", 68, ""},
	{4, "Trà diệp hạ châu Mây Ngàn", tea, 0, "Hộp 50 túi", 72, "decomposed"},
	{4, "Trà xanh ướp sen Mây Ngàn", leaf, 0, "Hộp 100 g", 145, "spaces"},
	{4, "Cà phê Robusta Gió Ngàn xay mịn", coffee, 2, "Gói 500 g", 130, ""},
	{4, "Cà phê phin giấy Gió Ngàn", coffee, 2, "Hộp 10 gói", 95, "odd price"},
	{4, "Cà phê hoà tan Gió Ngàn", coffee, 2, "Hộp 18 gói", 89, ""},
	{4, "Ca cao nguyên chất Gió Ngàn", coffee, 2, "Hũ 300 g", 155, "by name"},
	{4, "Dâu tây giống Nhật Bà Tám", fresh, 3, "Hộp 500 g", 220, ""},
	{4, "Dâu tây sấy dẻo Bà Tám", dried, 3, "Gói 200 g", 85, ""},
	{4, "Mứt dâu", dried, 9, "Hũ 250 g", 65, "short name"},
	{4, "Mứt phúc bồn tử Nhà Gỗ", dried, 9, "Hũ 250 g", 95, ""},
	{4, "Nước cốt phúc bồn tử Nhà Gỗ", drink, 9, "Chai 500 ml", 120, "script"},
	{4, "Siro dâu tằm Nhà Gỗ", drink, 9, "Chai 500 ml", 78, ""},
	{4, "Trà atisô Mây Ngàn", tea, 0, "Hộp quà 300 g", 390, "long name"},
	{4, "Trà hoa vàng Mây Ngàn", tea, 0, "Hộp quà 100 g", 850, "endless name"},
	{4, "Viên nang đông trùng hạ thảo Mây Bạc", herbal, 6, "Hộp 30 viên", 680, "no paper"},
	{4, "Đông trùng hạ thảo sấy thăng hoa Mây Bạc", herbal, 6, "Hộp 10 g", 950, ""},
	{4, "Đông trùng hạ thảo ngâm mật ong Mây Bạc", herbs, 6, "Hũ 250 g", 450, ""},
	{4, "Bông atisô tươi Sương Đồi", fresh, 1, "Kg", 110, "no picture"},
	{4, "Cà chua bi Suối Lạnh", fresh, 7, "Hộp 500 g", 35, ""},
	{4, "Ớt chuông Suối Lạnh ba màu", fresh, 7, "Kg", 60, "ends soon"},
	{4, "Xà lách thuỷ canh Suối Lạnh", fresh, 7, "Túi 300 g", 22, ""},
	{4, "Khoai lang mật Đồi Cỏ Hồng sấy dẻo", dried, 8, "Gói 500 g", 75, ""},
	{4, "Chuối Laba Đồi Cỏ Hồng sấy giòn", dried, 8, "Gói 250 g", 48, "no price"},
	{4, "Mít Đồi Cỏ Hồng sấy giòn", dried, 8, "Gói 250 g", 55, "contact price"},
	{4, "Hạt mắc ca Đồi Cỏ Hồng rang nứt vỏ", dried, 8, "Hũ 500 g", 165, ""},
	{4, "Bơ sáp Đồi Cỏ Hồng", fresh, 8, "Kg", 58, "small picture"},
	{4, "Mật ong hoa cà phê Hoa Rừng", honey, 10, "Chai 500 ml", 150, ""},
	{4, "Mật ong bạc hà Hoa Rừng", honey, 10, "Chai 500 ml", 260, "lost picture"},
	{4, "Phấn hoa Hoa Rừng", honey, 10, "Hũ 200 g", 125, "no unit"},
	{4, "Sữa ong chúa Hoa Rừng", honey, 10, "Hũ 100 g", 420, "no stock"},
	{4, "Rượu cần Núi Xa", wine, 13, "Ché 3 lít", 480, ""},
	{4, "Rượu gạo Núi Xa men lá", spirit, 13, "Chai 500 ml", 140, "no paper"},
	{4, "Vang dâu tằm Núi Xa", wine, 13, "Chai 750 ml", 165, ""},
	{4, "Kem dưỡng da atisô Thông Xanh", beauty, 4, "Hũ 50 ml", 230, ""},
	{4, "Cao đinh lăng Thông Xanh", herbal, 4, "Lọ 100 g", 190, ""},

	{3, "Trà lá sen Thông Xanh", tea, 4, "Hộp 40 túi", 58, ""},
	{3, "Trà gạo lứt đậu đen Thông Xanh", tea, 4, "Gói 500 g", 70, "bare text"},
	{3, "Nấm linh chi cắt lát Thông Xanh", herbs, 4, "Gói 200 g", 310, ""},
	{3, "Hồng sấy dẻo Trại Nắng", dried, 5, "Gói 250 g", 115, ""},
	{3, "Hồng giòn Trại Nắng", fresh, 5, "Kg", 45, "ends soon, 36"},
	{3, "Khăn dệt thổ cẩm Bên Hồ", cloth, 11, "Chiếc", 180, ""},
	{3, "Túi thổ cẩm Bên Hồ", cloth, 11, "Chiếc", 250, "no text"},
	{3, "Tranh hoa khô Bên Hồ", keepsake, 11, "Bức", 350, ""},
	{3, "Hoa hồng chậu Suối Lạnh", flowers, 7, "Chậu", 120, "sold out"},
	{3, "Lan hồ điệp Suối Lạnh", flowers, 7, "Cành", 175, ""},
	{3, "Tiêu rừng Đồi Cỏ Hồng", spice, 8, "Hũ 100 g", 88, ""},
	{3, "Muối ớt xanh Nhà Gỗ", spice, 9, "Hũ 150 g", 39, "not listed"},
	{3, "Cà rốt sấy giòn Suối Lạnh", dried, 7, "Gói 200 g", 52, ""},
	{3, "Nước ép atisô Sương Đồi", drink, 1, "Chai 330 ml", 28, "by name"},
	{3, "Tham quan vườn dâu Bản Thông", travel, 12, "Vé", 90, ""},

	{2, "Kẹo dâu Bà Tám", dried, 3, "Gói 200 g", 30, ""},
	{2, "Bánh tráng khoai lang Sương Đồi", "Chế biến từ gạo, ngũ cốc", 1, "Xấp", 25, ""},
	{0, "Rượu mơ Núi Xa ủ chum", wine, 13, "Chai 500 ml", 210, "proposed only"},
	{0, "Nước mắm chay nấm Sương Đồi", "Tương, nước mắm, gia vị lỏng", 1, "Chai 500 ml", 64, "proposed only"},
	{4, "Trà hoa cúc Mây Ngàn", tea, 0, "Hộp 50 g", 82, "lapsed"},
	{3, "Cà phê chồn nuôi Gió Ngàn", coffee, 2, "Hộp 200 g", 780, "lapsed"},
	{3, "Dưa lưới Suối Lạnh", fresh, 7, "Quả", 79, "lapsed, 36"},
	{4, "Viên nghệ mật ong Hoa Rừng", herbs, 10, "Hũ 200 g", 135, "revoked"},
	{3, "Măng khô Đồi Cỏ Hồng", dried, 8, "Gói 300 g", 145, "revoked"},
	{3, "Bột cần tây Sương Đồi", dried, 1, "Hũ 150 g", 168, "expired status"},
	{4, "Tinh dầu sả Thông Xanh", beauty, 4, "Chai 10 ml", 99, "expired status"},
	{3, "Giỏ mây Bên Hồ", keepsake, 11, "Chiếc", 220, "no certificate"},
	{3, "Lưu trú nhà gỗ Bản Thông", travel, 12, "Đêm", 450, "lapsed"},
	{3, "Bún khô gạo lứt Sương Đồi", "Chế biến từ gạo, ngũ cốc", 1, "Gói 500 g", 42, "withdrawn"},
}
