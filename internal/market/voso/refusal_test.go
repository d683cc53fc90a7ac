package voso

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// 22:30:00 in Viet Nam.
var evening = time.Date(2026, 3, 4, 15, 30, 0, 0, time.UTC)

func fixed(at time.Time) func() time.Time { return func() time.Time { return at } }

// refusals holds every code of the contract, and what is none of its.
var refusals = []struct {
	name    string
	answer  answer
	kind    market.Kind
	retry   bool
	maybe   bool
	after   time.Duration
	reasons []ocop.Reason
	fields  listing.Fields
}{
	{name: "not found", answer: refuse(404, codeProductNotFound, "Không tìm thấy"), kind: market.NotFound},
	{name: "required, field in the message", answer: refuse(400, codeFieldRequired, "Thiếu trường QUANTITY"),
		kind: market.Invalid, reasons: []ocop.Reason{ocop.MissingStock}, fields: listing.FieldStock},
	{name: "two fields in the message", answer: refuse(400, codeFieldRequired, "Thiếu NAME, IMAGE_URLS."),
		kind: market.Invalid, reasons: []ocop.Reason{ocop.NameTooShort, ocop.MissingImage}, fields: listing.FieldTitle | listing.FieldPictures},
	{name: "invalid price", answer: refuse(400, codeFieldInvalid, "PRICE phải là bội số của 500"),
		kind: market.Invalid, reasons: []ocop.Reason{ocop.BadPrice}, fields: listing.FieldPrice},
	{name: "the shop's own price is not ours", answer: refuse(400, codeFieldInvalid, "LIST_PRICE thấp hơn giá bán"),
		kind: market.Invalid, reasons: []ocop.Reason{ocop.RejectedByMarket}, fields: listing.FieldPrice},
	{name: "field beside the code", answer: okayError(`{"CODE": "FIELD_INVALID", "FIELD": "DESCRIPTION"}`, "Không được chứa HTML"),
		kind: market.Invalid, reasons: []ocop.Reason{ocop.RejectedByMarket}, fields: listing.FieldDescription},
	{name: "category", answer: okayError(`{"CODE": "FIELD_INVALID", "FIELD": "CATEGORY_ID"}`, "Không tồn tại"),
		kind: market.Invalid, reasons: []ocop.Reason{ocop.CategoryUnmapped}, fields: listing.FieldCategory},
	{name: "invalid, nothing told", answer: refuse(400, codeFieldInvalid, "Dữ liệu không hợp lệ"), kind: market.Invalid},
	{name: "not a leaf", answer: refuse(400, codeCategoryNotLeaf, "Phải chọn ngành hàng cấp cuối"),
		kind: market.Invalid, reasons: []ocop.Reason{ocop.CategoryUnmapped}, fields: listing.FieldCategory},
	{name: "picture", answer: refuse(400, codeImageFetch, "Không tải được ảnh https://pictures.example/a.jpg"),
		kind: market.Invalid, reasons: []ocop.Reason{ocop.BadImage}, fields: listing.FieldPictures},
	{name: "shop locked", answer: refuse(403, codeShopLocked, "Gian hàng đang bị khóa"), kind: market.IsLocked},
	{name: "banned", answer: refuse(403, codeProductBanned, "Sản phẩm đã bị cấm bán"), kind: market.IsLocked},
	{name: "busy", answer: refuse(500, codeSystemBusy, "Hệ thống đang bận"), kind: market.Unavailable, retry: true, maybe: true},
	{name: "quota of new products", answer: refuse(429, codeQuotaExceeded, "Đã hết số sản phẩm mới"),
		kind: market.Rate, after: 90 * time.Minute},
	{name: "unknown code of a failure", answer: refuse(503, "DB_DOWN", "Lỗi hệ thống"), kind: market.Unavailable, retry: true, maybe: true},
	{name: "unknown code", answer: refuse(418, "TEAPOT", "?"), kind: market.Protocol, maybe: true},
	{name: "error without data", answer: okayError(`null`, "Có lỗi"), kind: market.Protocol, maybe: true},
	{name: "error with text for data", answer: okayError(`"lỗi"`, "Có lỗi"), kind: market.Protocol, maybe: true},

	{name: "gateway locks", answer: html(429, "17"), kind: market.Rate, retry: true, after: 17 * time.Second},
	{name: "bad gateway", answer: html(502, ""), kind: market.Unavailable, retry: true, maybe: true},
	{name: "gateway has no server", answer: html(503, "4"), kind: market.Unavailable, retry: true, maybe: true, after: 4 * time.Second},
	{name: "gateway gave up waiting", answer: html(504, ""), kind: market.Timeout, retry: true, maybe: true},
	{name: "wrong address", answer: html(404, ""), kind: market.Protocol},
	{name: "gateway refuses us", answer: html(403, ""), kind: market.Auth},
	{name: "a page with 200", answer: html(200, ""), kind: market.Protocol, retry: true, maybe: true},
	{name: "cut short", answer: answer{status: 200, body: `{"status": 200, "error": fal`}, kind: market.Protocol, retry: true, maybe: true},
	{name: "no envelope", answer: answer{status: 200, body: `[]`}, kind: market.Protocol, retry: true, maybe: true},
	{name: "empty", answer: answer{status: 200}, kind: market.Protocol, retry: true, maybe: true},
	{name: "neither yes nor no", answer: answer{status: 200, body: `{"status": 200, "message": "", "data": {"PRODUCT_ID": 5}}`},
		kind: market.Protocol, retry: true, maybe: true},
	{name: "no error, but its status", answer: answer{status: 200, body: `{"status": 500, "error": false, "message": "", "data": {"PRODUCT_ID": 5}}`},
		kind: market.Unavailable, retry: true, maybe: true},
	{name: "yes without an id", answer: okay(`{}`), kind: market.Protocol, retry: true, maybe: true},
	{name: "yes about another product", answer: okay(`{"PRODUCT_ID": 6}`), kind: market.Protocol, retry: true, maybe: true},
	{name: "cut", answer: answer{}, kind: market.Unavailable, retry: true, maybe: true},
}

