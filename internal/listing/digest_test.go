package listing

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"ocopsync/internal/ocop"
)

const digestFields = FieldTitle | FieldDescription | FieldCategory | FieldPrice | FieldStock | FieldUnit | FieldPictures | FieldDocuments | FieldAttributes

func TestDiffers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(l *Listing)
		want   Fields
	}{
		{"nothing", func(*Listing) {}, 0},
		{"title", func(l *Listing) { l.Title += "!" }, FieldTitle},
		{"title's white space", func(l *Listing) { l.Title += " " }, FieldTitle},
		{"description", func(l *Listing) { l.Description = "<p>Mát gan.</p>" }, FieldDescription},
		{"description's tags", func(l *Listing) { l.Description = "<ul><li>Mát gan</li></ul>" }, FieldDescription},
		{"category", func(l *Listing) { l.Category = "15" }, FieldCategory},
		{"price", func(l *Listing) { l.Price++ }, FieldPrice},
		{"stock", func(l *Listing) { l.Stock = 0 }, FieldStock},
		{"unit", func(l *Listing) { l.Unit = "" }, FieldUnit},
		{"pictures' order", func(l *Listing) { l.Pictures[0], l.Pictures[1] = l.Pictures[1], l.Pictures[0] }, FieldPictures},
		{"no pictures", func(l *Listing) { l.Pictures = nil }, FieldPictures},
		{"an empty picture", func(l *Listing) { l.Pictures = append(l.Pictures, "") }, FieldPictures},
		{"a document's address", func(l *Listing) { l.Documents[0].URL += "?2" }, FieldDocuments},
		{"a document's kind", func(l *Listing) { l.Documents[0].Kind = ocop.AlcoholLicence }, FieldDocuments},
		{"no documents", func(l *Listing) { l.Documents = nil }, FieldDocuments},
		{"stars", func(l *Listing) { l.Attributes.Stars = 5 }, FieldAttributes},
		{"certificate", func(l *Listing) { l.Attributes.Certificate = "" }, FieldAttributes},
		{"end", func(l *Listing) { l.Attributes.ExpiresOn = "2027-01-01" }, FieldAttributes},
		{"attributes change places", func(l *Listing) {
			l.Attributes.Producer, l.Attributes.Origin = l.Attributes.Origin, l.Attributes.Producer
		}, FieldAttributes},
		{"GTIN", func(l *Listing) { l.GTIN = "8930000000000" }, FieldAttributes},
		{"weight", func(l *Listing) { l.WeightGrams = 250 }, FieldAttributes},
		{"SKU and code are not compared", func(l *Listing) { l.SKU, l.Code = "", "" }, 0},
		{"two at once", func(l *Listing) { l.Title, l.Price = "", 1 }, FieldTitle | FieldPrice},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sent, wanted := tea(), tea()
			tt.change(&wanted)
			d, s := wanted.Digest(), sent.Digest()
			if got := d.Differs(s); got != tt.want || s.Differs(d) != tt.want {
				t.Errorf("differs in %v, and the other way round in %v, want %v", got.Names(), s.Differs(d).Names(), tt.want.Names())
			}
		})
	}
}

func shownTea() Remote {
	return Remote{
		ID: "7", SKU: "OCOP-1", State: OnSale, Title: "Trà atisô túi lọc", Description: "<p>Mát&nbsp;gan</p>\n", Category: "14", Price: 120_000, Stock: 3,
		Pictures: []string{"https://shop.example/a.jpg"},
	}
}

func TestDisagreesAndDrifted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		change    func(r *Remote)
		disagrees Fields // with what we sent
		drifted   Fields // from what was shown first
	}{
		{"as stored", func(*Remote) {}, 0, 0},
		{"wrapped otherwise", func(r *Remote) { r.Title, r.Description = "Trà  atisô t&uacute;i lọc", "Mát <br />gan" }, 0, FieldTitle | FieldDescription},
		{"another title", func(r *Remote) { r.Title = "Trà atisô" }, FieldTitle, FieldTitle},
		{"an empty description", func(r *Remote) { r.Description = "" }, FieldDescription, FieldDescription},
		{"another category", func(r *Remote) { r.Category = "1" }, FieldCategory, FieldCategory},
		{"a price of a thousandth", func(r *Remote) { r.Price = 120 }, FieldPrice, FieldPrice},
		{"stock sold", func(r *Remote) { r.Stock = 0 }, 0, 0},
		{"the unit shown and the same", func(r *Remote) { r.Unit = "hộp" }, 0, FieldUnit},
		{"another unit", func(r *Remote) { r.Unit = "gói" }, FieldUnit, FieldUnit},
		{"other addresses of pictures", func(r *Remote) { r.Pictures = []string{"https://shop.example/b.jpg"} }, 0, FieldPictures},
		{"pictures gone", func(r *Remote) { r.Pictures = nil }, FieldPictures, FieldPictures},
		{"what is not part of the listing", func(r *Remote) { r.State, r.Words, r.URL, r.ID, r.Certificate = TakenDown, "x", "y", "8", "z" }, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sent, first, now := tea(), shownTea(), shownTea()
			tt.change(&now)
			d := now.Digest()
			if got := d.Disagrees(sent.Digest()); got != tt.disagrees {
				t.Errorf("disagrees in %v, want %v", got.Names(), tt.disagrees.Names())
			}
			if got := d.Drifted(first.Digest()); got != tt.drifted {
				t.Errorf("drifted in %v, want %v", got.Names(), tt.drifted.Names())
			}
		})
	}
}

