package listing

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/ocop"
)

func artichoke() *ocop.Product {
	stock := int64(40)
	return &ocop.Product{
		Code: "68-672-24769-12-2022", Name: "Trà atisô túi lọc Langbiang", Group: ocop.Food, Subgroup: "Chè tươi, chế biến",
		Rating:      ocop.Rating{Recognized: 4, Proposed: 5},
		Producer:    ocop.Producer{Name: "HTX Suối Mơ", Commune: "Xã Lát", District: "Lạc Dương", Address: "12 Thôn 3"},
		Certificate: ocop.Certificate{Number: "12/2022", Decision: "2590/QĐ-UBND", IssuedOn: ocop.OneDay(ocop.Day{Year: 2022, Month: time.March, Dom: 1})},
		Description: "<p>Trà <strong>atisô</strong></p>", Story: "Chuyện của hợp tác xã",
		Images:    []string{"https://anh.example/dang-ky.jpg"},
		Documents: []ocop.Document{{Kind: ocop.OCOPCertificate, URL: "https://anh.example/gcn.jpg"}},
		Offer: ocop.Offer{
			Price: 120_000, Unit: "hộp 20 gói", Stock: &stock, Images: []string{"https://anh.example/gia.jpg"}, GTIN: "8930000000000", WeightGrams: 40,
		},
	}
}

func TestDraft(t *testing.T) {
	t.Parallel()
	p := artichoke()
	got, problems := Draft(p, "OCOP-1", nil)
	want := Listing{
		SKU: "OCOP-1", Code: p.Code, Title: "Trà atisô túi lọc Langbiang", Description: "<p>Trà <strong>atisô</strong></p>",
		Price: 120_000, Stock: 40, Unit: "hộp 20 gói", Pictures: []string{"https://anh.example/gia.jpg"}, Documents: p.Documents,
		Attributes: Attributes{Stars: 4, Certificate: "12/2022", ExpiresOn: "2025-03-01", Producer: "HTX Suối Mơ", Origin: "Xã Lát"},
		GTIN:       "8930000000000", WeightGrams: 40, cleaned: "<p>Trà <strong>atisô</strong></p>",
	}
	if !reflect.DeepEqual(got, want) || problems != nil {
		t.Errorf("got  %+v, %v\nwant %+v", got, problems, want)
	}
	got.Pictures[0] = "changed"
	if p.Offer.Images[0] == "changed" {
		t.Error("the draft's pictures are the product's own")
	}
}

