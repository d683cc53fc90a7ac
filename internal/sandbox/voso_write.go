package sandbox

import (
	"net/http"
	"time"
)

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
