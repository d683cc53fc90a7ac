package main

import (
	"encoding/json"
	"testing"
	"time"

	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

func TestExempt(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	until := ocop.DayOf(monday, time.UTC).AddDays(30).String()
	wantLines(t, o.want(exitOK, state.Operator, "exempt", "68-1", "voso", "--reason", " tạm  ngừng ", "--until", until).out,
		"68-1 (Trà atisô) is exempt on voso until "+until+", by person-operator: tạm ngừng")
	wantLines(t, o.want(exitOK, state.Operator, "exempt", "68-3", "--all", "--reason", "gia hạn", "--until", until).out,
		"68-3 (Nấm) is exempt on every market until "+until+", by person-operator: gia hạn")
	wantLines(t, o.want(exitOK, state.Viewer, "exempt").out,
		"code name market until by now why",
		"68-1 Trà atisô voso "+until+" person-operator on sale tạm ngừng",
		"68-3 Nấm all "+until+" person-operator not on sale gia hạn")
	wantLines(t, o.want(exitOK, state.Viewer, "exempt", "--lang", "vi").out, "68-3 Nấm all "+until+" person-operator không bán gia hạn")
	var listed struct{ Items []exemption }
	if err := json.Unmarshal([]byte(o.want(exitOK, state.Viewer, "exempt", "--json").out), &listed); err != nil || len(listed.Items) != 2 || !listed.Items[0].InForce {
		t.Errorf("--json: %v: %+v", err, listed)
	}
	var one exemption
	got := o.want(exitOK, state.Operator, "exempt", "68-1", "voso", "--reason", "x", "--until", until, "--json")
	if err := json.Unmarshal([]byte(got.out), &one); err != nil || one.Code != "68-1" || one.Market != "voso" {
		t.Errorf("--json: %v: %s", err, got.out)
	}
	wantLines(t, o.want(exitOK, state.Operator, "exempt", "68-1", "voso", "--end").err, "The exemption is over. What is to be done is done by the next sync.")
	left, err := o.store.Exemptions(t.Context())
	if err != nil || len(left) != 1 || left[0].Code != "68-3" {
		t.Errorf("left are %+v, %v; want that of 68-3", left, err)
	}

	wantLines(t, o.want(exitFailed, state.Operator, "exempt", "68-1", "voso", "--end").err, "There is no such exemption")
	wantLines(t, o.want(exitFailed, state.Operator, "exempt", "68-9", "voso", "--reason", "x", "--until", until).err, "The registry has no product of this code.")
	wantLines(t, o.want(exitUsage, state.Operator, "exempt", "68-1", "vosso", "--reason", "x", "--until", until).err, "There is no such market; there are: lamdong, postmart, voso.")
	wantLines(t, o.want(exitUsage, state.Operator, "exempt", "68-1", "voso", "--reason", "x", "--until", "soon").err, "Give the last day on which it holds, as YYYY-MM-DD")
	wantLines(t, o.want(exitUsage, state.Operator, "exempt", "68-1", "--reason", "x", "--until", until).err, "name a market, or say --all for every one")
	wantLines(t, o.want(exitUsage, state.Operator, "exempt", "68-1", "voso", "--all", "--end").err, "name a market or say --all, not both")
	wantLines(t, o.want(exitUsage, state.Operator, "exempt", "68-1", "voso", "--until", until).err, "say why and how long: --reason TEXT --until YYYY-MM-DD")
	wantLines(t, o.want(exitUsage, state.Operator, "exempt", "68-1", "voso", "--end", "--reason", "x").err, "--end takes neither --reason nor --until")
	wantLines(t, o.want(exitUsage, state.Operator, "exempt", "..", "voso", "--end").err, `".." is no product or market`)
	wantLines(t, o.want(exitUsage, state.Operator, "exempt", "--end").err, "name a product")
	wantLines(t, o.want(exitUsage, state.Operator, "exempt", "a", "b", "c").err, "accepts at most 2 arg(s), received 3")
	wantLines(t, o.want(exitFailed, state.Viewer, "exempt", "68-1", "voso", "--reason", "x", "--until", until).err, "This needs the role operator")
}
