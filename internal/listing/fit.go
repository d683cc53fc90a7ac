package listing

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

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
	l.Title, l.Unit = oneLine(l.Title), oneLine(l.Unit)
	if f.lim.TitleWithUnit {
		l.Title = withUnit(l.Title, l.Unit)
	}
	n := utf8.RuneCountInString(l.Title)
	if n < f.lim.TitleMin {
		f.add(ocop.NameTooShort, FieldTitle,
			fmt.Sprintf("Tên \"%s\" có %d ký tự, sàn yêu cầu ít nhất %d.", l.Title, n, f.lim.TitleMin),
			fmt.Sprintf("The name \"%s\" has %s, the market asks for at least %d.", l.Title, characters(n), f.lim.TitleMin))
	}
	if f.lim.TitleMax > 0 && n > f.lim.TitleMax {
		f.add(ocop.NameTooLong, FieldTitle,
			fmt.Sprintf("Tên có %d ký tự, sàn cho phép nhiều nhất %d.", n, f.lim.TitleMax),
			fmt.Sprintf("The name has %s, the market takes at most %d.", characters(n), f.lim.TitleMax))
	}
	if l.Description != l.cleaned {
		l.Description = CleanHTML(l.Description)
	}
	if f.lim.PlainText {
		l.Description = plainOf(l.Description)
	}
	if n := utf8.RuneCountInString(l.Description); f.lim.DescriptionMax > 0 && n > f.lim.DescriptionMax {
		f.add(ocop.DescriptionTooLong, FieldDescription,
			fmt.Sprintf("Mô tả có %d ký tự, sàn cho phép nhiều nhất %d.", n, f.lim.DescriptionMax),
			fmt.Sprintf("The description has %s, the market takes at most %d.", characters(n), f.lim.DescriptionMax))
	}
	if f.lim.UnitRequired && l.Unit == "" {
		f.problems = append(f.problems, problem(ocop.MissingUnit, FieldUnit))
	}
}

// withUnit ends a title with the unit, unless it ends with it already, however
// the two are spelled. A product without a name gets none by its unit.
func withUnit(title, unit string) string {
	key := ocop.NameKey(unit)
	if title == "" || key == "" {
		return title
	}
	if head, ends := strings.CutSuffix(ocop.NameKey(title), key); ends && (head == "" || strings.HasSuffix(head, " ")) {
		return title
	}
	return title + ", " + unit
}

func (f *fitting) price(l Listing) {
	switch {
	case l.Price == 0 && l.priceTold:
	case l.Price == 0:
		f.problems = append(f.problems, problem(ocop.MissingPrice, FieldPrice))
	case l.Price < max(f.lim.PriceMin, 1):
		least := max(f.lim.PriceMin, 1)
		f.add(ocop.BadPrice, FieldPrice,
			fmt.Sprintf("Giá %s thấp hơn mức thấp nhất của sàn là %s.", l.Price, least),
			fmt.Sprintf("The price %s is below the market's lowest, %s.", l.Price, least))
	case f.lim.PriceStep > 0 && l.Price%f.lim.PriceStep != 0:
		f.add(ocop.PriceStep, FieldPrice,
			fmt.Sprintf("Giá %s không chia hết cho bước giá %s của sàn; giá không bao giờ được làm tròn.", l.Price, f.lim.PriceStep),
			fmt.Sprintf("The price %s is not a multiple of the market's step %s; prices are never rounded.", l.Price, f.lim.PriceStep))
	}
}

// pictures keeps the first usable pictures, each once, up to the market's
// number. When there are too few, all stay as they are: the problem says why.
func (f *fitting) pictures(l *Listing) {
	most := len(l.Pictures)
	if f.lim.PicturesMax > 0 {
		most = min(most, f.lim.PicturesMax)
	}
	good, bad := make([]string, 0, most), ""
	for _, p := range l.Pictures {
		switch {
		case len(good) == most:
		case !usablePicture(p, f.lim.PictureNeedsExt):
			bad = p
		case !slices.Contains(good, p):
			good = append(good, p)
		}
	}
	switch {
	case len(good) >= f.lim.PicturesMin:
		l.Pictures = good
	case bad == "":
		f.problems = append(f.problems, problem(ocop.MissingImage, FieldPictures))
	default:
		vi, en := "cần địa chỉ bắt đầu bằng http:// hoặc https://", "it must begin with http:// or https://"
		if f.lim.PictureNeedsExt {
			vi += " và có đuôi .jpg, .jpeg, .png, .gif hoặc .webp"
			en += " and end in .jpg, .jpeg, .png, .gif or .webp"
		}
		f.add(ocop.BadImage, FieldPictures,
			"Địa chỉ ảnh \""+bad+"\" không dùng được: "+vi+".",
			"The picture address \""+bad+"\" cannot be used: "+en+".")
	}
}

func usablePicture(address string, needsExt bool) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	if !needsExt {
		return true
	}
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp":
		return true
	}
	return false
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
			name := documentName(kind)
			f.add(ocop.MissingDocument, FieldDocuments,
				"Ngành hàng \""+c.Name+"\" yêu cầu bản quét "+name.VI+".",
				"The category \""+c.Name+"\" asks for a scan of the "+name.EN+".")
		}
	}
	for _, name := range c.Attributes {
		if l.Attributes.Value(name) == "" {
			words := attributeName(name)
			f.add(ocop.MissingAttribute, FieldAttributes,
				"Ngành hàng \""+c.Name+"\" yêu cầu "+words.VI+".",
				"The category \""+c.Name+"\" asks for the "+words.EN+".")
		}
	}
}

func characters(n int) string { return ocop.Count(n, "character", "characters") }
