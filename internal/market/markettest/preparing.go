package markettest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

func preparingProofs() []proof {
	return []proof{
		{"prepare is pure and idempotent", preparePure},
		{"prepare finds every breach of the limits", prepareLimits},
		{"prepare cleans texts for good", prepareCleans},
	}
}

func preparePure(s *suite) {
	l := s.Listing(sku(1))
	l.Description = "<p>Trà  <b>atisô</b> &amp; mật ong</p><script>alert(1)</script>"
	given := copyOf(l)
	calls := s.calls()
	once, problems := s.Market.Prepare(l, s.facts)
	if !reflect.DeepEqual(l, given) {
		s.Errorf("Prepare changed its argument\nfrom %+v\nto   %+v", given, l)
	}
	again, _ := s.Market.Prepare(given, s.facts)
	if !reflect.DeepEqual(once, again) {
		s.Errorf("Prepare answers differently the second time\nfirst  %+v\nsecond %+v", once, again)
	}
	twice, problemsTwice := s.Market.Prepare(once, s.facts)
	if !reflect.DeepEqual(once, twice) || !reflect.DeepEqual(problems, problemsTwice) {
		s.Errorf("preparing a prepared listing changes it\nonce  %+v %v\ntwice %+v %v", once, problems, twice, problemsTwice)
	}
	if once.SKU != l.SKU || once.Price != l.Price || once.Code != l.Code {
		s.Errorf("Prepare changed SKU, code or price: %+v", once)
	}
	if s.calls() != calls {
		s.Error("Prepare called the market")
	}
}

func copyOf(l listing.Listing) listing.Listing {
	l.Pictures = slices.Clone(l.Pictures)
	l.Documents = slices.Clone(l.Documents)
	return l
}

func prepareLimits(s *suite) {
	long := func(n int) string { return strings.Repeat("ơ", n) }
	lim := s.Limits
	cases := []struct {
		name   string
		when   bool
		breach func(l *listing.Listing)
		want   ocop.Reason
		field  listing.Field
	}{
		{"no price", true, func(l *listing.Listing) { l.Price = 0 }, ocop.MissingPrice, listing.FieldPrice},
		{"price too low", lim.PriceMin > 1, func(l *listing.Listing) { l.Price = lim.PriceMin - 1 }, ocop.BadPrice, listing.FieldPrice},
		{"price off the step", lim.PriceStep > 1, func(l *listing.Listing) { l.Price++ }, ocop.PriceStep, listing.FieldPrice},
		{"name too short", lim.TitleMin > 1 && !lim.TitleWithUnit, func(l *listing.Listing) { l.Title = long(lim.TitleMin - 1) }, ocop.NameTooShort, listing.FieldTitle},
		{"name too long", lim.TitleMax > 0, func(l *listing.Listing) { l.Title = long(lim.TitleMax + 1) }, ocop.NameTooLong, listing.FieldTitle},
		{"description too long", lim.DescriptionMax > 0, func(l *listing.Listing) { l.Description = long(lim.DescriptionMax + 1) }, ocop.DescriptionTooLong, listing.FieldDescription},
		{"no picture", lim.PicturesMin > 0, func(l *listing.Listing) { l.Pictures = nil }, ocop.MissingImage, listing.FieldPictures},
		{"picture without extension", lim.PictureNeedsExt, func(l *listing.Listing) { l.Pictures = []string{"https://anh.example/san-pham"} }, ocop.BadImage, listing.FieldPictures},
		{"no unit", lim.UnitRequired, func(l *listing.Listing) { l.Unit = "" }, ocop.MissingUnit, listing.FieldUnit},
		{"no category", true, func(l *listing.Listing) { l.Category = "" }, ocop.CategoryUnmapped, listing.FieldCategory},
		{"unknown category", true, func(l *listing.Listing) { l.Category = "no-such-category" }, ocop.CategoryUnmapped, listing.FieldCategory},
	}
	for _, c := range cases {
		if !c.when {
			continue
		}
		s.Run(c.name, func(t *testing.T) {
			l := s.Listing(sku(1))
			c.breach(&l)
			_, problems := s.Market.Prepare(l, s.facts)
			at := slices.IndexFunc(problems, func(p listing.Problem) bool { return p.Reason == c.want })
			if at < 0 {
				t.Fatalf("expected %s, got %+v", c.want, problems)
			}
			if p := problems[at]; p.Field != c.field || p.Party == "" || p.Text.VI == "" || p.Text.EN == "" {
				t.Errorf("a problem needs field %v, party and both sentences: %+v", c.field, p)
			}
		})
	}
	for id, category := range s.facts.Categories {
		if len(category.Documents) > 0 {
			s.Run(fmt.Sprintf("category %s without its documents", id), func(t *testing.T) {
				l := s.Listing(sku(1))
				l.Category, l.Documents = id, nil
				_, problems := s.Market.Prepare(l, s.facts)
				if !slices.ContainsFunc(problems, func(p listing.Problem) bool { return p.Reason == ocop.MissingDocument }) {
					t.Errorf("category %q asks for %v, got %+v", id, category.Documents, problems)
				}
			})
			break
		}
	}
	s.exactlyAtLimits(long)
}

// exactlyAtLimits sees that the limits themselves are allowed, by the market too.
func (s *suite) exactlyAtLimits(long func(int) string) {
	s.Helper()
	l := s.Listing(sku(1))
	if lim := s.Limits; lim.TitleMax > 0 {
		l.Title = long(lim.TitleMax)
		if lim.TitleWithUnit { // the unit takes its part
			l.Title = long(lim.TitleMax-len([]rune(l.Unit))-1) + " " + l.Unit
		}
	}
	if s.Limits.DescriptionMax > 0 {
		l.Description = long(s.Limits.DescriptionMax)
		if !s.Limits.PlainText {
			l.Description = "<p>" + long(s.Limits.DescriptionMax-len("<p></p>")) + "</p>"
		}
	}
	if s.Limits.PriceMin > 0 {
		l.Price = s.Limits.PriceMin
	}
	ready := s.prepare(l)
	s.done(listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: ready})
	s.decide()
	s.same(s.only(l.SKU, listing.OnSale), ready)
}

func prepareCleans(s *suite) {
	l := s.Listing(sku(1))
	l.Title = "  Hồng treo gió\u00a0 Cầu Đất <i>loại I</i> " // white space and a tag
	l.Description = "<div onclick=\"x()\">Dòng một<br>Dòng <b>hai</b></div><script>alert('x')</script><img src=x onerror=y>"
	ready := s.prepare(l)
	for _, bad := range []string{"onclick", "onerror", "<script", "<img", "alert("} {
		if strings.Contains(ready.Description, bad) {
			s.Errorf("the prepared description still holds %q: %s", bad, ready.Description)
		}
	}
	if s.Limits.PlainText && strings.ContainsAny(ready.Title+ready.Description, "<>") {
		s.Errorf("this market takes plain text: %q, %q", ready.Title, ready.Description)
	}
	s.done(listing.Order{Kind: listing.Create, SKU: l.SKU, Listing: ready})
	s.decide()
	s.same(s.only(l.SKU, listing.OnSale), ready)
}
