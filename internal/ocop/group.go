package ocop

// Group is one of the six product groups of Decision 148/QĐ-TTg.
type Group string

// The groups, as the registry's contract spells them.
const (
	Food        Group = "thuc-pham"
	Drink       Group = "do-uong"
	Herbal      Group = "duoc-lieu"
	Crafts      Group = "thu-cong-my-nghe"
	Ornamentals Group = "sinh-vat-canh"
	Tourism     Group = "du-lich"
)

// AllGroups lists the six in the decision's order.
func AllGroups() []Group { return []Group{Food, Drink, Herbal, Crafts, Ornamentals, Tourism} }

// Text is the group's name; of an unknown group the word itself.
func (g Group) Text() Text {
	switch g {
	case Food:
		return Text{"Thực phẩm", "Food"}
	case Drink:
		return Text{"Đồ uống", "Drink"}
	case Herbal:
		return Text{"Dược liệu và sản phẩm từ dược liệu", "Medicinal herbs"}
	case Crafts:
		return Text{"Thủ công mỹ nghệ", "Crafts"}
	case Ornamentals:
		return Text{"Sinh vật cảnh", "Ornamental plants and animals"}
	case Tourism:
		return Text{"Dịch vụ du lịch cộng đồng, du lịch sinh thái và điểm du lịch", "Community and eco-tourism"}
	}
	return Text{string(g), string(g)}
}
