package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"time"
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

// fetchAll fetches a call's pictures; the first that fails fails the call.
func (v *voso) fetchAll(addresses []string) *vosoError {
	for _, a := range addresses {
		if err := v.media.fetch(Voso, a); err != nil {
			return &vosoError{Status: 400, Code: "IMAGE_FETCH_FAILED", Field: "IMAGE_URLS", Message: "Không tải được ảnh " + a}
		}
	}
	return nil
}

var shopLocked = vosoError{Status: 403, Code: "SHOP_LOCKED", Message: "Gian hàng đang bị khóa"}

func (v *voso) create(r *http.Request) (any, *vosoError) {
	var f vosoFields
	if fail := readVoso(r, &f); fail != nil {
		return nil, fail
	}
	switch {
	case f.Name == nil:
		return nil, fieldRequired("NAME")
	case f.Category == nil:
		return nil, fieldRequired("CATEGORY_ID")
	case f.Price == nil:
		return nil, fieldRequired("PRICE")
	case f.Quantity == nil:
		return nil, fieldRequired("QUANTITY")
	case f.Images == nil:
		return nil, fieldRequired("IMAGE_URLS")
	}
	x := f.over(vosoProduct{Status: vosoPending})
	callOf(r).sku = x.SKU
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	if v.locked {
		return nil, &shopLocked
	}
	fail := x.check()
	if fail == nil {
		fail = v.fetchAll(x.Images)
	}
	if fail == nil && !v.oneMoreToday(now) {
		fail = &vosoError{Status: 429, Code: "QUOTA_EXCEEDED", Message: "Đã hết số sản phẩm mới trong ngày"}
	}
	if fail != nil {
		return nil, fail
	}
	return map[string]any{"PRODUCT_ID": v.add(&x, now, "create", true).ID}, nil
}

// oneMoreToday counts a new product against the day's number.
func (v *voso) oneMoreToday(now time.Time) bool {
	if today := day(now); !today.Equal(v.today) {
		v.today, v.newToday = today, 0
	}
	if v.perDay > 0 && v.newToday >= v.perDay {
		return false
	}
	v.newToday++
	return true
}

// add puts a product into the shop; it needs the lock.
func (v *voso) add(x *vosoProduct, now time.Time, what string, byAPI bool) *vosoProduct {
	x.ID, x.since = vosoFirst+int64(len(v.products)), now
	v.products = append(v.products, x)
	v.bySKU[x.SKU] = append(v.bySKU[x.SKU], x)
	if x.Status == vosoPending {
		v.waiting = append(v.waiting, x)
	}
	v.touch(x, now, what, byAPI)
	return x
}

func (v *voso) update(r *http.Request) (any, *vosoError) {
	var f vosoFields
	if fail := readVoso(r, &f); fail != nil {
		return nil, fail
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	x, fail := v.editable(r, f.ID)
	if fail != nil {
		return nil, fail
	}
	changed := f.over(*x)
	if fail := changed.check(); fail != nil {
		return nil, fail
	}
	if f.Images != nil {
		if fail := v.fetchAll(*f.Images); fail != nil {
			return nil, fail
		}
	}
	v.replace(x, changed)
	v.touch(x, v.now(), "update", true)
	return map[string]any{"PRODUCT_ID": x.ID}, nil
}

// replace puts a changed product in place and keeps the SKUs' index.
func (v *voso) replace(x *vosoProduct, changed vosoProduct) {
	if changed.SKU != x.SKU {
		var rest []*vosoProduct
		for _, other := range v.bySKU[x.SKU] {
			if other != x {
				rest = append(rest, other)
			}
		}
		v.bySKU[x.SKU] = rest
		v.bySKU[changed.SKU] = append(v.bySKU[changed.SKU], x)
	}
	*x = changed
}

// editable finds the product that a change is for; it needs the lock.
func (v *voso) editable(r *http.Request, id *int64) (*vosoProduct, *vosoError) {
	if id == nil {
		return nil, fieldRequired("PRODUCT_ID")
	}
	place := *id - vosoFirst
	if place < 0 || place >= int64(len(v.products)) {
		return nil, &vosoError{Status: 404, Code: "PRODUCT_NOT_FOUND", Message: "Không tìm thấy sản phẩm"}
	}
	x := v.products[place]
	callOf(r).sku = x.SKU
	switch {
	case v.locked:
		return nil, &shopLocked
	case x.Status == vosoBanned:
		return nil, &vosoError{Status: 403, Code: "PRODUCT_BANNED", Message: "Sản phẩm đã bị cấm bán: " + x.Reason}
	}
	return x, nil
}

func (v *voso) setStatus(r *http.Request) (any, *vosoError) {
	var body struct {
		ID     *int64  `json:"PRODUCT_ID"`
		Status *string `json:"STATUS"`
	}
	if fail := readVoso(r, &body); fail != nil {
		return nil, fail
	}
	switch {
	case body.Status == nil:
		return nil, fieldRequired("STATUS")
	case *body.Status != vosoOn && *body.Status != vosoOff:
		return nil, fieldInvalid("STATUS", "Chỉ nhận ON, OFF")
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	x, fail := v.editable(r, body.ID)
	if fail != nil {
		return nil, fail
	}
	if x.Status != vosoPending || *body.Status == vosoOff { // ON while PENDING changes nothing
		x.Status = *body.Status
	}
	v.touch(x, v.now(), "status "+*body.Status, true)
	return map[string]any{"PRODUCT_ID": x.ID, "STATUS": x.Status}, nil
}