func okayError(data, message string) answer {
	return answer{status: 200, body: fmt.Sprintf(`{"status": 400, "error": true, "message": %q, "data": %s}`, message, data)}
}

func TestEveryRefusalHasItsKind(t *testing.T) {
	t.Parallel()
	for _, tc := range refusals {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			mall := newMall(t)
			mall.always(pathUpdate, tc.answer)
			order := listing.Order{Kind: listing.Update, SKU: "OCOP-7", ID: "5", Fields: listing.FieldPrice, Listing: wanted()}
			e := failure(t, mall.market(fixed(evening)).Apply(t.Context(), []listing.Order{order})[0])
			if e.Kind != tc.kind || e.Retryable != tc.retry || e.MaybeDone != tc.maybe || e.After != tc.after {
				t.Errorf("%v\n got kind %s, retryable %t, maybe done %t, after %v\nwant kind %s, retryable %t, maybe done %t, after %v",
					e, e.Kind, e.Retryable, e.MaybeDone, e.After, tc.kind, tc.retry, tc.maybe, tc.after)
			}
			if e.Market != Name || e.Op != "update OCOP-7" {
				t.Errorf("the error speaks of %q %q, expected voso's \"update OCOP-7\"", e.Market, e.Op)
			}
			var fields listing.Fields
			var reasons []ocop.Reason
			for _, p := range e.Problems {
				fields |= p.Field
				reasons = append(reasons, p.Reason)
				if p.Text.VI == "" || p.Text.EN == "" || p.Party == "" {
					t.Errorf("problem %s says nobody what to do: %+v", p.Reason, p)
				}
			}
			if fmt.Sprint(reasons) != fmt.Sprint(tc.reasons) || fields != tc.fields {
				t.Errorf("problems %v in fields %b, expected %v in %b", reasons, fields, tc.reasons, tc.fields)
			}
		})
	}
}