func TestEmptyAndFilledDigests(t *testing.T) {
	t.Parallel()
	var l Listing
	d := l.Digest()
	d.Attributes = 0 // "no stars" is told to the market too
	if !d.IsZero() {
		t.Errorf("the digest of nothing is %+v", d)
	}
	if r := (Remote{State: OnSale, ID: "1"}); !r.Digest().IsZero() {
		t.Errorf("the digest of a listing that shows nothing is %+v", r.Digest())
	}
	full := tea()
	if v := reflect.ValueOf(full.Digest()); true {
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%s of a listing that has all is zero", v.Type().Field(i).Name)
			}
		}
	}
}

// The digests are in Redis: a change of them makes every listing differ once.
func TestDigestStaysTheSame(t *testing.T) {
	t.Parallel()
	l := tea()
	want := Digest{
		Title: 0x155dc067687f05ff, TitleText: 0x371b45057c717093, Description: 0x904d985a6d43d2ff, DescriptionText: 0x1e0acf22ed16b247,
		Category: 0x691324e291a82785, Unit: 0xf6fffaf7fc4e890f, Pictures: 0xaecd20b8e796ad01, Documents: 0x324a40585f341af5,
		Attributes: 0xa73356e930595c89, Price: 120_000, Stock: 5,
	}
	if got := l.Digest(); got != want {
		t.Errorf("got %#v", got)
	}
}

func TestDigestProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawListing(t), drawListing(t)
		da, db := a.Digest(), b.Digest()
		for _, text := range []struct {
			s    string
			hash uint64
		}{{a.Title, da.Title}, {a.Description, da.Description}, {a.Unit, da.Unit}, {a.Category, da.Category}, {Words(a.Description), da.DescriptionText}} {
			if (text.s == "") != (text.hash == 0) {
				t.Fatalf("%q has the hash %d", text.s, text.hash)
			}
		}
		if (len(a.Pictures) == 0) != (da.Pictures == 0) {
			t.Fatalf("%d pictures have the hash %d", len(a.Pictures), da.Pictures)
		}
		differs := da.Differs(db)
		if got := db.Take(da, differs); got != da {
			t.Fatalf("taking %v gives %+v, want %+v", differs.Names(), got, da)
		}
		some := Fields(rapid.Uint16().Draw(t, "fields")) & digestFields
		if got := da.Differs(db.Take(da, some)); got != differs&^some {
			t.Fatalf("after taking %v it differs in %v, want %v", some.Names(), got.Names(), (differs &^ some).Names())
		}
		if got := da.Take(db, FieldState); got != da {
			t.Fatal("the state is not part of a digest")
		}
		if (a.Title == b.Title) == differs.Has(FieldTitle) || (a.Price == b.Price) == differs.Has(FieldPrice) {
			t.Fatalf("%+v and %+v differ in %v", a, b, differs.Names())
		}
		if da.Disagrees(da) != 0 || da.Drifted(db)&^differs != 0 {
			t.Fatal("a digest disagrees with itself, or drifts where it does not differ")
		}
	})
}

func TestFieldNames(t *testing.T) {
	t.Parallel()
	all := digestFields | FieldState
	b, err := json.Marshal(struct {
		None, All Fields
		Left      Fields `json:",omitempty"`
	}{All: all})
	want := `{"None":[],"All":["title","description","category","price","stock","unit","pictures","documents","attributes","state"]}`
	if err != nil || string(b) != want {
		t.Errorf("%s, %v, want %s", b, err, want)
	}
	if !all.Has(FieldState|FieldPrice) || FieldPrice.Has(FieldStock) || Fields(0).Has(all) {
		t.Error("Has is wrong")
	}
}