func TestDraftChoices(t *testing.T) {
	t.Parallel()
	ten, none := int64(10), int64(0)
	unclear := ocop.Fault{Field: ocop.FieldPrice, Value: "Liên hệ", Why: ocop.Text{VI: "hãy ghi một giá", EN: "write one price"}}
	for _, tt := range []struct {
		name    string
		change  func(p *ocop.Product)
		stock   *int64
		want    func(l *Listing)
		reasons ocop.Reasons
	}{
		{"story instead of a description that shows nothing", func(p *ocop.Product) { p.Description = "<p>&nbsp;</p>" }, nil,
			func(l *Listing) { l.Description = "<p>Chuyện của hợp tác xã</p>" }, nil},
		{"neither", func(p *ocop.Product) { p.Description, p.Story = "", "" }, nil, func(l *Listing) { l.Description = "" }, nil},
		{"name with markup", func(p *ocop.Product) { p.Name = " Trà  <b>atisô</b>\n&amp; mật ong\u200b " }, nil, func(l *Listing) { l.Title = "Trà atisô & mật ong" }, nil},
		{"unit with markup", func(p *ocop.Product) { p.Offer.Unit = "hộp<br>250&nbsp;g" }, nil, func(l *Listing) { l.Unit = "hộp 250 g" }, nil},
		{"registry's pictures", func(p *ocop.Product) { p.Offer.Images = nil }, nil, func(l *Listing) { l.Pictures = []string{"https://anh.example/dang-ky.jpg"} }, nil},
		{"no stock", func(p *ocop.Product) { p.Offer.Stock = nil }, nil, func(l *Listing) { l.Stock = 0 }, ocop.Reasons{ocop.MissingStock}},
		{"default stock", func(p *ocop.Product) { p.Offer.Stock = nil }, &ten, func(l *Listing) { l.Stock = 10 }, nil},
		{"a stock of none beats the default", func(p *ocop.Product) { p.Offer.Stock = &none }, &ten, func(l *Listing) { l.Stock = 0 }, nil},
		{"unclear price", func(p *ocop.Product) { p.Offer.Price, p.Faults = 0, []ocop.Fault{unclear} }, nil,
			func(l *Listing) { l.Price, l.priceTold = 0, true }, ocop.Reasons{ocop.BadPrice}},
		{"a fault elsewhere", func(p *ocop.Product) { p.Faults = []ocop.Fault{{Field: ocop.FieldGTIN}} }, nil, func(*Listing) {}, nil},
		{"the decision's number", func(p *ocop.Product) { p.Certificate.Number = "" }, nil, func(l *Listing) { l.Attributes.Certificate = "2590/QĐ-UBND" }, nil},
		{"inexact end", func(p *ocop.Product) {
			p.Certificate.IssuedOn = ocop.Days{First: ocop.Day{Year: 2022, Month: time.January, Dom: 1}, Last: ocop.Day{Year: 2022, Month: time.December, Dom: 31}}
		}, nil, func(l *Listing) { l.Attributes.ExpiresOn = "" }, nil},
		{"district for the commune", func(p *ocop.Product) { p.Producer.Commune = "" }, nil, func(l *Listing) { l.Attributes.Origin = "Lạc Dương" }, nil},
		{"address for both", func(p *ocop.Product) { p.Producer.Commune, p.Producer.District = "", "" }, nil, func(l *Listing) { l.Attributes.Origin = "12 Thôn 3" }, nil},
		{"proposed stars count for nothing", func(p *ocop.Product) { p.Rating = ocop.Rating{Proposed: 5} }, nil, func(l *Listing) { l.Attributes.Stars = 0 }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := artichoke()
			want, _ := Draft(p, "OCOP-1", nil)
			tt.want(&want)
			want.cleaned = want.Description
			tt.change(p)
			got, problems := Draft(p, "OCOP-1", tt.stock)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if reasons := reasonsOf(problems); !slices.Equal(reasons, tt.reasons) {
				t.Errorf("problems %v, want %v", reasons, tt.reasons)
			}
			checkProblems(t, problems)
		})
	}
}

// A price that stands in the list and can't be read is not called missing.
func TestUnclearPriceIsToldOnce(t *testing.T) {
	t.Parallel()
	p := artichoke()
	p.Offer.Price = 0
	p.Faults = []ocop.Fault{{Field: ocop.FieldPrice, Value: "100-120k", Why: ocop.Text{VI: "hãy ghi một giá", EN: "write one price"}}}
	l, problems := Draft(p, "OCOP-1", nil)
	l.Category = "1"
	_, more := Limits{PriceMin: 1000, PriceStep: 500}.Fit(l, Facts{})
	if got := reasonsOf(append(problems, more...)); !slices.Equal(got, ocop.Reasons{ocop.BadPrice}) {
		t.Fatalf("the price %q gives %v, want bad_price alone", "100-120k", got)
	}
	if text := problems[0].Text; !strings.Contains(text.VI, "100-120k") || !strings.Contains(text.VI, "hãy ghi một giá") || !strings.Contains(text.EN, "write one price") {
		t.Errorf("the producer can't see what to mend: %+v", text)
	}
}

func reasonsOf(problems []Problem) ocop.Reasons {
	var out ocop.Reasons
	for _, p := range problems {
		out = append(out, p.Reason)
	}
	return out
}

// checkProblems sees that each problem says everything that a person needs.
func checkProblems(t interface {
	Helper()
	Errorf(format string, args ...any)
}, problems []Problem,
) {
	t.Helper()
	for _, p := range problems {
		if p.Field == 0 || p.Party != p.Reason.Party() || p.Party == "" || p.Text.VI == "" || p.Text.EN == "" || p.Text.VI == p.Text.EN {
			t.Errorf("a problem needs a field, the party who must act and a sentence in both languages: %+v", p)
		}
	}
}
