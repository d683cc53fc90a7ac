package voso

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The contract's paths; every one is called with POST.
const (
	pathLogin      = "/v2/user/Login"
	pathCategories = "/v2/seller/category/list"
	pathList       = "/v2/seller/product/list"
	pathCreate     = "/v2/seller/product/create"
	pathUpdate     = "/v2/seller/product/update"
	pathStatus     = "/v2/seller/product/status"
)

// The mall's words for where a product stands.
const (
	statusOn      = "ON"
	statusOff     = "OFF"
	statusPending = "PENDING"
	statusBanned  = "BANNED"
)

// pageSize is what a page holds, whatever is asked for.
const pageSize = 50

// envelope is every answer's shape. Error is a pointer because an answer
// without it is no answer of the mall's.
type envelope[T any] struct {
	Status  int    `json:"status"`
	Error   *bool  `json:"error"`
	Message string `json:"message"`
	Data    T      `json:"data"`
}

type loginForm struct {
	Username string `json:"USERNAME"`
	Password string `json:"PASSWORD"`
}

type login struct {
	Token     string `json:"TOKEN"`
	ExpiredAt int64  `json:"EXPIRED_AT"` // ms since 1970
}

type category struct {
	ID   int64  `json:"CATEGORY_ID"`
	Name string `json:"NAME"`
	Leaf bool   `json:"LEAF"`
}

// filter asks for a page. The mall ignores a field that it does not know.
type filter struct {
	Page     int    `json:"PAGE"`
	PageSize int    `json:"PAGE_SIZE"`
	SKU      string `json:"SELLER_SKU,omitempty"`
}

type page struct {
	Total    *int      `json:"TOTAL"`
	Page     int       `json:"PAGE"`
	PageSize int       `json:"PAGE_SIZE"`
	Products []product `json:"PRODUCTS"`
}

// product is a product as the mall shows it. Its LIST_PRICE is the shop's own
// business: never read, never written.
type product struct {
	ID           int64    `json:"PRODUCT_ID"`
	SKU          string   `json:"SELLER_SKU"`
	Name         string   `json:"NAME"`
	Description  string   `json:"DESCRIPTION"`
	CategoryID   int64    `json:"CATEGORY_ID"`
	Price        int64    `json:"PRICE"`
	Quantity     int64    `json:"QUANTITY"`
	ImageURLs    []string `json:"IMAGE_URLS"`
	CertNo       string   `json:"OCOP_CERT_NO"`
	Status       string   `json:"STATUS"`
	StatusReason string   `json:"STATUS_REASON"`
	UpdatedAt    int64    `json:"UPDATED_AT"` // ms since 1970
}

// form is a product as it is sent: a field left out stays as it is.
type form struct {
	ID          int64    `json:"PRODUCT_ID,omitempty"`
	SKU         string   `json:"SELLER_SKU,omitempty"`
	Name        string   `json:"NAME,omitempty"`
	Description *string  `json:"DESCRIPTION,omitempty"`
	CategoryID  int64    `json:"CATEGORY_ID,omitempty"`
	Price       int64    `json:"PRICE,omitempty"`
	Quantity    *int64   `json:"QUANTITY,omitempty"`
	ImageURLs   []string `json:"IMAGE_URLS,omitempty"`
	Star        int      `json:"OCOP_STAR,omitempty"`
	CertNo      *string  `json:"OCOP_CERT_NO,omitempty"`
	Origin      *string  `json:"ORIGIN,omitempty"`
}

type statusForm struct {
	ID     int64  `json:"PRODUCT_ID"`
	Status string `json:"STATUS"`
}

// written answers a create, an update and a change of status.
type written struct {
	ID     int64  `json:"PRODUCT_ID"`
	Status string `json:"STATUS"`
}

// refusal is an envelope that says no.
type refusal struct {
	Status  int // the envelope's own
	Code    string
	Field   string // the wire name of the field refused, where the mall says it; the contract does not promise it
	Message string
}

func (r *refusal) Error() string { return fmt.Sprintf("%s (%d): %s", r.Code, r.Status, r.Message) }

// decode reads an envelope: its data, or a *refusal, or another error where it
// is no envelope of the contract. The bytes are read once when all is well.
func decode[T any](body []byte) (T, error) {
	var yes envelope[T]
	err := json.Unmarshal(body, &yes)
	if err == nil && yes.Error != nil && !*yes.Error && yes.Status < 400 {
		return yes.Data, nil
	}
	var none T
	var no envelope[json.RawMessage]
	if headErr := json.Unmarshal(body, &no); headErr != nil {
		return none, fmt.Errorf("read the envelope: %w", headErr)
	}
	if no.Error == nil {
		return none, errors.New("read the envelope: it does not say whether there was an error")
	}
	if !*no.Error && no.Status < 400 {
		return none, fmt.Errorf("read the envelope's data: %w", err)
	}
	var reason struct {
		Code  string `json:"CODE"`
		Field string `json:"FIELD"`
	}
	// Data that is no object has no code: the caller tells such a refusal by its status.
	if json.Unmarshal(no.Data, &reason) != nil {
		reason.Code, reason.Field = "", ""
	}
	return none, &refusal{Status: no.Status, Code: reason.Code, Field: reason.Field, Message: no.Message}
}
