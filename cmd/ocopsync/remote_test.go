package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ocopsync/internal/listing"
	"ocopsync/internal/state"
)

func TestStatusSaysHowEachMarketIs(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.want(exitOK, state.Operator, "pause", "lamdong", "--reason", "Sàn bảo trì")
	got := o.want(exitOK, state.Viewer, "status")
	want := `da-lat at 2026-11-23 09:31 (Asia/Ho_Chi_Minh)
Registry: 3 products, 2 eligible, read 2026-11-23 09:30 (1 minute ago); 1 value not read surely
Work: 1 part waiting, 1 running
On sale wherever it counts: 1 of 2 products (50.0 %), as of 2026-11-23 09:31 (now)

market    now      last success                       next sync         next verify       on sale
lamdong   PAUSED   2026-11-23 08:31 (60 minutes ago)  2026-11-23 09:45  2026-11-24 02:31  2 of 2 (100.0 %)
postmart  at work  2026-11-20 09:31 (3 days ago)      -                 -                 1 of 2 (50.0 %)
voso      HELD     never                              -                 -                 1 of 2 (50.0 %)

lamdong
  PAUSED by person-operator since 2026-11-23 09:31 (now): Sàn bảo trì

postmart
  at work: applying changes 3/5 (run r2)
  newest failures, 2026-11-23 09:30 (1 minute ago) (run r2):
    2 x content refused: Tên quá dài [31mđỏ (OCOP-1)

voso
  HELD since 2026-11-22 07:31 (26 hours ago), a person must decide: 30 of 40 listings would leave the sale, more than 30 % (run r1, checksum abc)
  30 would be taken off sale
  can be approved until 2026-11-29 07:31 (in 5 days)
  to let it go: ocopsync approve r1 voso abc
  FAILING since 2026-11-23 09:28 (3 minutes ago), so it is left alone (open), tried again 2026-11-23 09:33 (in 2 minutes): credentials refused
`
	if diff := cmp.Diff(want, got.out); diff != "" || got.err != "" {
		t.Errorf("other words (-want +got):\n%s\n%s", diff, got.err)
	}
	if got := o.want(exitOK, state.Viewer, "status", "--json"); got.out != o.raw(state.Viewer, "/api/v1/status") {
		t.Errorf("--json is not the API's answer: %s", got.out)
	}
	wantNoEnglish(t, strings.ReplaceAll(o.want(exitOK, state.Viewer, "status", "--lang", "vi").out, "credentials refused", ""))
	o.want(exitOK, state.Operator, "pause", "--all", "--reason", "kiểm tra")
	wantLines(t, o.want(exitOK, state.Viewer, "status").out, "EVERYTHING IS PAUSED by person-operator since 2026-11-23 09:31 (now): kiểm tra")
}

func TestCoverageByEachKey(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for by, lines := range map[string][]string{
		"market": {
			"sàn đang bán cần có tỷ lệ phủ chờ duyệt không bán ở đây miễn sai lệch", "lamdong 2 2 100,0 % 0 0 0 0", "voso 1 2 50,0 %", "mọi sàn 1 2 50,0 %",
		},
		"stars":    {"hạng sao sản phẩm đủ điều kiện đang bán mọi nơi cần có tỷ lệ phủ lamdong postmart voso", "4 1 1 1 1 100,0 % 1 trên 1", "3 2 1 0 1 0,0 % 1 trên 1 0 trên 1 0 trên 1", "tất cả 3 2 1 2 50,0 %"},
		"group":    {"Đồ uống 1 1 1", "Thực phẩm 2 1 0"},
		"commune":  {"Phường 7 1 1 1", "(không rõ) 2 1 0"},
		"producer": {"HTX Ví dụ 1 1 1", "Hộ Ví dụ 2 1 0"},
	} {
		got := o.want(exitOK, state.Viewer, "coverage", "--by", by, "--lang", "vi")
		wantLines(t, got.out, append(lines,
			"Số liệu lúc 2026-11-23 09:31 (bây giờ): 2 trên 3 sản phẩm trong sổ đăng ký đủ điều kiện", "Chưa đủ điều kiện nên không tính:", "1 x certificate_expired: ",
			"Ai cần làm gì (2 tin đăng còn thiếu):", "Chủ thể", "1 x missing_image: ", "(postmart 1)", "1 x missing_price: ", "(voso 1)")...)
		wantNoEnglish(t, got.out)
		got = o.want(exitOK, state.Viewer, "coverage", "--by", by, "--json")
		if got.out != o.raw(state.Viewer, "/api/v1/coverage?by="+by) {
			t.Errorf("--json by %s is not the API's answer: %s", by, got.out)
		}
	}
	got := o.want(exitUsage, state.Viewer, "coverage", "--by", "colour")
	wantLines(t, got.err, `--by "colour": expected market, stars, group, commune, producer (see --help)`)
}

