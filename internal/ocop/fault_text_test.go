package ocop

import "testing"

func TestPlacesAndFieldsInBothLanguages(t *testing.T) {
	t.Parallel()
	at := Place{File: "banggia.xlsx", Sheet: "Bảng giá", Row: 25, Column: "E (Giá bán)"}
	want := Text{
		VI: `banggia.xlsx, trang tính "Bảng giá", dòng 25, cột E (Giá bán)`,
		EN: `banggia.xlsx, sheet "Bảng giá", row 25, column E (Giá bán)`,
	}
	if got := at.Text(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, f := range []Field{
		FieldCode, FieldName, FieldRating, FieldStatus, FieldGroup, FieldProducer, FieldCertificate, FieldImages, FieldDocuments,
		FieldPrice, FieldUnit, FieldStock, FieldGTIN, FieldWeight, FieldRow,
	} {
		if got := f.Text(); got.EN != string(f) || got.VI == "" || got.VI == got.EN {
			t.Errorf("%s is called %+v", f, got)
		}
	}
	if got := Field("else").Text(); got != (Text{VI: "else", EN: "else"}) {
		t.Errorf("an unknown field is called %+v", got)
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0 listings", 1: "1 listing", 2: "2 listings", 21: "21 listings"} {
		if got := Count(n, "listing", "listings"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
