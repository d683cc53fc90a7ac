package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// The demo is what a person sees first: it must end well, and say so.
func TestDemo(t *testing.T) {
	t.Parallel()
	for lang, words := range map[string][]string{
		"en": {
			"Starting the sandbox", "registry: reading 70/70", "warning: change failed: ", "48 created; 1 could not be created; 49 writing calls",
			"43 created, awaiting review", "everywhere", "Who must act (28 listings are missing)", "Producer: ", "The sandbox's ledger: ", "Every promise holds.",
		},
		"vi": {
			"Khởi động sandbox", "sổ đăng ký: đọc 70/70", "cảnh báo: không thực hiện được một thay đổi: ", "đã đăng mới 48 tin; 1 tin không đăng mới được; 49 lệnh ghi",
			"đã gửi yêu cầu đăng mới 43 tin, chờ duyệt", "mọi sàn", "Ai cần làm gì (28 tin đăng còn thiếu)", "Chủ thể: ", "Sổ cái của sandbox: ", "Mọi lời hứa đều được giữ.",
		},
	} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			code := newApp(&out, &errs).run(t.Context(), []string{"demo", "--once", "--json", "--lang", lang})
			got := said{code, out.String(), errs.String()}
			if code != exitOK {
				t.Fatalf("expected exit 0\n%s", got)
			}
			var r demoReport
			if err := json.Unmarshal(out.Bytes(), &r); err != nil {
				t.Fatalf("%v\n%s", err, got)
			}
			if len(r.Broken) > 0 || r.Coverage.OnSale != r.Ledger.Overall.OnSale || r.OnSale < 100 || r.Explained == 0 {
				t.Errorf("broken %v, %d listings on sale, %d explained, overall %+v by the ledger", r.Broken, r.OnSale, r.Explained, r.Ledger.Overall)
			}
			for _, w := range words {
				if !strings.Contains(got.err, w) {
					t.Errorf("the demo does not say %q\n%s", w, got.err)
				}
			}
			if lang == "vi" {
				wantNoEnglish(t, got.err)
			}
		})
	}
}
