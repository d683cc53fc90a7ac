package sandbox

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	vosoStep  = 500     // prices go in these steps, VND
	vosoPage  = 50      // products on a page, whatever is asked
	vosoFirst = 500_001 // the first PRODUCT_ID
	vosoBase  = 100     // the first leaf category
	vosoGroup = 10      // the first group above the leaves
)

// voso plays voso.yaml. Products are never deleted, so an id is a place.
type voso struct {
	now     func() time.Time
	ledger  *ledger
	media   *media
	pending time.Duration

	mu       sync.Mutex
	serial   int
	tokens   map[string]time.Time
	products []*vosoProduct
	bySKU    map[string][]*vosoProduct
	waiting  []*vosoProduct // PENDING, oldest first
	locked   bool
	perDay   int // new products a day; 0 for any number
	today    time.Time
	newToday int
}

// vosoProduct is a product as stored, and as a list shows it.
type vosoProduct struct {
	ID          int64    `json:"PRODUCT_ID"`
	SKU         string   `json:"SELLER_SKU"`
	Name        string   `json:"NAME"`
	Description string   `json:"DESCRIPTION"`
	Category    int      `json:"CATEGORY_ID"`
	Price       int64    `json:"PRICE"`
	ListPrice   int64    `json:"LIST_PRICE,omitempty"`
	Quantity    int      `json:"QUANTITY"`
	Images      []string `json:"IMAGE_URLS"`
	Star        int      `json:"OCOP_STAR,omitempty"`
	CertNo      string   `json:"OCOP_CERT_NO"`
	Origin      string   `json:"ORIGIN"`
	Status      string   `json:"STATUS"`
	Reason      string   `json:"STATUS_REASON"`
	UpdatedAt   int64    `json:"UPDATED_AT"`

	since time.Time // PENDING since
}

// The states of a voso product.
const (
	vosoOn      = "ON"
	vosoOff     = "OFF"
	vosoPending = "PENDING"
	vosoBanned  = "BANNED"
)

// envelope is what every voso answer is.
type envelope struct {
	Status  int    `json:"status"`
	Error   bool   `json:"error"`
	Message string `json:"message"`
	Data    any    `json:"data"`
}

// vosoError is a refusal inside the envelope.
type vosoError struct {
	Status  int    `json:"-"`
	Message string `json:"-"`
	Code    string `json:"CODE"`
	Field   string `json:"FIELD,omitempty"`
}

func newVoso(now func() time.Time, l *ledger, m *media, pending time.Duration) *voso {
	return &voso{now: now, ledger: l, media: m, pending: pending, tokens: make(map[string]time.Time), bySKU: make(map[string][]*vosoProduct)}
}

func (v *voso) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/user/Login", v.serveLogin)
	for path, serve := range map[string]func(*http.Request) (any, *vosoError){
		"/v2/seller/category/list":  v.categories,
		"/v2/seller/product/list":   v.list,
		"/v2/seller/product/create": v.create,
		"/v2/seller/product/update": v.update,
		"/v2/seller/product/status": v.setStatus,
	} {
		mux.HandleFunc("POST "+path, v.authorized(serve))
	}
	return mux
}

func vosoAnswer(w http.ResponseWriter, r *http.Request, data any, fail *vosoError) {
	if fail != nil {
		callOf(r).code = fail.Code
		writeJSON(w, http.StatusOK, envelope{Status: fail.Status, Error: true, Message: fail.Message, Data: fail})
		return
	}
	writeJSON(w, http.StatusOK, envelope{Status: 200, Message: "Thành công", Data: data})
}

func (v *voso) serveLogin(w http.ResponseWriter, r *http.Request) {
	var body struct{ USERNAME, PASSWORD string }
	if fail := readVoso(r, &body); fail != nil {
		vosoAnswer(w, r, nil, fail)
		return
	}
	if body.USERNAME != VosoUsername || body.PASSWORD != VosoPassword {
		vosoAnswer(w, r, nil, &vosoError{Status: 401, Code: "TOKEN_INVALID", Message: "Tên đăng nhập hoặc mật khẩu không đúng"})
		return
	}
	v.mu.Lock()
	v.serial++
	token, ends := fmt.Sprintf("vs-token-%d", v.serial), v.now().Add(tokenLife)
	v.tokens[token] = ends
	v.mu.Unlock()
	vosoAnswer(w, r, map[string]any{"TOKEN": token, "EXPIRED_AT": ends.UnixMilli()}, nil)
}

// authorized checks the token and lets what is PENDING long enough go ON.
func (v *voso) authorized(serve func(*http.Request) (any, *vosoError)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if fail := v.admit(r); fail != nil {
			vosoAnswer(w, r, nil, fail)
			return
		}
		data, fail := serve(r)
		vosoAnswer(w, r, data, fail)
	}
}

func (v *voso) admit(r *http.Request) *vosoError {
	v.mu.Lock()
	defer v.mu.Unlock()
	now, token := v.now(), r.Header.Get("Token")
	ends, known := v.tokens[token]
	if !known {
		return &vosoError{Status: 401, Code: "TOKEN_INVALID", Message: "Token không hợp lệ"}
	}
	twist := callOf(r).twist
	if twist == FaultExpiredToken {
		v.tokens[token] = now
		ends = now
	}
	if !now.Before(ends) {
		return &vosoError{Status: 401, Code: "TOKEN_EXPIRED", Message: "Token đã hết hạn"}
	}
	if twist == FaultBusy {
		return &vosoError{Status: 500, Code: "SYSTEM_BUSY", Message: "Hệ thống đang bận, vui lòng thử lại"}
	}
	v.settle(now)
	return nil
}

// settle puts ON what was PENDING long enough; it needs the lock.
func (v *voso) settle(now time.Time) {
	for len(v.waiting) > 0 && now.Sub(v.waiting[0].since) >= v.pending {
		x := v.waiting[0]
		v.waiting = v.waiting[1:]
		if x.Status == vosoPending {
			x.Status = vosoOn
			v.touch(x, now, "checked by the mall", false)
		}
	}
}

// touch dates a change and tells the ledger; it needs the lock.
func (v *voso) touch(x *vosoProduct, now time.Time, what string, byAPI bool) {
	x.UpdatedAt = now.UnixMilli()
	v.ledger.listing(now, change{
		market: Voso, id: fmt.Sprint(x.ID), sku: x.SKU, state: x.Status, what: what,
		onSale: x.Status == vosoOn, byAPI: byAPI,
	})
}
