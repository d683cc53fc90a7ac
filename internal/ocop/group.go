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