// A reading call has no effect that could be in doubt.
func TestReadsAreNeverMaybeDone(t *testing.T) {
	t.Parallel()
	for _, tc := range refusals {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			mall := newMall(t)
			mall.always(pathList, tc.answer)
			_, err := mall.market(fixed(evening)).List(t.Context(), "")
			if e := market.AsError(err); e == nil || e.MaybeDone {
				t.Errorf("List fails with %v, expected an error that is not maybe done", err)
			}
		})
	}
}

// The day of new products ends at midnight in Viet Nam, wherever the machine stands.
func TestQuotaLastsUntilLocalMidnight(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		now  time.Time
		want time.Duration
	}{
		{evening, 90 * time.Minute},
		{time.Date(2026, 3, 4, 17, 0, 0, 0, time.UTC), 24 * time.Hour}, // midnight itself
		{time.Date(2026, 12, 31, 16, 59, 59, 0, time.UTC), time.Second},
		{time.Date(2026, 3, 4, 23, 0, 0, 0, time.FixedZone("", -5*3600)), 13 * time.Hour},
	} {
		mall := newMall(t)
		mall.always(pathCreate, refuse(429, codeQuotaExceeded, "Đã hết"))
		order := listing.Order{Kind: listing.Create, SKU: "OCOP-7", Listing: wanted()}
		e := failure(t, mall.market(fixed(tc.now)).Apply(t.Context(), []listing.Order{order})[0])
		if e.After != tc.want || e.Retryable {
			t.Errorf("at %v: after %v (retryable %t), expected %v and no retry in this run", tc.now, e.After, e.Retryable, tc.want)
		}
	}
}

func TestNoSecretLeavesInErrors(t *testing.T) {
	t.Parallel()
	echo := fmt.Sprintf("user %s password %s token %s", testUser, testPassword, testToken)
	atLogin := strings.ReplaceAll(echo, testToken, "") // there is none yet
	for name, a := range map[string]answer{
		"refusal":     refuse(400, codeFieldInvalid, echo),
		"page":        {status: 502, body: echo},
		"JSON":        {status: 400, body: fmt.Sprintf(`{"message": %q}`, echo)},
		"no envelope": {status: 200, body: echo},
		"long page":   {status: 502, body: strings.Repeat("x", 290) + echo},
		"data":        okay(`{"TOTAL": %q}`, echo),
		"status":      okay(`{"TOTAL": 1, "PAGE": 1, "PAGE_SIZE": 50, "PRODUCTS": [{"PRODUCT_ID": 1, "STATUS": %q}]}`, echo),
	} {
		for _, path := range []string{pathList, pathLogin} {
			mall := newMall(t)
			if path == pathLogin {
				a.body = strings.ReplaceAll(a.body, echo, atLogin)
			}
			mall.always(path, a)
			m := mall.market(nil)
			_, err := m.List(t.Context(), "")
			if err == nil {
				t.Fatalf("%s at %s: no error", name, path)
			}
			e := market.AsError(err)
			all := fmt.Sprintf("%v\n%+v\n%#v\n%v\n%+v", err, e, e, e.Problems, e.Err)
			if holdsSecret(all) {
				t.Errorf("%s at %s: a secret in %s", name, path, all)
			}
		}
	}
	m := newMall(t).market(nil)
	o := Options{BaseURL: "https://mall.example", Username: testUser, Password: testPassword}
	for _, s := range []string{fmt.Sprintf("%v %+v %#v %s", m, m, m, m), fmt.Sprintf("%v %+v %#v", o, o, &o)} {
		if holdsSecret(s) {
			t.Errorf("a dump shows a secret: %s", s)
		}
	}
}
