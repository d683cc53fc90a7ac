package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"ocopsync/internal/coverage"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/sandbox"
	"ocopsync/internal/state"
)

// With --lang vi everything that is printed for a person is Vietnamese; the
// words of others (a market's, an error's cause) and JSON stay as they are.

// wantNoEnglish fails the test on words of ours that were left in English.
// Lines with the words of an error are left out: its cause is in English.
func wantNoEnglish(t *testing.T, out string) {
	t.Helper()
	english := regexp.MustCompile(`(?i)\b(run|registry|coverage|eligible|market|markets|on sale|counted|exempt|everywhere|nothing|missing|must act|` +
		`succeeded|partial|failed|held|created|updated|writing|calls|awaiting|sheet|row|column|price|and|more|changes|checksum|` +
		`reachable|clocks|accepted|categories|products|listings|promise|sandbox's|waiting|warning|recall|apply|observe|done|is)\b`)
	for line := range strings.Lines(out) {
		if strings.Contains(line, "cảnh báo: ") || strings.Contains(line, " x sàn ") || strings.HasPrefix(line, "          - ") {
			continue
		}
		line = regexp.MustCompile(`\b[a-z]+(_[a-z]+)+\b|/\S+`).ReplaceAllString(line, "") // codes of reasons, paths
		if found := english.FindString(line); found != "" {
			t.Errorf("%q is English in: %s", found, line)
		}
	}
}

func TestVietnameseOutput(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	vi := func(want int, args ...string) said {
		t.Helper()
		got := s.call(append(args, "--lang", "vi")...)
		if got.code != want {
			t.Errorf("%v: expected exit %d\n%s", args, want, got)
		}
		wantNoEnglish(t, got.out)
		return got
	}
	check := vi(exitOK, "check")
	for _, words := range []string{"tốt   sổ đăng ký ", ": 70 sản phẩm", "tài khoản được chấp nhận, ", "1 giá trị không đọc được chắc chắn", "appendonly là yes"} {
		if !strings.Contains(check.out, words) {
			t.Errorf("check does not say %q\n%s", words, check)
		}
	}
	if got := vi(exitChanges, "plan"); !strings.Contains(got.out, "+ đăng mới OCOP-") || !strings.Contains(got.out, "đủ điều kiện và chưa có trên sàn") {
		t.Errorf("the plan\n%s", got)
	}
	got := vi(exitFailed, "sync")
	for _, words := range []string{
		"Lượt đồng bộ ", "(đồng bộ): còn lỗi", "Sổ đăng ký: 70 sản phẩm, 57 đủ điều kiện (đọc toàn bộ)", "1 x sàn từ chối nội dung: ",
		"1 giá trị trong các nguồn không đọc được chắc chắn:", `trang tính "Bảng giá", dòng `, ` giá bán "Liên hệ": `,
		"Tỷ lệ phủ: 57 trên 70 sản phẩm", "đang bán", " %", "Chưa đủ điều kiện nên không tính:", "Ai cần làm gì (",
	} {
		if !strings.Contains(got.out, words) {
			t.Errorf("sync does not say %q\n%s", words, got.out)
		}
	}
	if !strings.Contains(got.err, "voso: xem toàn bộ gian hàng") || !strings.Contains(got.err, "lượt đồng bộ chưa hoàn toàn thành công: lamdong còn lỗi") {
		t.Errorf("the progress\n%s", got)
	}
	s.settle()
	if got := vi(exitOK, "sync"); !strings.Contains(got.out, "sổ đăng ký không đổi từ lần đọc trước") || !strings.Contains(got.out, "không có gì phải làm") {
		t.Errorf("a run that changes nothing\n%s", got)
	}
	must(t, s.box.SetRegistryMode(sandbox.ModeEmpty))
	for _, command := range []string{"sync", "plan"} {
		if got := vi(exitHeld, command); !strings.Contains(got.out, "GIỮ LẠI: lần đọc sổ đăng ký không có sản phẩm nào") {
			t.Errorf("%s of an empty registry\n%s", command, got)
		}
	}
}

// printed gives what is printed in a language.
func printed(lang string, f func(*app)) string {
	var out bytes.Buffer
	a := newApp(&out, &out)
	a.lang = lang
	f(a)
	return out.String()
}

