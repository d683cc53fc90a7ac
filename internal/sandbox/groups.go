package sandbox

import "slices"

// subgroup is one of the registry's sub-groups, which are also the leaf
// categories of all three markets. The ids differ from market to market:
// postmart numbers them from 1001, voso has a tree, lamdong numbers them from 16.
type subgroup struct {
	group string
	name  string
	// document that postmart asks for in this category, "" for none.
	document   string
	attributes []string // that postmart asks for
}

// rated are the attributes that postmart asks for in nearly every category.
var rated = []string{"ocop_stars", "ocop_certificate"}

var subgroups = []subgroup{
	{group: "thuc-pham", name: "Chè tươi, chế biến", attributes: rated},
	{group: "thuc-pham", name: "Gạo, ngũ cốc", attributes: rated},
	{group: "thuc-pham", name: "Chế biến từ gạo, ngũ cốc", attributes: rated},
	{group: "thuc-pham", name: "Rau, củ, quả, hạt tươi", attributes: []string{"ocop_stars", "ocop_certificate", "origin"}},
	{group: "thuc-pham", name: "Chế biến từ rau, củ, quả, hạt", attributes: rated},
	{group: "thuc-pham", name: "Thịt, trứng, sữa tươi", attributes: []string{"ocop_stars", "ocop_certificate", "origin"}},
	{group: "thuc-pham", name: "Chế biến từ thịt, trứng, sữa", attributes: rated},
	{group: "thuc-pham", name: "Chế biến từ thủy, hải sản", attributes: rated},
	{group: "thuc-pham", name: "Đồ ăn nhanh", attributes: rated},
	{group: "thuc-pham", name: "Mật ong", attributes: []string{"ocop_stars", "ocop_certificate", "producer"}},
	{group: "thuc-pham", name: "Gia vị khác", attributes: rated},
	{group: "thuc-pham", name: "Tương, nước mắm, gia vị lỏng", attributes: rated},
	{group: "thuc-pham", name: "Cà phê, ca cao", attributes: rated},
	{group: "do-uong", name: "Các sản phẩm khác từ chè, trà", attributes: rated},
	{group: "do-uong", name: "Rượu trắng", document: "alcohol_licence", attributes: rated},
	{group: "do-uong", name: "Đồ uống có cồn khác", document: "alcohol_licence", attributes: rated},
	{group: "do-uong", name: "Đồ uống không cồn", attributes: rated},
	{group: "do-uong", name: "Nước khoáng, nước tinh khiết", attributes: rated},
	{group: "duoc-lieu", name: "Thực phẩm chức năng, thuốc từ dược liệu", document: "health_declaration", attributes: rated},
	{group: "duoc-lieu", name: "Mỹ phẩm", document: "health_declaration", attributes: rated},
	{group: "duoc-lieu", name: "Trang thiết bị y tế", document: "health_declaration", attributes: rated},
	{group: "duoc-lieu", name: "Thảo dược khác", attributes: rated},
	{group: "thu-cong-my-nghe", name: "Vải, may mặc", attributes: rated},
	{group: "thu-cong-my-nghe", name: "Thủ công mỹ nghệ trang trí", attributes: rated},
	{group: "thu-cong-my-nghe", name: "Thủ công mỹ nghệ gia dụng", attributes: rated},
	{group: "sinh-vat-canh", name: "Hoa, cây cảnh", attributes: rated},
	{group: "du-lich", name: "Dịch vụ du lịch", attributes: rated},
}

// groups are the six of Decision 148/QĐ-TTg, in its order.
var groups = []struct{ slug, name string }{
	{"thuc-pham", "Thực phẩm"},
	{"do-uong", "Đồ uống"},
	{"duoc-lieu", "Dược liệu và sản phẩm từ dược liệu"},
	{"thu-cong-my-nghe", "Thủ công mỹ nghệ"},
	{"sinh-vat-canh", "Sinh vật cảnh"},
	{"du-lich", "Dịch vụ du lịch cộng đồng, du lịch sinh thái và điểm du lịch"},
}

func groupName(slug string) string {
	for _, g := range groups {
		if g.slug == slug {
			return g.name
		}
	}
	return ""
}

// oldGroup gives the group of Decision 1048 (2019) that the national site used.
func oldGroup(slug, sub string) string {
	switch slug {
	case "thuc-pham":
		return "food"
	case "do-uong":
		return "drink"
	case "duoc-lieu":
		return "herbs"
	case "thu-cong-my-nghe":
		if sub == "Vải, may mặc" {
			return "cloth"
		}
		return "keepsake"
	case "du-lich":
		return "travel"
	}
	return "" // nothing old fits ornamentals
}

func findSubgroup(name string) (subgroup, bool) {
	i := slices.IndexFunc(subgroups, func(s subgroup) bool { return s.name == name })
	if i < 0 {
		return subgroup{}, false
	}
	return subgroups[i], true
}

// documentFor is the document that postmart asks for in a sub-group's category.
func documentFor(name string) string {
	s, _ := findSubgroup(name)
	return s.document
}

func isAlcohol(name string) bool { return documentFor(name) == "alcohol_licence" }
