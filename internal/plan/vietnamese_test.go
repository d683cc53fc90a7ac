package plan_test

import (
	"testing"

	"pgregory.net/rapid"

	"ocopsync/internal/plan"
)

func TestVietnamese(t *testing.T) {
	t.Parallel()
	g := plan.GuardPolicy{MaxShrinkPercent: 20, MaxUnlistPercent: 30}
	for english, want := range map[string]string{
		"as wanted": "đúng như mong muốn",
		"may not be on sale: certificate_expired, revoked":  "không được đăng bán: Giấy chứng nhận OCOP đã hết hạn; Giấy chứng nhận OCOP đã bị thu hồi",
		"the market has the say: in_review":                 "đang do sàn quyết định: chờ duyệt",
		"the SKU is on the market twice; listing 7 is kept": "SKU này có hai tin đăng trên sàn; giữ lại tin 7",
		g.Source(reading(50, 0, 0)):                         "lần đọc sổ đăng ký không có sản phẩm nào; hãy sửa sổ đăng ký, vì sổ trống không bao giờ được nhận",
		g.Source(reading(50, 71, 39)):                       "số sản phẩm đủ điều kiện giảm từ 50 xuống 39, hơn 20 %; hãy sửa sổ đăng ký, hoặc duyệt lần đọc này nếu đúng như vậy",
		g.Source(reading(9, 3, 1)):                          "số sản phẩm đủ điều kiện giảm từ 9 xuống 1, hơn một nửa của số ít ỏi này; hãy sửa sổ đăng ký, hoặc duyệt lần đọc này nếu đúng như vậy",
		g.Shop(2, 0):                                        "sàn không cho thấy tin nào trong 2 tin đang bán của ta",
		g.Shop(30, 9):                                       "sàn cho thấy 9 tin của ta trong khi 30 tin đang bán, thiếu hơn 30 %",
		"a word of somebody else":                           "a word of somebody else",
	} {
		if got := plan.Vietnamese(english); got != want {
			t.Errorf("%q: %q, want %q", english, got, want)
		}
	}
}

// Whatever is decided has words in both languages.
func TestEveryDecisionIsSaidInVietnamese(t *testing.T) {
	t.Parallel()
	said := func(t interface {
		Helper()
		Errorf(string, ...any)
	}, in plan.Input) {
		t.Helper()
		for c := range plan.Make(in).All() {
			if plan.Vietnamese(c.Why) == c.Why {
				t.Errorf("%q has no Vietnamese", c.Why)
			}
		}
	}
	for _, it := range cases() {
		it.Code, it.SKU = "68-1", "OCOP-68-1"
		said(t, plan.Input{Rules: plan.Rules{MayCreate: true}, Items: []plan.Item{it}})
		said(t, plan.Input{Items: []plan.Item{it}})
	}
	rapid.Check(t, func(t *rapid.T) {
		said(t, plan.Input{Rules: plan.Rules{MayCreate: rapid.Bool().Draw(t, "may create")}, Items: []plan.Item{drawItem(t, 1)}})
	})
}
