package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// vosoHTML is what voso takes for HTML: a tag or an entity.
var vosoHTML = regexp.MustCompile(`<[A-Za-z/!?][^>]*>|&(#\d+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);`)

// vosoFields is a create or an update: nil is a field left out.
type vosoFields struct {
	ID          *int64    `json:"PRODUCT_ID"`
	SKU         *string   `json:"SELLER_SKU"`
	Name        *string   `json:"NAME"`
	Description *string   `json:"DESCRIPTION"`
	Category    *int      `json:"CATEGORY_ID"`
	Price       *int64    `json:"PRICE"`
	ListPrice   *int64    `json:"LIST_PRICE"`
	Quantity    *int      `json:"QUANTITY"`
	Images      *[]string `json:"IMAGE_URLS"`
	Star        *int      `json:"OCOP_STAR"`
	CertNo      *string   `json:"OCOP_CERT_NO"`
	Origin      *string   `json:"ORIGIN"`
}

func fieldInvalid(field, message string) *vosoError {
	return &vosoError{Status: 400, Code: "FIELD_INVALID", Field: field, Message: message}
}

func fieldRequired(field string) *vosoError {
	return &vosoError{Status: 400, Code: "FIELD_REQUIRED", Field: field, Message: "Thiếu trường " + field}
}

// readVoso reads a body; an empty one is an empty object, unknown fields are ignored.
func readVoso(r *http.Request, into any) *vosoError {
	err := json.NewDecoder(r.Body).Decode(into)
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fieldInvalid(wrong.Field, "Sai kiểu dữ liệu")
	}
	return fieldInvalid("", "Dữ liệu gửi lên không phải JSON")
}

// over puts the given fields over a product; texts become NFC.
func (f *vosoFields) over(x vosoProduct) vosoProduct {
	text := func(into *string, given *string) {
		if given != nil {
			*into = norm.NFC.String(*given)
		}
	}
	text(&x.SKU, f.SKU)
	text(&x.Name, f.Name)
	text(&x.Description, f.Description)
	text(&x.CertNo, f.CertNo)
	text(&x.Origin, f.Origin)
	set(&x.Category, f.Category)
	set(&x.Price, f.Price)
	set(&x.ListPrice, f.ListPrice)
	set(&x.Quantity, f.Quantity)
	set(&x.Images, f.Images)
	set(&x.Star, f.Star)
	return x
}

func set[T any](into *T, given *T) {
	if given != nil {
		*into = *given
	}
}

// check applies the rules of voso.yaml to a whole product.
func (x *vosoProduct) check() *vosoError {
	switch {
	case utf8.RuneCountInString(x.SKU) > 64:
		return fieldInvalid("SELLER_SKU", "Tối đa 64 ký tự")
	case x.Name == "":
		return fieldRequired("NAME")
	case utf8.RuneCountInString(x.Name) > 150:
		return fieldInvalid("NAME", "Tối đa 150 ký tự")
	case vosoHTML.MatchString(x.Name):
		return fieldInvalid("NAME", "Không được chứa HTML")
	case utf8.RuneCountInString(x.Description) > 5000:
		return fieldInvalid("DESCRIPTION", "Tối đa 5000 ký tự")
	case vosoHTML.MatchString(x.Description):
		return fieldInvalid("DESCRIPTION", "Không được chứa HTML")
	case x.Category >= vosoGroup && x.Category < vosoGroup+len(groups):
		return &vosoError{Status: 400, Code: "CATEGORY_NOT_LEAF", Field: "CATEGORY_ID", Message: "Phải chọn ngành hàng cấp cuối"}
	case x.Price <= 0 || x.Price%vosoStep != 0:
		return fieldInvalid("PRICE", "Giá phải là bội số của 500")
	case x.ListPrice != 0 && (x.ListPrice < x.Price || x.ListPrice%vosoStep != 0):
		return fieldInvalid("LIST_PRICE", "Giá niêm yết không hợp lệ")
	case x.Quantity < 0:
		return fieldInvalid("QUANTITY", "Số lượng không được âm")
	case len(x.Images) == 0 || len(x.Images) > 8:
		return fieldInvalid("IMAGE_URLS", "Từ 1 đến 8 ảnh")
	case x.Star != 0 && (x.Star < 3 || x.Star > 5):
		return fieldInvalid("OCOP_STAR", "Chỉ nhận 3, 4, 5")
	}
	if _, ok := categoryOf(x.Category, vosoBase); !ok {
		return fieldInvalid("CATEGORY_ID", "Ngành hàng không tồn tại")
	}
	return nil
}
