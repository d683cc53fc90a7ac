package config

// Mapping is one market's part of the categories file: which of its categories
// a product belongs to, and what can't be sold there.
type Mapping struct {
	Categories []Category `yaml:"categories"`
	Refuse     []Refusal  `yaml:"refuse"`
}

// Category maps a group, or one sub-group of it, to the market's category.
type Category struct {
	Group    string `yaml:"group"`
	Subgroup string `yaml:"subgroup"` // "": every other sub-group of the group
	Category string `yaml:"category"` // the market's id (lamdong: the slug)
	Name     string `yaml:"name"`     // lamdong: name of the category to make when it is missing
}

// Refusal says what can't be sold on the market.
type Refusal struct {
	Group    string `yaml:"group"`
	Subgroup string `yaml:"subgroup"`
	Unless   string `yaml:"unless"` // a document that lifts the refusal
	Why      Text   `yaml:"why"`
}

// Text is a sentence in both languages.
type Text struct {
	VI string `yaml:"vi"`
	EN string `yaml:"en"`
}