// What our own counts and words look like to a person.
func TestRunInWords(t *testing.T) {
	t.Parallel()
	run := state.Run{
		ID: "R-1", Mode: string(reconcile.Verify), State: state.Partial, Source: state.SourceSummary{Kind: "not_modified", Total: 1, Eligible: 1},
		Parts: map[listing.Market]state.Part{
			"lamdong": {State: state.Succeeded, Counts: map[string]int{"planned_none": 70}},
			"postmart": {State: state.Partial, Counts: map[string]int{"create_submitted": 43, "create_error": 1, "update_done": 1, "writes": 1},
				Failures: []state.Failure{{Kind: "busy", Count: 1, Words: "cause"}}},
			"voso": {State: state.Held, Held: "30 of 40 listings would leave the sale, more than 30 %",
				Counts: map[string]int{"planned_unlist": 30, "planned_update": 1, "planned_none": 9, "held_unlist": 30, "update_done": 1, "writes": 1}},
		},
	}
	for lang, want := range map[string]string{
		"en": `
Run R-1 (verify): partial
Registry: 1 product, 1 eligible (registry unchanged since the last reading)
  lamdong   succeeded  nothing to do
  postmart  partial    43 created, awaiting review; 1 could not be created; 1 updated; 1 writing call
             1 x at work elsewhere: cause
  voso      held       1 updated; 1 writing call
             HELD: 30 of 40 listings would leave the sale, more than 30 %
             30 would be taken off sale
`,
		"vi": `
Lượt đồng bộ R-1 (kiểm tra toàn bộ): còn lỗi
Sổ đăng ký: 1 sản phẩm, 1 đủ điều kiện (sổ đăng ký không đổi từ lần đọc trước)
  lamdong   thành công không có gì phải làm
  postmart  còn lỗi    đã gửi yêu cầu đăng mới 43 tin, chờ duyệt; 1 tin không đăng mới được; đã cập nhật 1 tin; 1 lệnh ghi
             1 x nơi khác đang làm việc với sàn này: cause
  voso      bị giữ lại đã cập nhật 1 tin; 1 lệnh ghi
             GIỮ LẠI: 30 trên 40 tin đang bán sẽ bị ngừng bán, hơn 30 %
             sẽ ngừng bán 30 tin
`,
	} {
		if got := printed(lang, func(a *app) { a.printRun(run) }); got != want {
			t.Errorf("printed:\n%s\nexpected:\n%s", got, want)
		}
	}
}

// What would be done, by a run that applies nothing.
func TestPlanRunInWords(t *testing.T) {
	t.Parallel()
	run := state.Run{ID: "R-1", Mode: string(reconcile.Plan), State: state.Succeeded, Parts: map[listing.Market]state.Part{
		"lamdong":  {State: state.Succeeded, Counts: map[string]int{"planned_none": 70}},
		"postmart": {State: state.Running, Phase: "observe", Done: 30},
		"voso":     {State: state.Succeeded, Counts: map[string]int{"planned_create": 2, "planned_none": 68}},
	}}
	want := "\nRun R-1 (plan): succeeded\n  lamdong   succeeded  nothing to do\n" +
		"  postmart  running    looking at the whole shop 30\n  voso      succeeded  2 would be created\n"
	if got := printed("en", func(a *app) { a.printRun(run) }); got != want {
		t.Errorf("printed:\n%s\nexpected:\n%s", got, want)
	}
}

// A word that nobody knows is still readable.
func TestUnknownWords(t *testing.T) {
	t.Parallel()
	run := state.Run{ID: "R-1", Mode: "look_around", State: "half_done", Parts: map[listing.Market]state.Part{
		"voso": {State: "half_done", Counts: map[string]int{"move_up": 2}, Failures: []state.Failure{{Kind: "bad_luck", Count: 1, Words: "cause"}}},
	}}
	got := printed("en", func(a *app) { a.printRun(run) })
	want := "\nRun R-1 (look around): half done\n  voso      half done  2 move up\n             1 x bad luck: cause\n"
	if got != want {
		t.Errorf("printed:\n%s\nexpected:\n%s", got, want)
	}
}

// One is not many.
func TestNumbersInWords(t *testing.T) {
	t.Parallel()
	missing := []coverage.Missing{{Market: "voso", Code: "68-1", Name: "Trà", Reason: ocop.MissingPrice, Party: ocop.PartyProducer}}
	one := printed("en", func(a *app) {
		a.printMissing(missing)
		a.printPlan(planReport{Parts: map[listing.Market]planOfPart{"voso": {Checksum: "c", Changes: []listing.Change{{Kind: listing.Create}}}}})
		a.printFaults(state.SourceSummary{}, []ocop.Fault{{Field: ocop.FieldPrice, Value: "x"}})
		a.printf("%s\n%s\n%v\n", a.waitingFor(1), a.brokenPromises(1), a.reportCheck([]finding{say("redis", levelBad, ocop.Text{})}))
	})
	for _, words := range []string{
		"(1 listing is missing)", "voso: 1 change, checksum", "1 value in the sources could not be read surely",
		"waiting for 1 review\n", "1 promise does not hold", "1 thing is wrong",
	} {
		if !strings.Contains(one, words) {
			t.Errorf("it does not say %q\n%s", words, one)
		}
	}
	if wrong := regexp.MustCompile(`\b1 [a-z]+s\b|\(s\)`).FindAllString(one, -1); len(wrong) > 0 {
		t.Errorf("one is said as many: %q\n%s", wrong, one)
	}
	if got := printed("vi", func(a *app) { a.printf("%s", a.waitingFor(1)) }); got != "đang đợi 1 kết quả duyệt" {
		t.Errorf("in Vietnamese: %q", got)
	}
	two := printed("en", func(a *app) { a.printf("%s", a.waitingFor(2)); a.printMissing(append(missing, missing...)) })
	if !strings.Contains(two, "waiting for 2 reviews") || !strings.Contains(two, "(2 listings are missing)") {
		t.Errorf("two are said as one\n%s", two)
	}
}
