package listing

import (
	"strings"
	"testing"

	"ocopsync/internal/ocop"
)

// Every combination of a kind and a status has words of its own in both
// languages, and none shows a word of the program.
func TestEveryKindAndStatusHasWords(t *testing.T) {
	t.Parallel()
	seen := make(map[string]string)
	hold := func(what string, said ocop.Text) {
		t.Helper()
		for _, s := range []string{said.VI, said.EN} {
			if s == "" || strings.ContainsAny(s, "_%!") {
				t.Errorf("%s: %q", what, s)
			}
			if other, twice := seen[s]; twice {
				t.Errorf("%s is said as %s is: %q", what, other, s)
			}
			seen[s] = what
		}
	}
	for _, k := range Kinds() {
		for _, s := range Statuses() {
			hold(string(k)+" "+string(s), Did(k, s, 7))
		}
		hold("planned "+string(k), Would(k, 7))
	}
	if len(seen) != 2*9*5 {
		t.Errorf("%d sentences for 9 kinds with 4 statuses and a plan", len(seen))
	}
}

func TestWordsOfOutcomes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		got  ocop.Text
		want ocop.Text
	}{
		{Did(Create, Done, 1), ocop.Text{VI: "đã đăng mới 1 tin", EN: "1 created"}},
		{Did(Create, Submitted, 43), ocop.Text{VI: "đã gửi yêu cầu đăng mới 43 tin, chờ duyệt", EN: "43 created, awaiting review"}},
		{Did(Unlist, Failed, 1), ocop.Text{VI: "1 tin không ngừng bán được", EN: "1 could not be taken off sale"}},
		{Did(Update, Waiting, 2), ocop.Text{VI: "2 tin chờ người cập nhật", EN: "2 to be updated by a person"}},
		{Would(Unlist, 30), ocop.Text{VI: "sẽ ngừng bán 30 tin", EN: "30 would be taken off sale"}},
		{Did("move_up", "half_done", 2), ocop.Text{VI: "2 move up half done", EN: "2 move up half done"}},
		{Did(Create, "half_done", 2), ocop.Text{VI: "2 create half done", EN: "2 create half done"}},
		{Would("move_up", 2), ocop.Text{VI: "sẽ move up 2 tin", EN: "2 would be move up"}},
	} {
		if tt.got != tt.want {
			t.Errorf("said %+v, want %+v", tt.got, tt.want)
		}
	}
}

func TestEveryStateAndFieldHasWords(t *testing.T) {
	t.Parallel()
	all := []State{OnSale, InReview, AwaitingPerson, Rejected, TakenDown, Locked, OffSale, Gone, NotListed}
	for _, s := range all {
		if said := s.Text(); said.VI == said.EN || strings.Contains(said.EN, "_") {
			t.Errorf("%s is called %+v", s, said)
		}
	}
	for _, name := range Fields(1<<10 - 1).Names() {
		if said := FieldText(name); said.VI == said.EN || said.EN != name {
			t.Errorf("%s is called %+v", name, said)
		}
	}
	if got := State("half_way").Text(); got != (ocop.Text{VI: "half way", EN: "half way"}) {
		t.Errorf("an unknown state is called %+v", got)
	}
}
