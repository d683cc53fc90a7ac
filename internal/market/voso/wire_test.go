package voso

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"status": 200, "error": false, "message": "Thành công", "data": {"TOTAL": 1, "PAGE": 1, "PAGE_SIZE": 50, "PRODUCTS": [{"PRODUCT_ID": 1, "STATUS": "ON"}]}}`,
		`{"status": 200, "error": false, "message": "", "data": {"TOTAL": 0, "PAGE": 1, "PAGE_SIZE": 50, "PRODUCTS": null}}`,
		`{"status": 401, "error": true, "message": "Token đã hết hạn", "data": {"CODE": "TOKEN_EXPIRED"}}`,
		`{"status": 400, "error": true, "message": "Thiếu trường NAME", "data": {"CODE": "FIELD_REQUIRED", "FIELD": "NAME"}}`,
		`{"status": 500, "error": true, "message": null, "data": "lỗi"}`,
		`{"status": 200, "error": true, "data": {"CODE": 7}}`,
		`{"status": 200, "error": false, "data": [1]}`,
		`{"status": 200, "error": null}`, `{"STATUS": 200, "ERROR": false}`, `{"error": true`, `null`, `[]`, `{}`, ``, "\xff", `{"error": "false"}`,
		`{"status": 1e999, "error": false}`, `<html></html>`, strings.Repeat(`{"data":`, 200),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := decode[page](body)
		var no *refusal
		if err != nil {
			if errors.As(err, &no) && !utf8.ValidString(no.Message+no.Code+no.Field) {
				t.Errorf("a refusal holds text that is none: %+v", no)
			}
			if len(p.Products) > 0 || p.Total != nil {
				t.Errorf("%q fails with %v and has data: %+v", body, err, p)
			}
			return
		}
		// Only what says itself that all is well may pass.
		var head struct {
			Status int   `json:"status"`
			Error  *bool `json:"error"`
		}
		if err := json.Unmarshal(body, &head); err != nil || head.Error == nil || *head.Error || head.Status >= 400 {
			t.Errorf("%q is taken for a success", body)
		}
		// No page that passes the check can harm what reads it.
		if p.check(filter{Page: 1}) != nil {
			return
		}
		p.last(1)
		for i := range p.Products {
			if r := p.Products[i].remote(); r.ID == "" || r.State == "" {
				t.Errorf("%q gives the remote %+v", body, r)
			}
		}
	})
}

func TestPrepareIsWhatTheMallStores(t *testing.T) {
	t.Parallel()
	m := newMall(t).market(nil)
	facts := listing.Facts{Categories: map[string]listing.Category{"112": {ID: "112", Name: "Cà phê"}}}
	l := wanted()
	l.Title = norm.NFD.String("Cà phê Arabica Cầu Đất")
	l.Description = "<p>Rang <b>mộc</b>.</p><script>x()</script>"
	l.GTIN, l.WeightGrams, l.Attributes.Producer, l.Attributes.ExpiresOn = "8930000000000", 500, "HTX", "2027-01-01"
	l.Documents = []ocop.Document{{Kind: ocop.FoodSafety, URL: "https://papers.example/1.pdf"}}
	got, problems := m.Prepare(l, facts)
	if len(problems) != 0 {
		t.Fatalf("problems %+v", problems)
	}
	if got.Title != "Cà phê Arabica Cầu Đất, gói 500g" || got.Description != "Rang mộc." {
		t.Errorf("title %q, description %q", got.Title, got.Description)
	}
	if got.Documents != nil || got.GTIN != "" || got.WeightGrams != 0 || got.Attributes.Producer != "" || got.Attributes.ExpiresOn != "" {
		t.Errorf("a change in what the mall has no place for would plan a call: %+v", got)
	}
	if again, _ := m.Prepare(got, facts); again.Digest() != got.Digest() || again.Title != got.Title {
		t.Errorf("preparing twice gives %+v, then %+v", got, again)
	}
	for name, tc := range map[string]struct {
		change func(*listing.Listing)
		want   ocop.Reason
	}{
		"step":          {func(l *listing.Listing) { l.Price = 185_300 }, ocop.PriceStep},
		"under a step":  {func(l *listing.Listing) { l.Price = 300 }, ocop.PriceStep},
		"no price":      {func(l *listing.Listing) { l.Price = 0 }, ocop.MissingPrice},
		"no unit":       {func(l *listing.Listing) { l.Unit = "" }, ocop.MissingUnit},
		"no picture":    {func(l *listing.Listing) { l.Pictures = nil }, ocop.MissingImage},
		"not a leaf":    {func(l *listing.Listing) { l.Category = "10" }, ocop.CategoryUnmapped},
		"long name":     {func(l *listing.Listing) { l.Title = strings.Repeat("ấ", 141) }, ocop.NameTooLong},
		"longest story": {func(l *listing.Listing) { l.Description = strings.Repeat("ấ", 5001) }, ocop.DescriptionTooLong},
	} {
		l := wanted()
		tc.change(&l)
		if _, problems := m.Prepare(l, facts); len(problems) != 1 || problems[0].Reason != tc.want {
			t.Errorf("%s: problems %+v, expected %s", name, problems, tc.want)
		}
	}
	two := wanted()
	two.Attributes.Stars = 2
	if got, _ := m.Prepare(two, facts); got.Attributes.Stars != 0 {
		t.Errorf("%d stars would be sent, the mall takes 3, 4 and 5", got.Attributes.Stars)
	}
}