func TestRunsAreListedShownAndCancelled(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	if got := o.want(exitOK, state.Viewer, "runs"); got.out != "There have been no runs yet.\n" {
		t.Errorf("without runs: %s", got)
	}
	first := strings.TrimSpace(o.want(exitOK, state.Operator, "resync", "--market", "lamdong").out)
	second := strings.TrimSpace(o.want(exitOK, state.Operator, "resync", "--code", "68-1").out)
	o.keeper.will(func(r *state.Run) {
		r.State, r.StartedAt, r.EndedAt = state.Partial, monday, monday.Add(4200_000_000)
		r.Source = state.SourceSummary{Kind: "delta", Total: 3, Eligible: 2}
		r.Parts = map[listing.Market]state.Part{
			"lamdong":  {State: state.Succeeded, Counts: map[string]int{"create_done": 3}},
			"postmart": {State: state.Running, Phase: "apply", Done: 3, Total: 9},
			"voso":     {State: state.Partial, Counts: map[string]int{"create_error": 2}, Failures: []state.Failure{{Kind: "invalid", Words: "Ảnh mờ", Count: 2}}},
		}
	})
	got := o.want(exitOK, state.Viewer, "runs", second)
	wantLines(t, got.out,
		"Asked for 2026-11-23 09:31 (now) by person-operator, 1 product only", "Started 2026-11-23 09:31, ended 2026-11-23 09:31, took 4.2s",
		"Run "+second+" (sync): partial", "Registry: 3 products, 2 eligible (only what changed was read)", "lamdong succeeded 3 created", "postmart running applying changes 3/9",
		"voso partial 2 could not be created", "2 x content refused: Ảnh mờ")
	if got := o.want(exitOK, state.Viewer, "runs", second, "--json"); got.out != o.raw(state.Viewer, "/api/v1/runs/"+second) {
		t.Errorf("--json is not the API's answer: %s", got.out)
	}

	list := o.want(exitOK, state.Viewer, "runs").out
	wantLines(t, list, "run asked for by mode state took markets", first+" 2026-11-23 09:31 person-operator sync queued - lamdong",
		second+" 2026-11-23 09:31 person-operator sync partial 4.2s lamdong succeeded, postmart running, voso")
	if strings.Index(list, second) > strings.Index(list, first) {
		t.Errorf("the newest run is not the first:\n%s", list)
	}
	short := o.want(exitOK, state.Viewer, "runs", "--limit", "1").out
	wantLines(t, short, second, "There are older ones: --limit shows up to 200.")
	if strings.Contains(short, first) {
		t.Errorf("--limit 1 shows two:\n%s", short)
	}

	wantNoEnglish(t, o.want(exitOK, state.Viewer, "runs", "--lang", "vi", "--limit", "1").out)
	wantNoEnglish(t, o.want(exitOK, state.Viewer, "runs", second, "--lang", "vi").out)
	wantLines(t, o.want(exitOK, state.Operator, "runs", "cancel", first).out, "Run "+first+" is being stopped.")
	if r := o.keeper.all()[0]; r.State != state.Cancelled {
		t.Errorf("the run is %s", r.State)
	}
	wantLines(t, o.want(exitFailed, state.Operator, "runs", "cancel", first).err, `This run has ended, so there is nothing left to cancel. (state: "cancelled")`)
	wantLines(t, o.want(exitFailed, state.Operator, "runs", "cancel", "r9").err, `There is no such run, or it is too old to be kept. See /api/v1/runs. (id: "r9")`)
	wantLines(t, o.want(exitFailed, state.Viewer, "runs", "r9", "--lang", "vi").err, `Không có lượt đồng bộ này`)
	wantLines(t, o.want(exitFailed, state.Viewer, "runs", "../status").err, `There is no such run`)
	wantLines(t, o.want(exitUsage, state.Viewer, "runs", "..").err, "expected the id of a run")
	wantLines(t, o.want(exitUsage, state.Viewer, "runs", "--limit", "0").err, "--limit 0: expected 1 to 200")
	wantLines(t, o.want(exitUsage, state.Viewer, "runs", "cancel").err, "accepts 1 arg(s), received 0")
	wantLines(t, o.want(exitUsage, state.Viewer, "runs", "a", "b").err, "accepts at most 1 arg(s), received 2")
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	wantLines(t, o.want(exitOK, state.Operator, "pause", "voso", "--reason", " Sàn  bảo trì ").out, "voso is paused, by person-operator: Sàn bảo trì")
	wantLines(t, o.want(exitOK, state.Operator, "pause", "--all", "--reason", "kiểm tra").out, "Everything is paused, by person-operator: kiểm tra")
	if diff := cmp.Diff(map[listing.Market]state.Pause{
		"voso": {Reason: "Sàn bảo trì", By: "person-operator", At: monday}, "": {Reason: "kiểm tra", By: "person-operator", At: monday, All: true},
	}, o.keeper.paused()); diff != "" {
		t.Errorf("paused (-want +got):\n%s", diff)
	}
	wantLines(t, o.want(exitOK, state.Operator, "resume", "voso").out, "The pause of voso is over. A pause of everything would go on.")
	wantLines(t, o.want(exitOK, state.Operator, "resume", "--all").out, "The pause of everything is over.")
	if left := o.keeper.paused(); len(left) != 0 {
		t.Errorf("still paused: %v", left)
	}
	var is struct{ Paused bool }
	if err := json.Unmarshal([]byte(o.want(exitOK, state.Operator, "pause", "voso", "--reason", "x", "--json").out), &is); err != nil || !is.Paused {
		t.Errorf("--json: %+v, %v", is, err)
	}

	wantLines(t, o.want(exitUsage, state.Operator, "pause", "--reason", "x").err, "name a market, or say --all for every one")
	wantLines(t, o.want(exitUsage, state.Operator, "resume").err, "name a market, or say --all for every one")
	wantLines(t, o.want(exitUsage, state.Operator, "pause", "voso", "--all", "--reason", "x").err, "name a market or say --all, not both")
	wantLines(t, o.want(exitUsage, state.Operator, "pause", "voso").err, "say why: --reason TEXT")
	wantLines(t, o.want(exitUsage, state.Operator, "pause", "vosso", "--reason", "x").err, `There is no such market; there are: lamdong, postmart, voso. (market: "vosso") (see --help)`)
	wantLines(t, o.want(exitFailed, state.Viewer, "resume", "voso").err, "This needs the role operator; the token has the role viewer.", "`ocopsync token create NAME --role ...`")
}
