package listing

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"ocopsync/internal/ocop"
)

// Fit brings a listing to a market's limits: the listing as the market will
// store it, and every breach that can't be mended without a person. It is pure,
// and fitting twice changes nothing. Prices are never rounded and texts never
// cut: a wrong price or half a sentence is worse than a problem told.
//
// Facts without categories (a market that could not be asked) are not held
// against the listing.
func (lim Limits) Fit(l Listing, facts Facts) (Listing, []Problem) {
	f := fitting{lim: lim}
	f.text(&l)
	f.price(l)
	f.pictures(&l)
	f.category(l, facts)
	return l, f.problems
}

type fitting struct {
	lim      Limits
	problems []Problem
}

func (f *fitting) add(r ocop.Reason, field Field, vi, en string) {
	f.problems = append(f.problems, Problem{Reason: r, Field: field, Party: r.Party(), Text: ocop.Text{VI: vi, EN: en}})
}

func (f *fitting) text(l *Listing) {
	l.Title = ocop.CleanText(oneLine(l.Title))
	if f.lim.TitleWithUnit && l.Unit != "" && !strings.HasSuffix(ocop.NameKey(l.Title), ocop.NameKey(l.Unit)) {
		l.Title += ", " + l.Unit
	}
	n := runes(l.Title)
	if n < f.lim.TitleMin {
		f.add(ocop.NameTooShort, FieldTitle,
			fmt.Sprintf("Tên \"%s\" có %d ký tự, sàn yêu cầu ít nhất %d.", l.Title, n, f.lim.TitleMin),
			fmt.Sprintf("The name %q has %d characters, the market asks for at least %d.", l.Title, n, f.lim.TitleMin))
	}
	if f.lim.TitleMax > 0 && n > f.lim.TitleMax {
		f.add(ocop.NameTooLong, FieldTitle,
			fmt.Sprintf("Tên có %d ký tự, sàn cho phép nhiều nhất %d.", n, f.lim.TitleMax),
			fmt.Sprintf("The name has %d characters, the market takes at most %d.", n, f.lim.TitleMax))
	}
	switch {
	case f.lim.PlainText:
		l.Description = PlainText(l.Description)
	case l.Description != l.cleaned:
		l.Description = CleanHTML(l.Description)
	}
	l.cleaned = l.Description
	if n := runes(l.Description); f.lim.DescriptionMax > 0 && n > f.lim.DescriptionMax {
		f.add(ocop.DescriptionTooLong, FieldDescription,
			fmt.Sprintf("Mô tả có %d ký tự, sàn cho phép nhiều nhất %d.", n, f.lim.DescriptionMax),
			fmt.Sprintf("The description has %d characters, the market takes at most %d.", n, f.lim.DescriptionMax))
	}
	if f.lim.UnitRequired && l.Unit == "" {
		f.problems = append(f.problems, problem(ocop.MissingUnit, FieldUnit))
	}
}

func (f *fitting) price(l Listing) {
	switch {
	case l.Price == 0:
		f.problems = append(f.problems, problem(ocop.MissingPrice, FieldPrice))
	case l.Price < max(f.lim.PriceMin, 1):
		f.add(ocop.BadPrice, FieldPrice,
			fmt.Sprintf("Giá %s thấp hơn mức thấp nhất của sàn là %s.", l.Price, f.lim.PriceMin),
			fmt.Sprintf("The price %s is below the market's lowest, %s.", l.Price, f.lim.PriceMin))
	case f.lim.PriceStep > 0 && l.Price%f.lim.PriceStep != 0:
		f.add(ocop.PriceStep, FieldPrice,
			fmt.Sprintf("Giá %s không chia hết cho bước giá %s của sàn; giá không bao giờ được làm tròn.", l.Price, f.lim.PriceStep),
			fmt.Sprintf("The price %s is not a multiple of the market's step %s; prices are never rounded.", l.Price, f.lim.PriceStep))
	}
}

func (f *fitting) pictures(l *Listing) {
	var good []string
	var bad string
	for _, p := range l.Pictures {
		switch {
		case !usablePicture(p, f.lim.PictureNeedsExt):
			bad = p
		case !slices.Contains(good, p):
			good = append(good, p)
		}
	}
	if len(good) < f.lim.PicturesMin {
		if bad != "" {
			f.add(ocop.BadImage, FieldPictures,
				"Địa chỉ ảnh \""+bad+"\" không dùng được: cần http(s) và đuôi .jpg, .jpeg, .png, .gif hoặc .webp.",
				"The picture address \""+bad+"\" cannot be used: it must be http(s) and end in .jpg, .jpeg, .png, .gif or .webp.")
		} else {
			f.problems = append(f.problems, problem(ocop.MissingImage, FieldPictures))
		}
	}
	if f.lim.PicturesMax > 0 && len(good) > f.lim.PicturesMax {
		good = good[:f.lim.PicturesMax]
	}
	l.Pictures = good
}

func usablePicture(address string, needsExt bool) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	if !needsExt {
		return true
	}
	return slices.Contains([]string{".jpg", ".jpeg", ".png", ".gif", ".webp"}, strings.ToLower(path.Ext(u.Path)))
}

func (f *fitting) category(l Listing, facts Facts) {
	if l.Category == "" {
		f.problems = append(f.problems, problem(ocop.CategoryUnmapped, FieldCategory))
		return
	}
	if facts.Categories == nil {
		return
	}
	c, ok := facts.Categories[l.Category]
	if !ok {
		f.add(ocop.CategoryUnmapped, FieldCategory,
			"Sàn không có ngành hàng \""+l.Category+"\" mà cấu hình chỉ định.",
			"The market has no category \""+l.Category+"\" that the configuration names.")
		return
	}
	for _, kind := range c.Documents {
		if !slices.ContainsFunc(l.Documents, func(d ocop.Document) bool { return d.Kind == kind }) {
			f.add(ocop.MissingDocument, FieldDocuments,
				"Ngành hàng \""+c.Name+"\" yêu cầu giấy tờ "+string(kind)+".",
				"The category \""+c.Name+"\" asks for the document "+string(kind)+".")
		}
	}
	for _, name := range c.Attributes {
		if l.Attributes.Value(name) == "" {
			f.add(ocop.MissingAttribute, FieldAttributes,
				"Ngành hàng \""+c.Name+"\" yêu cầu thuộc tính "+name+".",
				"The category \""+c.Name+"\" asks for the attribute "+name+".")
		}
	}
}

// Value gives the attribute under the name that markets use for it, "" when it
// is not known.
func (a Attributes) Value(name string) string {
	switch name {
	case "ocop_stars":
		if a.Stars > 0 {
			return strconv.Itoa(int(a.Stars))
		}
	case "ocop_certificate":
		return a.Certificate
	case "ocop_expires_on":
		return a.ExpiresOn
	case "producer":
		return a.Producer
	case "origin":
		return a.Origin
	}
	return ""
}
