package config

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

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

// groups are the six of Decision 148/QĐ-TTg, as the registry spells them.
func groups() []string {
	return []string{"thuc-pham", "do-uong", "duoc-lieu", "thu-cong-my-nghe", "sinh-vat-canh", "du-lich"}
}

// documents are those of the registry's contract.
func documents() []string {
	return []string{"ocop_certificate", "food_safety", "alcohol_licence", "health_declaration"}
}

// checkMapping reports everything that is wrong with the categories file.
func (c *Config) checkMapping(bad report) {
	for _, name := range slices.Sorted(maps.Keys(c.Mapping)) {
		if marketKeys(name) == nil {
			bad(name, "no such market; known are postmart, voso and lamdong")
		}
		checkCategories(bad, name, c.Mapping[name].Categories)
		for i, r := range c.Mapping[name].Refuse {
			r.check(bad, element(name+".refuse", i))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Markets)) {
		if marketKeys(name) != nil && c.Markets[name].Enabled && len(c.Mapping[name].Categories) == 0 {
			bad(name, "this market is enabled and has no categories here, so nothing could be listed on it")
		}
	}
}

func checkCategories(bad report, market string, categories []Category) {
	type place struct{ group, subgroup string }
	first := make(map[place]string)
	for i, r := range categories {
		at := element(market+".categories", i)
		if !slices.Contains(groups(), r.Group) {
			bad(at+".group", "%q: expected one of %s", cut(r.Group), strings.Join(groups(), ", "))
		}
		checkSubgroup(bad, at, r.Subgroup)
		if r.Category == "" {
			bad(at+".category", "the market's category is missing")
		}
		if market == "lamdong" && r.Name == "" {
			bad(at+".name", "the category's name is missing; it is made under it when the shop has it not")
		}
		p := place{r.Group, strings.ToLower(strings.Join(strings.Fields(r.Subgroup), " "))}
		if before, twice := first[p]; twice {
			bad(at, "the same group and sub-group as %s, which comes first, so this line would never count", before)
			continue
		}
		first[p] = at
	}
}

// checkSubgroup reports a sub-group that would be compared as none at all.
func checkSubgroup(bad report, at, subgroup string) {
	if subgroup != "" && !strings.ContainsFunc(subgroup, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
		bad(at+".subgroup", "%q: expected the sub-group's words, or leave it out for the whole group", cut(subgroup))
	}
}

func (r Refusal) check(bad report, at string) {
	if r.Group == "" && r.Subgroup == "" {
		bad(at, "group or subgroup is needed; else nothing at all could be sold on this market")
	}
	if r.Group != "" && !slices.Contains(groups(), r.Group) {
		bad(at+".group", "%q: expected one of %s", cut(r.Group), strings.Join(groups(), ", "))
	}
	checkSubgroup(bad, at, r.Subgroup)
	if r.Unless != "" && !slices.Contains(documents(), r.Unless) {
		bad(at+".unless", "%q: expected one of %s", cut(r.Unless), strings.Join(documents(), ", "))
	}
	if strings.TrimSpace(r.Why.VI) == "" || strings.TrimSpace(r.Why.EN) == "" {
		bad(at+".why", "a sentence in Vietnamese (vi) and one in English (en) are needed: officers read them")
	}
}
